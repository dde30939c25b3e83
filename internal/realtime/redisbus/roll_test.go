package redisbus

import (
	"testing"
	"time"
)

// hall is a roll whose time a test lets pass.
type hall struct {
	*roll
	at time.Duration
}

func newHall() *hall {
	h := &hall{}
	h.roll = newRoll(func() time.Duration { return h.at })
	return h
}

// pass lets time pass while the line answers and those named are heard.
func (h *hall) pass(d time.Duration, heard ...string) {
	for end := h.at + d; h.at < end; {
		h.at += beatEvery
		for _, id := range heard {
			h.alive(id, 0)
		}
		h.ponged(h.at)
	}
}

func TestOneIsSureWhileEverybodyIsHeard(t *testing.T) {
	for name, c := range map[string]struct {
		do   func(*hall)
		want bool
	}{
		"before there is a line": {func(h *hall) { h.pass(time.Minute, "a") }, false},
		"right after it is whole": {func(h *hall) {
			h.whole()
			h.pass(maxSilence/2, "a")
		}, false},
		"a while later": {func(h *hall) {
			h.whole()
			h.pass(2*maxSilence, "a")
		}, true},
		"alone": {func(h *hall) {
			h.whole()
			h.pass(2 * maxSilence)
		}, true},
		"the line is silent": {func(h *hall) {
			h.whole()
			h.pass(2*maxSilence, "a")
			h.at += maxSilence
		}, false},
		"the line brings what was asked for long ago": {func(h *hall) {
			h.whole()
			h.pass(2*maxSilence, "a")
			h.at += maxSilence
			h.alive("a", 0)
			h.ponged(h.at - maxSilence)
		}, false},
		"the line is broken": {func(h *hall) {
			h.whole()
			h.pass(2*maxSilence, "a")
			h.broken()
			h.ponged(h.at)
		}, false},
		"somebody is silent": {func(h *hall) {
			h.whole()
			h.pass(2*maxSilence, "a", "b")
			h.pass(2*maxSilence, "b")
		}, false},
		"somebody is silent for long": {func(h *hall) {
			h.whole()
			h.pass(2*maxSilence, "a", "b")
			h.pass(forgetAfter+maxSilence, "b")
		}, true},
		"somebody serves and is silent for long": {func(h *hall) {
			h.whole()
			h.registered([]string{"self", "a", "b"}, "self")
			h.pass(2*maxSilence, "a", "b")
			h.pass(2*forgetAfter, "b")
		}, false},
		"somebody serves and was never heard": {func(h *hall) {
			h.whole()
			h.pass(2*maxSilence, "a")
			h.registered([]string{"self", "a", "b"}, "self")
		}, false},
		"somebody who was never heard has ended": {func(h *hall) {
			h.whole()
			h.registered([]string{"self", "a", "b"}, "self")
			h.pass(2*maxSilence, "a")
			h.registered([]string{"self", "a"}, "self")
			h.pass(2*maxSilence, "a")
		}, true},
		"somebody has taken their leave": {func(h *hall) {
			h.whole()
			h.pass(2*maxSilence, "a", "b")
			h.gone("a")
			h.pass(2*maxSilence, "b")
		}, true},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHall()
			c.do(h)
			if got := h.sure(); got != c.want {
				t.Errorf("sure: %v", got)
			}
		})
	}
}

func TestWhatSomebodyDroppedIsToldOnce(t *testing.T) {
	h := newHall()
	for i, beat := range []struct {
		id    string
		drops uint64
		lost  bool
	}{
		{"a", 0, false}, {"b", 3, true}, {"b", 3, false}, {"a", 1, true}, {"a", 1, false}, {"a", 5, true}, {"b", 3, false},
	} {
		if got := h.alive(beat.id, beat.drops); got != beat.lost {
			t.Errorf("beat %d, %+v: lost %v", i, beat, got)
		}
	}
}
