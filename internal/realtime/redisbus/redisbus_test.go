package redisbus_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/dongbaejul/dongbaejul/internal/realtime"
	"github.com/dongbaejul/dongbaejul/internal/realtime/realtimetest"
	"github.com/dongbaejul/dongbaejul/internal/realtime/redisbus"
	"github.com/dongbaejul/dongbaejul/internal/redisconn"
	"github.com/dongbaejul/dongbaejul/internal/redisconn/redistest"
	"github.com/dongbaejul/dongbaejul/internal/testkit"
)

// patience is how long a test waits for what should come soon.
const patience = 30 * time.Second

// open makes the bus of one process.
func open(t testing.TB, url, prefix string) *redisbus.Bus {
	t.Helper()
	b := redisbus.New(redisbus.Config{
		Link: redistest.Open(t, url, prefix), Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
	})
	t.Cleanup(b.Close)
	return b
}

func TestBusKeepsTheContract(t *testing.T) {
	realtimetest.Buses(t, func(t *testing.T) realtimetest.Club {
		prefix := redistest.Prefix()
		return realtimetest.Club{Here: open(t, "", prefix), There: open(t, "", prefix)}
	})
}

// There are several ways in which two processes lose sight of each other.
func TestBreaksCostNothing(t *testing.T) {
	t.Run("Redis is killed and comes back empty", func(t *testing.T) {
		realtimetest.Breaks(t, func(t *testing.T) realtimetest.Broken {
			server := redistest.Start(t)
			club := realtimetest.Club{Here: open(t, server.URL(), "p"), There: open(t, server.URL(), "p")}
			return realtimetest.Broken{Club: club, Break: server.Kill, Mend: server.Run}
		})
	})
	t.Run("Redis hangs", func(t *testing.T) {
		realtimetest.Breaks(t, func(t *testing.T) realtimetest.Broken {
			server := redistest.Start(t)
			club := realtimetest.Club{Here: open(t, server.URL(), "p"), There: open(t, server.URL(), "p")}
			return realtimetest.Broken{Club: club, Break: server.Pause, Mend: server.Resume}
		})
	})
	for name, way := range map[string]func(redistest.Proxy){
		"is cut off": redistest.Proxy.Cut, "loses all packets": redistest.Proxy.Hold,
	} {
		t.Run("who reads "+name, func(t *testing.T) {
			realtimetest.Breaks(t, func(t *testing.T) realtimetest.Broken {
				server := redistest.Start(t)
				proxy := redistest.NewProxy(t, server.Addr)
				club := realtimetest.Club{Here: open(t, proxy.URL(), "p"), There: open(t, server.URL(), "p")}
				return realtimetest.Broken{Club: club, Break: func() { way(proxy) }, Mend: proxy.Restore}
			})
		})
		t.Run("who writes "+name, func(t *testing.T) {
			realtimetest.Breaks(t, func(t *testing.T) realtimetest.Broken {
				server := redistest.Start(t)
				proxy := redistest.NewProxy(t, server.Addr)
				club := realtimetest.Club{Here: open(t, server.URL(), "p"), There: open(t, proxy.URL(), "p")}
				return realtimetest.Broken{Club: club, Break: func() { way(proxy) }, Mend: proxy.Restore}
			})
		})
	}
}

// next returns what a reader takes next.
func next(t *testing.T, r *realtime.Reader) realtime.Batch {
	t.Helper()
	var b realtime.Batch
	select {
	case <-r.Ready():
		if err := r.Take(t.Context(), &b); err != nil {
			t.Fatal(err)
		}
	case <-time.After(patience):
		t.Fatal("nothing came")
	}
	return b
}

// heard tells how many connections of Redis hear a topic.
func heard(t *testing.T, link *redisconn.Link, topic string) int64 {
	t.Helper()
	channel := link.Key("hint:" + topic)
	var n map[string]int64
	err := link.Do(t.Context(), func(ctx context.Context, c *redis.Client) (err error) {
		n, err = c.PubSubNumSub(ctx, channel).Result()
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n[channel]
}

func TestAProcessHearsOnlyWhatItsStreamsNeed(t *testing.T) {
	t.Parallel()
	prefix := redistest.Prefix()
	link := redistest.Open(t, "", prefix)
	here, there := open(t, "", prefix), open(t, "", prefix)
	testkit.Eventually(t, "both are sure", func() bool { return here.InSync() && there.InSync() })
	first, second := realtime.NewReader(), realtime.NewReader()
	here.Follow(first, "a", "b")
	here.Follow(second, "a")
	there.Follow(realtime.NewReader(), "b")
	if a, b := heard(t, link, "a"), heard(t, link, "b"); a != 1 || b != 2 {
		t.Errorf("a is heard by %d processes, b by %d", a, b)
	}
	first.Close(here)
	testkit.Eventually(t, "what nobody follows is heard no longer", func() bool { return heard(t, link, "b") == 1 })
	if n := heard(t, link, "a"); n != 1 {
		t.Errorf("what one of two still follows is heard by %d", n)
	}
	second.Close(here)
	testkit.Eventually(t, "nothing is heard", func() bool { return heard(t, link, "a") == 0 })
	here.Follow(second, "a")
	if n := heard(t, link, "a"); n != 1 {
		t.Errorf("what is followed again is heard by %d", n)
	}
}

// Redis ends a connection that does not take what it is sent, as that of a process which was stopped for a while.
func TestAConnectionThatRedisEndsIsMadeUpFor(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	here := open(t, server.URL(), "p")
	testkit.Eventually(t, "it is sure", here.InSync)
	r := realtime.NewReader()
	here.Follow(r, "a")
	link := redistest.Open(t, server.URL(), "p")
	if err := link.Do(t.Context(), func(ctx context.Context, c *redis.Client) error {
		return c.ClientKillByFilter(ctx, "TYPE", "pubsub").Err()
	}); err != nil {
		t.Fatal(err)
	}
	if b := next(t, r); len(b.Lost) != 1 {
		t.Errorf("%+v", b)
	}
	testkit.Eventually(t, "it is sure again", here.InSync)
}

// However much is published while Redis is away, it costs no memory, nobody's time, and few lines in the log.
func TestAnOutageCostsNothing(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	proxy := redistest.NewProxy(t, server.Addr)
	var log testkit.Log
	logger := slog.New(slog.NewTextHandler(&log, nil))
	link, err := redisconn.Open(redisconn.Config{URL: proxy.URL(), Prefix: "p", Log: logger})
	if err != nil {
		t.Fatal(err)
	}
	defer link.Close()
	bus := redisbus.New(redisbus.Config{Link: link, Log: logger})
	defer bus.Close()
	testkit.Eventually(t, "it is sure", bus.InSync)
	if err := bus.Probe(t.Context()); err != nil {
		t.Error(err)
	}
	proxy.Hold()
	hint := numbered(1, strings.Repeat("긴 글 ", 1000))
	for i := 0; i < 20_000 || bus.Hears() || !strings.Contains(log.String(), "Redis connection lost"); i++ {
		began := time.Now()
		bus.Publish(t.Context(), hint)
		if took := time.Since(began); took > time.Second {
			t.Fatalf("publishing took %v", took)
		}
		if n, size := bus.Waiting(); n > 5000 || size > 10<<20 {
			t.Fatalf("%d hints of %d bytes are waiting", n, size)
		}
	}
	if n, _ := bus.Waiting(); n > 0 {
		t.Errorf("%d hints wait for a Redis that is away", n)
	}
	if err := bus.Probe(t.Context()); err == nil {
		t.Error("it is well")
	}
	proxy.Restore()
	testkit.Eventually(t, "it is sure again", bus.InSync)
	testkit.Eventually(t, "it is well again", func() bool { return bus.Probe(t.Context()) == nil })
	want := []string{"Redis connected", "Redis connection lost", "Redis connection restored", "hints of other processes come again"}
	for _, line := range want {
		if n := strings.Count(log.String(), line); n != 1 {
			t.Errorf("%q is logged %d times", line, n)
		}
	}
	if n := strings.Count(log.String(), "\n"); n != len(want) {
		t.Errorf("logged %d lines:\n%s", n, log.String())
	}
}

// A process that ends takes its leave: nobody waits for it.
func TestAProcessThatEndsIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	prefix := redistest.Prefix()
	here := open(t, "", prefix)
	there := redisbus.New(redisbus.Config{Link: redistest.Open(t, "", prefix), Log: slog.New(slog.DiscardHandler)})
	testkit.Eventually(t, "both are sure", func() bool { return here.InSync() && there.InSync() })
	r := realtime.NewReader()
	here.Follow(r, "a")
	there.Publish(t.Context(), realtime.Hint{Topic: "a", Key: "last words"})
	there.Close()
	if b := next(t, r); len(b.Signals) != 1 || b.Signals[0].Key != "last words" {
		t.Errorf("%+v", b)
	}
	doubted := time.After(3 * time.Second)
	for {
		select {
		case <-doubted:
			return
		case <-time.After(10 * time.Millisecond):
			if !here.InSync() {
				t.Fatal("it is missed")
			}
		}
	}
}
