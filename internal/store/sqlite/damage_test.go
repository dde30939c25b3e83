package sqlite

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dongbaejul/dongbaejul/internal/fault"
)

// damage overwrites the first page of a table in the file of a store, which nobody has open.
func damage(t *testing.T, path, table string) {
	t.Helper()
	s := openAt(t, path, Options{})
	page, err := one(s.read(t.Context()), `SELECT rootpage FROM sqlite_schema WHERE name = ?`, scalar[int64], table)
	must(t, err)
	must(t, s.Close())
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	must(t, err)
	_, err = f.WriteAt([]byte(strings.Repeat("\xff", 100)), (page-1)*4096)
	must(t, errors.Join(err, f.Close()))
}

// says fails unless err is fault.Unavailable, and its text for everybody names the file.
func says(t *testing.T, what string, err error, reason, name string) {
	t.Helper()
	var f *fault.Error
	if !errors.As(err, &f) || f.Kind != fault.Unavailable || f.Reason != reason || !strings.Contains(f.Text.En, name+" ") {
		t.Errorf("%s: the error is %v", what, err)
	}
}

func TestADamagedPageFailsItsOwnRequestsOnly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "club.db")
	damage(t, path, "courts")
	s := openAt(t, path, Options{})
	must(t, s.Ping(t.Context())) // nobody has found out
	errs := batch(t, s, insertsLogin("first"), func(t *tx) error {
		if err := insertsLogin("undone")(t); err != nil {
			return err
		}
		_, err := t.exec(upsertCourt, "c", "1", false, 1, 0, 0, "")
		return err
	}, insertsLogin("third"))
	if errs[0] != nil || errs[2] != nil {
		t.Errorf("the others of the batch: %v, %v", errs[0], errs[2])
	}
	says(t, "the one that met the page", errs[1], "STORE_DAMAGED", "club.db")
	if !has(t, s, "first") || has(t, s, "undone") || !has(t, s, "third") {
		t.Error("what is kept is not the first and the third")
	}
}

// Damage that was met once, by whatever call, is what health says until the next start.
func TestDamageIsRemembered(t *testing.T) {
	for name, meet := range map[string]func(*testing.T, *Store) error{
		"a read": func(t *testing.T, s *Store) error { _, err := s.Courts(t.Context()); return err },
		"a snapshot": func(t *testing.T, s *Store) error {
			return s.snapshot(t.Context(), func(src source) error { _, err := list(src, allCourts, scanCourt); return err })
		},
		"a write": func(t *testing.T, s *Store) error {
			return s.write(t.Context(), func(t *tx) error { _, err := t.exec(upsertCourt, "c", "1", false, 1, 0, 0, ""); return err })
		},
		"a backup": func(t *testing.T, s *Store) error { return s.Backup(t.Context(), s.path+".backup") },
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "club.db")
			damage(t, path, "courts")
			s := openAt(t, path, Options{})
			says(t, "the call", meet(t, s), "STORE_DAMAGED", "club.db")
			must(t, s.CreateLogin(t.Context(), login("a")))
			says(t, "Ping", s.Ping(t.Context()), "STORE_DAMAGED", "club.db")
			if err := s.Ping(t.Context()); !strings.Contains(err.Error(), path) {
				t.Errorf("the log does not name %s: %v", path, err)
			}
		})
	}
}

func TestATableThatIsDropped(t *testing.T) {
	path := filepath.Join(t.TempDir(), "club.db")
	s := openAt(t, path, Options{})
	drop := func() {
		t.Helper()
		_, err := s.writer.conn.ExecContext(t.Context(), `DROP TABLE courts`)
		must(t, err)
	}
	drop()
	_, err := s.Courts(t.Context())
	says(t, "a read", err, "STORE_DAMAGED", "club.db")
	says(t, "Ping", s.Ping(t.Context()), "STORE_DAMAGED", "club.db")
	must(t, s.Close())
	_, err = Open(t.Context(), path, Options{})
	if err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "courts") {
		t.Errorf("opening it: %v", err)
	}
}

func TestNothingIsAnsweredIntoFilesThatAreGone(t *testing.T) {
	for _, suffix := range []string{"", "-wal"} {
		for how, take := range map[string]func(name string) error{
			"removed":  os.Remove,
			"moved":    func(name string) error { return os.Rename(name, name+".moved") },
			"replaced": func(name string) error { return errors.Join(os.Remove(name), os.WriteFile(name, nil, 0o600)) },
		} {
			t.Run(suffix+" "+how, func(t *testing.T) {
				path := filepath.Join(t.TempDir(), "club.db")
				s := openAt(t, path, Options{})
				must(t, s.CreateLogin(t.Context(), login("before")))
				must(t, take(path+suffix))
				says(t, "a write", s.CreateLogin(t.Context(), login("after")), "STORE_GONE", "club.db"+suffix)
				says(t, "Ping", s.Ping(t.Context()), "STORE_GONE", "club.db"+suffix)
				remedy := map[string]string{"": "Put it back", "-wal": "Restart the server: what was acknowledged is kept"}[suffix]
				if text := s.Ping(t.Context()).Error(); strings.Count(text, remedy) != 2 { // to callers and in the log
					t.Errorf("it does not say %q: %s", remedy, text)
				}
				if !has(t, s, "before") {
					t.Error("reading does not go on")
				}
			})
		}
	}
}

// What was answered before the write-ahead log was taken away is in the file when the process dies.
func TestTheLogIsTakenAwayFromAProcessThatIsKilled(t *testing.T) {
	path := filepath.Join(t.TempDir(), "club.db")
	s := openAt(t, path, Options{})
	createCrashRooms(t, s)
	must(t, s.Close())
	c := startChild(t, "append", path, "round")
	var acks []ack
	for i := range 5000 {
		var b [ackSize]byte
		if _, err := io.ReadFull(c.out, b[:]); err != nil {
			break
		}
		a, err := parseAck(b[:])
		must(t, err)
		acks = append(acks, a)
		if i == 100 {
			must(t, os.Remove(path+"-wal"))
		}
	}
	// It may have ended by itself, as it should.
	_ = c.cmd.Process.Kill()
	_ = c.cmd.Wait()
	if len(acks) == 5000 {
		t.Error("it goes on answering")
	}
	s = openAt(t, path, Options{})
	for _, a := range acks {
		want := crashMessage("round", a)
		if _, err := s.Message(t.Context(), want.RoomID, want.ID); err != nil {
			t.Fatalf("%+v was answered and is lost: %v", a, err)
		}
	}
}

// copied copies the database file alone to a folder of its own.
func copied(t *testing.T, path string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "club.db")
	b, err := os.ReadFile(path)
	must(t, err)
	must(t, os.WriteFile(name, b, 0o600))
	return name
}

// Health brings what was answered into the file, also where nobody writes any more before the process dies.
func TestPingRescuesWhatALostLogHolds(t *testing.T) {
	path := filepath.Join(t.TempDir(), "club.db")
	s := openAt(t, path, Options{})
	must(t, s.CreateLogin(t.Context(), login("before")))
	must(t, os.Remove(path+"-wal"))
	says(t, "Ping", s.Ping(t.Context()), "STORE_GONE", "club.db-wal")
	if !has(t, openAt(t, copied(t, path), Options{}), "before") {
		t.Error("it is lost")
	}
}

func TestALogThatIsCutOff(t *testing.T) {
	find := func(t *testing.T, s *Store) error {
		t.Helper()
		return s.CreateLogin(t.Context(), login("after"))
	}
	for name, c := range map[string]struct {
		size int64
		// meet is the call that finds it first.
		meet func(*testing.T, *Store) error
	}{
		"a write":         {0, find},
		"half of it":      {-1, find},
		"health":          {0, func(t *testing.T, s *Store) error { return s.Ping(t.Context()) }},
		"a backup":        {0, func(t *testing.T, s *Store) error { return s.Backup(t.Context(), s.path+".backup") }},
		"a read":          {0, func(t *testing.T, s *Store) error { _, err := s.Courts(t.Context()); return err }},
		"during a commit": {0, nil},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "club.db")
			must(t, openAt(t, path, Options{}).Close())
			s := openAt(t, path, Options{})
			for i := range 50 {
				must(t, s.CreateLogin(t.Context(), login(fmt.Sprint(i))))
			}
			if name == "a read" { // which no page of the cache can answer
				must(t, s.write(t.Context(), func(t *tx) error { _, err := t.exec(upsertCourt, "c", "1", false, 1, 0, 0, ""); return err }))
			}
			cut := func() {
				log, err := os.Stat(path + "-wal")
				if err == nil && c.size < 0 {
					c.size = log.Size() / 2
				}
				if err := errors.Join(err, os.Truncate(path+"-wal", c.size)); err != nil {
					t.Error(err)
				}
			}
			if c.meet != nil {
				cut()
				says(t, "the first call", c.meet(t, s), "STORE_DAMAGED", "club.db-wal")
			} else {
				says(t, "the write", s.write(t.Context(), func(tx *tx) error {
					cut()
					return insertsLogin("during")(tx)
				}), "STORE_DAMAGED", "club.db-wal")
			}
			says(t, "a write", s.CreateLogin(t.Context(), login("again")), "STORE_DAMAGED", "club.db-wal")
			says(t, "Ping", s.Ping(t.Context()), "STORE_DAMAGED", "club.db-wal")
			says(t, "Trouble", s.Trouble(), "STORE_DAMAGED", "club.db-wal")
			if err := s.Ping(t.Context()); !strings.Contains(err.Error(), path+"-wal") || !strings.Contains(err.Error(), "Restart the server") {
				t.Errorf("the log does not say what to do: %v", err)
			}
			_ = s.Close() // what it cannot bring into the file is an error
			again := openAt(t, path, Options{})
			must(t, again.Ping(t.Context()))
			must(t, again.CreateLogin(t.Context(), login("later")))
			report, err := list(again.read(t.Context()), `PRAGMA integrity_check`, scalar[string])
			must(t, err)
			if len(report) != 1 || report[0] != "ok" {
				t.Errorf("the file is damaged: %v", report)
			}
		})
	}
}

// Opening a store takes its files from all others, also those that were made before it was so.
func TestFilesArePrivate(t *testing.T) {
	folder := t.TempDir()
	must(t, os.Chmod(folder, 0o755))
	path := filepath.Join(folder, "club.db")
	check := func(when string, want int) {
		t.Helper()
		files, err := os.ReadDir(folder)
		must(t, err)
		for _, f := range files {
			info, err := f.Info()
			must(t, err)
			if info.Mode().Perm() != 0o600 {
				t.Errorf("%s: %s has mode %v", when, f.Name(), info.Mode())
			}
		}
		if len(files) != want {
			t.Errorf("%s: there are %d files, not %d", when, len(files), want)
		}
	}
	s := openAt(t, path, Options{})
	must(t, s.CreateLogin(t.Context(), login("a")))
	must(t, s.Backup(t.Context(), filepath.Join(folder, "backup.db")))
	check("a new store", 6) // the file, -wal, -shm, .lock, .initialised, and the backup
	must(t, s.Close())
	must(t, os.WriteFile(path+"-wal", nil, 0o644))
	must(t, os.WriteFile(path+"-shm", nil, 0o644))
	for _, suffix := range []string{"", "-wal", "-shm", ".lock", ".initialised"} {
		must(t, os.Chmod(path+suffix, 0o644))
	}
	s = openAt(t, path, Options{})
	must(t, s.CreateLogin(t.Context(), login("b")))
	check("an older store", 6)
}

func TestAPathThatIsTooLong(t *testing.T) {
	folder := t.TempDir()
	for len(folder) < maxPath-200 {
		folder = filepath.Join(folder, strings.Repeat("x", 100))
	}
	path := filepath.Join(folder, strings.Repeat("y", maxPath-len(folder)-1))
	s := openAt(t, path, Options{})
	must(t, s.CreateLogin(t.Context(), login("a")))
	_, err := Open(t.Context(), path+"z", Options{})
	if err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), fmt.Sprint(maxPath)) {
		t.Errorf("the error is %v", err)
	}
}
