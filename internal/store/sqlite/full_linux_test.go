package sqlite

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
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
		failure, ok := errors.AsType[*fault.Error](s.Ping(ctx))
		if err := error(failure); !ok || failure.Kind != fault.Unavailable || failure.Reason != "STORE_FAILING" {
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

// fullAtStart runs in a process of its own: a store that was closed cleanly has no log, and no room to make one.
func fullAtStart(path string) error {
	signal.Ignore(syscall.SIGXFSZ)
	limited := syscall.Rlimit{Cur: 1 << 12, Max: 1 << 40}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limited); err != nil {
		return err
	}
	s, err := Open(context.Background(), path, Options{})
	if err == nil {
		return errors.Join(errors.New("it was opened"), s.Close())
	}
	if text := err.Error(); !strings.Contains(text, filepath.Dir(path)+" has no room") || !strings.Contains(text, "free at least 1 MiB") {
		return fmt.Errorf("the error is %w", err)
	}
	return nil
}

func TestOpenOnAFullDisk(t *testing.T) {
	path := filepath.Join(t.TempDir(), "club.db")
	must(t, openAt(t, path, Options{}).Close())
	c := startChild(t, "full at start", path)
	if err := c.cmd.Wait(); err != nil {
		t.Error(err)
	}
	must(t, openAt(t, path, Options{}).Close())
}
