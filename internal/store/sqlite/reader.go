package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// readers is the pool of connections that only read. Its size is what protects the writer: every page a reader looks at
// is a processor the writer does not get.
//
// A call takes one place, and does all of its work on that connection: calls that held one and waited for another would
// wait for each other forever once there are as many as places.
type readers struct {
	db *sql.DB
	// places holds the sessions that are free.
	places chan *session
}

func openReaders(ctx context.Context, path string, n int) (*readers, error) {
	db, err := sql.Open(driverName, dsn(path)+"&_pragma=query_only(1)")
	if err != nil {
		return nil, fmt.Errorf("sqlite: %w", err)
	}
	db.SetMaxOpenConns(n)
	db.SetMaxIdleConns(n)
	r := &readers{db: db, places: make(chan *session, n)}
	// All of them now: later another file may be in the place.
	for range n {
		conn, err := db.Conn(ctx)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("sqlite: open a reading connection: %w", err), r.close())
		}
		r.places <- newSession(conn)
	}
	return r, nil
}

// take waits for a place. It must be put back into places.
func (r *readers) take(ctx context.Context) (*session, error) {
	select {
	case c := <-r.places:
		return c, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// close closes the connections. No call may be running.
func (r *readers) close() error {
	var errs []error
	for range len(r.places) {
		errs = append(errs, (<-r.places).close())
	}
	return errors.Join(append(errs, r.db.Close())...)
}

// reading is a source for one call. Each statement sees the newest commit; two statements may see different ones.
type reading struct {
	s   *Store
	ctx context.Context
}

func (s *Store) read(ctx context.Context) reading { return reading{s, ctx} }

// each must not be called by f: it would take a second place.
func (r reading) each(q query, f func(*sql.Rows) error, args ...any) error {
	return r.s.withReader(r.ctx, func(c *session) error { return c.each(r.ctx, q, f, args) })
}

// withReader runs f on a connection that only reads.
func (s *Store) withReader(ctx context.Context, f func(*session) error) error {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.leave()
	c, err := s.readers.take(ctx)
	if err != nil {
		return s.failed(ctx, err)
	}
	defer func() { s.readers.places <- c }()
	return s.failed(ctx, f(c))
}

const (
	beginReading query = `BEGIN`
	endReading   query = `ROLLBACK`
)

// snapshot runs f on a source whose statements all see the same commit.
func (s *Store) snapshot(ctx context.Context, f func(source) error) error {
	return s.withReader(ctx, func(c *session) (err error) {
		// Not with ctx: a statement that ended together with it has an error, and a transaction was begun all the same.
		whole := context.WithoutCancel(ctx)
		if _, err := c.exec(whole, beginReading); err != nil {
			return err
		}
		defer func() {
			if _, e := c.exec(whole, endReading); err == nil {
				err = e
			}
		}()
		return f(still{ctx, c})
	})
}

// still is a source at one commit.
type still struct {
	ctx context.Context
	c   *session
}

func (s still) each(q query, f func(*sql.Rows) error, args ...any) error {
	return s.c.each(s.ctx, q, f, args)
}
