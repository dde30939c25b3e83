package shared_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/nettest"
	"github.com/dongbaejul/dongbaejul/internal/redislink/redistest"
	"github.com/dongbaejul/dongbaejul/internal/shared"
	"github.com/dongbaejul/dongbaejul/internal/shared/sharedtest"
)

func discard() *slog.Logger { return slog.New(slog.DiscardHandler) }

func TestCacheKeepsTheContract(t *testing.T) {
	sharedtest.Cache(t, func(t *testing.T, run func(*testing.T, sharedtest.Caches)) {
		synctest.Test(t, func(t *testing.T) {
			run(t, sharedtest.Caches{TTL: time.Hour, Pass: time.Sleep, Open: func() sharedtest.Cacher {
				return shared.NewCache(100, time.Hour, discard())
			}})
		})
	})
}

func TestRedisCacheKeepsTheContract(t *testing.T) {
	sharedtest.Cache(t, func(t *testing.T, run func(*testing.T, sharedtest.Caches)) {
		t.Parallel()
		prefix := redistest.Prefix()
		const ttl = 2 * time.Second
		run(t, sharedtest.Caches{
			TTL: ttl, Several: true,
			// Redis counts in whole milliseconds, and a key ends after its last one.
			Pass: func(d time.Duration) { <-time.After(d + 2*time.Millisecond) },
			Open: func() sharedtest.Cacher {
				return shared.NewRedisCache(redistest.Open(t, "", prefix), ttl, discard())
			},
		})
	})
}

func TestACacheInMemoryIsBounded(t *testing.T) {
	c := shared.NewCache(2, time.Hour, discard())
	made := 0
	get := func(key string) {
		t.Helper()
		if _, err := c.Get(t.Context(), "g", key, func(context.Context) ([]byte, error) { made++; return []byte(key), nil }); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 10 {
		get(fmt.Sprint(i))
	}
	get("9")
	get("8")
	if made != 10 {
		t.Errorf("made %d values", made)
	}
	get("0")
	if made != 11 {
		t.Error("more is kept than fits")
	}
}

// While Redis is away everything is made, also for those who ask at once; what was to be made again meanwhile is.
func TestACacheGoesOnWithoutRedis(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	proxy := redistest.NewProxy(t, server.Addr)
	c := shared.NewRedisCache(redistest.Open(t, proxy.URL(), "p"), shared.DefaultTTL, discard())
	made := 0
	get := func(want int) {
		t.Helper()
		b, err := c.Get(t.Context(), "g", "k", func(context.Context) ([]byte, error) { made++; return fmt.Append(nil, made), nil })
		if err != nil || string(b) != fmt.Sprint(want) {
			t.Errorf("got %s, %v, want %d", b, err, want)
		}
	}
	get(1)
	get(1)
	proxy.Hold()
	began := time.Now()
	for n := range 100 {
		get(2 + n)
	}
	c.Renew(t.Context(), "g")
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
	proxy.Restore()
	nettest.Eventually(t, "it keeps again", func() bool {
		before := made
		for range 2 {
			if _, err := c.Get(t.Context(), "g", "k", func(context.Context) ([]byte, error) { made++; return fmt.Append(nil, made), nil }); err != nil {
				t.Fatal(err)
			}
		}
		return made <= before+1
	})
	// Not the value from before the renewal, which Redis still had.
	get(made)
}

func TestMessagesAreCached(t *testing.T) {
	c := shared.NewCache(10, time.Hour, discard())
	made := 0
	room := func(context.Context) (*v1.Room, error) {
		made++
		return &v1.Room{Id: "r1", Name: "모임"}, nil
	}
	for range 2 {
		got, err := shared.Cached(t.Context(), c, "rooms", "r1", room)
		if err != nil || got.GetName() != "모임" {
			t.Fatal(got, err)
		}
		got.Name = "changed by who got it"
	}
	if made != 1 {
		t.Errorf("made %d times", made)
	}
	empty := func(context.Context) (*v1.Room, error) { made++; return &v1.Room{}, nil }
	for range 2 {
		if got, err := shared.Cached(t.Context(), c, "rooms", "empty", empty); err != nil || got.GetId() != "" {
			t.Fatal(got, err)
		}
	}
	if made != 2 {
		t.Errorf("an empty message was made %d times", made-1)
	}
	broken := errors.New("broken")
	if _, err := shared.Cached(t.Context(), c, "rooms", "r2", func(context.Context) (*v1.Room, error) { return nil, broken }); !errors.Is(err, broken) {
		t.Error(err)
	}
}

func BenchmarkCache(b *testing.B) {
	for name, c := range map[string]*shared.Cache{
		"memory": shared.NewCache(100, time.Hour, discard()),
		"redis":  shared.NewRedisCache(redistest.Open(b, "", redistest.Prefix()), time.Hour, discard()),
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := c.Get(b.Context(), "g", "k", func(context.Context) ([]byte, error) { return make([]byte, 1000), nil }); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
