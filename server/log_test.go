package main

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dongbaejul/dongbaejul/internal/app"
)

func TestLogsOfAServerForOthers(t *testing.T) {
	var stdout bytes.Buffer
	cfg := app.Config{Environment: app.Production, LogLevel: slog.LevelWarn, LogDir: t.TempDir(), Version: "v1"}
	logs := openLogs(&cfg, &stdout)
	cfg.Log.Info("unheard")
	cfg.Log.Warn("warning")
	cfg.Log.Error("failure")
	cfg.AuditLog.Info("audited")
	if err := logs.Close(); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"stdout": stdout.String(), "combined.log": readFile(t, cfg.LogDir, "combined.log")} {
		if got := messages(t, text); got != "warning failure audited" {
			t.Errorf("%s has %q", name, got)
		}
	}
	if got := messages(t, readFile(t, cfg.LogDir, "error.log")); got != "failure" {
		t.Errorf("error.log has %q", got)
	}
}

func readFile(t *testing.T, dir, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// messages reads lines of JSON, each of which must say who writes.
func messages(t *testing.T, text string) string {
	t.Helper()
	var all []string
	for line := range strings.Lines(text) {
		var record map[string]any
		if err := json.Unmarshal([]byte(line), &record); err != nil {
			t.Fatalf("%v: %q", err, line)
		}
		if record["service"] != "dongbaejul-api" || record["version"] != "v1" {
			t.Errorf("%s", line)
		}
		all = append(all, record["msg"].(string))
	}
	return strings.Join(all, " ")
}

func TestLogsOfDevelopmentAreText(t *testing.T) {
	var stdout bytes.Buffer
	cfg := app.Config{Environment: app.Development, LogLevel: slog.LevelDebug, LogDir: t.TempDir(), Version: "v1"}
	logs := openLogs(&cfg, &stdout)
	cfg.Log.Debug("hello", slog.Int("n", 1))
	if err := logs.Close(); err != nil {
		t.Fatal(err)
	}
	if got := stdout.String(); !strings.Contains(got, "level=DEBUG msg=hello service=dongbaejul-api version=v1 n=1") {
		t.Errorf("%q", got)
	}
	if got := messages(t, readFile(t, cfg.LogDir, "combined.log")); got != "hello" {
		t.Errorf("combined.log has %q", got)
	}
}

// What every line says is said once in each.
func TestTheFirstLineNamesTheVersionOnce(t *testing.T) {
	for _, kind := range []app.Environment{app.Development, app.Staging, app.Production} {
		var stdout bytes.Buffer
		cfg := app.Config{Environment: kind, LogDir: t.TempDir(), Version: "v1"}
		logs := openLogs(&cfg, &stdout)
		announce(cfg, &net.TCPAddr{})
		if err := logs.Close(); err != nil {
			t.Fatal(err)
		}
		for name, text := range map[string]string{"stdout": stdout.String(), "combined.log": readFile(t, cfg.LogDir, "combined.log")} {
			line, _, _ := strings.Cut(text, "\n")
			for _, word := range []string{"serving", "dongbaejul-api", "v1", "version", "service"} {
				if n := strings.Count(line, word); n != 1 {
					t.Errorf("%s: %s has %q %d times: %s", kind, name, word, n, line)
				}
			}
		}
	}
}
