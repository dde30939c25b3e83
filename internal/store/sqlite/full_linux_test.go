package sqlite

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/dongbaejul/dongbaejul/internal/fault"
)

// fullDisk runs in a process of its own: files grow no further there, as on a disk that is full.
func fullDisk(s *Store, path string) error {
	signal.Ignore(syscall.SIGXFSZ)
	ctx := context.Background()
	big := func() error { return s.CreateLogin(ctx, login(strings.Repeat("a", 1<<20))) }
	log, err := os.Stat(path + "-wal")
	if err != nil {
		return err
	}
	unlimited := syscall.Rlimit{Cur: 1 << 40, Max: 1 << 40}
	// There is room for a small write yet.
	limited := syscall.Rlimit{Cur: uint64(log.Size()) + 1<<18, Max: unlimited.Max}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limited); err != nil {
		return err
	}
	if err := big(); !errors.Is(err, fault.Unavailable) {
		return fmt.Errorf("a big write: %w", err)
	}
	for i := range 3 {
		if err := s.Ping(ctx); !errors.Is(err, fault.Unavailable) {
			return fmt.Errorf("Ping %d on a full disk: %w", i, err)
		}
		if err := s.CreateLogin(ctx, login(fmt.Sprint(i))); err != nil {
			return fmt.Errorf("a small write: %w", err)
		}
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &unlimited); err != nil {
		return err
	}
	return errors.Join(s.Ping(ctx), big(), s.Close())
}

// Health does not say yes in between because a small write has found a place.
func TestPingOnAFullDisk(t *testing.T) {
	c := startChild(t, "full", filepath.Join(t.TempDir(), "club.db"))
	if err := c.cmd.Wait(); err != nil {
		t.Error(err)
	}
}

func TestAFileThatCannotBeWritten(t *testing.T) {
	const nobody = 65534
	path := filepath.Join(t.TempDir(), "club.db")
	must(t, openAt(t, path, Options{}).Close())
	must(t, os.Chmod(path, 0o400))
	root := os.Getuid() == 0
	if root {
		must(t, os.Chmod(filepath.Dir(filepath.Dir(path)), 0o755))
		for _, name := range []string{filepath.Dir(path), path, path + ".lock", markerOf(path)} {
			must(t, os.Chown(name, nobody, nobody))
		}
	}
	opened := make(chan error)
	go func() {
		if root {
			// Root may write to every file. This thread is another user, and ends with the goroutine.
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
	if err := <-opened; err == nil || !strings.Contains(err.Error(), path+" cannot be written") {
		t.Errorf("the error is %v", err)
	}
}
