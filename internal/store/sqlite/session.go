package sqlite

import (
	"context"
	"database/sql"
	"errors"
)

// session is one connection with the statements that were prepared on it. Only one call uses it at a time.
type session struct {
	conn  *sql.Conn
	stmts map[query]*sql.Stmt
}

func newSession(conn *sql.Conn) *session { return &session{conn, make(map[query]*sql.Stmt)} }

// exec runs a statement without rows and returns how many rows it changed.
func (s *session) exec(ctx context.Context, q query, args ...any) (int64, error) {
	stmt, err := s.prepared(ctx, q)
	if err != nil {
		return 0, err
	}
	result, err := stmt.ExecContext(ctx, args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// each is source.each.
func (s *session) each(ctx context.Context, q query, f func(*sql.Rows) error, args []any) (err error) {
	stmt, err := s.prepared(ctx, q)
	if err != nil {
		return err
	}
	rows, err := stmt.QueryContext(ctx, args...)
	if err != nil {
		return err
	}
	defer func() {
		if e := rows.Close(); err == nil {
			err = e
		}
	}()
	for rows.Next() {
		if err := f(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// prepared returns the statement of q, which is prepared when it is first used: on this connection, so that it takes no
// other.
func (s *session) prepared(ctx context.Context, q query) (*sql.Stmt, error) {
	if stmt, ok := s.stmts[q]; ok {
		return stmt, nil
	}
	stmt, err := s.conn.PrepareContext(ctx, string(q))
	if err != nil {
		return nil, err
	}
	s.stmts[q] = stmt
	return stmt, nil
}

func (s *session) close() error {
	var errs []error
	for _, stmt := range s.stmts {
		errs = append(errs, stmt.Close())
	}
	return errors.Join(append(errs, s.conn.Close())...)
}
