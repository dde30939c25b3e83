package redistest

import (
	"context"
	"net"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// patience is how long a server may take to serve.
const patience = 30 * time.Second

// Server is a Redis of one test's own, on a port of its own, that keeps nothing.
type Server struct {
	t       testing.TB
	Addr    string
	command *exec.Cmd
}

// Start starts redis-server until the test ends.
func Start(t testing.TB) *Server {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{t: t, Addr: listener.Addr().String()}
	listener.Close()
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
	s.command = exec.Command(path, "--bind", "127.0.0.1", "--port", port, "--save", "", "--appendonly", "no", "--loglevel", "warning")
	s.command.Dir, s.command.Stderr = s.t.TempDir(), s.t.Output()
	if err := s.command.Start(); err != nil {
		s.t.Fatal(err)
	}
	client := redis.NewClient(&redis.Options{Addr: s.Addr, MaxRetries: -1})
	defer client.Close()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for client.Ping(ctx).Err() != nil {
		if ctx.Err() != nil {
			s.t.Fatal("redis-server does not serve")
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// Kill ends it by SIGKILL.
func (s *Server) Kill() {
	if s.command == nil {
		return
	}
	// What is dead already can be killed no more.
	_ = s.command.Process.Kill()
	_ = s.command.Wait()
	s.command = nil
}
