// Package sqlite keeps everything of one club in one SQLite file. Everything here leans on one rule: one goroutine writes,
// for all callers at once, and answers them when the disk has it; so an answered write survives a crash and a power
// failure, a read-modify-write never meets another, and readers never wait.
package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"

	_ "modernc.org/sqlite" // the driver named driverName

	"github.com/dongbaejul/dongbaejul/internal/fault"
)

// driverName is what the driver calls itself to database/sql.
const driverName = "sqlite"

// defaultQueue is how many writes may wait: some hundred milliseconds of work on an ordinary disk.
const defaultQueue = 4096

// maxPath is the longest path that SQLite opens, in bytes: of 512 it needs some for what it adds to the names of other files.
const maxPath = 504

// Options tune a store. The zero value is right for a server.
type Options struct {
	// Queue bounds the writes that wait; one more is refused with fault.Unavailable. 0 is 4096.
	Queue int
	// Readers is how many calls may read at once. 0 is as many as there are processors, 2 at least.
	Readers int
	// Log gets what Open mends. It is slog.Default() where it is nil.
	Log *slog.Logger
}

// Store is the club's file, open. It may be used concurrently. What is passed to it to change a document, such as the
// function of UpdateUser, runs in the goroutine that writes: it must not call the store, wait, or end its goroutine.
type Store struct {
	path   string
	opened *openFiles
	// damage is the first damage that was met.
	damage atomic.Pointer[fault.Error]
	// lock and claimed keep other processes out.
	lock    *os.File
	claimed *os.File
	writer  *writer
	readers *readers

	// rating is held by the one call that computes ratings.
	rating chan struct{}

	// gate is held by every call, and by Close, which so waits for them.
	gate   sync.RWMutex
	closed bool
}

// Open opens the file at path, creating it and its folder where there is none, and brings its tables up to date. The file
// belongs to this process until Close: opening it a second time fails with ErrLocked. Beside it lie its write-ahead log
// (-wal, -shm), which belongs to the data, a lock (.lock), and a marker that the store was in use (.initialised). Only the
// user of this process may read any of them: where others may, Open takes that from them.
//
// Open refuses, and changes nothing, with ErrForeign where the file is something else, with ErrLost where the marker tells
// of data that is gone, and with ErrTooNew where a newer program has written it. A file that cannot be written,
// or whose tables are not those of the migrations, is refused too; missing indexes are made again.
func Open(ctx context.Context, path string, o Options) (_ *Store, err error) {
	if path == "" || strings.HasPrefix(path, ":") {
		return nil, fmt.Errorf("sqlite: %q is not the path of a file", path)
	}
	if path, err = filepath.Abs(path); err != nil {
		return nil, fmt.Errorf("sqlite: %w", err)
	}
	if len(path) > maxPath {
		return nil, fmt.Errorf("sqlite: the path %s has %d bytes, and %d are the most: put the file into a folder with a shorter path",
			path, len(path), maxPath)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, refusal(filepath.Dir(path), err)
	}
	s := &Store{path: path, rating: make(chan struct{}, 1)}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.release())
		}
	}()
	if s.lock, err = acquire(path); err != nil {
		return nil, err
	}
	if err := checkMarker(path); err != nil {
		return nil, err
	}
	if s.claimed, err = claim(path); err != nil {
		return nil, err
	}
	if s.writer, err = openWriter(ctx, path, cmp.Or(o.Log, slog.Default())); err != nil {
		return nil, err
	}
	if s.opened, err = watchFiles(path, s.claimed != nil); err != nil {
		return nil, err
	}
	if err := leaveMarker(path); err != nil {
		return nil, err
	}
	if o.Readers <= 0 {
		o.Readers = max(2, runtime.GOMAXPROCS(0))
	}
	if s.readers, err = openReaders(ctx, path, o.Readers); err != nil {
		return nil, err
	}
	if o.Queue <= 0 {
		o.Queue = defaultQueue
	}
	s.writer.start(o.Queue, s.opened)
	return s, nil
}

// dsn is what all connections to the file have in common. None makes a file where it was taken away. The order of the pragmas
// matters: the first makes the others wait for a lock.
func dsn(path string) string {
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path // C:/…
	}
	u := url.URL{Scheme: "file", Path: path}
	return u.String() + "?mode=rw&_pragma=busy_timeout(10000)&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)" +
		"&_pragma=temp_store(MEMORY)&_pragma=cache_size(-16384)"
}

// enter begins a call; leave ends it.
func (s *Store) enter() error {
	s.gate.RLock()
	if s.closed {
		s.gate.RUnlock()
		return errClosed
	}
	return nil
}

func (s *Store) leave() { s.gate.RUnlock() }

const (
	schemaVersion query = `PRAGMA schema_version`
	touch         query = `PRAGMA application_id = 1145195084`
)

// Ping reports an error where damage was met since Open, where the files are not where they were or cannot be read, and,
// after a write that failed, until writing works again and the disk has room.
func (s *Store) Ping(ctx context.Context) error {
	if damage := s.damage.Load(); damage != nil {
		return damage
	}
	if err := s.opened.check(); err != nil {
		// The writer brings what a lost log holds into the file.
		_ = s.write(ctx, func(*tx) error { return nil })
		return err
	}
	if _, err := one(s.read(ctx), schemaVersion, scalar[int64]); err != nil {
		return err
	}
	if !s.writer.failing.Load() {
		return nil
	}
	// A small write may find a place where the next one does not.
	if err := hasRoom(filepath.Dir(s.path)); err != nil {
		return errFailing.WithCause(fmt.Errorf("sqlite: %w", err))
	}
	err := s.write(ctx, func(t *tx) error {
		_, err := t.exec(touch)
		return err
	})
	if err == nil {
		s.writer.failing.Store(false)
	}
	return err
}

// Trouble returns what the store knows to be wrong without looking: damage, a log that was cut off, or a write that failed; nil if
// only Ping would find it.
func (s *Store) Trouble() error {
	if damage := s.damage.Load(); damage != nil {
		return damage
	}
	if s.opened.emptied.Load() {
		return s.opened.cutOff()
	}
	if s.writer.failing.Load() {
		return errFailing
	}
	return nil
}

// Backup writes a copy of the store, as it is at one moment, to a new file at path, which only the user of this process may
// read. Writing goes on meanwhile. To restore it, put it in the place of the lost file, without the old -wal and -shm.
func (s *Store) Backup(ctx context.Context, path string) (err error) {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.leave()
	// A connection of its own: VACUUM INTO is refused to one that only reads, and would hold up the one that writes.
	db, err := sql.Open(driverName, dsn(s.path))
	if err != nil {
		return fmt.Errorf("sqlite: %w", err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := s.opened.check(); err != nil {
		return err
	}
	if err := createPrivate(path); err != nil {
		return fmt.Errorf("sqlite: back up to %s: %w", path, err)
	}
	if _, err := db.ExecContext(ctx, `VACUUM INTO ?`, path); err != nil {
		return errors.Join(s.failed(ctx, fmt.Errorf("back up to %s: %w", path, err)), os.Remove(path))
	}
	return nil
}

// Close waits for the calls that are running and lets go of the file. Calls after it fail with fault.Unavailable; closing
// again does nothing.
func (s *Store) Close() error {
	s.gate.Lock()
	defer s.gate.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	return s.release()
}

// release closes what has been opened, the locks last.
func (s *Store) release() error {
	var errs []error
	if s.readers != nil {
		errs = append(errs, s.readers.close())
	}
	// The writer closes after the readers, so that it empties the write-ahead log into the file.
	if s.writer != nil {
		errs = append(errs, s.writer.close())
	}
	for _, f := range []*os.File{s.claimed, s.lock} {
		if f != nil {
			errs = append(errs, f.Close())
		}
	}
	return errors.Join(errs...)
}
