package sqlite

import (
	"errors"
	"os"
	"syscall"
)

// errSharingViolation is what Windows says of a file that another process does not share.
const errSharingViolation = syscall.Errno(32)

// lockFile opens the file for this process alone, sharing it with nobody; ErrLocked where somebody else has.
func lockFile(name string) (*os.File, error) {
	p, err := syscall.UTF16PtrFromString(name)
	if err != nil {
		return nil, err
	}
	h, err := syscall.CreateFile(p, syscall.GENERIC_READ|syscall.GENERIC_WRITE, 0, nil, syscall.OPEN_ALWAYS,
		syscall.FILE_ATTRIBUTE_NORMAL, 0)
	if errors.Is(err, errSharingViolation) {
		return nil, ErrLocked
	}
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(h), name), nil
}

// syncFolder does nothing: Windows keeps a folder by itself.
func syncFolder(string) error { return nil }
