package ratelimit

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// Memory counts requests in the memory of one process, by a sliding window: no period as long as the limit's sees more
// than the limit allows, wherever it begins. It may be used concurrently. It has no goroutine, and needs no closing.
type Memory struct {
	began time.Time

	mu      sync.Mutex
	windows *simplelru.LRU[string, *window]
}

// NewMemory counts for at most keys keys (at least 1). A key with nothing left to count is forgotten when others are
// counted; where that is not enough, the one asked for longest ago is, and has its whole limit again.
func NewMemory(keys int) *Memory {
	windows, err := simplelru.NewLRU[string, *window](max(keys, 1), nil)
	if err != nil {
		panic("ratelimit: limits of a positive number of keys: " + err.Error())
	}
	return &Memory{began: time.Now(), windows: windows}
}

// Take counts one request for key against the limit, if that allows it. A key is always used with the same limit. The
// error is about the limit given; counting itself cannot fail.
func (l *Memory) Take(ctx context.Context, key string, lim Limit) (Result, error) {
	return l.TakeSome(ctx, key, 1, lim)
}

// TakeSome counts n requests, at least 1, as Take counts one: all of them, or none where the limit does not allow all.
func (l *Memory) TakeSome(_ context.Context, key string, n int, lim Limit) (Result, error) {
	if !lim.Valid() {
		return Result{}, fmt.Errorf("ratelimit: %+v is not a limit", lim)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Since(l.began)
	l.forgetIdle(now)
	w, ok := l.windows.Get(key)
	if !ok {
		w = &window{}
		l.windows.Add(key, w)
	}
	return w.take(now, n, lim), nil
}

// Peek returns what Take would, and counts nothing.
func (l *Memory) Peek(_ context.Context, key string, lim Limit) (Result, error) {
	if !lim.Valid() {
		return Result{}, fmt.Errorf("ratelimit: %+v is not a limit", lim)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	w, ok := l.windows.Peek(key)
	if !ok {
		w = &window{}
	}
	return w.look(time.Since(l.began), 1, lim), nil
}

// forgetIdle forgets the keys asked for longest ago as long as they have nothing to count: two at most, which is more than
// one request adds.
func (l *Memory) forgetIdle(now time.Duration) {
	for range 2 {
		_, oldest, ok := l.windows.GetOldest()
		if !ok || oldest.idle > now {
			return
		}
		l.windows.RemoveOldest()
	}
}

// maxSpans bounds the memory of one key. A limit of more requests than this counts those that come within a maxSpans-th
// of its period as if they had come with the last of them, and so by so much longer than it must.
const maxSpans = 100

// window is the requests of one key in the last period, oldest first. Times are since the limits began.
type window struct {
	spans []span
	total int
	// idle is when nothing is left to count.
	idle time.Duration
}

// span is requests counted together.
type span struct {
	first, last time.Duration
	requests    int
}

func (w *window) take(now time.Duration, n int, lim Limit) Result {
	result := w.look(now, n, lim)
	if !result.Allowed {
		return result
	}
	w.count(now, n, lim)
	result = w.state(now, lim)
	result.Allowed = true
	return result
}

// look is what n requests would come to if they were counted now.
func (w *window) look(now time.Duration, n int, lim Limit) Result {
	w.drop(now - lim.Per)
	result := w.state(now, lim)
	result.Allowed = w.total+n <= lim.Requests
	if !result.Allowed {
		result.RetryAfter = w.until(now, w.total+n-lim.Requests, lim)
	}
	return result
}

// state is what is left of the limit.
func (w *window) state(now time.Duration, lim Limit) Result {
	result := Result{Remaining: lim.Requests - w.total}
	if len(w.spans) > 0 {
		result.Reset = w.spans[0].last + lim.Per - now
	}
	return result
}

// until is how long it takes until n fewer requests count, or all that do where they are not as many.
func (w *window) until(now time.Duration, n int, lim Limit) time.Duration {
	wait := lim.Per
	for _, s := range w.spans {
		wait = s.last + lim.Per - now
		if n -= s.requests; n <= 0 {
			break
		}
	}
	return wait
}

// drop forgets the requests that came until then.
func (w *window) drop(until time.Duration) {
	gone := 0
	for gone < len(w.spans) && w.spans[gone].last <= until {
		w.total -= w.spans[gone].requests
		gone++
	}
	w.spans = slices.Delete(w.spans, 0, gone)
}

func (w *window) count(now time.Duration, n int, lim Limit) {
	w.total += n
	w.idle = now + lim.Per
	if last := len(w.spans) - 1; last >= 0 && lim.Requests > maxSpans && now-w.spans[last].first < lim.Per/maxSpans {
		w.spans[last].last = now
		w.spans[last].requests += n
		return
	}
	w.spans = append(w.spans, span{first: now, last: now, requests: n})
}
