package apptest

import (
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// Process is the server's binary, running as a process of its own.
type Process struct {
	Server
	binary  string
	dir     string
	port    string
	command *exec.Cmd
}

// binary builds the server once for all tests of a package.
var binary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "dongbaejul")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "server")
	build := exec.Command("go", "build", "-o", path, "github.com/dongbaejul/dongbaejul/server")
	build.Stderr = os.Stderr
	return path, build.Run()
})

// StartProcess runs the binary on an empty folder until the test ends.
func StartProcess(t testing.TB) *Process {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatal("build the server: ", err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	listener.Close()
	p := &Process{Server: Server{URL: "http://127.0.0.1:" + port}, binary: path, dir: t.TempDir(), port: port}
	p.Run(t)
	t.Cleanup(p.Kill)
	return p
}

// Run starts the process, again after Kill: on the same folder, at the same address. It gives how long it took to serve.
func (p *Process) Run(t testing.TB) time.Duration {
	t.Helper()
	p.command = exec.Command(p.binary)
	p.command.Env = append(os.Environ(), "PORT="+p.port, "DATA_DIR="+p.dir, "APP_ENV=development", "LOG_LEVEL=warn")
	p.command.Stdout, p.command.Stderr = t.Output(), t.Output()
	began := time.Now()
	if err := p.command.Start(); err != nil {
		t.Fatal(err)
	}
	for time.Since(began) < patience {
		if res, err := http.Get(p.URL + "/health"); err == nil {
			res.Body.Close()
			return time.Since(began)
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatal("the process does not serve")
	return 0
}

// Kill ends the process by SIGKILL, as a crash would.
func (p *Process) Kill() {
	_ = p.command.Process.Kill()
	_ = p.command.Wait()
}
