package realtime_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/realtime"
)

const room = realtime.Topic("room/1")

// store is a log that can be read while it is written.
type store struct {
	mu    sync.Mutex
	head  int64
	reads int
	err   error
}

func (s *store) append() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.head++
	return s.head
}

func (s *store) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err = err
}

func (s *store) After(_ context.Context, seq int64, limit int) ([]realtime.Hint, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reads++
	if s.err != nil {
		return nil, s.err
	}
	var out []realtime.Hint
	for n := seq + 1; n <= s.head && len(out) < limit; n++ {
		out = append(out, numbered(n))
	}
	return out, nil
}

func numbered(seq int64) realtime.Hint {
	return realtime.Hint{Topic: room, Seq: seq, Event: realtime.NewEvent(&v1.Event{Payload: &v1.Event_Message{
		Message: &v1.Message{Seq: seq},
	}})}
}

// drain takes until nothing is waiting and returns the numbers taken.
func drain(t *testing.T, r *realtime.Reader) []int64 {
	t.Helper()
	var out []int64
	var b realtime.Batch
	for {
		select {
		case <-r.Ready():
		default:
			return out
		}
		if err := r.Take(t.Context(), &b); err != nil {
			t.Fatal(err)
		}
		for _, e := range b.Events {
			out = append(out, e.Message().GetMessage().GetSeq())
		}
	}
}

func want(t *testing.T, got []int64, from, to int64) {
	t.Helper()
	var all []int64
	for n := from; n <= to; n++ {
		all = append(all, n)
	}
	if !slices.Equal(got, all) {
		t.Fatalf("got %v, want %d … %d", got, from, to)
	}
}

func TestAReaderGetsEveryNumberOnceAndInOrder(t *testing.T) {
	publish := func(hub *realtime.Hub, seqs ...int64) {
		for _, n := range seqs {
			hub.Publish(t.Context(), numbered(n))
		}
	}
	cases := map[string]struct {
		after, head int64
		do          func(*realtime.Hub, *store)
		from, to    int64
		reads       int
	}{
		"what the store has after the cursor": {after: 3, head: 250, do: func(*realtime.Hub, *store) {}, from: 4, to: 250, reads: 3},
		"live, without reading the store": {after: 5, head: 5, do: func(hub *realtime.Hub, s *store) {
			for range 300 {
				publish(hub, s.append())
			}
		}, from: 6, to: 305},
		"doubled hints": {after: 0, head: 0, do: func(hub *realtime.Hub, s *store) {
			for range 10 {
				n := s.append()
				publish(hub, n, n, 1)
			}
		}, from: 1, to: 10},
		"overtaking hints": {after: 0, head: 0, do: func(hub *realtime.Hub, s *store) {
			s.head = 5
			publish(hub, 1, 3, 2, 5, 4)
		}, from: 1, to: 5},
		"a lost hint": {after: 0, head: 0, do: func(hub *realtime.Hub, s *store) {
			s.head = 100
			publish(hub, 1, 2)
			for n := int64(4); n <= 100; n++ {
				publish(hub, n)
			}
		}, from: 1, to: 100, reads: 1},
		"more than the topic keeps": {after: 0, head: 0, do: func(hub *realtime.Hub, s *store) {
			for range 5000 {
				publish(hub, s.append())
			}
		}, from: 1, to: 5000, reads: 51},
		"a bus that was away": {after: 0, head: 0, do: func(hub *realtime.Hub, s *store) {
			s.head = 40
			hub.Lost()
		}, from: 1, to: 40, reads: 1},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			hub, s, r := realtime.NewHub(), &store{head: c.head}, realtime.NewReader()
			hub.Follow(r, room)
			r.Number(room, s, c.after, c.head)
			c.do(hub, s)
			want(t, drain(t, r), c.from, c.to)
			if s.reads != c.reads {
				t.Errorf("%d reads of the store, want %d", s.reads, c.reads)
			}
			r.Close(hub)
			if n := hub.Topics(); n != 0 {
				t.Errorf("%d topics are left", n)
			}
		})
	}
}

func TestALostLastHintIsFoundByComparing(t *testing.T) {
	hub, s, r := realtime.NewHub(), &store{}, realtime.NewReader()
	hub.Follow(r, room)
	r.Number(room, s, 0, 0)
	s.head = 3
	want(t, drain(t, r), 1, 0)
	r.Compare(room, 3)
	want(t, drain(t, r), 1, 3)
}

// Comparing finds nothing missing in what waits to be taken, and does not read the store for it.
func TestWhatIsWaitingIsNotReadFromTheStore(t *testing.T) {
	hub, s, r := realtime.NewHub(), &store{}, realtime.NewReader()
	hub.Follow(r, room)
	r.Number(room, s, 0, 0)
	for range 3 {
		hub.Publish(t.Context(), numbered(s.append()))
	}
	r.Compare(room, 3)
	want(t, drain(t, r), 1, 3)
	if s.reads > 0 {
		t.Errorf("the store was read %d times", s.reads)
	}
	// Of what is compared with, the last was not announced.
	hub.Publish(t.Context(), numbered(s.append()))
	r.Compare(room, s.append())
	want(t, drain(t, r), 4, 5)
	if s.reads != 1 {
		t.Errorf("the store was read %d times", s.reads)
	}
}

func TestWhoDoesNotReadALogGetsOnlyWhatHasNoNumber(t *testing.T) {
	hub, r := realtime.NewHub(), realtime.NewReader()
	hub.Follow(r, room)
	hub.Publish(t.Context(), numbered(1))
	hub.Publish(t.Context(), realtime.Hint{Topic: room})
	hub.Publish(t.Context(), numbered(2))
	<-r.Ready()
	var b realtime.Batch
	if err := r.Take(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	if len(b.Events) != 0 || len(b.Signals) != 1 {
		t.Errorf("got %d events and %d signals, want only the signal", len(b.Events), len(b.Signals))
	}
}

func TestAHintThatWaitsForItsPredecessorDoesNotWaitForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hub, s, r := realtime.NewHub(), &store{head: 3}, realtime.NewReader()
		hub.Follow(r, room)
		r.Number(room, s, 0, 0)
		hub.Publish(t.Context(), numbered(1))
		hub.Publish(t.Context(), numbered(3))
		want(t, drain(t, r), 1, 1)
		time.Sleep(time.Second)
		want(t, drain(t, r), 2, 3)
		r.Close(hub)
	})
}

func TestAFailingStoreLosesNothing(t *testing.T) {
	hub, s, r := realtime.NewHub(), &store{head: 10, err: errors.New("away")}, realtime.NewReader()
	hub.Follow(r, room)
	r.Number(room, s, 0, 10)
	<-r.Ready()
	if err := r.Take(t.Context(), new(realtime.Batch)); err == nil {
		t.Fatal("a failing store was not told of")
	}
	s.mu.Lock()
	s.err = nil
	s.mu.Unlock()
	want(t, drain(t, r), 1, 10)
}

func TestDroppedHintsWithoutANumberAreToldOf(t *testing.T) {
	hub, r := realtime.NewHub(), realtime.NewReader()
	hub.Follow(r, realtime.Presence)
	for range 2000 {
		hub.Publish(t.Context(), realtime.Hint{Topic: realtime.Presence, Event: realtime.NewEvent(&v1.Event{})})
	}
	lost, events := 0, 0
	var b realtime.Batch
	for len(r.Ready()) > 0 {
		<-r.Ready()
		if err := r.Take(t.Context(), &b); err != nil {
			t.Fatal(err)
		}
		lost += len(b.Lost)
		events += len(b.Events)
	}
	if lost != 1 || events == 0 || events >= 2000 {
		t.Errorf("told of %d losses, got %d events", lost, events)
	}
}

// Readers come and go while writers write, hints are dropped and doubled at random: each reader gets every number from
// its own beginning on.
func TestReadersUnderLoadMissNothing(t *testing.T) {
	const writers, each, readers = 8, 400, 16
	hub, s := realtime.NewHub(), &store{}
	var writing sync.WaitGroup
	for range writers {
		writing.Go(func() {
			for range each {
				n := s.append()
				switch rand.N(20) {
				case 0:
				case 1:
					hub.Publish(t.Context(), numbered(n))
					fallthrough
				default:
					hub.Publish(t.Context(), numbered(n))
				}
			}
		})
	}
	var reading sync.WaitGroup
	failures := make(chan error, readers)
	for range readers {
		reading.Go(func() {
			r := realtime.NewReader()
			defer r.Close(hub)
			hub.Follow(r, room)
			s.mu.Lock()
			head := s.head
			s.mu.Unlock()
			r.Number(room, s, 0, head)
			failures <- readAll(t.Context(), r, writers*each)
		})
	}
	writing.Wait()
	// The heartbeat's part: tell everybody to look.
	done := make(chan struct{})
	go func() { reading.Wait(); close(done) }()
	for waiting := true; waiting; {
		select {
		case <-done:
			waiting = false
		case <-time.After(10 * time.Millisecond):
			hub.Lost()
		}
	}
	for range readers {
		if err := <-failures; err != nil {
			t.Error(err)
		}
	}
}

// readAll takes numbers until the last and fails on the first that is not the next.
func readAll(ctx context.Context, r *realtime.Reader, last int64) error {
	var b realtime.Batch
	for next := int64(1); next <= last; {
		select {
		case <-r.Ready():
		case <-ctx.Done():
			return ctx.Err()
		}
		if err := r.Take(ctx, &b); err != nil {
			return err
		}
		for _, e := range b.Events {
			if got := e.Message().GetMessage().GetSeq(); got != next {
				return fmt.Errorf("got %d, want %d", got, next)
			}
			next++
		}
	}
	return nil
}
