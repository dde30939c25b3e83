package redistest

import (
	"context"
	"net"
	"os/exec"
	"syscall"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/dongbaejul/dongbaejul/internal/testkit"
)

// Server is a Redis of one test's own, on a port of its own, that keeps nothing.
type Server struct {
	t       testing.TB
	Addr    string
	running *testkit.Program
}

// Start starts redis-server until the test ends.
func Start(t testing.TB) *Server {
	t.Helper()
	s := &Server{t: t, Addr: testkit.FreeAddr(t)}
	s.Run()
	t.Cleanup(s.Kill)
	return s
}

// URL is where it is.
func (s *Server) URL() string { return "redis://" + s.Addr }

// Run starts it again after Kill, empty, and waits until it serves.
func (s *Server) Run() {
	s.t.Helper()
	path := testkit.Path(s.t, "TEST_REDIS_SERVER", "redis-server")
	_, port, _ := net.SplitHostPort(s.Addr)
	command := exec.Command(path, "--bind", "127.0.0.1", "--port", port, "--save", "", "--appendonly", "no", "--loglevel", "warning")
	command.Dir, command.Stderr = s.t.TempDir(), s.t.Output()
	client := redis.NewClient(&redis.Options{Addr: s.Addr, MaxRetries: -1})
	defer client.Close()
	s.running = testkit.Run(s.t, command, func() bool { return client.Ping(context.Background()).Err() == nil })
}

// Kill ends it by SIGKILL.
func (s *Server) Kill() { s.running.Kill() }

// Pause stops it as it is: its connections stay open, and nothing answers.
func (s *Server) Pause() { s.running.Signal(s.t, syscall.SIGSTOP) }

// Resume lets it go on.
func (s *Server) Resume() { s.running.Signal(s.t, syscall.SIGCONT) }
