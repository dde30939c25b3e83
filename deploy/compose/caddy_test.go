package compose_test

import (
	"bytes"
	"encoding/json"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/nettest"
)

// patience is how long a test waits for what should come at once.
const patience = 30 * time.Second

// caddyPath is the program's.
func caddyPath(t *testing.T) string {
	t.Helper()
	if path := os.Getenv("TEST_CADDY"); path != "" {
		return path
	}
	path, err := exec.LookPath("caddy")
	if err != nil {
		t.Fatal("there is no Caddy, and TEST_CADDY names none: `make test` installs what tests need, and `make servers` tells where it is")
	}
	return path
}

// startCaddy runs the proxy until the test ends, as its Caddyfile says, before the upstreams given. It gives the proxy's URL.
func startCaddy(t *testing.T, upstreams ...string) string {
	t.Helper()
	address := nettest.FreeAddr(t)
	startCaddyAt(t, address, upstreams...)
	return "http://" + address
}

func startCaddyAt(t *testing.T, address string, upstreams ...string) {
	t.Helper()
	home := t.TempDir()
	environ := append(os.Environ(), "HOME="+home, "XDG_CONFIG_HOME="+home, "XDG_DATA_HOME="+home,
		"SITE_ADDRESS=http://"+address, "UPSTREAMS=h2c://"+strings.Join(upstreams, " h2c://"))
	config := filepath.Join(home, "caddy.json")
	if err := os.WriteFile(config, adapted(t, environ, address), 0o600); err != nil {
		t.Fatal(err)
	}
	caddy := exec.Command(caddyPath(t), "run", "--config", config)
	caddy.Env = environ
	// It tells of all that the tests do to it.
	var told bytes.Buffer
	caddy.Stdout, caddy.Stderr = &told, &told
	if err := caddy.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = caddy.Process.Kill()
		_ = caddy.Wait()
		if t.Failed() {
			t.Logf("the proxy says:\n%s", &told)
		}
	})
	untilHealthy(t, address)
}

// untilHealthy waits for what listens at an address to take calls.
func untilHealthy(t *testing.T, address string) {
	t.Helper()
	eventually(t, address+" takes calls", func() bool {
		res, err := http.Get("http://" + address + "/health")
		if err != nil {
			return false
		}
		res.Body.Close()
		return res.StatusCode == http.StatusOK
	})
}

// adapted is the Caddyfile as Caddy understands it, but for the interface that it listens on.
func adapted(t *testing.T, environ []string, address string) []byte {
	t.Helper()
	adapt := exec.Command(caddyPath(t), "adapt", "--adapter", "caddyfile", "--config", "Caddyfile")
	adapt.Env = environ
	adapt.Stderr = t.Output()
	text, err := adapt.Output()
	if err != nil {
		t.Fatal("adapt the Caddyfile: ", err)
	}
	_, port, _ := net.SplitHostPort(address)
	listening := []byte(`"listen":[":` + port + `"]`)
	if bytes.Count(text, listening) != 1 {
		t.Fatalf("the proxy does not listen on one port: %s", text)
	}
	text = bytes.Replace(text, listening, []byte(`"listen":["`+address+`"]`), 1)
	if !json.Valid(text) {
		t.Fatalf("no JSON: %s", text)
	}
	return text
}

// eventually polls until something holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if holds() {
			return
		}
	}
	t.Fatal("it did not happen: ", what)
}
