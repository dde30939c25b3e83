package sqlite_test

import (
	"path/filepath"
	"testing"

	"github.com/dongbaejul/dongbaejul/internal/store"
	"github.com/dongbaejul/dongbaejul/internal/store/sqlite"
	"github.com/dongbaejul/dongbaejul/internal/store/storetest"
)

func TestContract(t *testing.T) { contract(t, sqlite.Options{}) }

// A call that took two places of the pool that reads would wait for itself here.
func TestContractWithOneReader(t *testing.T) { contract(t, sqlite.Options{Readers: 1}) }

func contract(t *testing.T, o sqlite.Options) {
	storetest.Run(t, func(t testing.TB) store.Store {
		s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "club.db"), o)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
		return s
	})
}
