package realtime

import (
	"maps"
	"sync"
)

// What a topic keeps for its readers. A reader that is further behind reads the store.
const (
	recentHints = 512
	recentBytes = 1 << 20
	// lanes bounds how many things a topic keeps the order of.
	lanes = 1024
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
	// log is the order of what is numbered in the topic, and things that of each thing with versions.
	log    lane
	things map[string]*lane
	// positions are the highest ones told of each thing, in a topic where only these count.
	positions map[string]int64
}

// publish adds h and wakes the readers.
func (t *topic) publish(h Hint) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.follows) == 0 {
		return
	}
	if t.isPosition(h) && h.Version < t.raise(h.Key, h.Version) {
		return
	}
	if l, n := t.lane(h); l == nil {
		t.add(h)
	} else if !l.put(t, n, h) {
		return
	}
	t.wake()
}

// lane returns the lane of h and its place there; nil where h has none.
func (t *topic) lane(h Hint) (l *lane, n int64) {
	switch {
	case h.Seq > 0:
		return &t.log, h.Seq
	case h.Version == 0, t.isPosition(h):
		return nil, 0
	}
	l = t.things[h.Key]
	if l == nil {
		if len(t.things) >= lanes {
			maps.DeleteFunc(t.things, func(_ string, l *lane) bool { return len(l.early) == 0 })
		}
		if t.things == nil {
			t.things = make(map[string]*lane)
		}
		l = new(lane)
		t.things[h.Key] = l
	}
	return l, h.Version
}

// isPosition reports whether h is about a position, of which only the highest counts.
func (t *topic) isPosition(h Hint) bool { return h.Version > 0 && h.Seq == 0 && t.name.ofRoom() }

// raise notes the position of a thing, and returns the highest one that was noted. There are as many things as a room has
// members. It is called with mu held.
func (t *topic) raise(key string, position int64) int64 {
	if highest := t.positions[key]; highest >= position {
		return highest
	}
	if t.positions == nil {
		t.positions = make(map[string]int64)
	}
	t.positions[key] = position
	return position
}

func (t *topic) add(h Hint) {
	t.recent = append(t.recent, h)
	t.bytes += h.size()
	for len(t.recent) > recentHints || (t.bytes > recentBytes && len(t.recent) > 1) {
		t.bytes -= t.recent[0].size()
		t.recent[0] = Hint{}
		t.recent = t.recent[1:]
		t.first++
	}
}

func (t *topic) wake() {
	for _, f := range t.follows {
		f.wake()
	}
}

// lose tells the readers that hints may be missing.
func (t *topic) lose() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, f := range t.follows {
		f.lost.Store(true)
		f.wake()
	}
}

// stop ends what the topic does by itself.
func (t *topic) stop() {
	t.log.stop()
	for _, l := range t.things {
		l.stop()
	}
}

// read appends the hints from a position on to buf, until they fill the room given in events or bytes. It returns the next
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
		pos++
		if t.isPosition(h) && h.Version < t.positions[h.Key] {
			// A higher one comes after it, or was read from the store.
			continue
		}
		buf = append(buf, h)
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
