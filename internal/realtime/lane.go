package realtime

import (
	"maps"
	"slices"
	"time"
)

const (
	// earlyHints arrived before one with a lower number. They wait for it this long: what is stored is published by whoever
	// stored it, so that neighbours overtake each other by moments.
	earlyHints = 64
	earlyWait  = 50 * time.Millisecond
)

// lane puts hints that count one up in order: those of a topic's log, or of one thing's versions. It belongs to its topic,
// whose lock is held.
type lane struct {
	// last is the highest number added; 0 while none was seen.
	last  int64
	early map[int64]Hint
	flush *time.Timer
}

// put adds h, whose number is n, to t where its turn has come, and keeps it where it is early. It is false where h is old.
func (l *lane) put(t *topic, n int64, h Hint) bool {
	switch {
	case l.last == 0 || n == l.last+1:
		l.add(t, n, h)
		l.addEarly(t)
	case n <= l.last:
		return false
	default:
		l.hold(t, n, h)
	}
	return true
}

func (l *lane) add(t *topic, n int64, h Hint) {
	l.last = n
	t.add(h)
}

// addEarly adds those held whose turn it is.
func (l *lane) addEarly(t *topic) {
	for len(l.early) > 0 {
		h, ok := l.early[l.last+1]
		if !ok {
			return
		}
		delete(l.early, l.last+1)
		l.add(t, l.last+1, h)
	}
	l.stop()
}

// hold keeps h until what is missing before it arrives. It does not wait for ever: a reader that sees a number missing
// finds it in the store.
func (l *lane) hold(t *topic, n int64, h Hint) {
	if l.early == nil {
		l.early = make(map[int64]Hint)
	}
	l.early[n] = h
	if len(l.early) > earlyHints {
		l.giveUp(t)
	} else if l.flush == nil {
		l.flush = time.AfterFunc(earlyWait, func() {
			t.mu.Lock()
			defer t.mu.Unlock()
			l.giveUp(t)
			t.wake()
		})
	}
}

// giveUp adds what is held in order, leaving holes.
func (l *lane) giveUp(t *topic) {
	l.stop()
	for _, n := range slices.Sorted(maps.Keys(l.early)) {
		if n > l.last {
			l.add(t, n, l.early[n])
		}
	}
	clear(l.early)
}

func (l *lane) stop() {
	if l.flush != nil {
		l.flush.Stop()
		l.flush = nil
	}
}
