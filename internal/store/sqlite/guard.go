package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
)

// The reasons Open refuses a file. The errors that wrap them name the file and say what to do.
var (
	ErrLocked  = errors.New("the store is open already")
	ErrForeign = errors.New("the file is not a store of this program")
	ErrLost    = errors.New("the store was in use, and its data is gone")
	ErrTooNew  = errors.New("a newer version of this program has written the store")
)

// applicationID marks the file as this program's: "DBJL". The statement touch writes it.
const applicationID = 0x44424a4c

// acquire takes the lock that keeps other processes out until it is closed or this process ends.
func acquire(path string) (*os.File, error) {
	name := path + ".lock"
	if err := makeUsable(name); err != nil {
		return nil, err
	}
	if err := keepPrivate(name, markerOf(path)); err != nil {
		return nil, err
	}
	f, err := lockFile(name)
	if errors.Is(err, ErrLocked) {
		return nil, fmt.Errorf("sqlite: %s: %w%s: stop it first, and leave %s where it is", path, ErrLocked, holder(name), name)
	}
	if err != nil {
		return nil, refusal(name, err)
	}
	if err := sign(f); err != nil {
		return nil, errors.Join(refusal(name, err), f.Close())
	}
	return f, nil
}

// sign writes the number of this process into the lock, for the message that the next one gets.
func sign(f *os.File) error {
	if err := f.Truncate(0); err != nil {
		return err
	}
	_, err := f.WriteAt([]byte(strconv.Itoa(os.Getpid())), 0)
	return err
}

// holder names the process that signed the lock; empty where that cannot be read.
func holder(name string) string {
	b, err := os.ReadFile(name)
	if err != nil || len(b) == 0 {
		return ""
	}
	return fmt.Sprintf(" in process %s", b)
}

// initialised reports whether there is a marker that the store was in use.
func initialised(path string) (bool, error) {
	_, err := os.Stat(markerOf(path))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

func markerOf(path string) string { return path + ".initialised" }

// checkMarker refuses to start empty where there was data: SQLite takes an empty file, as a full disk or a bad copy leaves
// it, for a new database. It looks without opening the file, since closing it would drop SQLite's locks.
func checkMarker(path string) error {
	before, err := initialised(path)
	if err != nil {
		return refusal(markerOf(path), err)
	}
	if !before {
		return nil
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return lost(path, "is missing")
	case err != nil:
		return refusal(path, err)
	case info.Size() == 0:
		return lost(path, "is empty")
	}
	return nil
}

func lost(path, how string) error {
	return fmt.Errorf("sqlite: %s %s: %w: put back a backup, or delete %s to start empty", path, how, ErrLost, markerOf(path))
}

// leaveMarker makes the marker and has the disk keep it.
func leaveMarker(path string) error {
	name := markerOf(path)
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return refusal(name, err)
	}
	_, err = fmt.Fprintf(f, "While this file is here, the program does not start on an empty %s.\n", filepath.Base(path))
	if err := errors.Join(err, f.Sync(), f.Close(), syncFolder(filepath.Dir(path))); err != nil {
		return refusal(name, err)
	}
	return nil
}

const (
	readApplicationID query = `PRAGMA application_id`
	readVersion       query = `PRAGMA user_version`
	countTables       query = `SELECT count(*) FROM sqlite_schema`
)

// inspect tells how many migrations the file has had, 0 for a new one, and refuses a file that is not the store's. It
// changes nothing.
func inspect(ctx context.Context, conn *sql.Conn, path string) (version int, err error) {
	var id, tables int
	for q, v := range map[query]*int{readApplicationID: &id, readVersion: &version, countTables: &tables} {
		if err := conn.QueryRowContext(ctx, string(q)).Scan(v); err != nil {
			return 0, refusal(path, err)
		}
	}
	if id == 0 && version == 0 && tables == 0 {
		before, err := initialised(path)
		if err == nil && before {
			err = lost(path, "has no tables")
		}
		return 0, err
	}
	if id != applicationID {
		return 0, foreign(path, fmt.Sprintf("its application_id is %#x, not %#x", id, applicationID))
	}
	return version, nil
}

func foreign(path, why string) error {
	return fmt.Errorf("sqlite: %s: %w: %s", path, ErrForeign, why)
}
