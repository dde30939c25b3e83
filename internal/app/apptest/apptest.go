// Package apptest runs the whole server in a test, on a port of its own, and signs people in to it: what a test sees is what
// a client sees.
package apptest

import (
	"cmp"
	"context"
	"encoding/json"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/app"
	"github.com/dongbaejul/dongbaejul/internal/band"
	"github.com/dongbaejul/dongbaejul/internal/games/scoring"
	"github.com/dongbaejul/dongbaejul/internal/testkit"
)

// patience is how long a test waits for what should come at once.
const patience = 30 * time.Second

// secret signs the tokens of every server of a test.
var secret = strings.Repeat("secret of a test", 2)

// Server is a server that is running.
type Server struct {
	// URL is its address, without a slash at the end.
	URL  string
	cfg  app.Config
	addr string
	stop func()
}

// Start runs a server on an empty store until the test ends, in the setting that the environment chooses. Its configuration
// is that of development, as configure changes it.
func Start(t testing.TB, configure ...func(*app.Config)) *Server {
	t.Helper()
	return StartIn(t, chosen(t), configure...)
}

// StartIn is Start in a setting. Servers that are started in one share what it holds, and let in each other's members.
func StartIn(t testing.TB, in Setting, configure ...func(*app.Config)) *Server {
	t.Helper()
	log := slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	scored, _ := scoring.KR1x25.Rules()
	s := &Server{addr: testkit.FreeAddr(t), cfg: app.Config{
		Environment: app.Development, DataDir: t.TempDir(), StreamHeartbeat: 15 * time.Second, Version: "test", Scoring: scored,
		JWTSecret: band.NewSecret(secret), JWTExpiresIn: time.Hour, PictureCacheMB: 64, Log: log, AuditLog: log,
		BandFullSyncInterval: 24 * time.Hour,
		MongoURI:             band.NewSecret(in.MongoURI), RedisURL: band.NewSecret(in.RedisURL), RedisPrefix: in.RedisPrefix,
	}}
	for _, f := range configure {
		f(&s.cfg)
	}
	s.start(t)
	t.Cleanup(func() { s.stop() })
	return s
}

// Restart closes the server and starts it again at the same address, on the same store, with its configuration as configure changes it.
func (s *Server) Restart(t testing.TB, configure ...func(*app.Config)) {
	t.Helper()
	s.stop()
	for _, f := range configure {
		f(&s.cfg)
	}
	s.start(t)
}

// Move restarts the server at another address.
func (s *Server) Move(t testing.TB) {
	t.Helper()
	s.stop()
	s.addr = testkit.FreeAddr(t)
	s.start(t)
}

// Stop closes the server.
func (s *Server) Stop() { s.stop() }

func (s *Server) start(t testing.TB) {
	t.Helper()
	listener, err := net.Listen("tcp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	s.URL = "http://" + s.addr
	// A test may have put a proxy in front.
	cfg := s.cfg
	cfg.PublicURL = cmp.Or(cfg.PublicURL, s.URL)
	server, err := app.New(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	s.stop = func() {
		s.stop = func() {}
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := server.Close(ctx); err != nil {
			t.Error("close:", err)
		}
		if err := <-served; err != nil {
			t.Error("serve:", err)
		}
	}
}

// Person is a member of the simulated Band.
type Person struct {
	UserKey string `json:"user_key"`
	Name    string `json:"name"`
	// Role is leader, coleader or member.
	Role string `json:"role"`
}

// People are the members of the simulated Band, the leader and then the co-leaders first.
func (s *Server) People(t testing.TB) []Person {
	t.Helper()
	res, err := http.Get(s.URL + "/bandsim/members")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var body struct {
		Members []Person `json:"members"`
	}
	if err := json.NewDecoder(res.Body).Decode(&body); err != nil {
		t.Fatal(err)
	}
	var sorted []Person
	for _, role := range []string{"leader", "coleader", "member"} {
		for _, p := range body.Members {
			if p.Role == role {
				sorted = append(sorted, p)
			}
		}
	}
	return sorted
}
