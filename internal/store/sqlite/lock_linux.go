package sqlite

import (
	"errors"
	"os"
	"syscall"
)

const (
	// setOpenFileLock is F_OFD_SETLK of fcntl(2): the lock belongs to the open file, and not, as SQLite's do, to the process.
	setOpenFileLock = 37
	// besideSQLite is the first byte of the lock, far from those that SQLite locks (1 GiB and on).
	besideSQLite = 1 << 40
)

// lockBeside locks f for as long as it is open, beside SQLite's own locks; ErrLocked where it is locked already. It reports
// false where the file system has no such locks.
func lockBeside(f *os.File) (bool, error) {
	err := syscall.FcntlFlock(f.Fd(), setOpenFileLock, &syscall.Flock_t{Type: syscall.F_WRLCK, Start: besideSQLite, Len: 1})
	switch {
	case errors.Is(err, syscall.EAGAIN), errors.Is(err, syscall.EACCES):
		return false, ErrLocked
	case errors.Is(err, syscall.EINVAL), errors.Is(err, syscall.ENOLCK), errors.Is(err, syscall.ENOTSUP):
		return false, nil
	}
	return err == nil, err
}
