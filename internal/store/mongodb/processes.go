package mongodb

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
)

var processIndexes = []index{
	{collection: "processes", name: "processes_now", keys: bson.D{{Key: "serves_until", Value: 1}}},
}

// processDoc is a server process.
type processDoc struct {
	ID          string `bson:"_id,omitempty"`
	ServesUntil int64  `bson:"serves_until"`
}

// KeepProcess implements realtime.Roster.
func (s *Store) KeepProcess(ctx context.Context, id string, until time.Time) (err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	return put(ctx, s.processes, id, processDoc{ServesUntil: toMicros(until)})
}

// Processes implements realtime.Roster.
func (s *Store) Processes(ctx context.Context, now time.Time) (_ []string, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	found, err := list[processDoc](ctx, s.processes, bson.D{{Key: "serves_until", Value: bson.D{{Key: "$gt", Value: toMicros(now)}}}})
	return convert(found, func(d processDoc) string { return d.ID }), err
}

// DropProcesses implements realtime.Roster.
func (s *Store) DropProcesses(ctx context.Context, before time.Time) (err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	_, err = deleteAll(ctx, s.processes, bson.D{{Key: "serves_until", Value: bson.D{{Key: "$lt", Value: toMicros(before)}}}})
	return err
}
