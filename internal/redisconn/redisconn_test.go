package redisconn_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/redisconn"
	"github.com/dongbaejul/dongbaejul/internal/redisconn/redistest"
	"github.com/dongbaejul/dongbaejul/internal/testkit"
)

// patience is how long a test waits for what should come soon.
const patience = 30 * time.Second

func open(t *testing.T, url string) (*redisconn.Link, *testkit.Log) {
	t.Helper()
	var log testkit.Log
	handler := slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelWarn})
	link, err := redisconn.Open(redisconn.Config{URL: url, Prefix: redistest.Prefix(), Log: slog.New(handler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := link.Close(); err != nil {
			t.Error(err)
		}
	})
	return link, &log
}

func TestURLsAreCheckedAndNotShown(t *testing.T) {
	for _, url := range []string{"redis://h", "redis://:pw@h:6380/3", "rediss://u:pw@h/0", "unix:///tmp/redis.sock"} {
		if err := redisconn.Check(url); err != nil {
			t.Errorf("%s: %v", url, err)
		}
	}
	for _, url := range []string{"", "h:6379", "http://u:secret@h", "redis://u:secret@h/x", "redis://u:secret%@h", "redis://h?secret=1"} {
		if err := redisconn.Check(url); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v", url, err)
		}
	}
}

func TestKeysSayWhichDatabaseTheyAreOf(t *testing.T) {
	link, err := redisconn.Open(redisconn.Config{URL: "redis://h/7", Prefix: "club", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer link.Close()
	if key := link.Key("limit:a"); key != "club:7:limit:a" {
		t.Error(key)
	}
}

// What Redis says is no outage.
func TestErrorsOfRedisAreTheCallers(t *testing.T) {
	link, log := open(t, redistest.URL(t))
	for name, call := range map[string]func(ctx context.Context, c *redis.Client) error{
		"nil":   func(ctx context.Context, c *redis.Client) error { return c.Get(ctx, link.Key("none")).Err() },
		"wrong": func(ctx context.Context, c *redis.Client) error { return c.Do(ctx, "NONSENSE").Err() },
	} {
		if err := link.Do(t.Context(), call); err == nil || fault.KindOf(err) != 0 || link.Away() {
			t.Errorf("%s: %v, away %v", name, err, link.Away())
		}
	}
	// That Redis refuses a call is said, and nothing else.
	if lines := strings.Count(log.String(), "\n"); lines != 1 || !strings.Contains(log.String(), "unknown command") {
		t.Errorf("logged: %s", log)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := link.Ping(ctx); !errors.Is(err, context.Canceled) || link.Away() {
		t.Errorf("of a caller that hung up: %v, away %v", err, link.Away())
	}
	if lines := strings.Count(log.String(), "\n"); lines != 1 {
		t.Errorf("logged: %s", log)
	}
}

// A Redis that answers and refuses is not well: that is said once, and the probe names what it refuses with.
func TestARedisThatRefusesIsNotWell(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		begin, end func(context.Context, *redis.Client) error
	}{
		"OOM": {
			func(ctx context.Context, c *redis.Client) error { return c.ConfigSet(ctx, "maxmemory", "1").Err() },
			func(ctx context.Context, c *redis.Client) error { return c.ConfigSet(ctx, "maxmemory", "0").Err() },
		},
		"READONLY": {
			func(ctx context.Context, c *redis.Client) error { return c.ReplicaOf(ctx, "127.0.0.1", "1").Err() },
			func(ctx context.Context, c *redis.Client) error { return c.ReplicaOf(ctx, "NO", "ONE").Err() },
		},
		"WRONGTYPE": {
			func(ctx context.Context, c *redis.Client) error { return c.Set(ctx, "thing", "text", 0).Err() },
			func(ctx context.Context, c *redis.Client) error { return c.Del(ctx, "thing").Err() },
		},
	} {
		t.Run(name, func(t *testing.T) {
			server := redistest.Start(t)
			link, log := open(t, server.URL())
			direct := redis.NewClient(&redis.Options{Addr: server.Addr})
			defer direct.Close()
			write := func() error {
				return link.Do(t.Context(), func(ctx context.Context, c *redis.Client) error { return c.HSet(ctx, "thing", "a", "b").Err() })
			}
			if err := errors.Join(write(), direct.Del(t.Context(), "thing").Err(), link.Probe(t.Context())); err != nil {
				t.Fatal(err)
			}
			if err := c.begin(t.Context(), direct); err != nil {
				t.Fatal(err)
			}
			for range 10 {
				if err := write(); err == nil || !strings.HasPrefix(err.Error(), name) {
					t.Errorf("a write got %v", err)
				}
			}
			refusal, ok := errors.AsType[*fault.Error](link.Probe(t.Context()))
			if !ok || refusal.Kind != fault.Unavailable || !strings.Contains(refusal.Text.En, name) || link.Away() {
				t.Errorf("it is probed as %v, away %v", refusal, link.Away())
			}
			if n := strings.Count(log.String(), "\n"); n != 1 || !strings.Contains(log.String(), "Redis refuses a call") {
				t.Errorf("logged %d lines: %s", n, log)
			}
			if err := c.end(t.Context(), direct); err != nil {
				t.Fatal(err)
			}
			testkit.Eventually(t, "it is well again", func() bool { return write() == nil && link.Probe(t.Context()) == nil })
		})
	}
}

// In an outage of any kind calls fail at once, and it is logged once and once more when it is over, also if it is not the first in
// a minute.
func TestAnOutageIsToldOnce(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	proxy := redistest.NewProxy(t, server.Addr)
	for name, outage := range map[string]struct{ begin, end func() }{
		"cut":    {proxy.Cut, proxy.Restore},
		"held":   {proxy.Hold, proxy.Restore},
		"killed": {server.Kill, server.Run},
		"paused": {server.Pause, server.Resume},
	} {
		t.Run(name, func(t *testing.T) {
			var log testkit.Log
			link, err := redisconn.Open(redisconn.Config{URL: proxy.URL(), Prefix: redistest.Prefix(), Log: slog.New(slog.NewTextHandler(&log, nil))})
			if err != nil {
				t.Fatal(err)
			}
			defer link.Close()
			want := []string{"level=INFO msg=\"Redis connected\""}
			testkit.Eventually(t, "the connection is logged", func() bool { return len(lines(&log)) > 0 })
			for range 2 {
				outage.begin()
				// Callers wait for at most half a second before the outage is known.
				began := time.Now()
				for !link.Away() {
					if err := link.Ping(t.Context()); err == nil {
						t.Error("what is away has answered")
					}
				}
				if !link.Suspect(t.Context(), errors.New("something else")) {
					t.Error("it is not known to be away")
				}
				if took := time.Since(began); took > 10*time.Second {
					t.Errorf("it took %v to find out", took)
				}
				for range 1000 {
					if err := link.Ping(t.Context()); fault.KindOf(err) != fault.Unavailable {
						t.Fatal(err)
					}
				}
				outage.end()
				testkit.Eventually(t, "Redis answers again", func() bool { return link.Ping(t.Context()) == nil })
				want = append(want, "level=WARN msg=\"Redis connection lost\"", "level=WARN msg=\"Redis connection restored\"")
				testkit.Eventually(t, "that it does is logged", func() bool { return len(lines(&log)) >= len(want) })
			}
			for i, line := range lines(&log) {
				if i >= len(want) || !strings.Contains(line, want[i]) {
					t.Fatalf("logged:\n%s", &log)
				}
			}
		})
	}
}

// A server that starts before its Redis has it as soon as it comes.
func TestRedisMayComeLater(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	server.Kill()
	link, log := open(t, server.URL())
	if err := link.Ping(t.Context()); fault.KindOf(err) != fault.Unavailable {
		t.Fatal(err)
	}
	testkit.Eventually(t, "that it is not there is logged", func() bool { return strings.Contains(log.String(), `msg="cannot connect to Redis"`) })
	server.Run()
	testkit.Eventually(t, "Redis answers", func() bool { return link.Ping(t.Context()) == nil })
	testkit.Eventually(t, "that it came is logged", func() bool { return strings.Contains(log.String(), `msg="Redis connected"`) })
	if n := len(lines(log)); n != 2 {
		t.Errorf("logged %d lines:\n%s", n, log)
	}
}

// lines are those of a log.
func lines(log *testkit.Log) []string { return slices.Collect(strings.Lines(log.String())) }

func TestAListenerEndsWithItsConnection(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	proxy := redistest.NewProxy(t, server.Addr)
	link, _ := open(t, proxy.URL())
	listener, err := link.Listen(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	receive := func() any {
		t.Helper()
		got, err := listener.Receive(t.Context(), patience)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	if pong, ok := receive().(*redis.Pong); !ok {
		t.Fatalf("%T", pong)
	}
	if err := listener.Subscribe(t.Context(), link.Key("a"), link.Key("b")); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if s, ok := receive().(*redis.Subscription); !ok || s.Kind != "subscribe" {
			t.Fatalf("%+v", s)
		}
	}
	if err := link.Do(t.Context(), func(ctx context.Context, c *redis.Client) error {
		return c.Publish(ctx, link.Key("a"), []byte{0, 1, 255}).Err()
	}); err != nil {
		t.Fatal(err)
	}
	if m, ok := receive().(*redis.Message); !ok || m.Channel != link.Key("a") || m.Payload != "\x00\x01\xff" {
		t.Fatalf("%+v", m)
	}
	if err := listener.Ping(t.Context(), "a word"); err != nil {
		t.Fatal(err)
	}
	if pong, ok := receive().(*redis.Pong); !ok || pong.Payload != "a word" {
		t.Fatalf("%+v", pong)
	}
	if _, err := listener.Receive(t.Context(), 10*time.Millisecond); err == nil {
		t.Error("something came from nowhere")
	}
	proxy.Cut()
	proxy.Restore()
	testkit.Eventually(t, "the end", func() bool { return listener.Subscribe(t.Context(), link.Key("c")) != nil })
	if got, err := listener.Receive(t.Context(), patience); err == nil {
		t.Errorf("received %+v by a connection that was cut", got)
	}
}
