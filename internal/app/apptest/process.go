package apptest

import (
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/testkit"
)

// Process is the server's binary, running as a process of its own.
type Process struct {
	Server
	binary  string
	env     []string
	running *testkit.Program
}

// binary builds the server once for all tests of a package. It is always the same file, which Git ignores: nothing piles up, and
// where it is up to date it is not linked again.
var binary = sync.OnceValues(func() (string, error) {
	module, err := exec.Command("go", "env", "GOMOD").Output()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(filepath.Dir(string(module)), ".cache")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	path := filepath.Join(dir, "dongbaejul")
	build := exec.Command("make", "--silent", "-C", filepath.Dir(string(module)), "binary", "BINARY="+path, "VERSION=")
	// What is built beside it takes its place in one step: tests of another package may be starting it.
	build.Env = append(os.Environ(), "GOTMPDIR="+dir)
	build.Stderr = os.Stderr
	return path, build.Run()
})

// Binary builds the server, where it is not up to date, and returns its path. The file is not the test's own: it stays for others.
func Binary(t testing.TB) string {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatal("build the server: ", err)
	}
	return path
}

// StartProcess runs the binary on an empty store until the test ends, in the setting that the environment chooses.
func StartProcess(t testing.TB) *Process {
	t.Helper()
	return StartProcessIn(t, chosen(t))
}

// StartProcessIn is StartProcess in a setting, with further variables such as RATE_LIMIT=on. Processes that are started in one
// setting share what it holds, and let in each other's members.
func StartProcessIn(t testing.TB, in Setting, env ...string) *Process {
	t.Helper()
	addr := testkit.FreeAddr(t)
	_, port, _ := net.SplitHostPort(addr)
	p := &Process{Server: Server{URL: "http://" + addr}, binary: Binary(t), env: append([]string{
		"PORT=" + port, "DATA_DIR=" + t.TempDir(), "APP_ENV=development", "LOG_LEVEL=warn", "JWT_SECRET=" + secret, "BAND_SYNC_INTERVAL=0s",
		"MONGODB_URI=" + in.MongoURI, "REDIS_URL=" + in.RedisURL, "REDIS_PREFIX=" + in.RedisPrefix,
	}, env...)}
	p.Run(t)
	t.Cleanup(p.Kill)
	return p
}

// Run starts the process, again after Kill: on the same store, at the same address. It returns how long it took to serve.
func (p *Process) Run(t testing.TB) time.Duration {
	t.Helper()
	command := exec.Command(p.binary)
	command.Env = append(os.Environ(), p.env...)
	command.Stdout, command.Stderr = t.Output(), t.Output()
	began := time.Now()
	p.running = testkit.Run(t, command, func() bool {
		res, err := http.Get(p.URL + "/health")
		if err != nil {
			return false
		}
		res.Body.Close()
		return true
	})
	return time.Since(began)
}

// Kill ends the process by SIGKILL, as a crash would.
func (p *Process) Kill() { p.running.Kill() }

// Signal sends the process a signal.
func (p *Process) Signal(t testing.TB, signal os.Signal) { p.running.Signal(t, signal) }

// Wait returns when the process has ended, with an error unless its exit code is 0.
func (p *Process) Wait() error { return p.running.Wait() }

// Pause stops the process where it is, until Resume, as a machine does that is frozen or has no memory left.
func (p *Process) Pause(t testing.TB) { p.running.Signal(t, syscall.SIGSTOP) }

// Resume lets a process go on that was paused.
func (p *Process) Resume(t testing.TB) { p.running.Signal(t, syscall.SIGCONT) }
