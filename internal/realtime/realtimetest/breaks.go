package realtimetest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/realtime"
	"github.com/dongbaejul/dongbaejul/internal/testkit"
)

// Broken is a club whose processes can be made to lose sight of each other.
type Broken struct {
	Club
	Break, Mend func()
}

// Breaks holds a bus of several processes to what it promises where they lose sight of each other.
func Breaks(t *testing.T, open func(t *testing.T) Broken) {
	for name, run := range map[string]func(*testing.T, Broken){
		"one break":                         oneBreak,
		"writers and readers during breaks": throughBreaks,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := open(t)
			c.settle(t)
			run(t, c)
		})
	}
}

// oneBreak looks closely at one break, from before it until after.
func oneBreak(t *testing.T, c Broken) {
	l := log{topic: room}
	readers := []*realtime.Reader{number(t, c.Here, &l), number(t, c.There, &l)}
	rights := tapRights(c.Here)
	l.append(t.Context(), c.There)
	for _, r := range readers {
		read(t, r, &l)
	}

	c.Break()
	c.There.Publish(t.Context(), signal(realtime.Access, "somebody"))
	c.doubtInTime(t)
	c.goOnApart(t)
	readers = append(readers, c.comeLate(t, &l))
	for range 50 {
		l.append(t.Context(), c.There)
	}

	c.Mend()
	for _, r := range readers {
		read(t, r, &l)
	}
	c.settle(t)
	if !rights.mayBeKnown("somebody") {
		t.Error("it is sure again, and of a change of rights nothing is known")
	}
	// It goes on as before.
	for _, bus := range []Bus{c.Here, c.There} {
		l.append(t.Context(), bus)
		for _, r := range readers {
			read(t, r, &l)
		}
	}
}

// doubtInTime is soon enough for a change of rights to be felt within two seconds.
func (c Broken) doubtInTime(t *testing.T) {
	t.Helper()
	began := time.Now()
	testkit.Eventually(t, "doubt here", func() bool { return !c.Here.InSync() })
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("what has been lost was not doubted for %v", took)
	}
}

// goOnApart sees that what is published in a process reaches its own followers whatever happens, and holds nobody up.
func (c Broken) goOnApart(t *testing.T) {
	t.Helper()
	for _, bus := range []Bus{c.Here, c.There} {
		r := follow(t, bus, user)
		for i := range 100 {
			key := fmt.Sprint(i)
			began := time.Now()
			bus.Publish(t.Context(), signal(user, key))
			if took := time.Since(began); took > time.Second {
				t.Fatalf("publishing took %v", took)
			}
			keys(t, r, key)
		}
	}
}

// comeLate returns a reader who comes during the break.
func (c Broken) comeLate(t *testing.T, l *log) *realtime.Reader {
	t.Helper()
	l.append(t.Context(), c.There)
	began := time.Now()
	r := number(t, c.Here, l)
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("following took %v", took)
	}
	read(t, r, l)
	return r
}

// rights is what a process knows of changes of rights.
type rights struct {
	mu    sync.Mutex
	heard map[string]bool
	lost  int
}

func tapRights(bus Bus) *rights {
	r := &rights{heard: make(map[string]bool)}
	bus.Tap(realtime.Access, func(h realtime.Hint) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.heard[h.Key] = true
	}, func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.lost++
	})
	return r
}

// mayBeKnown reports whether the change was heard of, or that something was lost.
func (r *rights) mayBeKnown(key string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.heard[key] || r.lost > 0
}

// throughBreaks has writers and readers in both processes during several breaks: each reader gets everything, in order.
func throughBreaks(t *testing.T, c Broken) {
	l := log{topic: room}
	ctx, stop := context.WithCancel(t.Context())
	var writing, reading sync.WaitGroup
	var done atomic.Bool
	for _, bus := range []Bus{c.Here, c.There} {
		writing.Go(func() {
			for ctx.Err() == nil {
				l.append(ctx, bus)
				time.Sleep(rand.N(2 * time.Millisecond)) // a pace
			}
		})
		for range 4 {
			r := number(t, bus, &l)
			reading.Go(func() {
				for !done.Load() || r.Last(l.topic) < l.last() {
					if err := readTo(t.Context(), r, &l); err != nil {
						t.Error(err)
						return
					}
					time.Sleep(time.Millisecond) // a pace, where everything is read
				}
			})
		}
	}
	for range 2 {
		c.Break()
		time.Sleep(300 * time.Millisecond) // of writing apart
		c.Mend()
		c.settle(t)
	}
	stop()
	writing.Wait()
	done.Store(true)
	reading.Wait()
}
