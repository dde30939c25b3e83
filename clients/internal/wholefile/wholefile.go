// Package wholefile writes files that are there whole or not at all: who reads one sees what was there before, or all of
// what is new, also when the writer is killed in between.
package wholefile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// File is a file that is being written. It is at its path once Commit has returned without an error.
type File struct {
	*os.File
	// path is the file's own; empty if what is at it is written into as it is.
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

// Over begins a file for path that keeps the mode of the one it replaces, and follows links to it. What is there and is no
// regular file, such as a pipe or a device, is not replaced: it is written into.
func Over(path string) (*File, error) {
	path, err := target(path)
	if err != nil {
		return nil, err
	}
	old, err := os.OpenFile(path, os.O_WRONLY, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return Create(path)
	}
	if err != nil {
		return nil, err
	}
	info, err := old.Stat()
	if err == nil && !info.Mode().IsRegular() {
		return &File{File: old}, nil
	}
	if err = errors.Join(err, old.Close()); err != nil {
		return nil, err
	}
	f, err := Create(path)
	if err != nil {
		return nil, err
	}
	if err := f.Chmod(info.Mode().Perm()); err != nil {
		f.Abort()
		return nil, err
	}
	return f, nil
}

// maxLinks is how many links in a row are followed, as by Linux.
const maxLinks = 40

// target follows the links at path, also to where there is nothing yet.
func target(path string) (string, error) {
	for range maxLinks {
		info, err := os.Lstat(path)
		if err != nil || info.Mode()&fs.ModeSymlink == 0 {
			return path, nil //nolint:nilerr // opening it says why
		}
		next, err := os.Readlink(path)
		if err != nil {
			return "", err
		}
		if !filepath.IsAbs(next) {
			next = filepath.Join(filepath.Dir(path), next)
		}
		if _, err := os.Lstat(next); err != nil {
			// Such as that of a pipe in /proc, which only the link itself opens.
			if _, err := os.Stat(path); err == nil {
				return path, nil
			}
		}
		path = next
	}
	return "", &fs.PathError{Op: "open", Path: path, Err: errors.New("too many links")}
}

// Commit puts the file in the place of what was at its path, on disk.
func (f *File) Commit() error {
	if f.path == "" {
		return f.Close()
	}
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
	if f.Close() == nil && f.path != "" {
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
