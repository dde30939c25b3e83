package sqlite

import (
	"bytes"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dongbaejul/dongbaejul/internal/users"
)

// Whatever is changed in a file that nobody has open is found when it is opened.
func TestTablesThatAreNotThoseOfTheMigrations(t *testing.T) {
	want, err := ownShape()
	must(t, err)
	scripts := map[string]struct{ change, says string }{
		"a column of another type": {`ALTER TABLE logins DROP COLUMN redirect_uri; ALTER TABLE logins ADD COLUMN redirect_uri INTEGER NOT NULL DEFAULT 0`,
			`lacks the column "redirect_uri TEXT 1 0" of the table logins`},
		"a column too many": {`ALTER TABLE logins ADD COLUMN more TEXT NOT NULL DEFAULT ''`, `has a column "more TEXT 1 0" too many in the table logins`},
	}
	for table, columns := range want.columns {
		if strings.HasPrefix(table, "posts_search") {
			continue
		}
		column := strings.Fields(columns[0])[0]
		scripts["the column "+table+"."+column+" renamed"] = struct{ change, says string }{
			"ALTER TABLE " + table + " RENAME COLUMN " + column + " TO renamed", `lacks the column "` + columns[0] + `" of the table ` + table}
		scripts["the table "+table+" dropped"] = struct{ change, says string }{"DROP TABLE " + table, "lacks the table " + table}
	}
	scripts["the search dropped"] = struct{ change, says string }{"DROP TABLE posts_search", "lacks the table posts_search"}
	original := filepath.Join(t.TempDir(), "club.db")
	must(t, openAt(t, original, Options{}).Close())
	for name, c := range scripts {
		t.Run(name, func(t *testing.T) {
			path := copied(t, original)
			database(t, path, c.change)
			s, err := Open(t.Context(), path, Options{})
			if err == nil {
				_ = s.Close()
				t.Fatal("it was opened")
			}
			if text := err.Error(); !strings.Contains(text, path+" "+c.says) || !strings.Contains(text, "put a backup in its place") {
				t.Errorf("the error is %v", err)
			}
		})
	}
}

// An index follows from its table.
func TestIndexesAreMadeAgain(t *testing.T) {
	var log bytes.Buffer
	o := Options{Log: slog.New(slog.NewTextHandler(&log, nil))}
	want, err := ownShape()
	must(t, err)
	path := filepath.Join(t.TempDir(), "club.db")
	must(t, openAt(t, path, Options{}).Close())
	script := ""
	for name := range want.indexes {
		script += "DROP INDEX " + name + ";"
	}
	database(t, path, script+"CREATE INDEX rooms_by_type ON rooms (name)")
	s := openAt(t, path, o)
	have, err := shapeOf(t.Context(), s.writer.session)
	must(t, err)
	for name, script := range want.indexes {
		if have.indexes[name] != script {
			t.Errorf("the index %s is %q", name, have.indexes[name])
		}
		if !strings.Contains(log.String(), name) {
			t.Errorf("the log does not name %s", name)
		}
	}
	must(t, s.Close())
	log.Reset()
	openAt(t, path, o)
	if log.Len() > 0 {
		t.Errorf("the second time it logs %s", &log)
	}
}

func TestAnIndexThatCannotBeMadeAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "club.db")
	must(t, openAt(t, path, Options{}).Close())
	database(t, path, `DROP INDEX room_log_id; INSERT INTO room_log (room_id, seq, kind, actor, at, id)
		VALUES ('r', 1, 'message', 'a', 1, 'same'), ('r', 2, 'message', 'a', 1, 'same')`)
	for range 2 {
		_, err := Open(t.Context(), path, Options{})
		if err == nil || !strings.Contains(err.Error(), path+" lacks the index room_log_id, and it cannot be made again: put a backup") {
			t.Errorf("the error is %v", err)
		}
	}
}

// While the server runs, an index that is gone is damage as a table is.
func TestAnIndexThatIsDropped(t *testing.T) {
	s := open(t)
	_, err := s.writer.conn.ExecContext(t.Context(), `DROP INDEX users_band`)
	must(t, err)
	_, _, err = s.CreateUser(t.Context(), users.User{ID: "u", BandUserID: "b"})
	says(t, "a write", err, "STORE_DAMAGED", "club.db")
	says(t, "Ping", s.Ping(t.Context()), "STORE_DAMAGED", "club.db")
}
