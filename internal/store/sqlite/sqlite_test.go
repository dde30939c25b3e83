package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/auth"
	"github.com/dongbaejul/dongbaejul/internal/fault"
)

// TestMain lets the test binary be a process of its own in the tests that need two.
func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == "child" {
		if err := child(os.Args[2], os.Args[3:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// open opens a store in a folder of the test's own.
func open(t testing.TB) *Store { return openAt(t, filepath.Join(t.TempDir(), "club.db"), Options{}) }

func openAt(t testing.TB, path string, o Options) *Store {
	t.Helper()
	s, err := Open(t.Context(), path, o)
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

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func login(hash string) auth.Login {
	return auth.Login{StateHash: hash, RedirectURI: "dongbaejul://auth", ExpiresAt: time.Unix(1<<32, 0)}
}

// has reports whether a login is there.
func has(t testing.TB, s *Store, hash string) bool {
	t.Helper()
	n, err := one(s.read(t.Context()), `SELECT count(*) FROM logins WHERE state_hash = ?`, scalar[int], hash)
	must(t, err)
	return n == 1
}

func TestConnectionsAreSetUp(t *testing.T) {
	s := open(t)
	common := map[query]string{
		"PRAGMA busy_timeout": "10000", "PRAGMA synchronous": "2", "PRAGMA foreign_keys": "1", "PRAGMA temp_store": "2",
		"PRAGMA cache_size": "-16384", "PRAGMA journal_mode": "wal", "PRAGMA application_id": fmt.Sprint(applicationID),
	}
	check := func(src source, q query, want string) {
		t.Helper()
		got, err := one(src, q, scalar[string])
		must(t, err)
		if got != want {
			t.Errorf("%s is %s, not %s", q, got, want)
		}
	}
	must(t, s.write(t.Context(), func(tx *tx) error {
		for q, want := range common {
			check(tx, q, want)
		}
		check(tx, "PRAGMA query_only", "0")
		check(tx, "PRAGMA secure_delete", "1")
		check(tx, "PRAGMA wal_autocheckpoint", "1000")
		check(tx, "PRAGMA journal_size_limit", "67108864")
		return nil
	}))
	if got, want := s.readers.db.Stats().MaxOpenConnections, max(2, runtime.GOMAXPROCS(0)); got != want {
		t.Errorf("%d connections read, not %d", got, want)
	}
	for q, want := range common {
		check(s.read(t.Context()), q, want)
	}
	check(s.read(t.Context()), "PRAGMA query_only", "1")
}

func TestPathsOfAllKinds(t *testing.T) {
	for _, name := range []string{"with space.db", "100%.db", "what?mode=memory#x.db", "동배즐.db", "deep/er/club.db"} {
		path := filepath.Join(t.TempDir(), name)
		s := openAt(t, path, Options{})
		must(t, s.CreateLogin(t.Context(), login("a")))
		must(t, s.Close())
		if info, err := os.Stat(path); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v, %v", name, info, err)
		}
		if s := openAt(t, path, Options{}); !has(t, s, "a") {
			t.Errorf("%s: what was written is gone", name)
		}
	}
	for _, path := range []string{"", ":memory:"} {
		if _, err := Open(t.Context(), path, Options{}); err == nil {
			t.Errorf("%q was opened", path)
		}
	}
}

func TestBackup(t *testing.T) {
	s := open(t)
	must(t, s.CreateLogin(t.Context(), login("before")))
	path := filepath.Join(t.TempDir(), "backup.db")
	must(t, s.Backup(t.Context(), path))
	must(t, s.CreateLogin(t.Context(), login("after")))
	if err := s.Backup(t.Context(), path); err == nil {
		t.Error("a backup was overwritten")
	}
	copied := openAt(t, path, Options{})
	if !has(t, copied, "before") || has(t, copied, "after") {
		t.Error("the backup does not hold what was there when it was made")
	}
	must(t, s.Close())
	if err := s.Backup(t.Context(), path+"2"); !errors.Is(err, fault.Unavailable) {
		t.Errorf("a backup of a closed store: %v", err)
	}
}

func TestReadsEndWithTheirContext(t *testing.T) {
	s := open(t)
	ctx, cancel := context.WithCancel(t.Context())
	const endless query = `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n WHERE i % 1000 = 0`
	err := s.read(ctx).each(endless, func(*sql.Rows) error {
		cancel()
		return nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v", err)
	}
	must(t, s.Ping(t.Context()))
}
