package apptest

import (
	"log/slog"
	"path/filepath"
	"testing"

	"github.com/dongbaejul/dongbaejul/internal/store"
)

// Fill stops the server, lets f put into its store what only a sync with Band does, and starts it again.
func (s *Server) Fill(t testing.TB, f func(store.Store)) {
	t.Helper()
	s.stop()
	url := s.cfg.MongoURI.Reveal()
	if url == "" {
		url = "sqlite:" + filepath.Join(s.cfg.DataDir, "dongbaejul.db")
	}
	kept, err := store.Open(t.Context(), url, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	f(kept)
	if err := kept.Close(); err != nil {
		t.Fatal(err)
	}
	s.start(t)
}
