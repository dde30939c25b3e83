package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime/debug"
)

const (
	begin         query = `BEGIN IMMEDIATE`
	commit        query = `COMMIT`
	rollback      query = `ROLLBACK`
	savepoint     query = `SAVEPOINT request`
	release       query = `RELEASE request`
	rollbackToOne query = `ROLLBACK TO request`
	emptyLog      query = `PRAGMA wal_checkpoint(PASSIVE)`
)

// tx is the transaction of a batch, as a request sees it.
type tx struct{ w *writer }

// apply runs one request in a savepoint. An error of its own is kept in it; the error returned is one that spoils the
// batch.
func (t *tx) apply(r *request) error {
	if !r.begin() {
		return nil
	}
	if _, err := t.exec(savepoint); err != nil {
		return fmt.Errorf("savepoint: %w", err)
	}
	if r.err = guarded(r.run, t); r.err != nil {
		if spoils(r.err) {
			return &spoiltError{r.err}
		}
		if _, err := t.exec(rollbackToOne); err != nil {
			return fmt.Errorf("roll back to savepoint: %w", errors.Join(err, r.err))
		}
	}
	if _, err := t.exec(release); err != nil {
		return fmt.Errorf("release savepoint: %w", err)
	}
	return nil
}

// spoiltError is the error of one request that spoils its batch.
type spoiltError struct{ error }

func (e *spoiltError) Unwrap() error { return e.error }

// guarded runs f and turns a panic into an error.
func guarded(f func(*tx) error, t *tx) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("sqlite: panic in a write: %v\n%s", v, debug.Stack())
		}
	}()
	return f(t)
}

// exec runs a statement without rows and returns how many rows it changed.
func (t *tx) exec(q query, args ...any) (int64, error) {
	return t.w.exec(context.Background(), q, args...)
}

// execIDs executes a statement whose last parameter is a list of IDs; nothing if the list is empty.
func (t *tx) execIDs(q query, ids []string, args ...any) error {
	if len(ids) == 0 {
		return nil
	}
	wanted, err := idList(ids)
	if err != nil {
		return err
	}
	_, err = t.exec(q, append(args, wanted)...)
	return err
}

func (t *tx) each(q query, f func(*sql.Rows) error, args ...any) error {
	return t.w.each(context.Background(), q, f, args)
}
