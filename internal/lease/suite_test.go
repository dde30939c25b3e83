package lease_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/fault"
)

// patience is how long something may take that should come soon.
const patience = 30 * time.Second

// Held is a lease that is held.
type Held interface {
	Context() context.Context
	Release()
}

// granting are how a twin grants leases.
type granting struct {
	// Acquire takes a lease, as any process does, and returns its fence.
	Acquire func(ctx context.Context, name string) (Held, int64, error)
	// Forget makes the twin forget a lease behind its holder's back; Lost is the cause of its context's end then. Nil where
	// that cannot be.
	Forget func(t *testing.T, name string)
	Lost   error
}

// keepsContract holds a twin to its contract. with runs one case: it calls run with fresh leases.
func keepsContract(t *testing.T, with func(t *testing.T, run func(*testing.T, granting))) {
	for name, run := range map[string]func(*testing.T, granting){
		"one holder at a time":              oneHolder,
		"names are apart":                   namesApart,
		"many who want it":                  many,
		"it ends with the holder's context": withContext,
		"what is lost is noticed":           lost,
	} {
		t.Run(name, func(t *testing.T) { with(t, run) })
	}
}

func (l granting) take(t *testing.T, name string) (Held, int64) {
	t.Helper()
	held, fence, err := l.Acquire(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(held.Release)
	return held, fence
}

func (l granting) refused(t *testing.T, name string) {
	t.Helper()
	if _, _, err := l.Acquire(t.Context(), name); fault.KindOf(err) != fault.Exists {
		t.Errorf("a lease that is held: %v", err)
	}
}

func oneHolder(t *testing.T, l granting) {
	last := int64(0)
	for range 5 {
		held, fence := l.take(t, "sync")
		if fence <= last {
			t.Errorf("fence %d after %d", fence, last)
		}
		last = fence
		l.refused(t, "sync")
		if err := held.Context().Err(); err != nil {
			t.Errorf("while it is held: %v", err)
		}
		held.Release()
		held.Release()
		if held.Context().Err() == nil {
			t.Error("its context goes on after it was given back")
		}
	}
}

func namesApart(t *testing.T, l granting) {
	a, _ := l.take(t, "a")
	l.take(t, "b")
	a.Release()
	l.refused(t, "b")
	l.take(t, "a")
}

// Many take it in turns: never two at once, and each with a greater fence.
func many(t *testing.T, l granting) {
	var holders, last atomic.Int64
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for turns := 0; turns < 5; {
				held, fence, err := l.Acquire(t.Context(), "sync")
				if fault.KindOf(err) == fault.Exists {
					time.Sleep(time.Millisecond) // until the next try
					continue
				}
				if err != nil {
					t.Error(err)
					return
				}
				if n := holders.Add(1); n != 1 {
					t.Errorf("%d holders at once", n)
				}
				if before := last.Swap(fence); before >= fence {
					t.Errorf("fence %d after %d", fence, before)
				}
				holders.Add(-1)
				held.Release()
				turns++
			}
		})
	}
	all.Wait()
}

func withContext(t *testing.T, l granting) {
	ctx, cancel := context.WithCancel(context.WithValue(t.Context(), leaseKey{}, "holder"))
	held, _, err := l.Acquire(ctx, "sync")
	if err != nil {
		t.Fatal(err)
	}
	if held.Context().Value(leaseKey{}) != "holder" {
		t.Error("the context is not the holder's")
	}
	cancel()
	<-held.Context().Done()
	// It is the holder who gives it back, once what was done under it has ended.
	l.refused(t, "sync")
	held.Release()
	l.take(t, "sync")
}

type leaseKey struct{}

func lost(t *testing.T, l granting) {
	if l.Forget == nil {
		return
	}
	held, before := l.take(t, "sync")
	l.Forget(t, "sync")
	other, after := l.take(t, "sync")
	if after <= before {
		t.Errorf("fence %d after %d", after, before)
	}
	select {
	case <-held.Context().Done():
	case <-time.After(patience):
		t.Fatal("the holder does not notice")
	}
	if err := context.Cause(held.Context()); !errors.Is(err, l.Lost) {
		t.Error(fmt.Errorf("the holder is told: %w", err))
	}
	// What it gives back is not the other's.
	held.Release()
	l.refused(t, "sync")
	if err := other.Context().Err(); err != nil {
		t.Error(err)
	}
}
