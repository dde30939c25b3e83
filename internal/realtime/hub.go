package realtime

import (
	"context"
	"maps"
	"slices"
	"sync"
)

// Hub is the Bus of one process.
type Hub struct {
	mu     sync.RWMutex
	topics map[Topic]*topic
	taps   map[Topic][]tap
}

// tap is called with the hints of a topic.
type tap struct {
	hint func(Hint)
	lost func()
}

// NewHub makes a hub without followers.
func NewHub() *Hub { return &Hub{topics: make(map[Topic]*topic)} }

// Publish implements Bus.
func (h *Hub) Publish(_ context.Context, hint Hint) {
	h.mu.RLock()
	t, taps := h.topics[hint.Topic], h.taps[hint.Topic]
	h.mu.RUnlock()
	for _, tap := range taps {
		tap.hint(hint)
	}
	if t != nil {
		t.publish(hint)
	}
}

// Tap calls hint with each hint of a topic, before anybody who follows anything gets it or one published after it, and lost
// where hints of the topic may be missing. Neither may wait for anything.
func (h *Hub) Tap(name Topic, hint func(Hint), lost func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.taps == nil {
		h.taps = make(map[Topic][]tap)
	}
	// Not in place: Publish goes through it without the lock.
	h.taps[name] = append(slices.Clip(h.taps[name]), tap{hint, lost})
}

// InSync returns true: in one process no hint is lost without its follower being told.
func (h *Hub) InSync() bool { return true }

// Follow implements Bus.
func (h *Hub) Follow(r *Reader, topics ...Topic) {
	for _, name := range topics {
		h.follow(r, name)
	}
}

func (h *Hub) follow(r *Reader, name Topic) {
	h.mu.Lock()
	t := h.topics[name]
	if t == nil {
		t = &topic{name: name}
		h.topics[name] = t
	}
	// Still under the hub's lock, so that the topic is not dropped before it has this follower.
	t.mu.Lock()
	defer t.mu.Unlock()
	h.mu.Unlock()
	if slices.ContainsFunc(t.follows, func(f *follow) bool { return f.reader == r }) {
		return
	}
	f := &follow{reader: r, topic: t, pos: t.end()}
	t.follows = append(t.follows, f)
	r.add(f)
}

// Unfollow implements Bus.
func (h *Hub) Unfollow(r *Reader, name Topic) {
	h.mu.Lock()
	defer h.mu.Unlock()
	t := h.topics[name]
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	i := slices.IndexFunc(t.follows, func(f *follow) bool { return f.reader == r })
	if i < 0 {
		return
	}
	r.remove(t.follows[i])
	last := len(t.follows) - 1
	t.follows[i], t.follows[last] = t.follows[last], nil
	t.follows = t.follows[:last]
	if last == 0 {
		delete(h.topics, name)
		t.stop()
	}
}

// Lost tells the followers of topics, of every topic where none is named, that hints may be missing: they read the store. A
// bus that was away calls it.
func (h *Hub) Lost(names ...Topic) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	if len(names) == 0 {
		names = slices.AppendSeq(slices.Collect(maps.Keys(h.taps)), maps.Keys(h.topics))
		slices.Sort(names)
		names = slices.Compact(names)
	}
	for _, name := range names {
		for _, tap := range h.taps[name] {
			tap.lost()
		}
	}
	for _, name := range names {
		if t := h.topics[name]; t != nil {
			t.lose()
		}
	}
}

// Topics tells how many topics have followers.
func (h *Hub) Topics() int {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return len(h.topics)
}
