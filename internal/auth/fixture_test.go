package auth_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/app/apptest"
	"github.com/dongbaejul/dongbaejul/internal/audit"
	"github.com/dongbaejul/dongbaejul/internal/auth"
	"github.com/dongbaejul/dongbaejul/internal/band"
	"github.com/dongbaejul/dongbaejul/internal/band/bandsim"
	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/identity"
	"github.com/dongbaejul/dongbaejul/internal/store"
	"github.com/dongbaejul/dongbaejul/internal/users"
)

const (
	redirect      = "https://app.example/callback"
	otherRedirect = "https://app.example/other"
	accessTTL     = 24 * time.Hour
	refreshTTL    = 30 * 24 * time.Hour
)

var (
	start     = time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC)
	secret    = bytes.Repeat([]byte("s"), 32)
	newSecret = bytes.Repeat([]byte("n"), 32)
)

// club is a store, a Band, and the server processes on them, at a time of its own.
type club struct {
	t         *testing.T
	store     store.Store
	sim       *bandsim.Simulator
	band      outage
	clock     clock
	audited   bytes.Buffer
	processes []*process
	// deaf is a bus that loses every announcement, and sure one that never does.
	deaf, sure bool
}

// process is one server process.
type process struct {
	*auth.Service
	users *users.Service
}

func openClub(t *testing.T) *club {
	t.Helper()
	c := &club{t: t, store: apptest.OpenStore(t), sim: bandsim.New(bandsim.Options{}), clock: clock{now: start}}
	c.band.RoundTripper = c.sim.Transport()
	return c
}

// open returns a club with one process.
func open(t *testing.T) (*club, *process) {
	t.Helper()
	c := openClub(t)
	return c, c.start(secret)
}

// start starts a process that signs by the first secret.
func (c *club) start(secrets ...[]byte) *process {
	c.t.Helper()
	return c.startAt(0, secrets...)
}

// startAt starts a process whose clock is ahead of the club's.
func (c *club) startAt(ahead time.Duration, secrets ...[]byte) *process {
	c.t.Helper()
	return c.startWith(bandsim.DefaultClientSecret, ahead, secrets...)
}

func (c *club) startWith(clientSecret string, ahead time.Duration, secrets ...[]byte) *process {
	c.t.Helper()
	clock := func() time.Time { return c.clock.read().Add(ahead) }
	client, err := band.New(band.Config{
		ClientID: bandsim.DefaultClientID, ClientSecret: band.NewSecret(clientSecret), HTTP: &http.Client{Transport: &c.band},
	})
	if err != nil {
		c.t.Fatal(err)
	}
	logger := slog.New(slog.NewTextHandler(&c.audited, nil))
	log := audit.New(logger)
	p := &process{users: users.New(users.Config{
		Store: c.store, Sessions: c.store, Eraser: c.store, Changes: c, Online: nobody{}, Audit: log, Log: slog.New(slog.DiscardHandler),
		Clock: clock, AdminKeys: []string{c.member(0).UserKey}, InSync: func() bool { return c.sure },
	})}
	p.Service, err = auth.New(auth.Config{
		Store: c.store, Users: p.users, Changes: c, Devices: c.store, Band: client, BandKey: c.sim.BandKey(), Secrets: secrets,
		AccessTTL: accessTTL, RefreshTTL: refreshTTL, RedirectURIs: []string{redirect, otherRedirect}, Audit: log, Log: logger,
		Clock: clock,
	})
	if err != nil {
		c.t.Fatal(err)
	}
	c.processes = append(c.processes, p)
	return p
}

// UserChanged announces to every process.
func (c *club) UserChanged(_ context.Context, userID string) {
	if c.deaf {
		return
	}
	for _, p := range c.processes {
		p.users.Forget(userID)
		p.Gate().Forget(userID)
	}
}

// member is a person of the Band; the first one is an admin of the club.
func (c *club) member(i int) bandsim.Member { return c.sim.Members()[i] }

// consent lets somebody sign in at Band, and returns the code it redirects with.
func (c *club) consent(authURL, userKey string) string {
	c.t.Helper()
	w := httptest.NewRecorder()
	c.sim.ServeHTTP(w, httptest.NewRequest(http.MethodGet, authURL+"&user_key="+url.QueryEscape(userKey), nil))
	location, err := url.Parse(w.Header().Get("Location"))
	if err != nil || w.Code != http.StatusFound || location.Query().Get("code") == "" {
		c.t.Fatalf("Band answers %d to %q", w.Code, location)
	}
	if got := location.Scheme + "://" + location.Host + location.Path; got != redirect && got != otherRedirect {
		c.t.Fatalf("Band redirects to %s", got)
	}
	return location.Query().Get("code")
}

// begin is a sign-in up to the code.
func (c *club) begin(p *process, userKey string) *v1.CompleteBandLoginRequest {
	c.t.Helper()
	res, err := p.StartBandLogin(c.t.Context(), &v1.StartBandLoginRequest{RedirectUri: redirect})
	if err != nil {
		c.t.Fatal(err)
	}
	return &v1.CompleteBandLoginRequest{State: res.State, Code: c.consent(res.AuthUrl, userKey)}
}

// signIn is a whole sign-in of one of the Band.
func (c *club) signIn(p *process, i int) *v1.CompleteBandLoginResponse {
	c.t.Helper()
	res, err := p.CompleteBandLogin(c.t.Context(), c.begin(p, c.member(i).UserKey))
	if err != nil {
		c.t.Fatal(err)
	}
	return res
}

// as is the context of a call with an access token.
func (c *club) as(p *process, accessToken string) context.Context {
	c.t.Helper()
	caller, err := p.Gate().Authenticate(c.t.Context(), accessToken)
	if err != nil {
		c.t.Fatal(err)
	}
	return identity.With(c.t.Context(), caller)
}

// sessions returns the live sessions of a user.
func (c *club) sessions(userID string) []auth.Session {
	c.t.Helper()
	live, err := c.store.Sessions(c.t.Context(), userID, c.clock.now)
	if err != nil {
		c.t.Fatal(err)
	}
	return live
}

// set changes a user behind everybody's back.
func (c *club) set(userID string, change func(*users.User)) {
	c.t.Helper()
	_, err := c.store.UpdateUser(c.t.Context(), userID, func(u *users.User) error { change(u); return nil })
	if err != nil {
		c.t.Fatal(err)
	}
}

func refresh(p *process, token string) (*v1.RefreshTokenResponse, error) {
	return p.RefreshToken(context.Background(), &v1.RefreshTokenRequest{RefreshToken: token})
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

// nobody is online.
type nobody struct{}

func (nobody) Online(context.Context, []string) (map[string]bool, error) { return nil, nil }

// outage is a way to Band that can be cut.
type outage struct {
	http.RoundTripper
	cut atomic.Bool
}

func (o *outage) RoundTrip(r *http.Request) (*http.Response, error) {
	if o.cut.Load() {
		return nil, errors.New("no route to Band")
	}
	return o.RoundTripper.RoundTrip(r)
}
