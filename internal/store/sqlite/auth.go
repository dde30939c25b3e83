package sqlite

import (
	"context"
	"database/sql"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/auth"
)

const (
	insertLogin query = `INSERT INTO logins (state_hash, redirect_uri, expires_at) VALUES (?, ?, ?)`
	takeLogin   query = `DELETE FROM logins WHERE state_hash = ? AND expires_at > ?
		RETURNING state_hash, redirect_uri, expires_at`
	deleteDeadLogins query = `DELETE FROM logins WHERE expires_at < ?`

	selectSession = `SELECT id, user_id, device, ip, generation, nonce, token_hash, previous_hash,
		created_at, last_used_at, expires_at, revoked_at FROM sessions `

	sessionByID  query = selectSession + `WHERE id = ?`
	liveSessions query = selectSession + `WHERE user_id = ? AND revoked_at = 0 AND expires_at > ?
		ORDER BY last_used_at DESC, id DESC`
	insertSession query = `INSERT INTO sessions (id, user_id, device, ip, generation, nonce, token_hash, previous_hash,
		created_at, last_used_at, expires_at, revoked_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	updateSession query = `UPDATE sessions SET (device, ip, generation, nonce, token_hash, previous_hash,
		created_at, last_used_at, expires_at, revoked_at) = (?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
		WHERE id = ?1 AND user_id = ?2`
	revokeSessions query = `UPDATE sessions SET revoked_at = ?3 WHERE user_id = ?1 AND revoked_at = 0 AND expires_at > ?2
		RETURNING id`
	deleteSessionsOf      query = `DELETE FROM sessions WHERE user_id = ?`
	deleteRevokedSessions query = `DELETE FROM sessions WHERE revoked_at <> 0 AND revoked_at < ?`
	deleteExpiredSessions query = `DELETE FROM sessions WHERE expires_at < ?`

	keepBandToken query = `INSERT INTO band_tokens (user_id, sealed) VALUES (?, ?)
		ON CONFLICT (user_id) DO UPDATE SET sealed = excluded.sealed`
	deleteBandToken query = `DELETE FROM band_tokens WHERE user_id = ?`
	bandToken       query = `SELECT sealed FROM band_tokens WHERE user_id = ?`
)

// CreateLogin implements auth.Store.
func (s *Store) CreateLogin(ctx context.Context, l auth.Login) error {
	return s.insert(ctx, insertLogin, l.StateHash, l.RedirectURI, toMicros(l.ExpiresAt))
}

// insert adds a row; errExists where its key is taken.
func (s *Store) insert(ctx context.Context, q query, values ...any) error {
	return s.write(ctx, func(t *tx) error {
		_, err := t.exec(q, values...)
		if isDuplicate(err) {
			return errExists
		}
		return err
	})
}

// TakeLogin implements auth.Store.
func (s *Store) TakeLogin(ctx context.Context, stateHash string, now time.Time) (l auth.Login, err error) {
	err = s.write(ctx, func(t *tx) (err error) {
		l, err = one(t, takeLogin, scanLogin, stateHash, toMicros(now))
		return err
	})
	if err != nil {
		return auth.Login{}, err
	}
	return l, nil
}

func scanLogin(rows *sql.Rows) (l auth.Login, err error) {
	err = rows.Scan(&l.StateHash, &l.RedirectURI, (*instant)(&l.ExpiresAt))
	return l, err
}

func scanSession(rows *sql.Rows) (s auth.Session, err error) {
	err = rows.Scan(&s.ID, &s.UserID, &s.Device, &s.IP, (*integer)(&s.Generation), &s.Nonce, &s.TokenHash, &s.PreviousHash,
		(*instant)(&s.CreatedAt), (*instant)(&s.LastUsedAt), (*instant)(&s.ExpiresAt), (*instant)(&s.RevokedAt))
	return s, err
}

// sessionValues are the columns of insertSession and updateSession.
func sessionValues(s auth.Session) []any {
	return []any{s.ID, s.UserID, s.Device, s.IP, s.Generation, s.Nonce, s.TokenHash, s.PreviousHash,
		toMicros(s.CreatedAt), toMicros(s.LastUsedAt), toMicros(s.ExpiresAt), toMicros(s.RevokedAt)}
}

// storedSession is s as it comes back from the store.
func storedSession(s auth.Session) auth.Session {
	s.CreatedAt, s.LastUsedAt = stored(s.CreatedAt), stored(s.LastUsedAt)
	s.ExpiresAt, s.RevokedAt = stored(s.ExpiresAt), stored(s.RevokedAt)
	return s
}

// CreateSession implements auth.Store.
func (s *Store) CreateSession(ctx context.Context, session auth.Session) error {
	return s.insert(ctx, insertSession, sessionValues(session)...)
}

// Session implements auth.Store.
func (s *Store) Session(ctx context.Context, id string) (auth.Session, error) {
	return one(s.read(ctx), sessionByID, scanSession, id)
}

// UpdateSession implements auth.Store.
func (s *Store) UpdateSession(ctx context.Context, id string, f func(*auth.Session) error) (kept auth.Session, err error) {
	err = s.write(ctx, func(t *tx) error {
		before, err := one(t, sessionByID, scanSession, id)
		if err != nil {
			return err
		}
		session := before
		if err := f(&session); err != nil {
			return err
		}
		session.ID, session.UserID = before.ID, before.UserID
		kept = storedSession(session)
		_, err = t.exec(updateSession, sessionValues(session)...)
		return err
	})
	if err != nil {
		return auth.Session{}, err
	}
	return kept, nil
}

// Sessions implements auth.Store.
func (s *Store) Sessions(ctx context.Context, userID string, now time.Time) ([]auth.Session, error) {
	return list(s.read(ctx), liveSessions, scanSession, userID, toMicros(now))
}

// RevokeSessions implements auth.Store.
func (s *Store) RevokeSessions(ctx context.Context, userID string, now time.Time) (ids []string, err error) {
	err = s.write(ctx, func(t *tx) (err error) {
		ids, err = list(t, revokeSessions, scalar[string], userID, toMicros(now), toMicros(now))
		return err
	})
	if err != nil {
		return nil, err
	}
	return ids, nil
}

// DeleteSessions implements auth.Store.
func (s *Store) DeleteSessions(ctx context.Context, userID string) (n int, err error) {
	err = s.write(ctx, func(t *tx) error {
		rows, err := t.exec(deleteSessionsOf, userID)
		n = int(rows)
		return err
	})
	if err != nil {
		return 0, err
	}
	return n, nil
}

// SaveBandToken implements auth.Store.
func (s *Store) SaveBandToken(ctx context.Context, userID string, sealed []byte) error {
	return s.insert(ctx, keepBandToken, userID, append([]byte{}, sealed...))
}

// DeleteBandToken implements auth.Store.
func (s *Store) DeleteBandToken(ctx context.Context, userID string) error {
	return s.write(ctx, func(t *tx) error {
		_, err := t.exec(deleteBandToken, userID)
		return err
	})
}

// BandToken implements auth.Store.
func (s *Store) BandToken(ctx context.Context, userID string) ([]byte, error) {
	return one(s.read(ctx), bandToken, scalar[[]byte], userID)
}

// DeleteDead implements auth.Store.
func (s *Store) DeleteDead(ctx context.Context, before time.Time) (rows int, err error) {
	err = s.write(ctx, func(t *tx) error {
		rows = 0
		for _, q := range []query{deleteDeadLogins, deleteRevokedSessions, deleteExpiredSessions} {
			n, err := t.exec(q, toMicros(before))
			if err != nil {
				return err
			}
			rows += int(n)
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return rows, nil
}
