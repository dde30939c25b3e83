package auth_test

import (
	"cmp"
	"context"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/auth"
	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/identity"
	"github.com/dongbaejul/dongbaejul/internal/store"
)

func TestLoggingOut(t *testing.T) {
	for _, tt := range []struct {
		name       string
		all        *bool
		otherLives bool
	}{
		{"here", nil, true},
		{"here only", proto.Bool(false), true},
		{"everywhere", proto.Bool(true), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := openClub(t)
			p, elsewhere := c.start(secret), c.start(secret)
			here, other, somebody := c.signIn(p, 1), c.signIn(p, 1), c.signIn(p, 2)
			for _, res := range []*v1.CompleteBandLoginResponse{here, other, somebody} {
				c.as(elsewhere, res.AccessToken)
			}
			res, err := p.Logout(c.as(p, here.AccessToken), &v1.LogoutRequest{AllDevices: tt.all})
			if err != nil || res.Message != "success" {
				t.Fatalf("%v, %v", res, err)
			}
			for token, lives := range map[string]bool{here.AccessToken: false, other.AccessToken: tt.otherLives, somebody.AccessToken: true} {
				for _, process := range c.processes {
					if _, err := process.Gate().Authenticate(t.Context(), token); lives != (err == nil) {
						t.Errorf("a session that lives %v: %v", lives, err)
					}
				}
			}
			_, err = refresh(elsewhere, here.RefreshToken)
			wantFault(t, err, fault.Unauthenticated, "SESSION_ENDED")
		})
	}
}

// The process that ends a session does not wait for its own announcement.
func TestLoggingOutIsFeltHereAtOnce(t *testing.T) {
	c, p := open(t)
	c.deaf = true
	for _, all := range []bool{false, true} {
		res := c.signIn(p, 1)
		if _, err := p.Logout(c.as(p, res.AccessToken), &v1.LogoutRequest{AllDevices: &all}); err != nil {
			t.Fatal(err)
		}
		_, err := p.Gate().Authenticate(t.Context(), res.AccessToken)
		wantFault(t, err, fault.Unauthenticated, "SESSION_ENDED")
	}
}

// interrupted is a store whose callers hang up while they wait for a write that is stored.
type interrupted struct {
	store.Store
	hangUp func()
}

func (s *interrupted) UpdateSession(ctx context.Context, id string, f func(*auth.Session) error) (auth.Session, error) {
	session, err := s.Store.UpdateSession(context.WithoutCancel(ctx), id, f)
	s.hangUp()
	return session, cmp.Or(ctx.Err(), err)
}

func (s *interrupted) RevokeSessions(ctx context.Context, userID string, now time.Time) ([]string, error) {
	ended, err := s.Store.RevokeSessions(context.WithoutCancel(ctx), userID, now)
	s.hangUp()
	return ended, cmp.Or(ctx.Err(), err)
}

// Who hangs up has ended the session all the same, and every process hears of it.
func TestEndingASessionIsAnnouncedAlthoughItsCallerHangsUp(t *testing.T) {
	for name, end := range map[string]func(context.Context, *process, *v1.CompleteBandLoginResponse) error{
		"logging out": func(ctx context.Context, p *process, _ *v1.CompleteBandLoginResponse) error {
			_, err := p.Logout(ctx, &v1.LogoutRequest{})
			return err
		},
		"logging out everywhere": func(ctx context.Context, p *process, _ *v1.CompleteBandLoginResponse) error {
			_, err := p.Logout(ctx, &v1.LogoutRequest{AllDevices: proto.Bool(true)})
			return err
		},
		"revoking a session": func(ctx context.Context, p *process, _ *v1.CompleteBandLoginResponse) error {
			caller, err := identity.From(ctx)
			if err == nil {
				_, err = p.RevokeSession(ctx, &v1.RevokeSessionRequest{SessionId: caller.SessionID})
			}
			return err
		},
		"a token used again": func(ctx context.Context, p *process, res *v1.CompleteBandLoginResponse) error {
			_, err := p.RefreshToken(ctx, &v1.RefreshTokenRequest{RefreshToken: res.RefreshToken})
			if fault.KindOf(err) == fault.Unauthenticated {
				return nil
			}
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := openClub(t)
			between := &interrupted{Store: c.store, hangUp: func() {}}
			c.store = between
			p, elsewhere := c.start(secret), c.start(secret)
			res := c.signIn(p, 1)
			next, err := refresh(p, res.RefreshToken)
			if err == nil {
				_, err = refresh(p, next.RefreshToken)
			}
			if err != nil {
				t.Fatal(err)
			}
			c.as(elsewhere, res.AccessToken)
			ctx, hangUp := context.WithCancel(c.as(p, res.AccessToken))
			between.hangUp = hangUp
			if err := end(ctx, p, res); err != nil {
				t.Error(err)
			}
			if ctx.Err() == nil {
				t.Error("nobody has hung up")
			}
			_, err = elsewhere.Gate().Authenticate(t.Context(), res.AccessToken)
			wantFault(t, err, fault.Unauthenticated, "SESSION_ENDED")
		})
	}
}

func TestSessionsAreListedTheLastUsedFirst(t *testing.T) {
	c, p := open(t)
	ctx := identity.WithClient(t.Context(), identity.Client{IP: "192.0.2.7", Agent: "phone"})
	phone, err := p.CompleteBandLogin(ctx, c.begin(p, c.member(1).UserKey))
	if err != nil {
		t.Fatal(err)
	}
	c.clock.advance(time.Minute)
	desktop := c.signIn(p, 1)
	c.signIn(p, 2)
	c.clock.advance(time.Minute)
	if _, err := refresh(p, phone.RefreshToken); err != nil {
		t.Fatal(err)
	}
	list, err := p.ListSessions(c.as(p, desktop.AccessToken), &v1.ListSessionsRequest{})
	if err != nil || len(list.Sessions) != 2 {
		t.Fatalf("%v, %v", list, err)
	}
	first, second := list.Sessions[0], list.Sessions[1]
	if first.Device != "phone" || first.Ip != "192.0.2.7" || first.Current || !first.CreatedAt.AsTime().Equal(start) ||
		!first.LastUsedAt.AsTime().Equal(start.Add(2*time.Minute)) {
		t.Errorf("first %v", first)
	}
	if !second.Current || !second.LastUsedAt.AsTime().Equal(start.Add(time.Minute)) {
		t.Errorf("second %v", second)
	}
}

func TestOnlyOnesOwnSessionsAreRevoked(t *testing.T) {
	c, p := open(t)
	mine, lost, theirs := c.signIn(p, 1), c.signIn(p, 1), c.signIn(p, 2)
	sessionOf := func(res *v1.CompleteBandLoginResponse) string {
		caller, _ := identity.From(c.as(p, res.AccessToken))
		return caller.SessionID
	}
	ctx, id := c.as(p, mine.AccessToken), sessionOf(lost)
	for _, other := range []string{sessionOf(theirs), "none"} {
		_, err := p.RevokeSession(ctx, &v1.RevokeSessionRequest{SessionId: other})
		wantFault(t, err, fault.NotFound, "SESSION_NOT_FOUND")
	}
	for range 2 {
		res, err := p.RevokeSession(ctx, &v1.RevokeSessionRequest{SessionId: id})
		if err != nil || res.Message != "success" {
			t.Errorf("%v, %v", res, err)
		}
	}
	_, err := p.Gate().Authenticate(t.Context(), lost.AccessToken)
	wantFault(t, err, fault.Unauthenticated, "SESSION_ENDED")
	c.as(p, mine.AccessToken)
	c.as(p, theirs.AccessToken)
}

func TestTheLeastUsedOfTooManySessionsEnds(t *testing.T) {
	c, p := open(t)
	var all []*v1.CompleteBandLoginResponse
	for range 20 {
		all = append(all, c.signIn(p, 1))
		c.clock.advance(time.Second)
	}
	if _, err := refresh(p, all[0].RefreshToken); err != nil {
		t.Fatal(err)
	}
	c.as(p, all[1].AccessToken)
	c.clock.advance(time.Second)
	all = append(all, c.signIn(p, 1))
	for i, res := range all {
		if _, err := p.Gate().Authenticate(t.Context(), res.AccessToken); (i == 1) != (err != nil) {
			t.Errorf("session %d of %d: %v", i, len(all), err)
		}
	}
}

// A handler mounted without authentication serves nobody.
func TestNobodyIsRefused(t *testing.T) {
	_, p := open(t)
	for name, call := range map[string]func(context.Context) error{
		"Logout":       func(ctx context.Context) error { _, err := p.Logout(ctx, &v1.LogoutRequest{}); return err },
		"VerifyToken":  func(ctx context.Context) error { _, err := p.VerifyToken(ctx, &v1.VerifyTokenRequest{}); return err },
		"ListSessions": func(ctx context.Context) error { _, err := p.ListSessions(ctx, &v1.ListSessionsRequest{}); return err },
		"RevokeSession": func(ctx context.Context) error {
			_, err := p.RevokeSession(ctx, &v1.RevokeSessionRequest{})
			return err
		},
	} {
		if err := call(t.Context()); fault.KindOf(err) != fault.Unauthenticated {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAConfigurationThatCannotBeUsedIsRefused(t *testing.T) {
	good := func() auth.Config {
		return auth.Config{
			BandKey: "b", Secrets: [][]byte{secret}, AccessTTL: time.Hour, RefreshTTL: time.Hour, RedirectURIs: []string{redirect}, Clock: time.Now,
		}
	}
	for i, spoil := range []func(*auth.Config){
		func(c *auth.Config) {},
		func(c *auth.Config) { c.Secrets = nil },
		func(c *auth.Config) { c.Secrets = [][]byte{secret, nil} },
		func(c *auth.Config) { c.AccessTTL = 0 },
		func(c *auth.Config) { c.RefreshTTL = 0 },
		func(c *auth.Config) { c.BandKey = "" },
		func(c *auth.Config) { c.TokenKeys = [][]byte{[]byte("short")} },
		func(c *auth.Config) { c.RedirectURIs = []string{"app.example"} },
	} {
		c := good()
		spoil(&c)
		s, err := auth.New(c)
		if (i == 0) != (err == nil) {
			t.Errorf("case %d: %v", i, err)
		}
		if s != nil && (s.Secrets != nil || s.TokenKeys != nil) {
			t.Error("the secrets can be read from the service")
		}
	}
}
