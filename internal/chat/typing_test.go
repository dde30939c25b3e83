package chat

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/realtime"
)

// toldTyping is a bus that notes what a room is told, as whether the user is typing.
type toldTyping struct {
	*realtime.Hub
	mu   sync.Mutex
	told []bool
}

func (b *toldTyping) Publish(ctx context.Context, h realtime.Hint) {
	if h.Topic == realtime.Room("room") {
		b.mu.Lock()
		b.told = append(b.told, h.Event.Message().GetTyping().GetIsTyping())
		b.mu.Unlock()
	}
	b.Hub.Publish(ctx, h)
}

func (b *toldTyping) want(t *testing.T, what string, want ...bool) {
	t.Helper()
	synctest.Wait()
	b.mu.Lock()
	defer b.mu.Unlock()
	if !slices.Equal(b.told, want) {
		t.Errorf("%s: the room was told %v, want %v", what, b.told, want)
	}
	b.told = nil
}

// twoProcesses are two processes of one server, and what rooms are told by either.
func twoProcesses(t *testing.T) (a, b *typing, bus *toldTyping) {
	t.Helper()
	bus = &toldTyping{Hub: realtime.NewHub()}
	name := func(context.Context, string) string { return "김민수" }
	a, b = newTyping(bus, name), newTyping(bus, name)
	t.Cleanup(a.close)
	t.Cleanup(b.close)
	return a, b, bus
}

func TestTypingWhoseCallsAlternateBetweenProcesses(t *testing.T) {
	for _, every := range []time.Duration{time.Second, 2500 * time.Millisecond, 4 * time.Second, 5900 * time.Millisecond} {
		t.Run(every.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a, b, bus := twoProcesses(t)
				for i := range 20 {
					[]*typing{a, b}[i%2].start(t.Context(), "room", "user")
					time.Sleep(every)
				}
				synctest.Wait()
				bus.mu.Lock()
				if slices.Contains(bus.told, false) || len(bus.told) < 7 {
					t.Errorf("the room was told %v", bus.told)
				}
				bus.told = nil
				bus.mu.Unlock()
				time.Sleep(typingLasts - every)
				bus.want(t, "at the end", false)
				time.Sleep(time.Minute)
				bus.want(t, "after the end")
			})
		})
	}
}

// The end is told at once, and with the name that the beginning had: nothing is read for it.
func TestTheEndOfTypingReadsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		names := 0
		bus := &toldTyping{Hub: realtime.NewHub()}
		typing := newTyping(bus, func(context.Context, string) string { names++; return "김민수" })
		defer typing.close()
		typing.start(t.Context(), "room", "user")
		time.Sleep(typingLasts)
		bus.want(t, "the end", true, false)
		if names != 1 {
			t.Errorf("the name was read %d times", names)
		}
	})
}

func TestTypingEndsAtOnceOnAnotherProcess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b, bus := twoProcesses(t)
		a.start(t.Context(), "room", "user")
		bus.want(t, "the beginning", true)
		b.stop(t.Context(), "room", "user")
		bus.want(t, "the end", false)
		time.Sleep(time.Minute)
		bus.want(t, "later")
	})
}

func TestTypingEndsWithTheProcessThatHearsIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, _, bus := twoProcesses(t)
		a.start(t.Context(), "room", "user")
		bus.want(t, "the beginning", true)
		a.close()
		time.Sleep(typingElsewhere)
		bus.want(t, "the end", false)
	})
}
