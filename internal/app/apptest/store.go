package apptest

import (
	"log/slog"
	"path/filepath"
	"testing"

	"github.com/dongbaejul/dongbaejul/internal/store"
)

// OpenStore opens an empty store until the test ends, in the setting that the environment chooses: for a service without its
// server.
func OpenStore(t testing.TB) store.Store {
	t.Helper()
	return OpenStoreIn(t, chosen(t))
}

// OpenStoreIn is OpenStore in a setting.
func OpenStoreIn(t testing.TB, in Setting) store.Store {
	t.Helper()
	url := in.MongoURI
	if url == "" {
		url = filepath.Join(t.TempDir(), "club.db")
	}
	s, err := store.Open(t.Context(), url, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}
