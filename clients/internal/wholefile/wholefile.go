// Package wholefile writes files that are there whole or not at all: who reads one sees what was there before, or all of
// what is new, also when the writer is killed in between.
package wholefile

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// File is a file that is being written. It is at its path once Commit has returned without an error.
type File struct {
	*os.File
	path string
}

// Create begins a file for path, beside it, readable by its owner only.
func Create(path string) (*File, error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return nil, err
	}
	return &File{File: f, path: path}, nil
}

// Commit puts the file in the place of what was at its path, on disk.
func (f *File) Commit() error {
	err := f.Sync()
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), f.path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("write %s: %w", f.path, err), os.Remove(f.Name()))
	}
	syncFolder(filepath.Dir(f.path))
	return nil
}

// syncFolder makes a change of names in a folder last. Not every system can, and none can undo what was done.
func syncFolder(path string) {
	if folder, err := os.Open(path); err == nil {
		_ = folder.Sync()
		_ = folder.Close()
	}
}

// Abort leaves what was at the path as it is. After Commit it does nothing.
func (f *File) Abort() {
	if f.Close() == nil {
		_ = os.Remove(f.Name())
	}
}

// Write writes all of a file.
func Write(path string, content []byte) error {
	f, err := Create(path)
	if err != nil {
		return err
	}
	defer f.Abort()
	if _, err := f.Write(content); err != nil {
		return err
	}
	return f.Commit()
}
