package auth_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/auth"
	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/identity"
	"github.com/dongbaejul/dongbaejul/internal/users"
)

// rightsLost are the ways in which somebody loses the right to be here, and what they are told.
func rightsLost(c *club, caller identity.Caller) map[string]struct {
	lose   func()
	kind   fault.Kind
	reason string
} {
	status := func(s users.Status) func() {
		return func() { c.set(caller.UserID, func(u *users.User) { u.Status = s }) }
	}
	type loss = struct {
		lose   func()
		kind   fault.Kind
		reason string
	}
	return map[string]loss{
		"suspended": {status(users.Suspended), fault.Denied, "USER_SUSPENDED"},
		"withdrawn": {status(users.Withdrawn), fault.Denied, "USER_WITHDRAWN"},
		"session revoked": {func() {
			if _, err := c.store.RevokeSessions(c.t.Context(), caller.UserID, c.clock.now); err != nil {
				c.t.Fatal(err)
			}
		}, fault.Unauthenticated, "SESSION_ENDED"},
		"session gone": {func() {
			if _, err := c.store.RevokeSessions(c.t.Context(), caller.UserID, c.clock.now); err != nil {
				c.t.Fatal(err)
			}
			if _, err := c.store.DeleteDead(c.t.Context(), c.clock.now.Add(time.Second)); err != nil {
				c.t.Fatal(err)
			}
		}, fault.Unauthenticated, "SESSION_ENDED"},
	}
}

func TestARightThatIsLostIsLostEverywhere(t *testing.T) {
	for _, announced := range []bool{true, false} {
		for _, way := range []string{"suspended", "withdrawn", "session revoked", "session gone"} {
			t.Run(way, func(t *testing.T) {
				c := openClub(t)
				first, second := c.start(secret), c.start(secret)
				res := c.signIn(first, 1)
				for _, p := range c.processes {
					c.as(p, res.AccessToken)
				}
				caller, _ := identity.From(c.as(second, res.AccessToken))
				loss := rightsLost(c, caller)[way]
				c.deaf = !announced
				loss.lose()
				c.UserChanged(t.Context(), caller.UserID)
				if !announced {
					// Streams are checked at the store; requests use their copies for two seconds.
					wantFault(t, second.Gate().Check(t.Context(), caller), loss.kind, loss.reason)
					c.clock.advance(2 * time.Second)
				}
				for _, p := range c.processes {
					_, err := p.Gate().Authenticate(t.Context(), res.AccessToken)
					wantFault(t, err, loss.kind, loss.reason)
					wantFault(t, p.Gate().Check(t.Context(), caller), loss.kind, loss.reason)
				}
			})
		}
	}
}

func TestTheRoleIsTheOneOfNow(t *testing.T) {
	c, p := open(t)
	res := c.signIn(p, 1)
	for _, role := range []identity.Role{identity.Manager, identity.Admin, identity.Member} {
		c.set(res.User.Id, func(u *users.User) { u.Role = role })
		c.UserChanged(t.Context(), res.User.Id)
		caller, err := p.Gate().Authenticate(t.Context(), res.AccessToken)
		if err != nil || caller.Role != role {
			t.Errorf("%+v, %v, want %s", caller, err, role)
		}
		if err := p.Gate().Check(t.Context(), caller); err != nil {
			t.Error(err)
		}
	}
}

func TestATokenLeadsOnlyToItsOwnSession(t *testing.T) {
	c, p := open(t)
	mine, theirs := c.signIn(p, 1), c.signIn(p, 2)
	caller, _ := identity.From(c.as(p, mine.AccessToken))
	other, _ := identity.From(c.as(p, theirs.AccessToken))
	caller.SessionID = other.SessionID
	wantFault(t, p.Gate().Check(t.Context(), caller), fault.Unauthenticated, "SESSION_ENDED")
}

func TestATokenEndsWithItsTime(t *testing.T) {
	c, p := open(t)
	res := c.signIn(p, 1)
	caller, _ := identity.From(c.as(p, res.AccessToken))
	c.clock.advance(accessTTL - time.Second)
	if err := p.Gate().Check(t.Context(), caller); err != nil {
		t.Error(err)
	}
	c.clock.advance(time.Second)
	wantFault(t, p.Gate().Check(t.Context(), caller), fault.Unauthenticated, "TOKEN_EXPIRED")
	_, err := p.Gate().Authenticate(t.Context(), res.AccessToken)
	wantFault(t, err, fault.Unauthenticated, "TOKEN_EXPIRED")
}

// Stores that count how often somebody is looked up.
type (
	countedUsers struct {
		users.Store
		reads int
	}
	countedSessions struct {
		auth.Store
		reads int
	}
)

func (c *countedUsers) User(ctx context.Context, id string) (users.User, error) {
	c.reads++
	return c.Store.User(ctx, id)
}

func (c *countedSessions) Session(ctx context.Context, id string) (auth.Session, error) {
	c.reads++
	return c.Store.Session(ctx, id)
}

// Where it is sure that changes are heard of, a caller is looked up once in half a minute, and at once after a change.
func TestACallerIsLookedUpOnceInAWhile(t *testing.T) {
	c, p := open(t)
	res := c.signIn(p, 1)
	people, sessions := &countedUsers{Store: c.store}, &countedSessions{Store: c.store}
	service, err := auth.New(auth.Config{
		Store: sessions, BandKey: "b", Secrets: [][]byte{secret}, AccessTTL: accessTTL, RefreshTTL: refreshTTL, Clock: c.clock.read,
		Users: users.New(users.Config{Store: people, Clock: c.clock.read, InSync: func() bool { return c.sure }}),
	})
	if err != nil {
		t.Fatal(err)
	}
	gate := service.Gate()
	want := func(when string, reads int) {
		t.Helper()
		if people.reads != reads || sessions.reads != reads {
			t.Errorf("%s: %d readings of the user and %d of the session, want %d", when, people.reads, sessions.reads, reads)
		}
		people.reads, sessions.reads = 0, 0
	}
	// use is half a minute of calls, and of heartbeats of a stream.
	use := func() {
		t.Helper()
		for range 30 {
			caller, err := gate.Authenticate(t.Context(), res.AccessToken)
			if err != nil {
				t.Fatal(err)
			}
			if err := gate.Check(t.Context(), caller); err != nil {
				t.Fatal(err)
			}
			c.clock.advance(time.Second)
		}
	}
	c.sure = true
	use()
	want("sure", 1)
	use()
	want("after half a minute", 1)
	c.sure = false
	use()
	// By the first call, whose copies are old, and by each look of the stream.
	want("not sure", 31)
	c.sure = true
	want("sure again", 0)
	gate.ForgetAll()
	service.Users.ForgetAll()
	use()
	want("forgotten", 1)
}

// A session that has been used again since it was copied lives on.
func TestASessionThatWasProlongedIsNotOver(t *testing.T) {
	c := openClub(t)
	c.sure = true
	first, second := c.start(secret), c.start(secret)
	res := c.signIn(first, 1)
	c.clock.advance(refreshTTL - 10*time.Second)
	renewed, err := refresh(first, res.RefreshToken)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.store.UpdateSession(t.Context(), c.sessions(res.User.Id)[0].ID, func(s *auth.Session) error {
		s.ExpiresAt = c.clock.now.Add(10 * time.Second)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	c.as(second, renewed.AccessToken)
	if _, err := refresh(first, renewed.RefreshToken); err != nil {
		t.Fatal(err)
	}
	c.clock.advance(15 * time.Second)
	c.as(second, renewed.AccessToken)
}

// Stores that fail in looking somebody up.
type (
	brokenUsers struct {
		users.Store
		err error
	}
	brokenSessions struct {
		auth.Store
		err error
	}
)

func (b brokenUsers) User(context.Context, string) (users.User, error) { return users.User{}, b.err }

func (b brokenSessions) Session(context.Context, string) (auth.Session, error) {
	return auth.Session{}, b.err
}

func TestAStoreThatIsAwayMakesNobodyANobody(t *testing.T) {
	c, p := open(t)
	res := c.signIn(p, 1)
	caller, _ := identity.From(c.as(p, res.AccessToken))
	for name, tt := range map[string]struct {
		err  error
		kind fault.Kind
	}{
		"without a kind": {errors.New("disk"), fault.Unavailable},
		"busy":           {fault.New(fault.Unavailable, "STORE_BUSY", "", ""), fault.Unavailable},
		"hung up":        {context.Canceled, 0},
	} {
		for part, stores := range map[string]struct {
			users users.Store
			auth  auth.Store
		}{
			"users":    {brokenUsers{c.store, tt.err}, c.store},
			"sessions": {c.store, brokenSessions{c.store, tt.err}},
		} {
			t.Run(name+" for "+part, func(t *testing.T) {
				service, err := auth.New(auth.Config{
					Store: stores.auth, Users: users.New(users.Config{Store: stores.users, Clock: c.clock.read}), BandKey: "b",
					Secrets: [][]byte{secret}, AccessTTL: accessTTL, RefreshTTL: refreshTTL, Clock: c.clock.read,
				})
				if err != nil {
					t.Fatal(err)
				}
				_, err = service.Gate().Authenticate(t.Context(), res.AccessToken)
				if fault.KindOf(err) != tt.kind || !errors.Is(err, tt.err) {
					t.Errorf("Authenticate: %v", err)
				}
				if err := service.Gate().Check(t.Context(), caller); fault.KindOf(err) != tt.kind || !errors.Is(err, tt.err) {
					t.Errorf("Check: %v", err)
				}
			})
		}
	}
}
