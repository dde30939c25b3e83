package redistest

import (
	"context"
	"net"
	"os"
	"os/exec"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/dongbaejul/dongbaejul/internal/nettest"
)

// patience is how long a server may take to serve.
// Server is a Redis of one test's own, on a port of its own, that keeps nothing.
type Server struct {
	t       testing.TB
	Addr    string
	running *nettest.Program
}

// Start starts redis-server until the test ends.
func Start(t testing.TB) *Server {
	t.Helper()
	s := &Server{t: t, Addr: nettest.FreeAddr(t)}
	s.Run()
	t.Cleanup(s.Kill)
	return s
}

// URL is where it is.
func (s *Server) URL() string { return "redis://" + s.Addr }

// Run starts it again after Kill, empty, and waits until it serves.
func (s *Server) Run() {
	s.t.Helper()
	path := os.Getenv("TEST_REDIS_SERVER")
	if path == "" {
		path = "redis-server"
	}
	path, err := exec.LookPath(path)
	if err != nil {
		s.t.Fatal("this test starts a redis-server of its own, and there is none: `make servers` installs one")
	}
	_, port, _ := net.SplitHostPort(s.Addr)
	command := exec.Command(path, "--bind", "127.0.0.1", "--port", port, "--save", "", "--appendonly", "no", "--loglevel", "warning")
	command.Dir, command.Stderr = s.t.TempDir(), s.t.Output()
	client := redis.NewClient(&redis.Options{Addr: s.Addr, MaxRetries: -1})
	defer client.Close()
	s.running = nettest.Run(s.t, command, func() bool { return client.Ping(context.Background()).Err() == nil })
}

// Kill ends it by SIGKILL.
func (s *Server) Kill() { s.running.Kill() }
