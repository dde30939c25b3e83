package nettest

import (
	"os"
	"os/exec"
	"testing"
	"time"
)

const (
	// patience is how long something may take that should come soon, and pollEvery how often a program is asked whether it serves.
	patience  = 30 * time.Second
	pollEvery = 5 * time.Millisecond
)

// Program is a server that a test runs as a process of its own.
type Program struct {
	command *exec.Cmd
	ended   chan struct{}
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
		// How it ended is for who has started it to tell.
		_ = command.Wait()
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

// Signal sends it a signal.
func (p *Program) Signal(t testing.TB, signal os.Signal) {
	t.Helper()
	if err := p.command.Process.Signal(signal); err != nil {
		t.Fatal(err)
	}
}
