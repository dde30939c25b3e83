package app_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/app"
	"github.com/dongbaejul/dongbaejul/internal/app/apptest"
	"github.com/dongbaejul/dongbaejul/internal/band"
	"github.com/dongbaejul/dongbaejul/internal/redisconn/redistest"
	"github.com/dongbaejul/dongbaejul/internal/testkit"
)

// onRedis starts a server that shares by a Redis, and counts requests.
func onRedis(t *testing.T, url string) (*apptest.Server, *testkit.Log) {
	t.Helper()
	var log testkit.Log
	s := apptest.Start(t, func(cfg *app.Config) {
		cfg.RedisURL, cfg.RedisPrefix, cfg.RateLimit = band.NewSecret(url), redistest.Prefix(), true
		cfg.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelWarn}))
	})
	return s, &log
}

// chat sends a message and sees it arrive on the other's stream.
func chat(t *testing.T, from *apptest.Member, to *apptest.Stream, room, text string) {
	t.Helper()
	if _, err := from.Chat.SendMessage(t.Context(), &v1.SendMessageRequest{RoomId: room, TempId: text, Content: text}); err != nil {
		t.Fatal(text, ": ", err)
	}
	to.Until(t, text, func(e *v1.Event) bool { return e.GetMessage().GetContent() == text })
}

// Redis goes away, in each way, and comes back: chat, streams and presence go on, requests pass uncounted and soon, and the
// log has few lines of it.
func TestAServerGoesOnWithoutItsRedis(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	proxy := redistest.NewProxy(t, server.Addr)
	s, log := onRedis(t, proxy.URL())
	club := s.Club(t, 5, apptest.ConnectBinary)
	room := club[0].Group(t, club[1]).GetId()
	stream := club[1].Subscribe(t, &v1.SubscribeRequest{DeviceId: new("phone")})
	stream.Hello(t)
	chat(t, club[0], stream, room, "before")
	testkit.Eventually(t, "Redis is well", func() bool { return detailedHealth(t, s.URL).parts["redis"] == "OK" })

	for name, outage := range map[string]struct {
		begin, end func()
		newcomer   *apptest.Member
	}{
		"killed": {server.Kill, server.Run, club[2]},
		"held":   {proxy.Hold, proxy.Restore, club[3]},
		"cut":    {proxy.Cut, proxy.Restore, club[4]},
	} {
		lines := strings.Count(log.String(), "\n")
		outage.begin()
		began := time.Now()
		for i := range 50 {
			chat(t, club[0], stream, room, fmt.Sprint(name, i))
		}
		if took := time.Since(began); took > 15*time.Second {
			t.Errorf("%s: 50 messages took %v", name, took)
		}
		testkit.Eventually(t, "health tells of it", func() bool {
			h := detailedHealth(t, s.URL)
			return h.code == http.StatusOK && h.status == "OK" && h.parts["redis"] == "ERROR"
		})
		outage.newcomer.Subscribe(t, &v1.SubscribeRequest{}).Hello(t)
		stream.Until(t, "presence", func(e *v1.Event) bool { return slices.Contains(e.GetPresence().GetOnline(), outage.newcomer.ID) })
		outage.end()
		testkit.Eventually(t, "health tells that it is over", func() bool { return detailedHealth(t, s.URL).parts["redis"] == "OK" })
		chat(t, club[0], stream, room, name+" after")
		if n := strings.Count(log.String(), "\n") - lines; n == 0 || n > 4 {
			t.Errorf("%s: logged %d lines", name, n)
		}
	}
	if t.Failed() {
		t.Log(log.String())
	}
}

// A Redis that takes no writes is no Redis that is well: health names it, and the log says so once.
func TestHealthNamesARedisThatTakesNoWrites(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	s, log := onRedis(t, server.URL())
	club := s.Club(t, 1, apptest.ConnectBinary)
	testkit.Eventually(t, "Redis is well", func() bool { return detailedHealth(t, s.URL).parts["redis"] == "OK" })
	direct := redis.NewClient(&redis.Options{Addr: server.Addr})
	defer direct.Close()
	if err := direct.ConfigSet(t.Context(), "maxmemory", "1").Err(); err != nil {
		t.Fatal(err)
	}
	for range 20 {
		if _, err := club[0].Auth.VerifyToken(t.Context(), &v1.VerifyTokenRequest{}); err != nil {
			t.Fatal(err)
		}
	}
	testkit.Eventually(t, "health names it", func() bool {
		h := detailedHealth(t, s.URL)
		return h.code == http.StatusOK && h.parts["redis"] == "ERROR" && strings.Contains(h.errors["redis"], "OOM")
	})
	if n := strings.Count(log.String(), "Redis refuses a call"); n != 1 {
		t.Errorf("it is said %d times:\n%s", n, log)
	}
	if err := direct.ConfigSet(t.Context(), "maxmemory", "0").Err(); err != nil {
		t.Fatal(err)
	}
	testkit.Eventually(t, "Redis is well again", func() bool { return detailedHealth(t, s.URL).parts["redis"] == "OK" })
}

// A server that starts while its Redis is away serves at once, and has Redis as soon as it is there.
func TestAServerStartsWithoutItsRedis(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	server.Kill()
	s, log := onRedis(t, server.URL())
	club := s.Club(t, 2, apptest.ConnectBinary)
	room := club[0].Group(t, club[1]).GetId()
	stream := club[1].Subscribe(t, &v1.SubscribeRequest{})
	stream.Hello(t)
	chat(t, club[0], stream, room, "without Redis")
	if h := detailedHealth(t, s.URL); h.parts["redis"] != "ERROR" || strings.Count(log.String(), `msg="cannot connect to Redis"`) != 1 {
		t.Errorf("Redis is %s; logged:\n%s", h.parts["redis"], log)
	}
	server.Run()
	testkit.Eventually(t, "Redis is well", func() bool { return detailedHealth(t, s.URL).parts["redis"] == "OK" })
	chat(t, club[0], stream, room, "with Redis")
}
