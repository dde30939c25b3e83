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

	"github.com/dongbaejul/dongbaejul/internal/testkit"
)

func caddyPath(t *testing.T) string {
	t.Helper()
	return testkit.Path(t, "TEST_CADDY", "caddy")
}

// startCaddy runs the proxy until the test ends, as its Caddyfile says, before the upstreams given. It returns the proxy's URL.
func startCaddy(t *testing.T, upstreams ...string) string {
	t.Helper()
	address := testkit.FreeAddr(t)
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
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the proxy says:\n%s", &told)
		}
	})
	t.Cleanup(testkit.Run(t, caddy, healthy(address)).Kill)
}

// healthy reports whether what listens at an address takes calls.
func healthy(address string) func() bool {
	return func() bool {
		res, err := http.Get("http://" + address + "/health")
		if err != nil {
			return false
		}
		res.Body.Close()
		return res.StatusCode == http.StatusOK
	}
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
