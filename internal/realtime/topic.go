package realtime

import (
	"sync"
	"time"
)

// What a topic keeps for its readers. A reader that is further behind reads the store.
const (
	recentHints = 512
	recentBytes = 1 << 20
	// earlyHints arrived before one with a lower number. They wait for it this long: entries are published by whoever
	// stored them, so that neighbours overtake each other by moments.
	earlyHints = 64
	earlyWait  = 50 * time.Millisecond
)

// topic is the recent past of one topic, shared by its readers: each has a position in it, and a hint costs a reader that
// is known to have something to read nothing at all.
type topic struct {
	name Topic

	mu      sync.Mutex
	follows []*follow
	// recent holds the hints at the positions first … first+len(recent)-1.
	recent []Hint
	first  uint64
	bytes  int
	// last is the highest number in recent or before it; 0 while none was seen.
	last  int64
	early map[int64]Hint
	flush *time.Timer
}

// publish adds h and wakes the readers.
func (t *topic) publish(h Hint) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case len(t.follows) == 0:
		return
	case h.Seq == 0 || t.last == 0 || h.Seq == t.last+1:
		t.add(h)
		t.addEarly()
	case h.Seq <= t.last:
		return
	default:
		t.hold(h)
	}
	for _, f := range t.follows {
		f.wake()
	}
}

func (t *topic) add(h Hint) {
	if h.Seq > 0 {
		t.last = h.Seq
	}
	t.recent = append(t.recent, h)
	t.bytes += h.size()
	for len(t.recent) > recentHints || (t.bytes > recentBytes && len(t.recent) > 1) {
		t.bytes -= t.recent[0].size()
		t.recent[0] = Hint{}
		t.recent = t.recent[1:]
		t.first++
	}
}

// addEarly adds those held whose turn it is.
func (t *topic) addEarly() {
	for len(t.early) > 0 {
		h, ok := t.early[t.last+1]
		if !ok {
			return
		}
		delete(t.early, h.Seq)
		t.add(h)
	}
	if t.flush != nil {
		t.flush.Stop()
		t.flush = nil
	}
}

// hold keeps h until what is missing before it arrives. It does not wait for ever: a reader that sees a number missing
// finds it in the store.
func (t *topic) hold(h Hint) {
	if t.early == nil {
		t.early = make(map[int64]Hint)
	}
	t.early[h.Seq] = h
	if len(t.early) > earlyHints {
		t.giveUp()
	} else if t.flush == nil {
		t.flush = time.AfterFunc(earlyWait, func() {
			t.mu.Lock()
			defer t.mu.Unlock()
			t.giveUp()
			for _, f := range t.follows {
				f.wake()
			}
		})
	}
}

// giveUp adds the lowest held and what follows it, leaving a hole before it.
func (t *topic) giveUp() {
	if t.flush != nil {
		t.flush.Stop()
		t.flush = nil
	}
	for len(t.early) > 0 {
		lowest := int64(0)
		for seq := range t.early {
			if lowest == 0 || seq < lowest {
				lowest = seq
			}
		}
		h := t.early[lowest]
		delete(t.early, lowest)
		if h.Seq > t.last {
			t.add(h)
		}
	}
}

// read appends the hints from a position on to buf, until they fill the room given in events or bytes. It gives the next
// position, whether hints before the first one read are gone, and whether there are more.
func (t *topic) read(pos uint64, buf []Hint, events, bytes int) (_ []Hint, next uint64, lost, more bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if pos < t.first {
		pos, lost = t.first, true
	}
	for _, h := range t.recent[pos-t.first:] {
		if events <= 0 || bytes <= 0 {
			return buf, pos, lost, true
		}
		buf = append(buf, h)
		pos++
		events--
		bytes -= h.size()
	}
	return buf, pos, lost, false
}

// end is the position after the newest hint.
func (t *topic) end() uint64 { return t.first + uint64(len(t.recent)) }

func (h Hint) size() int {
	if h.Event == nil {
		return 0
	}
	return h.Event.size()
}
