package realtime_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/realtime"
)

// catalog is a store of things with versions. Those whose key begins with an x are not shown until something is heard of
// them, and those with a y not at all.
type catalog struct {
	mu       sync.Mutex
	versions map[string]int64
	reads    int
	err      error
}

func (c *catalog) change(key string) int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.versions[key]++
	return c.versions[key]
}

func (c *catalog) Changed(_ context.Context, has map[string]int64, _ time.Time) ([]realtime.Hint, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reads++
	var out []realtime.Hint
	for _, key := range slices.Sorted(maps.Keys(c.versions)) {
		known, ok := has[key]
		if known != c.versions[key] && (ok || !strings.HasPrefix(key, "x")) && !strings.HasPrefix(key, "y") {
			out = append(out, versioned(key, c.versions[key], true))
		}
	}
	return out, c.err
}

func (c *catalog) Concerns(h realtime.Hint) bool { return !strings.HasPrefix(h.Key, "y") }

// versioned is a change of a thing, or the thing whole.
func versioned(key string, version int64, whole bool) realtime.Hint {
	event := &v1.Event{Payload: &v1.Event_ScoreUpdated{ScoreUpdated: &v1.ScoreUpdated{GameId: key, Version: int32(version)}}}
	if whole {
		event = &v1.Event{Payload: &v1.Event_GameSnapshot{GameSnapshot: &v1.GameSnapshot{Game: &v1.Game{Id: key, Version: int32(version)}}}}
	}
	return realtime.Hint{Topic: realtime.Games, Key: key, Version: version, Event: realtime.NewEvent(event)}
}

// told returns what an event says of which thing.
func told(e *realtime.Event) (key string, version int64, whole bool) {
	if g := e.Message().GetGameSnapshot().GetGame(); g != nil {
		return g.GetId(), int64(g.GetVersion()), true
	}
	s := e.Message().GetScoreUpdated()
	return s.GetGameId(), int64(s.GetVersion()), false
}

// watch is a reader of a catalog, and what it got: "a7" for a change and "A7" for a whole thing.
type watch struct {
	*testing.T
	hub    *realtime.Hub
	reader *realtime.Reader
	store  *catalog
	got    []string
}

func newWatch(t *testing.T, versions map[string]int64) *watch {
	t.Helper()
	w := &watch{T: t, hub: realtime.NewHub(), reader: realtime.NewReader(), store: &catalog{versions: versions}}
	w.hub.Follow(w.reader, realtime.Games)
	first, err := w.reader.Version(t.Context(), realtime.Games, w.store, nil)
	if err != nil {
		t.Fatal(err)
	}
	w.add(first)
	w.store.reads = 0
	return w
}

func (w *watch) add(events []*realtime.Event) {
	for _, e := range events {
		key, version, whole := told(e)
		if whole {
			key = strings.ToUpper(key)
		}
		w.got = append(w.got, fmt.Sprintf("%s%d", key, version))
	}
}

func (w *watch) publish(key string, versions ...int64) {
	for _, v := range versions {
		w.hub.Publish(w.Context(), versioned(key, v, false))
	}
}

func (w *watch) take() {
	var b realtime.Batch
	for len(w.reader.Ready()) > 0 {
		<-w.reader.Ready()
		if err := w.reader.Take(w.Context(), &b); err != nil {
			w.Fatal(err)
		}
		w.add(b.Events)
	}
}

func TestAReaderGetsEveryVersionOrTheWholeThing(t *testing.T) {
	three := func() map[string]int64 { return map[string]int64{"a": 3} }
	for name, c := range map[string]struct {
		store map[string]int64
		do    func(*watch)
		want  string
		reads int
	}{
		"nothing new":     {three(), func(*watch) {}, "A3", 0},
		"the next ones":   {three(), func(w *watch) { w.publish("a", 4, 5) }, "A3 a4 a5", 0},
		"old ones":        {three(), func(w *watch) { w.publish("a", 2, 3, 4, 4) }, "A3 a4", 0},
		"overtaking ones": {three(), func(w *watch) { w.publish("a", 4, 6, 5, 7) }, "A3 a4 a5 a6 a7", 0},
		"two things": {three(), func(w *watch) {
			w.publish("a", 4)
			w.publish("b", 1)
			w.publish("a", 5)
			w.publish("b", 2)
		}, "A3 a4 b1 a5 b2", 0},
		"one missing": {three(), func(w *watch) {
			w.store.versions["a"] = 5
			w.publish("a", 5)
		}, "A3 A5", 1},
		"one missing of two things": {map[string]int64{"a": 3, "b": 1}, func(w *watch) {
			w.store.versions["a"], w.store.versions["b"] = 5, 2
			w.publish("a", 5)
			w.publish("b", 2)
		}, "A3 B1 b2 A5", 1},
		"a thing that is known and not new": {nil, func(w *watch) {
			w.store.versions = map[string]int64{"a": 6}
			w.publish("a", 5, 6)
		}, "A6", 1},
		"one heard of": {map[string]int64{"x": 7}, func(w *watch) {
			w.store.versions["x"] = 8
			w.publish("x", 8)
			w.take()
			w.store.versions["x"] = 9
			w.publish("x", 9)
		}, "X8 x9", 1},
		"one that is not shown": {map[string]int64{"y": 1}, func(w *watch) { w.publish("y", 2, 3) }, "", 0},
		"one heard of that the store does not give": {map[string]int64{}, func(w *watch) {
			w.publish("a", 8)
			w.take()
			w.publish("a", 9)
		}, "", 2},
		"a hint without an event": {three(), func(w *watch) {
			w.store.versions["a"] = 4
			w.hub.Publish(w.Context(), realtime.Hint{Topic: realtime.Games, Key: "a", Version: 4})
		}, "A3 A4", 1},
		"a bus that was away": {three(), func(w *watch) {
			w.store.versions["a"], w.store.versions["b"] = 9, 2
			w.hub.Lost()
		}, "A3 A9 B2", 1},
		"a lost last one": {three(), func(w *watch) {
			w.store.versions["a"] = 4
			w.take()
			w.reader.Recheck(realtime.Games)
		}, "A3 A4", 1},
		"more than the topic keeps": {three(), func(w *watch) {
			w.store.versions["a"] = 2000
			for v := int64(4); v <= 2000; v++ {
				w.publish("a", v)
			}
		}, "A3 A2000", 1},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWatch(t, c.store)
			c.do(w)
			w.take()
			if got := strings.Join(w.got, " "); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
			if w.store.reads != c.reads {
				t.Errorf("%d reads of the store, want %d", w.store.reads, c.reads)
			}
			w.reader.Close(w.hub)
			if n := w.hub.Topics(); n != 0 {
				t.Errorf("%d topics are left", n)
			}
		})
	}
}

func TestAVersionThatWaitsForItsPredecessorDoesNotWaitForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWatch(t, map[string]int64{"a": 1})
		w.publish("a", 2, 4)
		w.store.versions["a"] = 4
		w.take()
		time.Sleep(time.Second)
		w.take()
		if got := strings.Join(w.got, " "); got != "A1 a2 A4" {
			t.Errorf("got %q", got)
		}
		w.reader.Close(w.hub)
	})
}

// However many things a topic has had, it keeps the order of a bounded number, and what it forgets is made up for.
func TestTheOrderOfManyThingsIsKeptInBounds(t *testing.T) {
	w := newWatch(t, map[string]int64{})
	const things = 5000
	for i := range things {
		key := fmt.Sprintf("a%d.", i)
		w.publish(key, 1)
		w.publish(key, 2)
		w.take()
	}
	if n := w.hub.Lanes(realtime.Games); n == 0 || n > 1024 {
		t.Errorf("the order of %d things is kept", n)
	}
	if len(w.got) != 2*things || w.store.reads != 0 {
		t.Errorf("got %d events of %d, with %d reads of the store", len(w.got), 2*things, w.store.reads)
	}
}

func TestAFailingCatalogLosesNothing(t *testing.T) {
	w := newWatch(t, map[string]int64{"a": 1})
	w.store.versions["a"], w.store.err = 9, errors.New("away")
	w.hub.Lost()
	<-w.reader.Ready()
	if err := w.reader.Take(t.Context(), new(realtime.Batch)); err == nil {
		t.Fatal("a failing store was not told of")
	}
	w.store.err = nil
	w.take()
	if got := strings.Join(w.got, " "); got != "A1 A9" {
		t.Errorf("got %q", got)
	}
	if _, err := realtime.NewReader().Version(t.Context(), realtime.Games, w.store, nil); err != nil {
		t.Errorf("a topic that is not followed: %v", err)
	}
}

// Things change while readers come, and hints are dropped, doubled and overtake each other at random: no reader gets a
// change that does not follow on what it has, and each ends with the last version of everything.
func TestReadersOfVersionsUnderLoadEndWithTheStore(t *testing.T) {
	const writers, changes, readers = 8, 300, 8
	hub, store := realtime.NewHub(), &catalog{versions: make(map[string]int64)}
	final := make(chan struct{})
	var reading, writing sync.WaitGroup
	for range readers {
		reading.Go(func() {
			if err := follow(t.Context(), hub, store, final); err != nil {
				t.Error(err)
			}
		})
	}
	for range writers {
		writing.Go(func() {
			for range changes {
				key := string(rune('a' + rand.N(5)))
				h := versioned(key, store.change(key), false)
				for range []int{0, 1, 1, 1, 2}[rand.N(5)] {
					hub.Publish(t.Context(), h)
				}
			}
		})
	}
	writing.Wait()
	close(final)
	reading.Wait()
}

// follow reads until it has, after final, what the store has.
func follow(ctx context.Context, hub *realtime.Hub, store *catalog, final <-chan struct{}) error {
	r := realtime.NewReader()
	defer r.Close(hub)
	hub.Follow(r, realtime.Games)
	has := make(map[string]int64)
	events, err := r.Version(ctx, realtime.Games, store, nil)
	var b realtime.Batch
	for {
		if err != nil {
			return err
		}
		for _, e := range events {
			key, version, whole := told(e)
			if !whole && version != has[key]+1 || version <= has[key] {
				return fmt.Errorf("got version %d of %s (whole: %t) after %d", version, key, whole, has[key])
			}
			has[key] = version
		}
		select {
		case <-r.Ready():
		case <-final:
			if len(r.Ready()) == 0 && maps.Equal(has, store.versions) {
				return nil
			}
			// The heartbeat's part: look for what the bus did not bring.
			r.Recheck(realtime.Games)
			<-r.Ready()
		}
		err = r.Take(ctx, &b)
		events = b.Events
	}
}
