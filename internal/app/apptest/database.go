package apptest

import (
	"net"
	"os/exec"
	"testing"

	"github.com/dongbaejul/dongbaejul/internal/testkit"
)

// Database is a process of the test's own that speaks MongoDB's protocol before the database of all tests: what is stored
// outlasts it.
type Database struct {
	// Addr is where it listens.
	Addr    string
	program string
	args    []string
	dir     string
	running *testkit.Program
}

// StartDatabase starts it, until the test ends.
func StartDatabase(t testing.TB) *Database {
	t.Helper()
	d := &Database{Addr: testkit.FreeAddr(t), program: testkit.Path(t, "TEST_FERRETDB", "ferretdb"), dir: t.TempDir()}
	d.args = []string{
		"--postgresql-url=" + address(t, "TEST_POSTGRESQL_URL"), "--listen-addr=" + d.Addr, "--no-auth", "--telemetry=disable",
		"--debug-addr=-", "--log-level=error", "--state-dir=" + d.dir,
	}
	d.Start(t)
	t.Cleanup(d.Stop)
	return d
}

// Start starts it again after Stop, and returns when it listens.
func (d *Database) Start(t testing.TB) {
	t.Helper()
	command := exec.Command(d.program, d.args...)
	command.Dir, command.Stderr = d.dir, t.Output()
	d.running = testkit.Run(t, command, func() bool {
		conn, err := net.Dial("tcp", d.Addr)
		if err != nil {
			return false
		}
		conn.Close()
		return true
	})
}

// Stop ends it by SIGKILL.
func (d *Database) Stop() { d.running.Kill() }
