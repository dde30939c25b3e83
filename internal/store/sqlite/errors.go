package sqlite

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/dongbaejul/dongbaejul/internal/fault"
)

var (
	errNotFound = fault.New(fault.NotFound, "NOT_FOUND", "찾을 수 없습니다.", "It was not found.")
	errExists   = fault.New(fault.Exists, "ALREADY_EXISTS", "이미 있습니다.", "It exists already.")
	errAway     = fault.New(fault.Unavailable, "STORE_UNAVAILABLE", "잠시 후 다시 시도해 주세요.", "Please try again in a moment.")
	errBusy     = fault.New(fault.Unavailable, "STORE_BUSY", "접속이 많습니다. 잠시 후 다시 시도해 주세요.", "The server is busy. Please try again in a moment.").
			WithRetryAfter(time.Second)
)

// errFailing is what health says after a write that failed.
var errFailing = fault.New(fault.Unavailable, "STORE_FAILING", "저장할 수 없어요. 잠시 후 다시 시도해 주세요.",
	"Writing to the database file fails. Check that its disk has room and can be written.")

var errClosed = errAway.WithCause(errors.New("sqlite: the store is closed"))

// code returns SQLite's extended result code of err, or 0 when err is not SQLite's.
func code(err error) int {
	var e *sqlite.Error
	if errors.As(err, &e) {
		return e.Code()
	}
	return 0
}

// isDuplicate reports whether err is a row that has its key already.
func isDuplicate(err error) bool {
	c := code(err)
	return c == sqlite3.SQLITE_CONSTRAINT_UNIQUE || c == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY
}

// spoils reports whether err, from inside a transaction, leaves it unfit to commit. A constraint undoes its own statement
// only; after anything else that SQLite reports, what the transaction still holds is not certain.
func spoils(err error) bool {
	c := code(err)
	return c != 0 && c&0xff != sqlite3.SQLITE_CONSTRAINT
}

// isFull reports whether err is of a disk that has no room, which is so for everyone.
func isFull(err error) bool { return code(err)&0xff == sqlite3.SQLITE_FULL }

// failed returns what a caller gets for err: trouble of the machine beneath as fault.Unavailable, the end of its own context
// as that, and what is not SQLite's unchanged. It remembers damage.
func (s *Store) failed(ctx context.Context, err error) error {
	c := code(err) & 0xff
	if c == 0 {
		return err
	}
	if lost := s.explain(c); lost != nil {
		return errors.Join(lost, err)
	}
	switch c {
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return s.damaged(err)
	case sqlite3.SQLITE_ERROR:
		if lacksTable(err) {
			return s.damaged(err)
		}
	case sqlite3.SQLITE_INTERRUPT:
		if ctx.Err() != nil {
			err = ctx.Err()
		}
	case sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_NOMEM,
		sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PROTOCOL:
		return away(err)
	}
	if fault.KindOf(err) != 0 {
		return err
	}
	return fmt.Errorf("sqlite: %s: %w", s.path, err)
}

// explain returns what is known to be wrong with the files where a result code may follow from that, which says more.
func (s *Store) explain(code int) error {
	switch code {
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY:
		return s.opened.check()
	}
	return nil
}

// lacksTable reports whether err is of a statement about a table, a column or an index that is not there.
func lacksTable(err error) bool {
	text := err.Error()
	return strings.Contains(text, "no such table") || strings.Contains(text, "no such column") || strings.Contains(text, "has no column") ||
		strings.Contains(text, "ON CONFLICT clause does not match")
}

// damaged returns err as damage of the file. Ping fails with it from then on: what else is damaged, only a look at the whole
// file tells.
func (s *Store) damaged(err error) error {
	name := filepath.Base(s.path)
	f := fault.New(fault.Unavailable, "STORE_DAMAGED", "데이터 파일("+name+")이 손상되었어요. 운영자에게 알려 주세요.",
		"The database file "+name+" is damaged. Stop the server and put a backup in its place.").
		WithCause(fmt.Errorf("sqlite: %s is damaged: stop the server and put a backup in its place: %w", s.path, err))
	s.damage.CompareAndSwap(nil, f)
	return f
}

// away is err as trouble that may pass.
func away(err error) error {
	if fault.KindOf(err) != 0 {
		return err
	}
	return errAway.WithCause(err)
}
