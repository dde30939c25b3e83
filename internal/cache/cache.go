// Package cache keeps short-lived copies of what the store has, in bounded memory of one process. Everything here leans on
// one rule: what was read before something was forgotten is not used after it, so that a copy outlives a change by its
// age at most, and not at all where the change is announced.
package cache

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// Cache holds copies of values by their key. It may be used concurrently.
type Cache[V any] struct {
	age Age
	now func() time.Time

	mu     sync.Mutex
	copies *simplelru.LRU[string, dated[V]]
	// reading are the readings under way whose result may be used.
	reading map[string]*reading[V]
}

type dated[V any] struct {
	value V
	// readAt is when its reading began.
	readAt time.Time
}

// reading is one reading of a value, which all who want the value meanwhile wait for.
type reading[V any] struct {
	done  chan struct{}
	value V
	err   error
	// abandoned is set where it failed since the context of its caller ended, which says nothing about the value.
	abandoned bool
}

// Age tells how old a copy may be to be used now. It is asked at each use.
type Age func() time.Duration

// For is an age that is always the same.
func For(d time.Duration) Age { return func() time.Duration { return d } }

var (
	// errPanicked is what those get who waited for a reading that panicked.
	errPanicked = errors.New("cache: the reading of this value has panicked")
	// errAbsent is that a reading of many values has not found this one.
	errAbsent = errors.New("cache: this value was not found")
)

// New makes a cache of at most size copies (at least 1), each used up to an age from when its reading began. It has no
// goroutine, and needs no closing.
func New[V any](size int, age Age, now func() time.Time) *Cache[V] {
	copies, err := simplelru.NewLRU[string, dated[V]](max(size, 1), nil)
	if err != nil {
		panic("cache: a cache of a positive size: " + err.Error())
	}
	return &Cache[V]{age: age, now: now, copies: copies, reading: make(map[string]*reading[V])}
}

// Get returns the copy of one value, or reads it. Those who ask at once for the same value wait for one reading of it, by the
// first of them, and share its error; only where the first one's own context has ended, another reads it. So a store that is
// away costs all of them the time of one reading, not one after the other. An error of read is given as it is, and not kept.
func (c *Cache[V]) Get(ctx context.Context, key string, read func(ctx context.Context, key string) (V, error)) (V, error) {
	for {
		now := c.now()
		c.mu.Lock()
		if value, ok := c.find(key, now); ok {
			c.mu.Unlock()
			return value, nil
		}
		r := c.reading[key]
		if r == nil {
			r = &reading[V]{done: make(chan struct{}), err: errPanicked}
			c.reading[key] = r
			c.mu.Unlock()
			return c.read(ctx, key, now, r, read)
		}
		c.mu.Unlock()
		select {
		case <-r.done:
		case <-ctx.Done():
			var none V
			return none, ctx.Err()
		}
		// What read says of one value that is not there, only read knows.
		if !r.abandoned && !errors.Is(r.err, errAbsent) {
			return r.value, r.err
		}
	}
}

// read does the reading r.
func (c *Cache[V]) read(ctx context.Context, key string, now time.Time, r *reading[V], read func(context.Context, string) (V, error)) (V, error) {
	defer c.finish(key, now, r)
	value, err := read(ctx, key)
	r.value, r.err, r.abandoned = value, err, err != nil && ctx.Err() != nil
	return value, err
}

// GetAll returns the values of keys. Those without a copy that nobody is reading are read by one call of read, which leaves out
// what does not exist; the others are waited for. An error of read is given as it is, and nothing is kept; that of a reading
// that is waited for as well, unless its caller's own context has ended.
func (c *Cache[V]) GetAll(ctx context.Context, keys []string, read func(ctx context.Context, missing []string) (map[string]V, error)) (map[string]V, error) {
	found := make(map[string]V, len(keys))
	for len(keys) > 0 {
		own, others := c.claim(keys, found)
		// What is ours first, so that those who wait for each other's do not wait for ever.
		if err := c.readAll(ctx, own, found, read); err != nil {
			return nil, err
		}
		keys = nil
		for key, r := range others {
			select {
			case <-r.done:
			case <-ctx.Done():
				return nil, ctx.Err()
			}
			switch {
			case r.err == nil:
				found[key] = r.value
			case r.abandoned:
				keys = append(keys, key)
			case !errors.Is(r.err, errAbsent):
				return nil, r.err
			}
		}
	}
	return found, nil
}

// batch is readings by one call, as of the time now.
type batch[V any] struct {
	now      time.Time
	readings map[string]*reading[V]
}

// claim adds to found what there are copies of. The rest is the caller's to read now, or read by others.
func (c *Cache[V]) claim(keys []string, found map[string]V) (own batch[V], others map[string]*reading[V]) {
	own = batch[V]{now: c.now(), readings: make(map[string]*reading[V])}
	others = make(map[string]*reading[V])
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, key := range keys {
		if value, ok := c.find(key, own.now); ok {
			found[key] = value
			continue
		}
		r := c.reading[key]
		switch {
		case own.readings[key] != nil:
		case r != nil:
			others[key] = r
		default:
			r = &reading[V]{done: make(chan struct{}), err: errPanicked}
			c.reading[key], own.readings[key] = r, r
		}
	}
	return own, others
}

// readAll does the readings of a batch, and adds to found what they give.
func (c *Cache[V]) readAll(ctx context.Context, own batch[V], found map[string]V, read func(context.Context, []string) (map[string]V, error)) error {
	if len(own.readings) == 0 {
		return nil
	}
	defer func() {
		for key, r := range own.readings {
			c.finish(key, own.now, r)
		}
	}()
	values, err := read(ctx, slices.Collect(maps.Keys(own.readings)))
	for key, r := range own.readings {
		value, ok := values[key]
		switch {
		case err != nil:
			r.err, r.abandoned = err, ctx.Err() != nil
		case !ok:
			r.err = errAbsent
		default:
			r.value, r.err, found[key] = value, nil, value
		}
	}
	return err
}

// finish ends a reading, and keeps what it gave unless that was forgotten meanwhile.
func (c *Cache[V]) finish(key string, readAt time.Time, r *reading[V]) {
	c.mu.Lock()
	defer c.mu.Unlock()
	close(r.done)
	if c.reading[key] != r {
		return
	}
	delete(c.reading, key)
	if r.err == nil {
		c.copies.Add(key, dated[V]{value: r.value, readAt: readAt})
	}
}

// Forget drops the copy of one value.
func (c *Cache[V]) Forget(key string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.reading, key)
	c.copies.Remove(key)
}

// ForgetAll drops all copies.
func (c *Cache[V]) ForgetAll() {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.reading)
	c.copies.Purge()
}

// ForgetFunc drops the copies drop is true of. It looks at all of them.
func (c *Cache[V]) ForgetFunc(drop func(V) bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	// What is being read may be such a value.
	clear(c.reading)
	for _, key := range c.copies.Keys() {
		if d, ok := c.copies.Peek(key); ok && drop(d.value) {
			c.copies.Remove(key)
		}
	}
}

// find is called with mu held.
func (c *Cache[V]) find(key string, now time.Time) (V, bool) {
	d, ok := c.copies.Get(key)
	if ok && now.Sub(d.readAt) < c.age() {
		return d.value, true
	}
	var none V
	return none, false
}
