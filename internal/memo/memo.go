// Package memo keeps short-lived copies of what the store has, in bounded memory of one process. Everything here leans on
// one rule: what was read before something was forgotten is not kept after it, so that a copy outlives a change by its
// age at most, and not at all where the change is announced.
package memo

import (
	"context"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// Cache holds copies of values by their key. It may be used concurrently.
type Cache[V any] struct {
	maxAge time.Duration
	now    func() time.Time

	mu     sync.Mutex
	copies *simplelru.LRU[string, dated[V]]
	// forgets counts the calls of Forget, to tell what was read before one from what was read after.
	forgets uint64
}

type dated[V any] struct {
	value V
	until time.Time
}

// New makes a cache of at most size copies (at least 1), each used for maxAge from when its reading began. It has no
// goroutine, and needs no closing.
func New[V any](size int, maxAge time.Duration, now func() time.Time) *Cache[V] {
	copies, err := simplelru.NewLRU[string, dated[V]](max(size, 1), nil)
	if err != nil {
		panic("memo: a cache of a positive size: " + err.Error())
	}
	return &Cache[V]{maxAge: maxAge, now: now, copies: copies}
}

// Get gives the copy of one value, or reads it. An error of read is given as it is, and not kept.
func (c *Cache[V]) Get(ctx context.Context, key string, read func(ctx context.Context, key string) (V, error)) (V, error) {
	now := c.now()
	c.mu.Lock()
	value, ok := c.find(key, now)
	asOf := c.forgets
	c.mu.Unlock()
	if ok {
		return value, nil
	}
	value, err := read(ctx, key)
	if err == nil {
		c.keep(asOf, now, map[string]V{key: value})
	}
	return value, err
}

// GetAll gives the values of keys, those without a copy by one call of read, which leaves out what does not exist.
func (c *Cache[V]) GetAll(ctx context.Context, keys []string, read func(ctx context.Context, missing []string) (map[string]V, error)) (map[string]V, error) {
	now := c.now()
	found := make(map[string]V, len(keys))
	missing := make(map[string]struct{})
	c.mu.Lock()
	for _, key := range keys {
		if value, ok := c.find(key, now); ok {
			found[key] = value
		} else {
			missing[key] = struct{}{}
		}
	}
	asOf := c.forgets
	c.mu.Unlock()
	if len(missing) == 0 {
		return found, nil
	}
	wanted := make([]string, 0, len(missing))
	for key := range missing {
		wanted = append(wanted, key)
	}
	values, err := read(ctx, wanted)
	if err != nil {
		return nil, err
	}
	c.keep(asOf, now, values)
	for key, value := range values {
		found[key] = value
	}
	return found, nil
}

// Forget drops the copy of one value.
func (c *Cache[V]) Forget(key string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.forgets++
	c.copies.Remove(key)
}

// ForgetFunc drops the copies drop is true of. It looks at all of them.
func (c *Cache[V]) ForgetFunc(drop func(V) bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.forgets++
	for _, key := range c.copies.Keys() {
		if d, ok := c.copies.Peek(key); ok && drop(d.value) {
			c.copies.Remove(key)
		}
	}
}

// find is called with mu held.
func (c *Cache[V]) find(key string, now time.Time) (V, bool) {
	d, ok := c.copies.Get(key)
	if ok && now.Before(d.until) {
		return d.value, true
	}
	var none V
	return none, false
}

func (c *Cache[V]) keep(asOf uint64, readAt time.Time, values map[string]V) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.forgets != asOf {
		return
	}
	for key, value := range values {
		c.copies.Add(key, dated[V]{value: value, until: readAt.Add(c.maxAge)})
	}
}
