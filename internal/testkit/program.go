package testkit

import (
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"
)

// Program is a server that a test runs as a process of its own.
type Program struct {
	command *exec.Cmd
	ended   chan struct{}
	// err is how it ended; it may be read once ended is closed.
	err error
}

// Path is where a program is that a test runs: what the variable names, else the one of that name in PATH. Without either the
// test fails.
func Path(t testing.TB, variable, name string) string {
	t.Helper()
	if path := os.Getenv(variable); path != "" {
		return path
	}
	path, err := exec.LookPath(name)
	if err != nil {
		t.Fatalf("this test runs %s, which is neither in PATH nor named by %s: `make test` and `make servers` install it on Debian as root",
			name, variable)
	}
	return path
}

// Run starts a server and waits until it serves. The test fails where that takes long, or it ends before.
func Run(t testing.TB, command *exec.Cmd, serves func() bool) *Program {
	t.Helper()
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	p := &Program{command: command, ended: make(chan struct{})}
	go func() {
		defer close(p.ended)
		p.err = command.Wait()
	}()
	deadline := time.After(patience)
	for !serves() {
		select {
		case <-time.After(pollEvery):
		case <-p.ended:
			t.Fatalf("%s has ended: %s", command.Path, command.ProcessState)
		case <-deadline:
			p.Kill()
			t.Fatalf("%s does not serve", command.Path)
		}
	}
	return p
}

// Kill ends it by SIGKILL, and returns when it is gone.
func (p *Program) Kill() {
	// What is gone already cannot be killed.
	_ = p.command.Process.Kill()
	<-p.ended
}

// Stop ends it by SIGTERM, and returns why it did not end as it should.
func (p *Program) Stop() error {
	if err := p.command.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	return p.Wait()
}

// Wait returns when it has ended, and why that was not as it should be.
func (p *Program) Wait() error {
	<-p.ended
	return p.err
}

// Signal sends it a signal.
func (p *Program) Signal(t testing.TB, signal os.Signal) {
	t.Helper()
	if err := p.command.Process.Signal(signal); err != nil {
		t.Fatal(err)
	}
}
