package realtime

import (
	"context"
	"slices"
	"sync"
)

// Hub is the Bus of one process.
type Hub struct {
	mu     sync.RWMutex
	topics map[Topic]*topic
}

// NewHub makes a hub without followers.
func NewHub() *Hub { return &Hub{topics: make(map[Topic]*topic)} }

// Publish implements Bus.
func (h *Hub) Publish(_ context.Context, hint Hint) {
	h.mu.RLock()
	t := h.topics[hint.Topic]
	h.mu.RUnlock()
	if t != nil {
		t.publish(hint)
	}
}

// Follow implements Bus.
func (h *Hub) Follow(r *Reader, name Topic) {
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

// Lost tells every follower of every topic that hints may be missing: they read the store. A bus that was away calls it.
func (h *Hub) Lost() {
	h.mu.RLock()
	defer h.mu.RUnlock()
	for _, t := range h.topics {
		t.mu.Lock()
		for _, f := range t.follows {
			f.lost.Store(true)
			f.wake()
		}
		t.mu.Unlock()
	}
}

// Topics tells how many topics have followers.
func (h *Hub) Topics() int {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return len(h.topics)
}
