package app_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"sync"
	"testing"
	"time"

	"connectrpc.com/connect"
	"google.golang.org/genproto/googleapis/rpc/errdetails"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/app/apptest"
	"github.com/dongbaejul/dongbaejul/internal/redisconn/redistest"
	"github.com/dongbaejul/dongbaejul/internal/testkit"
)

// brittle is server processes of one club, each with a way of its own to a database and a Redis that only they use.
type brittle struct {
	processes           []*apptest.Process
	in                  apptest.Setting
	database            *apptest.Database
	redis               *redistest.Server
	toDatabase, toRedis []*testkit.Proxy
}

func startBrittle(t *testing.T, n int) *brittle {
	t.Helper()
	in := apptest.SharedSetting(t)
	b := &brittle{database: apptest.StartDatabase(t), redis: redistest.Start(t)}
	in.MongoURI = apptest.WithHost(t, in.MongoURI, b.database.Addr)
	in.RedisURL = b.redis.URL()
	b.in = in
	for range n {
		linked, database, redis := in.Through(t)
		b.toDatabase, b.toRedis = append(b.toDatabase, database), append(b.toRedis, redis)
		b.processes = append(b.processes, apptest.StartProcessIn(t, linked, "STREAM_HEARTBEAT="+heartbeat.String()))
	}
	return b
}

func (b *brittle) servers() (all []*apptest.Server) {
	for _, p := range b.processes {
		all = append(all, &p.Server)
	}
	return all
}

// Whatever breaks while members write, play and follow: nothing is lost, doubled or out of order, once it works again.
func TestNothingIsLostWhile(t *testing.T) {
	const (
		// before is how many messages are answered before anything breaks, and after how many when it works again.
		before, after = 60, 60
	)
	for _, fault := range []struct {
		name  string
		lasts time.Duration
		// begin breaks something, and end mends it.
		begin, end func(*testing.T, *brittle)
	}{
		{
			"a process is killed", time.Second,
			func(_ *testing.T, b *brittle) { b.processes[0].Kill() },
			func(t *testing.T, b *brittle) { b.processes[0].Run(t) },
		},
		{
			"a process is paused", 20 * time.Second,
			func(t *testing.T, b *brittle) { b.processes[0].Pause(t) },
			func(t *testing.T, b *brittle) { b.processes[0].Resume(t) },
		},
		{
			"Redis stops and starts empty", 20 * time.Second,
			func(_ *testing.T, b *brittle) { b.redis.Kill() },
			func(_ *testing.T, b *brittle) { b.redis.Run() },
		},
		{
			"the database stops", 10 * time.Second,
			func(_ *testing.T, b *brittle) { b.database.Stop() },
			func(t *testing.T, b *brittle) { b.database.Start(t) },
		},
		{
			"the network to Redis is cut", 10 * time.Second,
			func(_ *testing.T, b *brittle) { b.toRedis[0].Hold(); b.toRedis[1].Cut() },
			func(_ *testing.T, b *brittle) { b.toRedis[0].Restore(); b.toRedis[1].Restore() },
		},
		{
			"the network to the database is cut", 10 * time.Second,
			func(_ *testing.T, b *brittle) { b.toDatabase[0].Hold(); b.toDatabase[1].Cut() },
			func(_ *testing.T, b *brittle) { b.toDatabase[0].Restore(); b.toDatabase[1].Restore() },
		},
	} {
		t.Run(fault.name, func(t *testing.T) {
			t.Parallel()
			b := startBrittle(t, processes)
			tr := startTraffic(t, b.servers(), 3, 3, 3)
			tr.await(t, before)
			fault.begin(t, b)
			tr.pass(fault.lasts)
			during := tr.answered()
			fault.end(t, b)
			tr.await(t, after)
			tr.end(t)
			t.Logf("%d messages were answered before it was over", during)
		})
	}
}

// While the database is away, health says so, whoever writes is told to come back, within 6 s, and nothing hangs.
func TestWhileTheDatabaseIsAway(t *testing.T) {
	t.Parallel()
	for _, fault := range []struct {
		name  string
		begin func(*brittle)
	}{
		{"stopped", func(b *brittle) { b.database.Stop() }},
		{"silent", func(b *brittle) { b.toDatabase[0].Hold() }},
	} {
		t.Run(fault.name, func(t *testing.T) {
			t.Parallel()
			b := startBrittle(t, 1)
			server := b.processes[0]
			m := server.Club(t, 1, apptest.ConnectBinary)[0]
			room := m.Group(t)
			if h := detailedHealth(t, server.URL); h.code != http.StatusOK || h.parts["mongodb"] != "OK" || h.parts["redis"] != "OK" {
				t.Fatalf("health is %+v", h)
			}
			fault.begin(b)
			for _, call := range []struct {
				name string
				do   func(context.Context) error
			}{
				{"a message", func(ctx context.Context) error {
					_, err := m.Chat.SendMessage(ctx, &v1.SendMessageRequest{RoomId: room.GetId(), TempId: "1", Content: "안녕"})
					return err
				}},
				{"a post", func(ctx context.Context) error {
					_, err := m.Posts.CreatePost(ctx, &v1.CreatePostRequest{Title: "글", Content: "글", Category: v1.PostCategory_POST_CATEGORY_FREE})
					return err
				}},
				{"the rooms", func(ctx context.Context) error {
					_, err := m.Chat.ListRooms(ctx, &v1.ListRoomsRequest{})
					return err
				}},
			} {
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				began := time.Now()
				err := call.do(ctx)
				took := time.Since(began)
				cancel()
				if connect.CodeOf(err) != connect.CodeUnavailable || retryAfter(t, err) <= 0 {
					t.Errorf("%s got %v, with a delay of %s", call.name, err, retryAfter(t, err))
				}
				if took > 6*time.Second {
					t.Errorf("%s was answered after %s", call.name, took)
				}
			}
			if h := detailedHealth(t, server.URL); h.code != http.StatusInternalServerError || h.parts["mongodb"] != "ERROR" {
				t.Errorf("health is %+v", h)
			}
		})
	}
}

// Calls of one user that need the same copies wait for the database at once, not one after the other.
func TestCallsOfOneUserWhileTheDatabaseIsSilent(t *testing.T) {
	t.Parallel()
	b := startBrittle(t, processes)
	m := b.processes[0].Club(t, 1, apptest.ConnectBinary)[0]
	b.toDatabase[1].Hold()
	// This process has no copy of the user yet.
	there := m.On(t, &b.processes[1].Server)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			began := time.Now()
			_, err := there.Auth.VerifyToken(ctx, &v1.VerifyTokenRequest{})
			if took := time.Since(began); connect.CodeOf(err) != connect.CodeUnavailable || took > 6*time.Second {
				t.Errorf("after %s: %v", took, err)
			}
		})
	}
	all.Wait()
}

// A process that starts while it alone is cut off from Redis is known to the others: what it ends, ends on them within 2 s.
func TestSessionsEndThroughAProcessThatRedisDoesNotReach(t *testing.T) {
	t.Parallel()
	b := startBrittle(t, 2)
	m := b.processes[0].Club(t, 1, apptest.ConnectBinary)[0]
	others := []*apptest.Member{m, m.On(t, &b.processes[1].Server)}
	linked, _, redis := b.in.Through(t)
	redis.Cut()
	cutOff := apptest.StartProcessIn(t, linked, "STREAM_HEARTBEAT="+heartbeat.String())
	for _, other := range others {
		if _, err := other.Auth.VerifyToken(t.Context(), &v1.VerifyTokenRequest{}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := m.On(t, &cutOff.Server).Auth.Logout(t.Context(), &v1.LogoutRequest{}); err != nil {
		t.Fatal(err)
	}
	ended := time.Now()
	for i, other := range others {
		testkit.Eventually(t, "the session has ended", func() bool {
			_, err := other.Auth.VerifyToken(t.Context(), &v1.VerifyTokenRequest{})
			return connect.CodeOf(err) == connect.CodeUnauthenticated
		})
		if took := time.Since(ended); took > 2500*time.Millisecond {
			t.Errorf("process %d has let the caller in for %s more", i, took)
		}
	}
}

// retryAfter is when an error says to come back.
func retryAfter(t *testing.T, err error) time.Duration {
	t.Helper()
	var told *connect.Error
	if !errors.As(err, &told) {
		return 0
	}
	for _, detail := range told.Details() {
		value, err := detail.Value()
		if err != nil {
			t.Fatal(err)
		}
		if info, ok := value.(*errdetails.RetryInfo); ok {
			return info.GetRetryDelay().AsDuration()
		}
	}
	return 0
}

// reported is what /health/detailed answers: its HTTP status, how it is all in all, and each part.
type reported struct {
	code   int
	status string
	parts  map[string]string
	// errors are what health says of parts that are not well.
	errors map[string]string
}

func detailedHealth(t *testing.T, url string) reported {
	t.Helper()
	client := &http.Client{Timeout: 10 * time.Second}
	res, err := client.Get(url + "/health/detailed")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var body struct {
		Status   string
		Services map[string]struct{ Status, Error string }
	}
	if err := json.NewDecoder(res.Body).Decode(&body); err != nil {
		t.Fatal(err)
	}
	h := reported{code: res.StatusCode, status: body.Status, parts: make(map[string]string), errors: make(map[string]string)}
	for name, part := range body.Services {
		h.parts[name], h.errors[name] = part.Status, part.Error
	}
	return h
}
