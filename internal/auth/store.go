package auth

import (
	"context"
	"time"
)

// Store keeps logins and sessions. Every method is atomic and may be called concurrently.
type Store interface {
	// CreateLogin keeps a login; fault.Exists where the StateHash is taken.
	CreateLogin(ctx context.Context, l Login) error
	// TakeLogin returns a login and forgets it, so that it is used once; fault.NotFound where there is none or it has
	// expired at the time now.
	TakeLogin(ctx context.Context, stateHash string, now time.Time) (Login, error)
	// CreateSession keeps a new session; fault.Exists where the ID is taken.
	CreateSession(ctx context.Context, s Session) error
	// Session returns one session, revoked and expired ones too; fault.NotFound where there is none.
	Session(ctx context.Context, id string) (Session, error)
	// UpdateSession changes one session by f and returns the result. f may run more than once, and its error ends the update
	// with nothing changed. fault.NotFound where there is none. ID and UserID do not change.
	UpdateSession(ctx context.Context, id string, f func(*Session) error) (Session, error)
	// Sessions returns a user's sessions that are live at the time now, the last used first.
	Sessions(ctx context.Context, userID string, now time.Time) ([]Session, error)
	// RevokeSessions revokes all of a user's live sessions as of the time now and returns their ids.
	RevokeSessions(ctx context.Context, userID string, now time.Time) ([]string, error)
	// DeleteSessions deletes all of a user's sessions, also those that are not live, and returns how many there were.
	DeleteSessions(ctx context.Context, userID string) (int, error)
	// SaveBandToken keeps a user's sealed Band token, in the place of an earlier one. DeleteBandToken forgets it; missing is
	// not an error.
	SaveBandToken(ctx context.Context, userID string, sealed []byte) error
	DeleteBandToken(ctx context.Context, userID string) error
	// BandToken returns a user's sealed Band token; fault.NotFound where there is none.
	BandToken(ctx context.Context, userID string) ([]byte, error)
	// DeleteDead forgets logins that have expired and sessions that were revoked or expired before the time given, and
	// tells how many rows went.
	DeleteDead(ctx context.Context, before time.Time) (int, error)
}
