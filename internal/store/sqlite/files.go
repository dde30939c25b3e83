package sqlite

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/dongbaejul/dongbaejul/internal/fault"
)

// place is a file and what was there when the store was opened.
type place struct {
	path string
	file os.FileInfo
}

func placesOf(paths ...string) ([]place, error) {
	places := make([]place, len(paths))
	for i, path := range paths {
		file, err := os.Stat(path)
		if err != nil {
			return nil, fmt.Errorf("sqlite: %w", err)
		}
		places[i] = place{path, file}
	}
	return places, nil
}

// check reports an error where another file, or none, is in the place.
func (p place) check() error {
	now, err := os.Stat(p.path)
	if err == nil && !os.SameFile(now, p.file) {
		err = errors.New("it is another file than the one that was opened")
	}
	if err == nil {
		return nil
	}
	name := filepath.Base(p.path)
	return fault.New(fault.Unavailable, "STORE_GONE", "데이터 파일("+name+")이 사라졌어요. 운영자에게 알려 주세요.",
		"The database file "+name+" was removed or replaced while the server was running. Put it back, or stop the server and restore a backup.").
		WithCause(fmt.Errorf("sqlite: %s was removed or replaced: put it back, or stop the server and restore a backup: %w", p.path, err))
}

// private is the mode of every file: it is for the user of this process only.
const private fs.FileMode = 0o600

// keepPrivate takes the files that are there from everybody else.
func keepPrivate(paths ...string) error {
	for _, path := range paths {
		info, err := os.Stat(path)
		if errors.Is(err, fs.ErrNotExist) || err == nil && info.Mode().Perm()&^private == 0 {
			continue
		}
		if err == nil {
			err = os.Chmod(path, private)
		}
		if err != nil {
			return fmt.Errorf("sqlite: others can read %s, and that cannot be changed: make it a file of the user of this process: %w", path, err)
		}
	}
	return nil
}

// createPrivate makes an empty file, where there is none.
func createPrivate(path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, private)
	if err != nil {
		return err
	}
	return f.Close()
}

// room is what a disk must have to count as one that can be written.
const room = 1 << 20

// hasRoom reports an error where the disk of a folder does not take as much as room.
func hasRoom(folder string) (err error) {
	f, err := os.CreateTemp(folder, "room")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close(), os.Remove(f.Name())) }()
	if _, err := f.Write(make([]byte, room)); err != nil {
		return err
	}
	return f.Sync()
}
