package sqlite

import (
	"database/sql"
	"errors"
)

// query is the text of one statement. Each is a named constant, so that a test can find them all and look at their plans.
type query string

// source runs statements that read: a pool of reading connections, or a transaction.
type source interface {
	// each runs q and calls f for each row until f fails. The rows are read to their end before each returns.
	each(q query, f func(*sql.Rows) error, args ...any) error
}

// errEnough ends each after the rows that were wanted.
var errEnough = errors.New("enough")

// one returns the first row of q; errNotFound where there is none.
func one[T any](src source, q query, scan func(*sql.Rows) (T, error), args ...any) (T, error) {
	var row T
	err := src.each(q, func(rows *sql.Rows) (err error) {
		if row, err = scan(rows); err != nil {
			return err
		}
		return errEnough
	}, args...)
	switch {
	case err == nil:
		return row, errNotFound
	case errors.Is(err, errEnough):
		return row, nil
	}
	var none T
	return none, err
}

// list returns all rows of q; nil where there are none.
func list[T any](src source, q query, scan func(*sql.Rows) (T, error), args ...any) ([]T, error) {
	var all []T
	err := src.each(q, func(rows *sql.Rows) error {
		row, err := scan(rows)
		all = append(all, row)
		return err
	}, args...)
	if err != nil {
		return nil, err
	}
	return all, nil
}

// scalar scans rows of one column.
func scalar[T any](rows *sql.Rows) (v T, err error) {
	err = rows.Scan(&v)
	return v, err
}
