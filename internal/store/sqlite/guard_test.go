package sqlite

import (
	"bytes"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// database makes an SQLite file by a script.
func database(t *testing.T, path, script string) {
	t.Helper()
	db, err := sql.Open(driverName, path)
	must(t, err)
	_, err = db.ExecContext(t.Context(), script)
	must(t, errors.Join(err, db.Close()))
}

func TestFilesThatAreRefused(t *testing.T) {
	used := func(t *testing.T, path string) {
		t.Helper()
		must(t, os.WriteFile(markerOf(path), nil, 0o600))
	}
	for name, c := range map[string]struct {
		prepare func(t *testing.T, path string)
		want    error
		says    string
	}{
		"a text": {func(t *testing.T, path string) {
			must(t, os.WriteFile(path, []byte(strings.Repeat("동배즐\n", 1000)), 0o600))
		}, ErrForeign, "not an SQLite file"},
		"a database of no program": {func(t *testing.T, path string) {
			database(t, path, `CREATE TABLE t (a)`)
		}, ErrForeign, "application_id is 0x0"},
		"a database of another program": {func(t *testing.T, path string) {
			database(t, path, `PRAGMA application_id = 7; PRAGMA user_version = 1; CREATE TABLE t (a)`)
		}, ErrForeign, "application_id is 0x7"},
		"a newer store": {func(t *testing.T, path string) {
			must(t, openAt(t, path, Options{}).Close())
			database(t, path, `PRAGMA user_version = 999`)
		}, ErrTooNew, "version 999"},
		"a store in use that is empty": {func(t *testing.T, path string) {
			used(t, path)
			must(t, os.WriteFile(path, nil, 0o600))
		}, ErrLost, "is empty"},
		"a store in use that is missing": {used, ErrLost, "is missing"},
		"a store in use without tables": {func(t *testing.T, path string) {
			used(t, path)
			database(t, path, `PRAGMA journal_mode = WAL; CREATE TABLE t (a); DROP TABLE t`)
		}, ErrLost, "has no tables"},
		"a store that was cut off": {func(t *testing.T, path string) {
			must(t, openAt(t, path, Options{}).Close())
			must(t, os.Truncate(path, 5000))
		}, nil, "malformed"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "club.db")
			c.prepare(t, path)
			before, _ := os.ReadFile(path)
			for range 2 { // the first attempt leaves nothing that changes the second
				_, err := Open(t.Context(), path, Options{})
				if err == nil {
					t.Fatal("it was opened")
				}
				if c.want != nil && !errors.Is(err, c.want) {
					t.Errorf("the error is not %q", c.want)
				}
				if !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), path) {
					t.Errorf("the error does not say %q: %v", c.says, err)
				}
			}
			if after, _ := os.ReadFile(path); !bytes.Equal(before, after) {
				t.Error("the file was changed")
			}
		})
	}
}

func TestANewStoreInAnEmptyFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "club.db")
	must(t, os.WriteFile(path, nil, 0o600))
	must(t, openAt(t, path, Options{}).Close())
	// The marker is there now; who takes it away means to begin again.
	must(t, os.Remove(path))
	if _, err := Open(t.Context(), path, Options{}); !errors.Is(err, ErrLost) {
		t.Fatalf("the error is %v", err)
	}
	must(t, os.Remove(markerOf(path)))
	openAt(t, path, Options{})
}

func TestAStoreBelongsToOneProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "club.db")
	holder := startChild(t, "hold", path)
	holder.waitForLine(t)
	_, err := Open(t.Context(), path, Options{})
	if !errors.Is(err, ErrLocked) || !strings.Contains(err.Error(), holder.pid()) || !strings.Contains(err.Error(), path) {
		t.Errorf("the error is %v, and process %s has it", err, holder.pid())
	}
	holder.kill(t)

	s := openAt(t, path, Options{})
	if _, err := Open(t.Context(), path, Options{}); !errors.Is(err, ErrLocked) {
		t.Errorf("the error of a second time in one process is %v", err)
	}
	must(t, s.Close())
	openAt(t, path, Options{})
}

// The lock file can be removed; the lock on the file itself goes with it only.
func TestALockFileThatIsRemoved(t *testing.T) {
	path := filepath.Join(t.TempDir(), "club.db")
	holder := startChild(t, "hold", path)
	holder.waitForLine(t)
	must(t, os.Remove(path+".lock"))
	for range 2 {
		s, err := Open(t.Context(), path, Options{})
		if err == nil {
			must(t, s.Close())
		}
		if !errors.Is(err, ErrLocked) || !strings.Contains(err.Error(), path) {
			t.Fatalf("the error is %v", err)
		}
	}
	holder.kill(t)
	openAt(t, path, Options{})
}
