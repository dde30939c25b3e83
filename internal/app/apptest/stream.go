package apptest

import (
	"context"
	"errors"
	"testing"
	"time"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
)

// Stream is a subscription, read in the background.
type Stream struct {
	events chan *v1.Event
	cancel context.CancelFunc
	// err is why it ended; it may be read once events is closed.
	err error
}

// Subscribe opens a stream, until the test ends or Cut.
func (m *Member) Subscribe(t testing.TB, req *v1.SubscribeRequest) *Stream {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	s := &Stream{events: make(chan *v1.Event, 1<<16), cancel: cancel}
	t.Cleanup(s.Cut)
	go func() {
		defer close(s.events)
		stream, err := m.Events.Subscribe(ctx, req)
		if err != nil {
			s.err = err
			return
		}
		defer stream.Close()
		for stream.Receive() {
			for _, e := range stream.Msg().GetEvents() {
				s.events <- e
			}
		}
		s.err = stream.Err()
	}()
	return s
}

// Events returns the events as they come; it is closed when the stream has ended.
func (s *Stream) Events() <-chan *v1.Event { return s.events }

// Cut drops the stream without a word.
func (s *Stream) Cut() { s.cancel() }

// Next returns the next event.
func (s *Stream) Next(t testing.TB) *v1.Event {
	t.Helper()
	select {
	case e, ok := <-s.events:
		if !ok {
			t.Fatal("the stream has ended: ", s.err)
		}
		return e
	case <-time.After(patience):
		t.Fatal("no event came")
	}
	return nil
}

// Until returns the first event that pass is true for, and passes over those before it.
func (s *Stream) Until(t testing.TB, what string, pass func(*v1.Event) bool) *v1.Event {
	t.Helper()
	deadline := time.After(patience)
	for {
		select {
		case e, ok := <-s.events:
			if !ok {
				t.Fatalf("waiting for %s, the stream has ended: %v", what, s.err)
			}
			if pass(e) {
				return e
			}
		case <-deadline:
			t.Fatal("no event came: ", what)
		}
	}
}

// Hello returns the first event.
func (s *Stream) Hello(t testing.TB) *v1.Hello {
	t.Helper()
	hello := s.Next(t).GetHello()
	if hello == nil {
		t.Fatal("the first event is not hello")
	}
	return hello
}

// End returns why the stream ended, when it does within the time given.
func (s *Stream) End(t testing.TB, within time.Duration) error {
	t.Helper()
	deadline := time.After(within)
	for {
		select {
		case _, ok := <-s.events:
			if !ok {
				return s.err
			}
		case <-deadline:
			t.Fatalf("the stream is open after %s", within)
			return errors.New("unreachable")
		}
	}
}
