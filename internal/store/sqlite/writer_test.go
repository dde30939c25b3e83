package sqlite

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/testkit"
)

// batch holds up the writer, starts a write for each f, in order, and then lets them go as one batch. It returns their
// errors.
func batch(t *testing.T, s *Store, fs ...func(*tx) error) []error {
	t.Helper()
	release := hold(t, s)
	errs := make([]error, len(fs))
	done := make(chan struct{})
	for i, f := range fs {
		go func() {
			errs[i] = s.write(context.Background(), f)
			done <- struct{}{}
		}()
		testkit.Eventually(t, "the write to be queued", func() bool { return len(s.writer.queue) == i+1 })
	}
	release()
	for range fs {
		<-done
	}
	return errs
}

// hold keeps the writer in a batch of its own until release is called.
func hold(t *testing.T, s *Store) (release func()) {
	t.Helper()
	inside, gate, done := make(chan struct{}), make(chan struct{}), make(chan error)
	go func() {
		done <- s.write(context.Background(), func(*tx) error {
			close(inside)
			<-gate
			return nil
		})
	}()
	<-inside
	return func() {
		t.Helper()
		close(gate)
		must(t, <-done)
	}
}

// insertsLogin is a write that keeps a login.
func insertsLogin(hash string) func(*tx) error {
	return func(t *tx) error {
		_, err := t.exec(insertLogin, hash, "", 1)
		return err
	}
}

func TestAnErrorUndoesItsRequestOnly(t *testing.T) {
	refused := errors.New("refused")
	for name, f := range map[string]func(*tx) error{
		"an error of its own": func(*tx) error { return refused },
		"a constraint":        insertsLogin("first"),
		"another constraint":  func(t *tx) error { _, err := t.exec(insertLogin, "null", nil, 1); return err },
		"a panic":             func(*tx) error { panic("refused") },
		"a nil pointer":       func(*tx) error { var none *tx; _, err := none.exec(insertLogin, "x", nil, 1); return err },
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			errs := batch(t, s, insertsLogin("first"), func(t *tx) error {
				if err := insertsLogin("undone")(t); err != nil {
					return err
				}
				return f(t)
			}, insertsLogin("third"))
			if errs[0] != nil || errs[1] == nil || errs[2] != nil {
				t.Fatalf("the errors are %v", errs)
			}
			if name == "an error of its own" && !errors.Is(errs[1], refused) {
				t.Errorf("the error is %v", errs[1])
			}
			if strings.Contains(name, "panic") && !strings.Contains(errs[1].Error(), "writer_test.go") {
				t.Errorf("the error does not tell where: %v", errs[1])
			}
			if fault.KindOf(errs[1]) != 0 {
				t.Errorf("the error has the kind %v", fault.KindOf(errs[1]))
			}
			if !has(t, s, "first") || has(t, s, "undone") || !has(t, s, "third") {
				t.Error("what is kept is not the first and the third")
			}
			must(t, s.write(t.Context(), insertsLogin("later")))
		})
	}
}

func TestAFullDiskFailsTheBatch(t *testing.T) {
	s := open(t)
	limit := func(pages int) {
		t.Helper()
		_, err := s.writer.conn.ExecContext(t.Context(), fmt.Sprintf(`PRAGMA max_page_count = %d`, pages))
		must(t, err)
	}
	limit(1) // no more than there are
	big := func(t *tx) error {
		_, err := t.exec(insertLogin, "big", strings.Repeat("a", 1<<20), 1)
		return err
	}
	for i, err := range batch(t, s, insertsLogin("first"), big, insertsLogin("third")) {
		if !errors.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), "full") {
			t.Errorf("error %d is %v", i, err)
		}
	}
	if has(t, s, "first") || has(t, s, "third") {
		t.Error("a part of the batch is kept")
	}
	limit(1 << 30)
	must(t, s.write(t.Context(), big))
	must(t, s.Ping(t.Context()))
}

func TestPingTellsWhetherWritingWorks(t *testing.T) {
	s := open(t)
	queryOnly := func(on int) {
		t.Helper()
		_, err := s.writer.conn.ExecContext(t.Context(), fmt.Sprintf(`PRAGMA query_only = %d`, on))
		must(t, err)
	}
	queryOnly(1)
	must(t, s.Ping(t.Context())) // nobody has found out
	for range 2 {
		if err := s.CreateLogin(t.Context(), login("a")); !errors.Is(err, fault.Unavailable) {
			t.Fatalf("a write gave %v", err)
		}
		if err := s.Ping(t.Context()); !errors.Is(err, fault.Unavailable) {
			t.Fatalf("Ping gave %v", err)
		}
	}
	queryOnly(0)
	must(t, s.Ping(t.Context()))
	must(t, s.CreateLogin(t.Context(), login("a")))
}

func TestPingTellsWhetherTheFileIsInPlace(t *testing.T) {
	path := t.TempDir() + "/club.db"
	s := openAt(t, path, Options{})
	away := func(how string) {
		t.Helper()
		if err := s.Ping(t.Context()); !errors.Is(err, fault.Unavailable) {
			t.Errorf("%s: Ping gave %v", how, err)
		}
	}
	must(t, os.Rename(path, path+".moved"))
	away("moved")
	must(t, os.WriteFile(path, nil, 0o600))
	away("replaced")
	must(t, os.Rename(path+".moved", path))
	must(t, s.Ping(t.Context()))
}

func TestAFullQueueRefuses(t *testing.T) {
	s := openAt(t, t.TempDir()+"/club.db", Options{Queue: 1})
	release := hold(t, s)
	done := make(chan error)
	go func() { done <- s.CreateLogin(context.Background(), login("waits")) }()
	testkit.Eventually(t, "the write to be queued", func() bool { return len(s.writer.queue) == 1 })
	err := s.CreateLogin(t.Context(), login("refused"))
	var f *fault.Error
	if !errors.As(err, &f) || f.Kind != fault.Unavailable || f.Reason != "STORE_BUSY" || f.RetryAfter <= 0 {
		t.Errorf("the error is %#v", err)
	}
	release()
	must(t, <-done)
	if !has(t, s, "waits") || has(t, s, "refused") {
		t.Error("what is kept is not what was queued")
	}
}

func TestACallerWhoHasGoneBeforeItsTurn(t *testing.T) {
	s := open(t)
	release := hold(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() {
		done <- s.write(ctx, func(*tx) error {
			t.Error("it was run")
			return nil
		})
	}()
	testkit.Eventually(t, "the write to be queued", func() bool { return len(s.writer.queue) == 1 })
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v", err)
	}
	release()
	must(t, s.CreateLogin(t.Context(), login("later")))
}

// A write that has begun is answered with its outcome, also to a caller who hangs up meanwhile.
func TestACallerWhoGoesInItsTurn(t *testing.T) {
	s := open(t)
	ctx, cancel := context.WithCancel(t.Context())
	finished := false
	err := s.write(ctx, func(t *tx) error {
		cancel()
		// Give the caller every chance to go.
		for range 1000 {
			runtime.Gosched()
		}
		finished = true
		return insertsLogin("a")(t)
	})
	if err != nil {
		t.Errorf("the error is %v", err)
	}
	if !finished {
		t.Error("the caller went while its function ran")
	}
	must(t, s.CreateLogin(t.Context(), login("later")))
	if !has(t, s, "a") {
		t.Error("what it wrote is gone")
	}
}

func TestAFunctionThatEndsTheWriter(t *testing.T) {
	s := open(t)
	for range 2 {
		err := s.write(t.Context(), func(*tx) error {
			runtime.Goexit()
			return nil
		})
		if !errors.Is(err, fault.Unavailable) {
			t.Fatalf("the error is %v", err)
		}
	}
	if has(t, s, "a") {
		t.Error("reading does not go on")
	}
}

func TestManyBatches(t *testing.T) {
	s := open(t)
	const callers = 3 * maxBatch
	release := hold(t, s)
	done := make(chan error, callers)
	for i := range callers {
		go func() { done <- s.CreateLogin(context.Background(), login(fmt.Sprint(i))) }()
	}
	testkit.Eventually(t, "all to be queued", func() bool { return len(s.writer.queue) == callers })
	release()
	for range callers {
		must(t, <-done)
	}
	n, err := one(s.read(t.Context()), `SELECT count(*) FROM logins`, scalar[int])
	must(t, err)
	if n != callers {
		t.Errorf("%d of %d are kept", n, callers)
	}
}
