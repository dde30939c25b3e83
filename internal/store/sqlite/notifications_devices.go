package sqlite

import (
	"context"
	"database/sql"

	"github.com/dongbaejul/dongbaejul/internal/notifications"
)

const (
	devicesOfUsers query = `SELECT token, user_id, session_id, platform, registered_at FROM devices
		WHERE user_id IN (SELECT value FROM json_each(?))`
	putDevice query = `INSERT INTO devices (token, user_id, session_id, platform, registered_at) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (token) DO UPDATE SET (user_id, session_id, platform, registered_at) =
		(excluded.user_id, excluded.session_id, excluded.platform, excluded.registered_at)`
	// deleteOldestDevices leaves the device itself, whatever its time, and some others.
	deleteOldestDevices query = `DELETE FROM devices WHERE token IN (SELECT token FROM devices WHERE user_id = ?1 AND token <> ?2
		ORDER BY registered_at DESC, token DESC LIMIT -1 OFFSET ?3)`
	deleteDevice query = `DELETE FROM devices WHERE token = ? AND user_id = ?`
)

// PutDevice is of notifications.Store.
func (s *Store) PutDevice(ctx context.Context, d notifications.Device, most int) error {
	return s.write(ctx, func(t *tx) error {
		if _, err := t.exec(putDevice, d.Token, d.UserID, d.SessionID, d.Platform, micros(d.RegisteredAt)); err != nil {
			return err
		}
		_, err := t.exec(deleteOldestDevices, d.UserID, d.Token, max(most-1, 0))
		return err
	})
}

// DeleteDevice is of notifications.Store.
func (s *Store) DeleteDevice(ctx context.Context, userID, token string) error {
	return s.write(ctx, func(t *tx) error {
		_, err := t.exec(deleteDevice, token, userID)
		return err
	})
}

// Devices is of notifications.Store.
func (s *Store) Devices(ctx context.Context, userIDs []string) ([]notifications.Device, error) {
	wanted, err := idList(userIDs)
	if err != nil {
		return nil, err
	}
	return list(s.read(ctx), devicesOfUsers, scanDevice, wanted)
}

func scanDevice(rows *sql.Rows) (d notifications.Device, err error) {
	err = rows.Scan(&d.Token, &d.UserID, &d.SessionID, (*text)(&d.Platform), (*instant)(&d.RegisteredAt))
	return d, err
}
