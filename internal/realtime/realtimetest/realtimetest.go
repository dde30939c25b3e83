// Package realtimetest is the contract of a bus, as a suite that every one of them passes.
package realtimetest

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/realtime"
	"github.com/dongbaejul/dongbaejul/internal/testkit"
)

// Bus is what every bus is, for those who look after it.
type Bus interface {
	realtime.Bus
	// Tap calls hint with each hint of t, before anybody who follows anything gets it, and lost where some may be missing.
	Tap(t realtime.Topic, hint func(realtime.Hint), lost func())
	// InSync reports whether no change announced a moment ago, or before, can be unknown here.
	InSync() bool
}

// Club is a bus as its processes have it.
type Club struct {
	// Here and There are two processes'; the same one where there is only one process.
	Here, There Bus
}

const (
	room = realtime.Topic("room/1")
	user = realtime.Topic("user/1")
	// patience is how long a test waits for what should come soon.
	patience = 30 * time.Second
)

// Buses holds a bus to its contract. open makes a club that nobody else knows of.
func Buses(t *testing.T, open func(t *testing.T) Club) {
	for name, run := range map[string]func(*testing.T, Club){
		"hints reach followers everywhere":       reachEverywhere,
		"hints of a process stay in order":       inOrder,
		"things by their versions":               versions,
		"who lets go gets nothing more":          letGo,
		"following twice is following once":      twice,
		"a follower misses nothing from then on": nothingBetween,
		"many topics at once":                    manyTopics,
		"taps come before followers":             tapsFirst,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := open(t)
			c.settle(t)
			run(t, c)
		})
	}
}

// settle waits until everybody is sure: before, hints may be lost.
func (c Club) settle(t *testing.T) {
	t.Helper()
	testkit.Eventually(t, "sure here", c.Here.InSync)
	testkit.Eventually(t, "sure there", c.There.InSync)
}

// log is a numbered log as all processes can read it.
type log struct {
	topic realtime.Topic

	mu   sync.Mutex
	head int64
}

// append stores the next entry and publishes it.
func (l *log) append(ctx context.Context, bus Bus) {
	l.mu.Lock()
	l.head++
	n := l.head
	l.mu.Unlock()
	bus.Publish(ctx, l.entry(n))
}

func (l *log) last() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.head
}

// After implements realtime.Source.
func (l *log) After(_ context.Context, seq int64, limit int) ([]realtime.Hint, error) {
	head := l.last()
	var out []realtime.Hint
	for n := seq + 1; n <= head && len(out) < limit; n++ {
		out = append(out, l.entry(n))
	}
	return out, nil
}

func (l *log) entry(seq int64) realtime.Hint {
	return realtime.Hint{Topic: l.topic, Seq: seq, Event: realtime.NewEvent(&v1.Event{Payload: &v1.Event_Message{
		Message: &v1.Message{Seq: seq, Content: "안녕"},
	}})}
}

// follow returns a reader of topics until the test ends.
func follow(t *testing.T, bus Bus, topics ...realtime.Topic) *realtime.Reader {
	t.Helper()
	r := realtime.NewReader()
	bus.Follow(r, topics...)
	t.Cleanup(func() { r.Close(bus) })
	return r
}

// number returns a reader of the log from its beginning.
func number(t *testing.T, bus Bus, l *log) *realtime.Reader {
	t.Helper()
	r := follow(t, bus, l.topic)
	r.Number(l.topic, l, 0, l.last())
	return r
}

// take calls got with what r takes, until got says that it is enough.
func take(t *testing.T, r *realtime.Reader, what string, got func(*realtime.Batch) (enough bool)) {
	t.Helper()
	if err := taken(t.Context(), r, got); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}

func taken(ctx context.Context, r *realtime.Reader, got func(*realtime.Batch) (enough bool)) error {
	var b realtime.Batch
	deadline := time.After(patience)
	for {
		select {
		case <-r.Ready():
		case <-deadline:
			return fmt.Errorf("nothing more came within %v", patience)
		}
		if err := r.Take(ctx, &b); err != nil {
			return err
		}
		if got(&b) {
			return nil
		}
	}
}

// readTo takes entries until the last that is written, each once and in order.
func readTo(ctx context.Context, r *realtime.Reader, l *log) error {
	next := r.Last(l.topic) + 1
	if next > l.last() {
		return nil
	}
	var wrong error
	err := taken(ctx, r, func(b *realtime.Batch) bool {
		for _, e := range b.Events {
			m := e.Message().GetMessage()
			if m.GetSeq() != next || m.GetContent() != "안녕" {
				wrong = fmt.Errorf("got %v, want number %d", m, next)
				return true
			}
			next++
		}
		return next > l.last()
	})
	if err != nil {
		return fmt.Errorf("at %d of %d: %w", next, l.last(), err)
	}
	return wrong
}

func read(t *testing.T, r *realtime.Reader, l *log) {
	t.Helper()
	if err := readTo(t.Context(), r, l); err != nil {
		t.Fatal(err)
	}
}

func typing(who string) realtime.Hint {
	return realtime.Hint{Topic: room, Event: realtime.NewEvent(&v1.Event{Payload: &v1.Event_Typing{Typing: &v1.Typing{UserId: who}}})}
}

// signal is a hint without an event.
func signal(t realtime.Topic, key string) realtime.Hint { return realtime.Hint{Topic: t, Key: key} }

// keys takes signals until the last key, and returns all of them.
func keys(t *testing.T, r *realtime.Reader, last string) []string {
	t.Helper()
	var got []string
	take(t, r, "signal "+last, func(b *realtime.Batch) bool {
		for _, h := range b.Signals {
			got = append(got, h.Key)
		}
		return slices.Contains(got, last)
	})
	return got
}

func reachEverywhere(t *testing.T, c Club) {
	here, there := follow(t, c.Here, room, user), follow(t, c.There, room, user)
	for i, from := range []Bus{c.Here, c.There} {
		who := fmt.Sprint("who", i)
		from.Publish(t.Context(), typing(who))
		from.Publish(t.Context(), signal(user, who))
		for _, r := range []*realtime.Reader{here, there} {
			typed, signalled := 0, 0
			take(t, r, "of "+who, func(b *realtime.Batch) bool {
				for _, e := range b.Events {
					if got := e.Message().GetTyping().GetUserId(); got != who {
						t.Errorf("%q is typing, want %q", got, who)
					}
					typed++
				}
				for _, h := range b.Signals {
					if h != signal(user, who) {
						t.Errorf("the signal %+v", h)
					}
					signalled++
				}
				return typed >= 1 && signalled >= 1
			})
			if typed != 1 || signalled != 1 {
				t.Errorf("%s came %d and %d times", who, typed, signalled)
			}
		}
	}
}

func inOrder(t *testing.T, c Club) {
	const hints = 300
	here, there := follow(t, c.Here, user), follow(t, c.There, user)
	var want []string
	for i := range hints {
		key := fmt.Sprint(i)
		want = append(want, key)
		c.There.Publish(t.Context(), signal(user, key))
	}
	for _, r := range []*realtime.Reader{here, there} {
		if got := keys(t, r, want[hints-1]); !slices.Equal(got, want) {
			t.Errorf("got %v", got)
		}
	}
}

// A thing is changed by both processes in turn. Each reader comes to its last version, and never goes back.
func versions(t *testing.T, c Club) {
	var g game
	readers := []*realtime.Reader{follow(t, c.Here, realtime.Games), follow(t, c.There, realtime.Games)}
	for _, r := range readers {
		if _, err := r.Version(t.Context(), realtime.Games, &g, nil); err != nil {
			t.Fatal(err)
		}
	}
	const changes = 50
	for i := range changes {
		[]Bus{c.Here, c.There}[i%2].Publish(t.Context(), change(g.version.Add(1)))
	}
	for _, r := range readers {
		var last int32
		take(t, r, "the last version", func(b *realtime.Batch) bool {
			for _, e := range b.Events {
				version := e.Message().GetScoreUpdated().GetVersion()
				if version <= last {
					t.Errorf("version %d after %d", version, last)
				}
				last = version
			}
			return last == changes
		})
	}
}

// game is a catalog of one game.
type game struct{ version atomic.Int64 }

func change(version int64) realtime.Hint {
	return realtime.Hint{Topic: realtime.Games, Key: "g", Version: version, Event: realtime.NewEvent(&v1.Event{
		Payload: &v1.Event_ScoreUpdated{ScoreUpdated: &v1.ScoreUpdated{GameId: "g", Version: int32(version)}},
	})}
}

func (g *game) Changed(_ context.Context, has map[string]int64, _ time.Time) ([]realtime.Hint, error) {
	if version := g.version.Load(); version > has["g"] {
		return []realtime.Hint{change(version)}, nil
	}
	return nil, nil
}

func (*game) Concerns(realtime.Hint) bool { return true }

func letGo(t *testing.T, c Club) {
	r := follow(t, c.Here, room, user)
	c.Here.Unfollow(r, room)
	if r.Follows(room) || !r.Follows(user) {
		t.Fatal("it let go of the wrong one")
	}
	c.There.Publish(t.Context(), signal(room, "unwanted"))
	c.There.Publish(t.Context(), signal(user, "wanted"))
	if got := keys(t, r, "wanted"); len(got) != 1 {
		t.Errorf("got %v", got)
	}
	// Again, and something never followed.
	c.Here.Unfollow(r, room)
	c.Here.Unfollow(r, realtime.Board)
	c.Here.Follow(r, room)
	c.There.Publish(t.Context(), signal(room, "wanted"))
	if got := keys(t, r, "wanted"); len(got) != 1 {
		t.Errorf("got %v", got)
	}
}

func twice(t *testing.T, c Club) {
	r := follow(t, c.Here, user)
	c.Here.Follow(r, user, user)
	other := follow(t, c.Here, user)
	c.There.Publish(t.Context(), signal(user, "a"))
	if got := keys(t, r, "a"); len(got) != 1 {
		t.Errorf("got %v", got)
	}
	c.Here.Unfollow(r, user)
	c.There.Publish(t.Context(), signal(user, "b"))
	if got := keys(t, other, "b"); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("the other one got %v", got)
	}
}

// An entry is written just while somebody begins to follow its log: whether the hint or the store brings it, nobody helps.
func nothingBetween(t *testing.T, c Club) {
	for i := range 200 {
		l := log{topic: realtime.Room(fmt.Sprint("between", i))}
		reading, writing := c.Here, c.There
		if i%2 == 0 {
			reading, writing = writing, reading
		}
		var both sync.WaitGroup
		both.Go(func() { l.append(t.Context(), writing) })
		r := realtime.NewReader()
		reading.Follow(r, l.topic)
		r.Number(l.topic, &l, 0, l.last())
		both.Wait()
		if err := readTo(t.Context(), r, &l); err != nil {
			t.Error(err)
		}
		r.Close(reading)
	}
}

func manyTopics(t *testing.T, c Club) {
	topics := make([]realtime.Topic, 1000)
	for i := range topics {
		topics[i] = realtime.Room(fmt.Sprint("many", i))
	}
	r := follow(t, c.Here, topics...)
	for _, i := range []int{0, 499, 999} {
		c.There.Publish(t.Context(), signal(topics[i], fmt.Sprint(i)))
	}
	var got []string
	take(t, r, "three signals", func(b *realtime.Batch) bool {
		for _, h := range b.Signals {
			got = append(got, h.Key)
		}
		return len(got) >= 3
	})
	slices.Sort(got)
	if !slices.Equal(got, []string{"0", "499", "999"}) {
		t.Errorf("got %v", got)
	}
}

func tapsFirst(t *testing.T, c Club) {
	var mu sync.Mutex
	tapped := make(map[string]int)
	c.Here.Tap(realtime.Access, func(h realtime.Hint) {
		mu.Lock()
		defer mu.Unlock()
		tapped[h.Key]++
	}, func() {})
	r := follow(t, c.Here, user)
	for i, from := range []Bus{c.Here, c.There} {
		key := fmt.Sprint("somebody", i)
		from.Publish(t.Context(), signal(realtime.Access, key))
		from.Publish(t.Context(), signal(user, key))
		keys(t, r, key)
		mu.Lock()
		if tapped[key] != 1 {
			t.Errorf("of %s the tap was told %d times before followers of what came after", key, tapped[key])
		}
		mu.Unlock()
	}
}
