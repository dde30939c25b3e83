package sqlite

import (
	"context"
	"time"
)

const (
	keepProcess query = `INSERT INTO processes (id, serves_until) VALUES (?, ?)
		ON CONFLICT (id) DO UPDATE SET serves_until = excluded.serves_until`
	processesNow  query = `SELECT id FROM processes WHERE serves_until > ?`
	dropProcesses query = `DELETE FROM processes WHERE serves_until < ?`
)

// KeepProcess implements realtime.Roster.
func (s *Store) KeepProcess(ctx context.Context, id string, until time.Time) error {
	return s.insert(ctx, keepProcess, id, toMicros(until))
}

// Processes implements realtime.Roster.
func (s *Store) Processes(ctx context.Context, now time.Time) ([]string, error) {
	return list(s.read(ctx), processesNow, scalar[string], toMicros(now))
}

// DropProcesses implements realtime.Roster.
func (s *Store) DropProcesses(ctx context.Context, before time.Time) error {
	return s.write(ctx, func(t *tx) error {
		_, err := t.exec(dropProcesses, toMicros(before))
		return err
	})
}
