package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
)

// maxBatch bounds how many requests share a commit; more brought nothing when measured, and a batch fails as a whole.
const maxBatch = 256

// logLimit is how long the write-ahead log stays when it has been emptied into the file.
const logLimit = 64 << 20

// writer is the one goroutine that writes. It takes the requests that wait, runs each in a savepoint of one transaction,
// commits, and then answers them all: so many callers share one wait for the disk, the batch grows with the load by
// itself, and what a request reads cannot change before it writes.
type writer struct {
	db *sql.DB
	// session belongs to the goroutine.
	*session
	opened *openFiles
	// failing is whether a batch has failed since Ping last found that writing works.
	failing atomic.Bool
	// queue is nil until the goroutine runs; stopped is closed when it has ended.
	queue   chan *request
	stopped chan struct{}
}

// erasing has what is deleted overwritten, as accounts are promised, and not only its place marked as free.
const erasing = "&_pragma=secure_delete(1)"

// openWriter opens the connection that writes, to a file that it has found to be the store's, with its tables up to date.
func openWriter(ctx context.Context, path string, log *slog.Logger) (_ *writer, err error) {
	w := &writer{}
	if w.db, err = sql.Open(driverName, dsn(path)+erasing); err != nil {
		return nil, fmt.Errorf("sqlite: %w", err)
	}
	w.db.SetMaxOpenConns(1)
	defer func() {
		if err != nil {
			err = errors.Join(err, w.close())
		}
	}()
	if err := makeUsable(path+"-wal", path+"-shm"); err != nil {
		return nil, err
	}
	conn, err := w.db.Conn(ctx)
	if err != nil {
		return nil, refusal(path, err)
	}
	w.session = newSession(conn)
	version, err := inspect(ctx, w.conn, path)
	if err != nil {
		return nil, err
	}
	if err := keepPrivate(path, path+"-wal", path+"-shm"); err != nil {
		return nil, err
	}
	steps, err := pending(version)
	if err != nil {
		return nil, fmt.Errorf("sqlite: %s: %w", path, err)
	}
	if err := prepareLog(ctx, w.conn); err != nil {
		return nil, refusal(path, err)
	}
	if err := migrate(ctx, w.conn, version, steps); err != nil {
		return nil, refusal(path, err)
	}
	remade, err := checkShape(ctx, w.session, path)
	if err != nil {
		return nil, err
	}
	if len(remade) > 0 {
		log.WarnContext(ctx, "indexes of the store were missing or changed, and were made again",
			slog.String("file", path), slog.Any("indexes", remade))
	}
	// A full disk may have room again; a file that must not be written stays so until somebody changes that.
	switch _, err := w.exec(ctx, touch); {
	case isFull(err):
		w.failing.Store(true)
	case err != nil:
		return nil, refusal(path, err)
	}
	return w, nil
}

// prepareLog makes writes go to the write-ahead log: one wait for the disk a commit, and readers never wait. The log is
// emptied into the file early, since damage to it loses what it holds.
func prepareLog(ctx context.Context, conn *sql.Conn) error {
	var mode string
	if err := conn.QueryRowContext(ctx, `PRAGMA journal_mode = WAL`).Scan(&mode); err != nil {
		return fmt.Errorf("set the journal mode: %w", err)
	}
	if mode != "wal" {
		return fmt.Errorf("this file system cannot keep a write-ahead log: the journal mode stays %q", mode)
	}
	_, err := conn.ExecContext(ctx, `PRAGMA wal_autocheckpoint = 1000; `+fmt.Sprintf(`PRAGMA journal_size_limit = %d`, logLimit))
	if err != nil {
		return fmt.Errorf("set up the write-ahead log: %w", err)
	}
	return nil
}

// start runs the goroutine, with room for as many requests to wait.
func (w *writer) start(queue int, opened *openFiles) {
	w.opened = opened
	w.queue = make(chan *request, queue)
	w.stopped = make(chan struct{})
	go w.run()
}

// request is one caller's part of a batch.
type request struct {
	run  func(*tx) error
	err  error
	done chan error

	// mu guards who is first: the caller who goes, or the writer who begins.
	mu          sync.Mutex
	gone, begun bool
}

// do runs f in a transaction and returns when that is on disk. An error of f undoes what f did and is returned, after the
// batch is committed: what f saw is then true. f may be run again after what it did was undone.
//
// Where ctx ends before f has begun, f does not run and do returns the error of ctx. Once f has begun, do waits for the
// outcome whatever becomes of ctx, so that callers do what follows from it.
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
		if r.abandon() {
			return fmt.Errorf("sqlite: %w", ctx.Err())
		}
		select {
		case err := <-r.done:
			return err
		case <-w.stopped:
		}
	case <-w.stopped:
	}
	select {
	case err := <-r.done:
		return err
	default:
		return errClosed
	}
}

// abandon keeps the request from running, and reports false where it has begun.
func (r *request) abandon() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.gone = true
	return !r.begun
}

// begin reports whether the request is to be run.
func (r *request) begin() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.begun = r.begun || !r.gone
	return r.begun
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
		err := w.write(batch)
		if spoilt, ok := errors.AsType[*spoiltError](err); ok && len(batch) > 1 && !isFull(spoilt) {
			// The others need not fail for the one that met a damaged page.
			for i := range batch {
				w.answer(batch[i:i+1], w.write(batch[i:i+1]))
			}
		} else {
			w.answer(batch, err)
		}
		clear(batch)
	}
}

// answer tells the callers of a batch its outcome.
func (w *writer) answer(batch []*request, err error) {
	if err != nil {
		w.failing.Store(true)
		err = away(err)
	}
	for _, r := range batch {
		if err != nil {
			r.err = err
		}
		r.done <- r.err
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

// write commits what the batch does. On an error nothing of it is kept, unless the files have gone meanwhile.
func (w *writer) write(batch []*request) (err error) {
	if err := w.checkFiles(); err != nil {
		return err
	}
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
	return w.checkFiles()
}

// checkFiles is opened.check. What was answered before may lie in a log that was taken away: the file gets it while this
// process has both. Of a log that was cut off it gets nothing, which could be pages of zeros.
func (w *writer) checkFiles() error {
	err := w.opened.check()
	switch {
	case w.opened.emptied.Load():
		w.dropLog()
	case err != nil:
		_, _ = w.exec(context.Background(), emptyLog)
	}
	return err
}

// dropLog keeps SQLite, when it closes, from bringing what follows the lost beginning of the log into the file.
func (w *writer) dropLog() {
	if log := w.opened.log.path; !hasHeader(log) {
		_ = os.Truncate(log, 0)
	}
}

// write runs f as writer.do does.
func (s *Store) write(ctx context.Context, f func(*tx) error) error {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.leave()
	return s.failed(ctx, s.writer.do(ctx, f))
}
