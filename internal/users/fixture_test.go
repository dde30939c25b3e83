package users_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/app/apptest"
	"github.com/dongbaejul/dongbaejul/internal/audit"
	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/identity"
	"github.com/dongbaejul/dongbaejul/internal/store"
	"github.com/dongbaejul/dongbaejul/internal/users"
)

var start = time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC)

// fixture is the service on a store of its own, at a time of its own.
type fixture struct {
	*users.Service
	store   store.Store
	changes changes
	online  online
	clock   clock
	audited bytes.Buffer
}

func open(t *testing.T) *fixture { return openOn(t, func(s users.Store) users.Store { return s }) }

// openOn puts something between the service and its store.
func openOn(t *testing.T, between func(users.Store) users.Store) *fixture {
	t.Helper()
	store := apptest.OpenStore(t)
	f := &fixture{store: store, online: online{}, clock: clock{now: start}}
	f.Service = users.New(users.Config{
		Store: between(store), Sessions: store, Eraser: store, Changes: &f.changes, Online: f.online, Clock: f.clock.read,
		Audit: audit.New(slog.New(slog.NewTextHandler(&f.audited, nil))), Log: slog.New(slog.DiscardHandler),
		AdminKeys: []string{"key-admin", "key-admin2"}, ManagerKeys: []string{"key-manager", "key-admin"},
	})
	return f
}

// signIn returns the user of "key-"+who, called name.
func (f *fixture) signIn(t *testing.T, who, name string) users.User {
	t.Helper()
	u, _, err := f.SignIn(t.Context(), users.BandPerson{UserKey: "key-" + who, Name: name, Image: "https://img.example/" + who})
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// stored returns a user as the store has them.
func (f *fixture) stored(t *testing.T, id string) users.User {
	t.Helper()
	u, err := f.store.User(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func (f *fixture) set(t *testing.T, id string, change func(*users.User)) {
	t.Helper()
	_, err := f.store.UpdateUser(t.Context(), id, func(u *users.User) error { change(u); return nil })
	if err != nil {
		t.Fatal(err)
	}
}

// as is the context of a call by u.
func as(t *testing.T, u users.User) context.Context {
	return identity.With(t.Context(), identity.Caller{UserID: u.ID, SessionID: "session-of-" + u.ID, Role: u.Role})
}

// wantFault fails unless err is of the kind and has the reason.
func wantFault(t *testing.T, err error, kind fault.Kind, reason string) {
	t.Helper()
	if e, ok := errors.AsType[*fault.Error](err); !ok || e.Kind != kind || e.Reason != reason {
		t.Errorf("got %v, want %v with %s", err, kind, reason)
	}
}

type clock struct{ now time.Time }

func (c *clock) read() time.Time { return c.now }

func (c *clock) advance(d time.Duration) { c.now = c.now.Add(d) }

// changes remembers who was announced.
type changes struct {
	mu   sync.Mutex
	told []string
}

func (c *changes) UserChanged(_ context.Context, userID string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.told = append(c.told, userID)
}

// take returns who was announced since it was asked last.
func (c *changes) take() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	told := c.told
	c.told = nil
	return told
}

// online has everybody who is, or fails where it has "away".
type online map[string]bool

func (o online) Online(_ context.Context, ids []string) (map[string]bool, error) {
	if o["away"] {
		return nil, errors.New("presence is away")
	}
	found := map[string]bool{}
	for _, id := range ids {
		if o[id] {
			found[id] = true
		}
	}
	return found, nil
}
