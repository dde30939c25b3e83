package ratelimit_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/ratelimit"
	"github.com/dongbaejul/dongbaejul/internal/redisconn"
	"github.com/dongbaejul/dongbaejul/internal/redisconn/redistest"
	"github.com/dongbaejul/dongbaejul/internal/testkit"
)

func TestLimitsKeepTheContract(t *testing.T) {
	keepsContract(t, func(t *testing.T, run func(*testing.T, Limiter, func(time.Duration))) {
		synctest.Test(t, func(t *testing.T) { run(t, ratelimit.NewMemory(100), time.Sleep) })
	})
}

func TestRedisLimitsKeepTheContract(t *testing.T) {
	keepsContract(t, func(t *testing.T, run func(*testing.T, Limiter, func(time.Duration))) {
		t.Parallel()
		limits := ratelimit.NewRedis(redistest.Open(t, "", redistest.Prefix()))
		at := time.Duration(time.Now().UnixNano())
		limits.SetClock(func() time.Duration { return at })
		run(t, limits, func(d time.Duration) { at += d })
	})
}

// Processes count together, by a clock that is not theirs, and what they count for is not kept.
func TestRedisLimitsAreOfAllProcesses(t *testing.T) {
	t.Parallel()
	prefix := redistest.Prefix()
	links := []*redisconn.Link{redistest.Open(t, "", prefix), redistest.Open(t, "", prefix)}
	lim := ratelimit.Limit{Requests: 100, Per: time.Second}
	var allowed atomic.Int64
	var all sync.WaitGroup
	for _, link := range links {
		limits := ratelimit.NewRedis(link)
		all.Go(func() {
			for range lim.Requests {
				result, err := limits.Take(t.Context(), "k", lim)
				if err != nil {
					t.Error(err)
				}
				if result.Allowed {
					allowed.Add(1)
				}
			}
		})
	}
	began := time.Now()
	all.Wait()
	// On a slow machine a second passes meanwhile.
	if n, most := allowed.Load(), int64(lim.Requests)*(1+int64(time.Since(began)/lim.Per)); n < int64(lim.Requests) || n > most {
		t.Errorf("%d of %+v are allowed", n, lim)
	}
	testkit.Eventually(t, "the key is gone", func() bool {
		var n int64
		if err := links[0].Do(t.Context(), func(ctx context.Context, c *redis.Client) (err error) {
			n, err = c.Exists(ctx, links[0].Key("limit:k")).Result()
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return n == 0
	})
}

func TestRedisLimitsFailSoonWhileRedisIsAway(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	limits := ratelimit.NewRedis(redistest.Open(t, server.URL(), "p"))
	lim := ratelimit.Limit{Requests: 1, Per: time.Hour}
	if _, err := limits.Take(t.Context(), "k", lim); err != nil {
		t.Fatal(err)
	}
	server.Pause()
	began := time.Now()
	for range 1000 {
		if got, err := limits.Take(t.Context(), "k", lim); fault.KindOf(err) != fault.Unavailable || got.Allowed {
			t.Fatalf("%+v, %v", got, err)
		}
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("1000 requests took %v", took)
	}
	server.Resume()
	testkit.Eventually(t, "it counts again", func() bool {
		got, err := limits.Take(t.Context(), "k", lim)
		return err == nil && !got.Allowed
	})
}

func TestLimitsOfMoreKeysThanAreKept(t *testing.T) {
	limits := ratelimit.NewMemory(3)
	lim := ratelimit.Limit{Requests: 1, Per: time.Hour}
	allowed := func(key string) bool {
		result, err := limits.Take(t.Context(), key, lim)
		if err != nil {
			t.Fatal(err)
		}
		return result.Allowed
	}
	for _, step := range []struct {
		key  string
		want bool
	}{
		{"a", true}, {"b", true}, {"c", true}, {"a", false},
		// b is the one asked for longest ago.
		{"d", true}, {"a", false}, {"c", false}, {"d", false}, {"b", true},
	} {
		if got := allowed(step.key); got != step.want {
			t.Fatalf("%s is allowed: %v", step.key, got)
		}
	}
}

func BenchmarkLimits(b *testing.B) {
	b.Run("memory", func(b *testing.B) { benchLimits(b, ratelimit.NewMemory(10_000)) })
	b.Run("redis", func(b *testing.B) {
		benchLimits(b, ratelimit.NewRedis(redistest.Open(b, "", redistest.Prefix())))
	})
}

func benchLimits(b *testing.B, limits Limiter) {
	lim := ratelimit.Limit{Requests: 1000, Per: 15 * time.Minute}
	keys := make([]string, 200)
	for i := range keys {
		keys[i] = fmt.Sprintf("user/%d", i)
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if _, err := limits.Take(b.Context(), keys[i%len(keys)], lim); err != nil {
			b.Fatal(err)
		}
	}
}
