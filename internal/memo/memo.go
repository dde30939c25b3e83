// Package memo keeps short-lived copies of what the store has, in bounded memory of one process. Everything here leans on
// one rule: what was read before something was forgotten is not used after it, so that a copy outlives a change by its
// age at most, and not at all where the change is announced.
package memo

import (
	"context"
	"errors"
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
	// reading are the readings under way of single values whose result may be used.
	reading map[string]*reading[V]
	// forgets counts what was forgotten, to tell what was read before from what was read after.
	forgets uint64
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
}

// Age tells how old a copy may be to be used now. It is asked at each use.
type Age func() time.Duration

// For is an age that is always the same.
func For(d time.Duration) Age { return func() time.Duration { return d } }

// errPanicked is what those get who waited for a reading that panicked.
var errPanicked = errors.New("memo: the reading of this value has panicked")

// New makes a cache of at most size copies (at least 1), each used up to an age from when its reading began. It has no
// goroutine, and needs no closing.
func New[V any](size int, age Age, now func() time.Time) *Cache[V] {
	copies, err := simplelru.NewLRU[string, dated[V]](max(size, 1), nil)
	if err != nil {
		panic("memo: a cache of a positive size: " + err.Error())
	}
	return &Cache[V]{age: age, now: now, copies: copies, reading: make(map[string]*reading[V])}
}

// Get gives the copy of one value, or reads it. Those who ask at once for the same value wait for one reading of it, by the
// first of them; where that one has hung up, another reads it. An error of read is given as it is, and not kept.
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
		if r.err == nil || !errors.Is(r.err, context.Canceled) && !errors.Is(r.err, context.DeadlineExceeded) {
			return r.value, r.err
		}
	}
}

// read does the reading r.
func (c *Cache[V]) read(ctx context.Context, key string, now time.Time, r *reading[V], read func(context.Context, string) (V, error)) (V, error) {
	defer func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		close(r.done)
		if c.reading[key] != r {
			// Forgotten meanwhile.
			return
		}
		delete(c.reading, key)
		if r.err == nil {
			c.copies.Add(key, dated[V]{value: r.value, readAt: now})
		}
	}()
	r.value, r.err = read(ctx, key)
	return r.value, r.err
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
	delete(c.reading, key)
	c.copies.Remove(key)
}

// ForgetAll drops all copies.
func (c *Cache[V]) ForgetAll() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.forgets++
	clear(c.reading)
	c.copies.Purge()
}

// ForgetFunc drops the copies drop is true of. It looks at all of them.
func (c *Cache[V]) ForgetFunc(drop func(V) bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.forgets++
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

func (c *Cache[V]) keep(asOf uint64, readAt time.Time, values map[string]V) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.forgets != asOf {
		return
	}
	for key, value := range values {
		c.copies.Add(key, dated[V]{value: value, readAt: readAt})
	}
}
