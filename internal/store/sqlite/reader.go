package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
)

// readers is the pool of connections that only read. Its size is what protects the writer: every page a reader looks at
// is a processor the writer does not get.
type readers struct {
	db    *sql.DB
	stmts sync.Map // query → *sql.Stmt
}

func openReaders(ctx context.Context, path string, n int) (*readers, error) {
	db, err := sql.Open(driverName, dsn(path)+"&_pragma=query_only(1)")
	if err != nil {
		return nil, fmt.Errorf("sqlite: %w", err)
	}
	db.SetMaxOpenConns(n)
	db.SetMaxIdleConns(n)
	if err := db.PingContext(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("sqlite: open a reading connection: %w", err), db.Close())
	}
	return &readers{db: db}, nil
}

// prepared gives the statement of q, which database/sql prepares once on each connection.
func (r *readers) prepared(ctx context.Context, q query) (*sql.Stmt, error) {
	if stmt, ok := r.stmts.Load(q); ok {
		return stmt.(*sql.Stmt), nil
	}
	stmt, err := r.db.PrepareContext(ctx, string(q))
	if err != nil {
		return nil, err
	}
	if first, raced := r.stmts.LoadOrStore(q, stmt); raced {
		return first.(*sql.Stmt), stmt.Close()
	}
	return stmt, nil
}

// close lets go of the connections.
func (r *readers) close() error {
	var errs []error
	r.stmts.Range(func(_, stmt any) bool {
		errs = append(errs, stmt.(*sql.Stmt).Close())
		return true
	})
	return errors.Join(append(errs, r.db.Close())...)
}

// reading is a source for one call. Each statement sees the newest commit; two statements may see different ones.
type reading struct {
	s   *Store
	ctx context.Context
}

func (s *Store) read(ctx context.Context) reading { return reading{s, ctx} }

func (r reading) each(q query, f func(*sql.Rows) error, args ...any) error {
	if err := r.s.enter(); err != nil {
		return err
	}
	defer r.s.leave()
	stmt, err := r.s.readers.prepared(r.ctx, q)
	if err == nil {
		err = eachRow(r.ctx, stmt, f, args)
	}
	return failed(r.ctx, err)
}

// snapshot runs f on a source whose statements all see the same commit.
func (s *Store) snapshot(ctx context.Context, f func(source) error) error {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.leave()
	tx, err := s.readers.db.BeginTx(ctx, nil)
	if err != nil {
		return failed(ctx, err)
	}
	// Nothing was written, so how the transaction ends does not matter.
	defer func() { _ = tx.Rollback() }()
	return failed(ctx, f(still{s.readers, ctx, tx}))
}

// still is a source at one commit.
type still struct {
	readers *readers
	ctx     context.Context
	tx      *sql.Tx
}

func (s still) each(q query, f func(*sql.Rows) error, args ...any) error {
	stmt, err := s.readers.prepared(s.ctx, q)
	if err != nil {
		return err
	}
	return eachRow(s.ctx, s.tx.StmtContext(s.ctx, stmt), f, args)
}
