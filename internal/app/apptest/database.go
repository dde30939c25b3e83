package apptest

import (
	"net"
	"os"
	"os/exec"
	"testing"
	"time"
)

// Database is a process of the test's own that speaks MongoDB's protocol before the database of all tests: what is stored
// outlasts it.
type Database struct {
	// Addr is where it listens.
	Addr    string
	program string
	args    []string
	dir     string
	command *exec.Cmd
}

// StartDatabase starts it, until the test ends.
func StartDatabase(t testing.TB) *Database {
	t.Helper()
	d := &Database{Addr: freeAddr(t), program: program(t), dir: t.TempDir()}
	d.args = []string{
		"--postgresql-url=" + address(t, "TEST_POSTGRESQL_URL"), "--listen-addr=" + d.Addr, "--no-auth", "--telemetry=disable",
		"--debug-addr=-", "--log-level=error", "--state-dir=" + d.dir,
	}
	d.Start(t)
	t.Cleanup(d.Stop)
	return d
}

func program(t testing.TB) string {
	t.Helper()
	const variable = "TEST_FERRETDB"
	if path := os.Getenv(variable); path != "" {
		return path
	}
	path, err := exec.LookPath("ferretdb")
	if err != nil {
		t.Fatalf("%v, and %s is not set: `make test` installs what tests need, and `make servers` tells where it is", err, variable)
	}
	return path
}

// Start starts it again after Stop, and returns when it listens.
func (d *Database) Start(t testing.TB) {
	t.Helper()
	d.command = exec.Command(d.program, d.args...)
	d.command.Dir, d.command.Stderr = d.dir, t.Output()
	if err := d.command.Start(); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	for time.Since(began) < patience {
		if conn, err := net.Dial("tcp", d.Addr); err == nil {
			conn.Close()
			return
		}
		<-time.After(5 * time.Millisecond)
	}
	t.Fatalf("%s does not listen", d.program)
}

// Stop ends it by SIGKILL.
func (d *Database) Stop() {
	_ = d.command.Process.Kill()
	_ = d.command.Wait()
}

// freeAddr is an address of this machine that nobody listened at a moment ago.
func freeAddr(t testing.TB) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}
