package sqlite

import (
	"context"
	"database/sql"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/notifications"
)

const (
	putReminder query = `INSERT OR REPLACE INTO reminders (id, due, kind, subject, claimable_at, claim, attempts)
		VALUES (?1, ?2, ?3, ?4, ?2, '', 0)`
	deleteReminder query = `DELETE FROM reminders WHERE id = ?`
	nextReminder   query = `SELECT min(claimable_at) FROM reminders`
	claimReminder  query = `UPDATE reminders SET (claimable_at, claim, attempts) = (?2, ?3, attempts + 1)
		WHERE id = (SELECT id FROM reminders WHERE claimable_at <= ?1 ORDER BY claimable_at, id LIMIT 1)
		RETURNING id, due, kind, subject, claim, attempts`
	finishReminder query = `DELETE FROM reminders WHERE id = ? AND claim = ? AND claim <> ''`
)

// PutReminder implements notifications.Store.
func (s *Store) PutReminder(ctx context.Context, r notifications.Reminder) error {
	return s.write(ctx, func(t *tx) error {
		_, err := t.exec(putReminder, r.ID, toMicros(r.Due), r.Kind, r.Subject)
		return err
	})
}

// DeleteReminder implements notifications.Store.
func (s *Store) DeleteReminder(ctx context.Context, id string) error {
	return s.write(ctx, func(t *tx) error {
		_, err := t.exec(deleteReminder, id)
		return err
	})
}

// NextReminder implements notifications.Store.
func (s *Store) NextReminder(ctx context.Context) (time.Time, error) {
	next, err := one(s.read(ctx), nextReminder, scalar[sql.NullInt64])
	if err == nil && !next.Valid {
		err = errNotFound
	}
	return fromMicros(next.Int64), err
}

// ClaimReminder implements notifications.Store.
func (s *Store) ClaimReminder(ctx context.Context, now, until time.Time, token string) (c notifications.Claim, err error) {
	err = s.write(ctx, func(t *tx) (err error) {
		c, err = one(t, claimReminder, scanClaim, toMicros(now), toMicros(until), token)
		return err
	})
	if err != nil {
		return notifications.Claim{}, err
	}
	return c, nil
}

func scanClaim(rows *sql.Rows) (c notifications.Claim, err error) {
	err = rows.Scan(&c.ID, (*instant)(&c.Due), &c.Kind, &c.Subject, &c.Token, &c.Attempt)
	return c, err
}

// FinishReminder implements notifications.Store.
func (s *Store) FinishReminder(ctx context.Context, id, token string) error {
	return s.write(ctx, func(t *tx) error {
		_, err := t.exec(finishReminder, id, token)
		return err
	})
}
