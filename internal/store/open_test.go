package store_test

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/store"
)

func TestOpenChoosesByScheme(t *testing.T) {
	t.Chdir(t.TempDir())
	for url, file := range map[string]string{
		"plain.db":                             "plain.db",
		"sqlite:relative.db":                   "relative.db",
		"sqlite:" + filepath.Join("a", "b.db"): filepath.Join("a", "b.db"),
	} {
		s, err := store.Open(t.Context(), url, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatalf("%s: %v", url, err)
		}
		if err := errors.Join(s.Ping(t.Context()), s.Close()); err != nil {
			t.Errorf("%s: %v", url, err)
		}
		if _, err := os.Stat(file); err != nil {
			t.Errorf("%s: %v", url, err)
		}
	}
	for url, want := range map[string]fault.Kind{
		"mongodb://user:se/cret@db.example/club":               fault.Invalid,
		"mongodb://user:secret@127.0.0.1:1/club?timeoutMS=200": fault.Unavailable,
		"mongodb+srv://user:secret@no.such.host.invalid/club":  fault.Unavailable,
		"postgres://user:secret@db.example/club":               fault.Invalid,
		"sqlite:":                                              0,
		"":                                                     0,
	} {
		s, err := store.Open(context.Background(), url, slog.New(slog.DiscardHandler))
		if s != nil || err == nil || fault.KindOf(err) != want || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v, %v", url, s, err)
		}
	}
}
