package sqlite

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	sqlite3 "modernc.org/sqlite/lib"
)

// refusal returns err, which keeps Open from using the file name, with what an operator can do about it.
func refusal(name string, err error) error {
	sys, folder := code(err)&0xff, filepath.Dir(name)
	if sys == sqlite3.SQLITE_IOERR {
		err = errors.Join(err, hasRoom(folder))
	}
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EFBIG), sys == sqlite3.SQLITE_FULL:
		return fmt.Errorf("sqlite: %s cannot be opened, since the disk of %s has no room: free at least 1 MiB: %w", name, folder, err)
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS), sys == sqlite3.SQLITE_READONLY, sys == sqlite3.SQLITE_CANTOPEN:
		return fmt.Errorf("sqlite: %s cannot be written: let the user of this process write to it and to its folder: %w", name, err)
	case sys == sqlite3.SQLITE_IOERR:
		return fmt.Errorf("sqlite: %s cannot be read or written: check the disk of %s: %w", name, folder, err)
	case sys == sqlite3.SQLITE_BUSY:
		return fmt.Errorf("sqlite: %s is locked by another program: end that first: %w", name, err)
	case sys == sqlite3.SQLITE_NOTADB:
		return foreign(name, "it is not an SQLite file")
	case sys == sqlite3.SQLITE_CORRUPT:
		return fmt.Errorf("sqlite: %s is damaged: put a backup in its place: %w", name, err)
	}
	return fmt.Errorf("sqlite: open %s: %w", name, err)
}

// checkFile refuses what is not a file that the user of this process may write to. What is not there passes. It must not be
// called for files that SQLite has open, since closing them would drop its locks.
func checkFile(name string) error {
	info, err := os.Stat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return refusal(name, err)
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("sqlite: %s is not a file: move it away", name)
	}
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		return refusal(name, err)
	}
	return f.Close()
}

// makeUsable lets the user of this process read and write the files that are there, and refuses those that cannot be.
func makeUsable(names ...string) error {
	for _, name := range names {
		info, err := os.Stat(name)
		if err == nil && info.Mode().IsRegular() && info.Mode().Perm()&private != private {
			if err := os.Chmod(name, info.Mode().Perm()|private); err != nil {
				return refusal(name, err)
			}
		}
		if err := checkFile(name); err != nil {
			return err
		}
	}
	return nil
}

// claim opens the database file, creating it where there is none, and locks it for as long as the result is open: the lock
// file alone can be removed. The result is nil where the system has no lock that goes with SQLite's own. It must be closed
// after all connections, since closing it drops their locks.
func claim(path string) (*os.File, error) {
	if err := checkFile(path); err != nil {
		return nil, err
	}
	// Not by SQLite, whose files others can read.
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, private)
	if err != nil {
		return nil, refusal(path, err)
	}
	locked, err := lockBeside(f)
	switch {
	case errors.Is(err, ErrLocked):
		err = fmt.Errorf("sqlite: %s: %w%s: stop it first", path, ErrLocked, holder(path+".lock"))
	case err != nil:
		err = refusal(path, err)
	case locked:
		return f, nil
	}
	return nil, errors.Join(err, f.Close())
}
