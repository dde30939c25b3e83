package sqlite

import (
	"context"
	"errors"
	"fmt"
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

var errClosed = errAway.WithCause(errors.New("sqlite: the store is closed"))

// code gives SQLite's extended result code of err, or 0 when err is not SQLite's.
func code(err error) int {
	var e *sqlite.Error
	if errors.As(err, &e) {
		return e.Code()
	}
	return 0
}

// taken tells whether err is a row that has its key already.
func taken(err error) bool {
	c := code(err)
	return c == sqlite3.SQLITE_CONSTRAINT_UNIQUE || c == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY
}

// spoils tells whether err, from inside a transaction, leaves it unfit to commit. A constraint undoes its own statement
// only; after anything else that SQLite reports, what the transaction still holds is not certain.
func spoils(err error) bool {
	c := code(err)
	return c != 0 && c&0xff != sqlite3.SQLITE_CONSTRAINT
}

// failed gives what a caller gets for err: trouble of the machine beneath as fault.Unavailable, the end of its own context
// as that, and what is not SQLite's unchanged.
func failed(ctx context.Context, err error) error {
	switch code(err) & 0xff {
	case 0:
		return err
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
	return fmt.Errorf("sqlite: %w", err)
}

// away is err as trouble that may pass.
func away(err error) error {
	if fault.KindOf(err) != 0 {
		return err
	}
	return errAway.WithCause(err)
}
