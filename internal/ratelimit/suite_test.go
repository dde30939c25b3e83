package ratelimit_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/ratelimit"
)

// Limiter counts requests against limits.
type Limiter interface {
	Take(ctx context.Context, key string, lim ratelimit.Limit) (ratelimit.Result, error)
	TakeSome(ctx context.Context, key string, n int, lim ratelimit.Limit) (ratelimit.Result, error)
	Peek(ctx context.Context, key string, lim ratelimit.Limit) (ratelimit.Result, error)
}

// slack is how much longer than it must a limiter may count a request, as a part of the period.
const slack = 50

// keepsContract holds a limiter to its contract. with runs one case: it makes a fresh limiter and calls run with it and with what
// lets time pass for it.
func keepsContract(t *testing.T, with func(t *testing.T, run func(t *testing.T, l Limiter, pass func(time.Duration)))) {
	for name, run := range map[string]func(limits, *testing.T){
		"the whole limit at once":            limits.wholeAtOnce,
		"whole again after a period":         limits.wholeAgain,
		"never more in any period":           limits.neverMore,
		"waiting as long as told is enough":  limits.waitingIsEnough,
		"what is refused is not counted":     limits.refusedIsNotCounted,
		"keys are counted apart":             limits.keysApart,
		"requests at the same time":          limits.atTheSameTime,
		"what cannot be counted is an error": limits.notALimit,
		"several are counted or none":        limits.several,
		"what is left grows when it is said": limits.resetIsHonest,
		"as many as are allowed, evenly":     limits.steady,
		"looking counts nothing":             limits.lookingCountsNothing,
	} {
		t.Run(name, func(t *testing.T) {
			with(t, func(t *testing.T, l Limiter, pass func(time.Duration)) {
				run(limits{Limiter: l, pass: pass}, t)
			})
		})
	}
}

type limits struct {
	Limiter
	pass func(time.Duration)
}

// sizes are counted one by one, or may be counted in lumps.
func sizes() []ratelimit.Limit {
	return []ratelimit.Limit{{Requests: 1, Per: time.Minute}, {Requests: 5, Per: 15 * time.Minute}, {Requests: 1000, Per: 15 * time.Minute}}
}

func (l limits) take(t *testing.T, key string, lim ratelimit.Limit) ratelimit.Result {
	t.Helper()
	result, err := l.Take(t.Context(), key, lim)
	if err != nil {
		t.Fatalf("Take(%q, %+v): %v", key, lim, err)
	}
	if result.Remaining < 0 || result.Remaining >= lim.Requests {
		t.Fatalf("%+v of %+v: Remaining is out of bounds", result, lim)
	}
	if result.Reset <= 0 || result.Reset > lim.Per+lim.Per/slack {
		t.Fatalf("%+v of %+v: Reset is out of bounds", result, lim)
	}
	if result.Allowed != (result.RetryAfter == 0) {
		t.Fatalf("%+v: RetryAfter belongs to what is refused", result)
	}
	return result
}

// use takes everything that is allowed now and tells how much that was.
func (l limits) use(t *testing.T, key string, lim ratelimit.Limit) int {
	t.Helper()
	for n := range lim.Requests + 1 {
		if !l.take(t, key, lim).Allowed {
			return n
		}
	}
	t.Fatalf("more than %+v at once", lim)
	return 0
}

func key(lim ratelimit.Limit) string { return fmt.Sprintf("key/%d", lim.Requests) }

func (l limits) wholeAtOnce(t *testing.T) {
	for _, lim := range sizes() {
		for i := range lim.Requests {
			if got := l.take(t, key(lim), lim); !got.Allowed || got.Remaining != lim.Requests-i-1 {
				t.Fatalf("request %d of %d: %+v", i+1, lim.Requests, got)
			}
		}
		got := l.take(t, key(lim), lim)
		if got.Allowed || got.Remaining != 0 || got.RetryAfter <= 0 || got.RetryAfter > lim.Per+lim.Per/slack {
			t.Fatalf("after %d of %d: %+v", lim.Requests, lim.Requests, got)
		}
	}
}

func (l limits) wholeAgain(t *testing.T) {
	for _, lim := range sizes() {
		for range 3 {
			if got := l.use(t, key(lim), lim); got != lim.Requests {
				t.Fatalf("%d of %+v", got, lim)
			}
			l.pass(lim.Per + lim.Per/slack)
		}
	}
}

func (l limits) neverMore(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, lim := range sizes() {
		var now time.Duration
		var allowed []time.Duration
		for range 4000 {
			// Twice as many as are allowed, in bursts.
			step := time.Duration(0)
			if random.IntN(3) == 0 {
				step = time.Duration(random.Int64N(int64(lim.Per) * 3 / int64(lim.Requests)))
			}
			l.pass(step)
			now += step
			if l.take(t, key(lim), lim).Allowed {
				allowed = append(allowed, now)
			}
		}
		for i := lim.Requests; i < len(allowed); i++ {
			if since := allowed[i] - allowed[i-lim.Requests]; since < lim.Per {
				t.Fatalf("%d requests of %+v in %v", lim.Requests+1, lim, since)
			}
		}
		if len(allowed) < lim.Requests {
			t.Fatalf("only %d of %+v in %v", len(allowed), lim, now)
		}
	}
}

func (l limits) waitingIsEnough(t *testing.T) {
	lim := ratelimit.Limit{Requests: 500, Per: time.Hour}
	for range lim.Requests {
		l.take(t, "k", lim)
		l.pass(lim.Per / 1000)
	}
	for range 20 {
		l.use(t, "k", lim)
		refused := l.take(t, "k", lim)
		l.pass(refused.RetryAfter)
		if got := l.take(t, "k", lim); !got.Allowed {
			t.Fatalf("%v after being told %v: %+v", refused.RetryAfter, refused.RetryAfter, got)
		}
	}
}

func (l limits) resetIsHonest(t *testing.T) {
	lim := ratelimit.Limit{Requests: 3, Per: time.Minute}
	l.take(t, "k", lim)
	l.pass(10 * time.Second)
	second := l.take(t, "k", lim)
	l.pass(second.Reset)
	if got := l.take(t, "k", lim); got.Remaining != second.Remaining {
		t.Fatalf("%+v, then when the first is counted no longer %+v", second, got)
	}
}

func (l limits) refusedIsNotCounted(t *testing.T) {
	lim := ratelimit.Limit{Requests: 2, Per: time.Minute}
	l.use(t, "k", lim)
	for range 10 {
		l.pass(lim.Per / 11)
		l.take(t, "k", lim)
	}
	l.pass(lim.Per/11 + lim.Per/slack)
	if got := l.use(t, "k", lim); got != lim.Requests {
		t.Fatalf("%d of %+v after asking all the time", got, lim)
	}
}

func (l limits) keysApart(t *testing.T) {
	lim := ratelimit.Limit{Requests: 3, Per: time.Minute}
	for _, k := range []string{"user/1", "user/2", "ip/192.0.2.1", "ip/2001:db8::/64", "", "이름"} {
		if got := l.use(t, k, lim); got != lim.Requests {
			t.Errorf("%q: %d of %+v", k, got, lim)
		}
	}
}

func (l limits) atTheSameTime(t *testing.T) {
	lim := ratelimit.Limit{Requests: 300, Per: time.Hour}
	var allowed, failed atomic.Int64
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range lim.Requests / 4 {
				switch result, err := l.Take(t.Context(), "k", lim); {
				case err != nil:
					failed.Add(1)
				case result.Allowed:
					allowed.Add(1)
				}
			}
		})
	}
	all.Wait()
	if allowed.Load() != int64(lim.Requests) || failed.Load() != 0 {
		t.Fatalf("%d of %+v allowed, %d failed", allowed.Load(), lim, failed.Load())
	}
}

func (l limits) several(t *testing.T) {
	lim := ratelimit.Limit{Requests: 500, Per: time.Hour}
	take := func(n int) ratelimit.Result {
		t.Helper()
		result, err := l.TakeSome(t.Context(), "several", n, lim)
		if err != nil {
			t.Fatal(err)
		}
		return result
	}
	for _, c := range []struct {
		n         int
		pass      time.Duration
		allowed   bool
		remaining int
		// retry is about when they would be allowed.
		retry time.Duration
	}{
		{n: 501, remaining: 500, retry: time.Hour},
		{n: 200, allowed: true, remaining: 300},
		{n: 200, pass: 20 * time.Minute, allowed: true, remaining: 100},
		{n: 101, remaining: 100, retry: 40 * time.Minute},
		{n: 301, remaining: 100, retry: time.Hour},
		{n: 100, allowed: true, remaining: 0},
		{n: 1, remaining: 0, retry: 40 * time.Minute},
		{n: 200, pass: 41 * time.Minute, allowed: true, remaining: 0},
	} {
		l.pass(c.pass)
		got := take(c.n)
		if got.Allowed != c.allowed || got.Remaining != c.remaining || (got.RetryAfter-c.retry).Abs() > time.Second {
			t.Fatalf("%d more: %+v, want %+v", c.n, got, c)
		}
	}
}

func (l limits) lookingCountsNothing(t *testing.T) {
	lim := ratelimit.Limit{Requests: 2, Per: time.Minute}
	look := func(allowed bool, remaining int) ratelimit.Result {
		t.Helper()
		var got ratelimit.Result
		for range 3 {
			var err error
			if got, err = l.Peek(t.Context(), "peek", lim); err != nil || got.Allowed != allowed || got.Remaining != remaining ||
				got.Allowed != (got.RetryAfter == 0) || (got.Reset > 0) != (remaining < lim.Requests) {
				t.Fatalf("%+v, %v; want %v with %d left", got, err, allowed, remaining)
			}
		}
		return got
	}
	look(true, 2)
	l.take(t, "peek", lim)
	look(true, 1)
	l.take(t, "peek", lim)
	refused := look(false, 0)
	l.pass(refused.RetryAfter)
	look(true, 2)
	if got, err := l.Peek(t.Context(), "peek", ratelimit.Limit{}); err == nil || got.Allowed {
		t.Errorf("a look at no limit: %+v", got)
	}
}

func (l limits) notALimit(t *testing.T) {
	for _, lim := range []ratelimit.Limit{{}, {Requests: 1}, {Per: time.Second}, {Requests: -1, Per: time.Second}} {
		if got, err := l.Take(t.Context(), "k", lim); err == nil || got.Allowed {
			t.Errorf("%+v is a limit: %+v", lim, got)
		}
	}
}

func (l limits) steady(t *testing.T) {
	for _, lim := range sizes() {
		step := (lim.Per + lim.Per/slack) / time.Duration(lim.Requests)
		for i := range 5 * lim.Requests {
			if got := l.take(t, key(lim), lim); !got.Allowed {
				t.Fatalf("request %d, one in %v of %+v: %+v", i+1, step, lim, got)
			}
			l.pass(step + 1)
		}
	}
}
