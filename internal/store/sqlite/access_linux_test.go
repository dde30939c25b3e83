package sqlite

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

const nobody = 65534

// openAsNobody opens the store and closes it again as a user without rights: root may write to every file.
func openAsNobody(path string) error {
	opened := make(chan error)
	go func() {
		if os.Getuid() == 0 {
			// This thread is another user, and ends with the goroutine.
			runtime.LockOSThread()
			if _, _, errno := syscall.RawSyscall(syscall.SYS_SETFSUID, nobody, 0, 0); errno != 0 {
				opened <- errno
				return
			}
		}
		s, err := Open(context.Background(), path, Options{})
		if err == nil {
			err = s.Close()
		}
		opened <- err
	}()
	return <-opened
}

// A start that is refused names the file that has to be changed, and the next one works when that was done.
func TestFilesThatCannotBeUsed(t *testing.T) {
	root := os.Getuid() == 0
	chmod := func(mode os.FileMode) func(*testing.T, string) {
		return func(t *testing.T, name string) { t.Helper(); must(t, os.Chmod(name, mode)) }
	}
	folder := func(t *testing.T, name string) {
		t.Helper()
		_ = os.Rename(name, name+".aside")
		must(t, os.Mkdir(name, 0o700))
	}
	back := func(t *testing.T, name string) {
		t.Helper()
		must(t, os.Remove(name))
		_ = os.Rename(name+".aside", name)
	}
	anothers := func(t *testing.T, name string) {
		t.Helper()
		if !root {
			t.Skip("only root can make a file of another user")
		}
		f, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY, 0o600)
		must(t, err)
		must(t, f.Close())
		must(t, os.Chown(name, 0, 0))
	}
	given := func(t *testing.T, name string) { t.Helper(); must(t, os.Chown(name, nobody, nobody)) }
	for name, c := range map[string]struct {
		file        string // what is added to the path; "/" for the folder
		spoil, mend func(*testing.T, string)
		says        string
	}{
		"a file that may only be read":    {"", chmod(0o400), chmod(0o600), "cannot be written: let the user of this process write to it"},
		"another user's file":             {"", anothers, given, "cannot be written"},
		"another user's log":              {"-wal", anothers, given, "cannot be written"},
		"another user's index of the log": {"-shm", anothers, given, "cannot be written"},
		"another user's lock":             {".lock", anothers, given, "cannot be written"},
		"a folder instead of the file":    {"", folder, back, "is not a file: move it away"},
		"a folder instead of the log":     {"-wal", folder, back, "is not a file: move it away"},
		"a folder instead of the lock":    {".lock", folder, back, "is not a file: move it away"},
		"a folder that may only be read":  {"/", chmod(0o500), chmod(0o700), "cannot be written"},
		"a folder that may not be read":   {"/", chmod(0o000), chmod(0o700), "cannot be written"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "data")
			path := filepath.Join(dir, "club.db")
			must(t, openAt(t, path, Options{}).Close())
			if root {
				for up := dir; up != os.TempDir() && up != "/"; up = filepath.Dir(up) {
					must(t, os.Chmod(up, 0o755))
				}
				for _, name := range []string{dir, path, path + ".lock", markerOf(path)} {
					must(t, os.Chown(name, nobody, nobody))
				}
			}
			file := path + c.file
			if c.file == "/" {
				file = dir
			}
			c.spoil(t, file)
			for range 2 {
				err := openAsNobody(path)
				if err == nil || !strings.Contains(err.Error(), file) || !strings.Contains(err.Error(), c.says) {
					t.Errorf("the error is %v", err)
				}
			}
			c.mend(t, file)
			if err := openAsNobody(path); err != nil {
				t.Errorf("after it was mended: %v", err)
			}
		})
	}
}

// Earlier versions left such files when they refused a file that could only be read.
func TestALogThatMayOnlyBeRead(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "club.db")
	must(t, openAt(t, path, Options{}).Close())
	must(t, os.Chmod(filepath.Dir(dir), 0o755))
	for _, suffix := range []string{"-wal", "-shm"} {
		must(t, os.WriteFile(path+suffix, nil, 0o400))
	}
	if os.Getuid() == 0 {
		for _, name := range []string{dir, path, path + "-wal", path + "-shm", path + ".lock", markerOf(path)} {
			must(t, os.Chown(name, nobody, nobody))
		}
	}
	must(t, openAsNobody(path))
}
