package auth

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/audit"
	"github.com/dongbaejul/dongbaejul/internal/cache"
	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/identity"
	"github.com/dongbaejul/dongbaejul/internal/users"
)

// copies is how many sessions a process keeps copies of.
const copies = 8192

// Gate lets callers in. Whoever it lets in holds an access token that is valid, of a session that lives, of a user who is
// active; their role is the one they have now, whatever it was when the token was made. It looks at copies of session and
// user that are dropped when a change is announced, and are less than two seconds old where an announcement may be lost: see
// users.Service.CopyAge. It may be used concurrently.
type Gate struct {
	store    Store
	users    *users.Service
	tokens   accessTokens
	audit    *audit.Log
	clock    func() time.Time
	sessions *cache.Cache[Session]
}

// Authenticate returns the caller an access token stands for. fault.Unauthenticated for a token that is not valid, has expired or
// whose session has ended, fault.Denied for a user who is suspended or has left, fault.Unavailable when that cannot be
// looked up.
func (g *Gate) Authenticate(ctx context.Context, accessToken string) (identity.Caller, error) {
	caller, err := g.tokens.verify(accessToken)
	if err != nil {
		if !errors.Is(err, errTokenExpired) {
			g.audit.Record(ctx, "access token refused", slog.String("reason", errTokenInvalid.Reason))
		}
		return identity.Caller{}, err
	}
	return g.admit(ctx, caller)
}

// Check fails as Authenticate does when somebody who was let in may no longer be here. It can be asked as soon as a change
// is announced: copies have been dropped by then, and where that is not sure, it looks at the store itself. That the role is
// another one now is no failure.
func (g *Gate) Check(ctx context.Context, c identity.Caller) error {
	if !g.clock().Before(c.Expires) {
		return errTokenExpired
	}
	if !g.sure() {
		g.sessions.Forget(c.SessionID)
		g.users.Forget(c.UserID)
	}
	_, err := g.admit(ctx, c)
	return err
}

func (g *Gate) sure() bool { return g.users.InSync != nil && g.users.InSync() }

// Forget drops this process's copies of a user's sessions: to be called for each change that any process announces.
func (g *Gate) Forget(userID string) {
	g.sessions.ForgetFunc(func(s Session) bool { return s.UserID == userID })
}

// ForgetAll drops all copies of this process: to be called where announcements may have been lost.
func (g *Gate) ForgetAll() { g.sessions.ForgetAll() }

// admit looks up whether the caller a token names may come in, and with which role.
func (g *Gate) admit(ctx context.Context, c identity.Caller) (identity.Caller, error) {
	user, err := g.users.User(ctx, c.UserID)
	if errors.Is(err, fault.NotFound) {
		return identity.Caller{}, errSessionEnded.WithCause(err)
	}
	if err != nil {
		return identity.Caller{}, unknown(err)
	}
	if err := refused(user); err != nil {
		return identity.Caller{}, err
	}
	session, err := g.session(ctx, c.SessionID)
	if errors.Is(err, fault.NotFound) {
		return identity.Caller{}, errSessionEnded.WithCause(err)
	}
	if err != nil {
		return identity.Caller{}, unknown(err)
	}
	if session.UserID != c.UserID || !session.Live(g.clock()) {
		return identity.Caller{}, errSessionEnded
	}
	c.Role = user.Role
	return c, nil
}

// session returns a session. That one has been used again, and so lives longer, is not announced: a copy that says that its
// time is over is not believed.
func (g *Gate) session(ctx context.Context, id string) (Session, error) {
	session, err := g.sessions.Get(ctx, id, g.store.Session)
	if err == nil && session.RevokedAt.IsZero() && !session.Live(g.clock()) {
		g.sessions.Forget(id)
		return g.sessions.Get(ctx, id, g.store.Session)
	}
	return session, err
}
