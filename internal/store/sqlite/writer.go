package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
)

// maxBatch bounds how many requests share a commit; more brought nothing when measured, and a batch fails as a whole.
const maxBatch = 256

// writer is the one goroutine that writes. It takes the requests that wait, runs each in a savepoint of one transaction,
// commits, and then answers them all: so many callers share one wait for the disk, the batch grows with the load by
// itself, and what a request reads cannot change before it writes.
type writer struct {
	db *sql.DB
	// session belongs to the goroutine.
	*session
	// healthy tells whether the last batch was committed.
	healthy atomic.Bool
	// queue is nil until the goroutine runs; stopped is closed when it has ended.
	queue   chan *request
	stopped chan struct{}
}

// openWriter opens the connection that writes, to a file that it has found to be the store's, with its tables up to date.
func openWriter(ctx context.Context, path string) (_ *writer, err error) {
	w := &writer{}
	w.healthy.Store(true)
	if w.db, err = sql.Open(driverName, dsn(path)); err != nil {
		return nil, fmt.Errorf("sqlite: %w", err)
	}
	w.db.SetMaxOpenConns(1)
	defer func() {
		if err != nil {
			err = errors.Join(err, w.close())
		}
	}()
	conn, err := w.db.Conn(ctx)
	if err != nil {
		return nil, unreadable(path, err)
	}
	w.session = newSession(conn)
	version, err := inspect(ctx, w.conn, path)
	if err != nil {
		return nil, err
	}
	steps, err := pending(version)
	if err != nil {
		return nil, fmt.Errorf("sqlite: %s: %w", path, err)
	}
	if err := prepareLog(ctx, w.conn); err != nil {
		return nil, err
	}
	if err := migrate(ctx, w.conn, version, steps); err != nil {
		return nil, err
	}
	return w, nil
}

// prepareLog makes writes go to the write-ahead log: one wait for the disk a commit, and readers never wait. The log is
// emptied into the file early, since damage to it loses what it holds.
func prepareLog(ctx context.Context, conn *sql.Conn) error {
	var mode string
	if err := conn.QueryRowContext(ctx, `PRAGMA journal_mode = WAL`).Scan(&mode); err != nil {
		return fmt.Errorf("sqlite: set the journal mode: %w", err)
	}
	if mode != "wal" {
		return fmt.Errorf("sqlite: this file system cannot keep a write-ahead log: the journal mode stays %q", mode)
	}
	_, err := conn.ExecContext(ctx, `PRAGMA wal_autocheckpoint = 1000; PRAGMA journal_size_limit = 67108864`)
	if err != nil {
		return fmt.Errorf("sqlite: set up the write-ahead log: %w", err)
	}
	return nil
}

// start runs the goroutine, with room for as many requests to wait.
func (w *writer) start(queue int) {
	w.queue = make(chan *request, queue)
	w.stopped = make(chan struct{})
	go w.run()
}

// request is one caller's part of a batch.
type request struct {
	run  func(*tx) error
	err  error
	done chan error

	// mu is held while run runs, so that it never does after the caller has gone.
	mu   sync.Mutex
	gone bool
}

// do runs f in a transaction and returns when that is on disk. An error of f undoes what f did and is returned, after the
// batch is committed: what f saw is then true. Where ctx ends first, do returns without knowing the outcome; f does not
// run after that.
func (w *writer) do(ctx context.Context, f func(*tx) error) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("sqlite: %w", err)
	}
	r := &request{run: f, done: make(chan error, 1)}
	select {
	case w.queue <- r:
	default:
		return errBusy
	}
	select {
	case err := <-r.done:
		return err
	case <-ctx.Done():
		r.abandon()
	case <-w.stopped:
	}
	select {
	case err := <-r.done:
		return err
	default:
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("sqlite: the outcome of a write is not known: %w", err)
	}
	return errClosed
}

func (r *request) abandon() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.gone = true
}

// close ends the goroutine after all that is queued, and lets go of the connection. Nobody may call do any more.
func (w *writer) close() error {
	if w.queue != nil {
		close(w.queue)
		<-w.stopped
	}
	var errs []error
	if w.session != nil {
		errs = append(errs, w.session.close())
	}
	return errors.Join(append(errs, w.db.Close())...)
}

func (w *writer) run() {
	defer close(w.stopped)
	batch := make([]*request, 0, maxBatch)
	for first := range w.queue {
		batch = w.fill(append(batch[:0], first))
		if err := w.write(batch); err != nil {
			w.healthy.Store(false)
			err = errAway.WithCause(err)
			for _, r := range batch {
				r.err = err
			}
		} else {
			w.healthy.Store(true)
		}
		for i, r := range batch {
			r.done <- r.err
			batch[i] = nil
		}
	}
}

// fill adds the requests that wait already.
func (w *writer) fill(batch []*request) []*request {
	for len(batch) < maxBatch {
		select {
		case r, ok := <-w.queue:
			if !ok {
				return batch
			}
			batch = append(batch, r)
		default:
			return batch
		}
	}
	return batch
}

// write commits what the batch does. On an error nothing of it is kept.
func (w *writer) write(batch []*request) (err error) {
	t := &tx{w}
	defer func() {
		if err != nil {
			// SQLite may have rolled back by itself, so an error here says nothing.
			_, _ = t.exec(rollback)
		}
	}()
	if _, err := t.exec(begin); err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	for _, r := range batch {
		if err := t.apply(r); err != nil {
			return err
		}
	}
	if _, err := t.exec(commit); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// write runs f as writer.do does.
func (s *Store) write(ctx context.Context, f func(*tx) error) error {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.leave()
	return failed(ctx, s.writer.do(ctx, f))
}
