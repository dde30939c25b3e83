package realtime_test

import (
	"slices"
	"testing"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/realtime"
)

func position(user string, seq int64) realtime.Hint {
	return realtime.Hint{Topic: room, Key: user, Version: seq, Event: realtime.NewEvent(&v1.Event{Payload: &v1.Event_Read{
		Read: &v1.ReadPosition{UserId: user, Seq: seq},
	}})}
}

// positions takes what is waiting, and returns where each event says that the user is.
func positions(t *testing.T, r *realtime.Reader, user string) []int64 {
	t.Helper()
	var out []int64
	var b realtime.Batch
	if err := r.Take(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	for _, e := range b.Events {
		if read := e.Message().GetRead(); read.GetUserId() == user {
			out = append(out, read.GetSeq())
		}
	}
	return out
}

func TestPositionsOnlyMoveForward(t *testing.T) {
	hub := realtime.NewHub()
	quick, slow := realtime.NewReader(), realtime.NewReader()
	for _, r := range []*realtime.Reader{quick, slow} {
		hub.Follow(r, room)
		defer r.Close(hub)
	}
	publish := func(hints ...realtime.Hint) {
		for _, h := range hints {
			hub.Publish(t.Context(), h)
		}
	}
	want := func(what string, r *realtime.Reader, user string, want ...int64) {
		t.Helper()
		if got := positions(t, r, user); !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", what, got, want)
		}
	}
	publish(position("a", 5), position("a", 7))
	want("the newest of two", quick, "a", 7)
	publish(position("a", 6), position("a", 7))
	want("an old one, and one that is repeated", quick, "a", 7)
	want("who was not as quick", slow, "a", 7, 7)

	// One is published when a higher one has been read from the store already.
	publish(position("a", 9))
	if got := quick.Raise(room, "a", 12); got != 12 {
		t.Errorf("raised to %d", got)
	}
	publish(position("a", 11))
	want("below what the store had", quick, "a")
	publish(position("a", 12), position("a", 13))
	want("above it", quick, "a", 13)
	// The store was read a moment before.
	if got := quick.Raise(room, "a", 12); got != 13 {
		t.Errorf("raised to %d, and streams were told of 13", got)
	}
	publish(position("b", 3))
	want("somebody else", slow, "b", 3)
}

// A hint without an event says that there is an entry to read.
func TestAnEntryThatIsNotInItsHintIsReadFromTheStore(t *testing.T) {
	hub, log := realtime.NewHub(), &store{}
	r := realtime.NewReader()
	hub.Follow(r, room)
	defer r.Close(hub)
	r.Number(room, log, 0, 0)
	log.append()
	hub.Publish(t.Context(), realtime.Hint{Topic: room, Seq: 1})
	if got := drain(t, r); !slices.Equal(got, []int64{1}) {
		t.Errorf("got %v", got)
	}
}
