package sqlite

import (
	"context"
	"database/sql"

	"github.com/dongbaejul/dongbaejul/internal/notifications"
)

const (
	devicesOfUsers query = `SELECT id, token, user_id, session_id, platform, registered_at FROM devices
		WHERE user_id IN (SELECT value FROM json_each(?))`
	putDevice query = `INSERT INTO devices (id, token, user_id, session_id, platform, registered_at) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (token) DO UPDATE SET (user_id, session_id, platform, registered_at) =
		(excluded.user_id, excluded.session_id, excluded.platform, excluded.registered_at) RETURNING id`
	// deleteOldestDevices leaves the device itself, whatever its time, and some others.
	deleteOldestDevices query = `DELETE FROM devices WHERE token IN (SELECT token FROM devices WHERE user_id = ?1 AND token <> ?2
		ORDER BY registered_at DESC, token DESC LIMIT -1 OFFSET ?3)`
	deleteDevice            query = `DELETE FROM devices WHERE user_id = ? AND id = ?`
	devicesOfSessions       query = `SELECT count(*) FROM devices WHERE user_id = ? AND session_id IN (SELECT value FROM json_each(?))`
	deleteDevicesOfSessions query = `DELETE FROM devices WHERE user_id = ? AND session_id IN (SELECT value FROM json_each(?))`
)

// PutDevice implements notifications.Store.
func (s *Store) PutDevice(ctx context.Context, d notifications.Device, most int) (id string, err error) {
	err = s.write(ctx, func(t *tx) (err error) {
		id, err = one(t, putDevice, scalar[string], d.ID, d.Token, d.UserID, d.SessionID, d.Platform, toMicros(d.RegisteredAt))
		if err != nil {
			return err
		}
		_, err = t.exec(deleteOldestDevices, d.UserID, d.Token, max(most-1, 0))
		return err
	})
	return id, err
}

// DeleteDevice implements notifications.Store.
func (s *Store) DeleteDevice(ctx context.Context, userID, id string) error {
	return s.write(ctx, func(t *tx) error {
		_, err := t.exec(deleteDevice, userID, id)
		return err
	})
}

// DeleteSessionDevices implements notifications.Store. It writes only if there is something to delete.
func (s *Store) DeleteSessionDevices(ctx context.Context, userID string, sessionIDs ...string) error {
	ended, err := idList(sessionIDs)
	if err != nil {
		return err
	}
	found, err := one(s.read(ctx), devicesOfSessions, scalar[int], userID, ended)
	if err != nil || found == 0 {
		return err
	}
	return s.write(ctx, func(t *tx) error {
		_, err := t.exec(deleteDevicesOfSessions, userID, ended)
		return err
	})
}

// Devices implements notifications.Store.
func (s *Store) Devices(ctx context.Context, userIDs []string) ([]notifications.Device, error) {
	wanted, err := idList(userIDs)
	if err != nil {
		return nil, err
	}
	return list(s.read(ctx), devicesOfUsers, scanDevice, wanted)
}

func scanDevice(rows *sql.Rows) (d notifications.Device, err error) {
	err = rows.Scan(&d.ID, &d.Token, &d.UserID, &d.SessionID, (*text)(&d.Platform), (*instant)(&d.RegisteredAt))
	return d, err
}
