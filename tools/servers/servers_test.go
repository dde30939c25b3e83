// Package servers_test tries tools/servers.sh where Docker has to do what apt-get cannot.
package servers_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// programs are what the script needs of a machine besides Docker.
var programs = []string{
	"bash", "basename", "cat", "chmod", "dirname", "env", "flock", "grep", "head", "mkdir", "mktemp", "mv", "rm", "sed", "seq", "setsid", "shuf", "sleep",
	"tail", "xargs",
}

// docker notes what it is told and answers as Docker would.
const docker = `#!/usr/bin/env bash
echo "$*" >>"$TOLD"
case $1 in
run) echo "container-of-$5" ;;
port) echo "127.0.0.1:4${3%/tcp}" ;;
esac
`

// machine is one with these programs and no others, where nobody is root. It returns its environment, and the file that is told of Docker.
func machine(t *testing.T, docker string) (environ []string, told string) {
	t.Helper()
	bin, told := t.TempDir(), filepath.Join(t.TempDir(), "told")
	for _, name := range programs {
		path, err := exec.LookPath(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(path, filepath.Join(bin, name)); err != nil {
			t.Fatal(err)
		}
	}
	for name, script := range map[string]string{"docker": docker, "id": "#!/usr/bin/env bash\necho 1000\n"} {
		if err := os.WriteFile(filepath.Join(bin, name), []byte(script), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	return []string{"PATH=" + bin, "HOME=" + t.TempDir(), "TMPDIR=" + t.TempDir(), "TOLD=" + told}, told
}

// run runs the script and returns what it and its command print.
func run(environ []string, args ...string) (stdout, stderr string, err error) {
	var out, messages bytes.Buffer
	command := exec.Command("../servers.sh", args...)
	command.Env, command.Stdout, command.Stderr = environ, &out, &messages
	err = command.Run()
	return out.String(), messages.String(), err
}

func TestDockerRunsThem(t *testing.T) {
	environ, told := machine(t, docker)
	found, messages, err := run(environ, "run", "bash", "-c", "env; exit 3")
	if exit, ok := err.(*exec.ExitError); !ok || exit.ExitCode() != 3 { //nolint:errorlint // It is this one or wrong.
		t.Fatalf("%v, want the command's status\n%s", err, messages)
	}
	for _, want := range []string{"TEST_REDIS_URL=redis://127.0.0.1:46379/0", "TEST_MONGODB_URI=mongodb://127.0.0.1:427017/?directConnection=true"} {
		if !slices.Contains(strings.Split(found, "\n"), want) {
			t.Errorf("the command does not find %s in\n%s", want, found)
		}
	}
	log, err := os.ReadFile(told)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"127.0.0.1::6379 redis:", "127.0.0.1::27017 mongo:", "mongod --replSet rs0", "rs.initiate", "rm --force --volumes container-of-",
	} {
		if !strings.Contains(string(log), want) {
			t.Errorf("Docker was not told %q:\n%s", want, log)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(strings.TrimPrefix(environ[2], "TMPDIR="), "*")); len(left) > 0 {
		t.Errorf("it leaves %v", left)
	}
}

func TestWithoutDockerItSaysWhatToDo(t *testing.T) {
	environ, _ := machine(t, "#!/usr/bin/env bash\nexit 1\n")
	_, messages, err := run(environ, "run", "true")
	if err == nil || !strings.Contains(messages, "Docker") || !strings.Contains(messages, "TEST_REDIS_URL") {
		t.Errorf("%v: %s", err, messages)
	}
	_, messages, err = run(append(environ, "TEST_REDIS_URL=redis://127.0.0.1:1/0"), "run", "true")
	if err == nil || !strings.Contains(messages, "Docker") || !strings.Contains(messages, "TEST_MONGODB_URI") {
		t.Errorf("%v: %s", err, messages)
	}
}

// Servers that somebody has named are not started, and nothing is installed for them.
func TestNamedServersAreTaken(t *testing.T) {
	environ, _ := machine(t, "#!/usr/bin/env bash\nexit 1\n")
	named := []string{"TEST_REDIS_URL=redis://named", "TEST_MONGODB_URI=mongodb://named"}
	found, messages, err := run(append(environ, named...), "run", "env")
	if err != nil || !strings.Contains(found, named[0]) || !strings.Contains(found, named[1]) {
		t.Errorf("%v: %s\n%s", err, messages, found)
	}
}
