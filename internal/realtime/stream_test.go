package realtime_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/identity"
	"github.com/dongbaejul/dongbaejul/internal/offstack"
	"github.com/dongbaejul/dongbaejul/internal/realtime"
)

// roomFeed shows the room, and notes where its methods are run.
type roomFeed struct {
	bus   realtime.Bus
	store *store
	check func() error
	// user is whose topic it follows too; empty for nobody's.
	user string

	mu     sync.Mutex
	opened string
	syncs  int
	closed bool
}

func (f *roomFeed) Open(_ context.Context, r *realtime.Reader) (*v1.Heads, []*realtime.Event, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.opened = goroutine()
	f.bus.Follow(r, room)
	if f.user != "" {
		f.bus.Follow(r, realtime.User(f.user))
	}
	r.Number(room, f.store, 0, 0)
	return &v1.Heads{}, nil, nil
}

func (f *roomFeed) Sync(context.Context, *realtime.Reader) (*v1.Heads, []*realtime.Event, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.syncs++
	return &v1.Heads{}, nil, nil
}

func (f *roomFeed) Lost(context.Context, realtime.Topic) ([]*realtime.Event, error) { return nil, nil }

func (f *roomFeed) Check(context.Context) error {
	if f.check != nil {
		return f.check()
	}
	return nil
}

func (f *roomFeed) Close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closed = true
}

// frames is a connection that keeps what is sent.
type frames struct {
	mu     sync.Mutex
	events []*v1.Event
	// by are the goroutines that sent.
	by []string
}

func (c *frames) Send(message any) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.by = append(c.by, goroutine())
	for _, e := range message.(*realtime.Frame).Events {
		c.events = append(c.events, e.Message())
	}
	return nil
}

// take returns what was sent since it was last asked.
func (c *frames) take() []*v1.Event {
	c.mu.Lock()
	defer c.mu.Unlock()
	sent := c.events
	c.events = nil
	return sent
}

// goroutine is the id of the goroutine that calls.
func goroutine() string {
	var b [64]byte
	return strings.Fields(string(b[:runtime.Stack(b[:], false)]))[1]
}

// club is an engine and who streams on it.
type club struct {
	hub     *realtime.Hub
	streams *realtime.Streams
	store   store
}

func newClub() *club {
	hub := realtime.NewHub()
	return &club{hub: hub, streams: realtime.NewStreams(realtime.Config{Bus: hub, Heartbeat: 15 * time.Second})}
}

// served is a stream that is being served.
type served struct {
	*frames
	feed *roomFeed
	by   string
	// ended gets what Serve returns, or what it panics with.
	ended chan any
}

func (c *club) serve(ctx context.Context, device string, expires time.Time, feed *roomFeed) *served {
	feed.bus, feed.store = c.hub, &c.store
	s := &served{frames: &frames{}, feed: feed, ended: make(chan any, 1)}
	ctx = identity.With(ctx, identity.Caller{UserID: "u1", SessionID: "s1", Expires: expires})
	go func() {
		s.by = goroutine()
		defer func() {
			if panicked := recover(); panicked != nil {
				s.ended <- panicked
			}
		}()
		s.ended <- c.streams.Serve(ctx, s.frames, device, feed)
	}()
	synctest.Wait()
	return s
}

// reason is what a stream ended with; it fails where the stream goes on.
func (s *served) reason(t *testing.T) string {
	t.Helper()
	time.Sleep(time.Second) // the bubble's clock: it may be keeping its frames apart
	synctest.Wait()
	select {
	case ended := <-s.ended:
		if known, ok := ended.(*fault.Error); ok {
			return known.Reason
		}
		t.Fatalf("it ended with %v", ended)
	default:
		t.Fatal("it goes on")
	}
	return ""
}

func TestAStreamHasItsHelloItsHintsAndItsHeartbeats(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClub()
		ctx, leave := context.WithCancel(t.Context())
		s := c.serve(ctx, "phone", time.Now().Add(time.Hour), &roomFeed{})
		c.hub.Publish(ctx, numbered(c.store.append()))
		time.Sleep(31 * time.Second)
		synctest.Wait()
		var kinds []string
		for _, e := range s.events {
			switch e.GetPayload().(type) {
			case *v1.Event_Hello:
				kinds = append(kinds, "hello")
			case *v1.Event_Message:
				kinds = append(kinds, "message")
			case *v1.Event_Heartbeat:
				kinds = append(kinds, "heartbeat")
			}
		}
		if got := strings.Join(kinds, " "); got != "hello message heartbeat heartbeat" || s.feed.syncs != 2 {
			t.Errorf("sent %s with %d looks at the store", got, s.feed.syncs)
		}
		leave()
		synctest.Wait()
		if err := <-s.ended; err != nil || !s.feed.closed || c.streams.Open() != 0 || c.hub.Topics() != 0 {
			t.Errorf("a client that went away: %v, closed %v, %d streams and %d topics are left", err, s.feed.closed, c.streams.Open(), c.hub.Topics())
		}
	})
}

// What is deep is not done on the goroutine that waits for as long as the stream is open.
func TestDeepWorkIsDoneAside(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClub()
		s := c.serve(t.Context(), "", time.Now().Add(time.Hour), &roomFeed{})
		if s.feed.opened == s.by || s.frames.by[0] == s.by {
			t.Error("the feed was opened, or the first frame sent, where the stream waits")
		}
		time.Sleep(time.Second)
		c.hub.Publish(t.Context(), numbered(c.store.append()))
		synctest.Wait()
		if s.frames.by[1] != s.by {
			t.Error("what is at hand is sent by a detour")
		}
		c.streams.Leave()
		s.reason(t)
	})
}

func TestWhatEndsAStream(t *testing.T) {
	away := fault.New(fault.Denied, "AWAY", "", "")
	hour := func() time.Time { return time.Now().Add(time.Hour) }
	for name, c := range map[string]struct {
		feed    *roomFeed
		expires func() time.Time
		do      func(*testing.T, *club)
		want    string
	}{
		"the server leaves": {&roomFeed{}, hour, func(_ *testing.T, c *club) { c.streams.Leave() }, "SERVER_SHUTDOWN"},
		"a newer stream of the device": {&roomFeed{}, hour, func(t *testing.T, c *club) {
			ctx, leave := context.WithCancel(t.Context())
			c.serve(ctx, "phone", hour(), &roomFeed{})
			if n := c.streams.Open(); n != 1 {
				t.Errorf("%d streams are open", n)
			}
			leave()
		}, "STREAM_REPLACED"},
		"the token expires between two heartbeats": {&roomFeed{}, func() time.Time { return time.Now().Add(20 * time.Second) },
			func(*testing.T, *club) { time.Sleep(20 * time.Second) }, "TOKEN_EXPIRED"},
		"the caller may no longer be here": {&roomFeed{check: func() error { return away }}, hour,
			func(*testing.T, *club) { time.Sleep(15 * time.Second) }, "AWAY"},
		"a signal that the caller may not": {&roomFeed{check: func() error { return away }}, hour,
			func(t *testing.T, c *club) {
				time.Sleep(time.Second)
				c.hub.Publish(t.Context(), realtime.Hint{Topic: room})
			}, "AWAY"},
		"the store is away": {&roomFeed{check: func() error { return errors.New("away") }}, hour,
			func(*testing.T, *club) { time.Sleep(80 * time.Second) }, "STORE_UNAVAILABLE"},
		"more streams than a user may have": {&roomFeed{}, hour, func(t *testing.T, c *club) {
			ctx, leave := context.WithCancel(t.Context())
			for i := range 32 {
				c.serve(ctx, fmt.Sprint("device ", i), hour(), &roomFeed{})
			}
			if n := c.streams.Open(); n != 32 {
				t.Errorf("%d streams are open", n)
			}
			leave()
		}, "STREAM_LIMIT_REACHED"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				club := newClub()
				s := club.serve(t.Context(), "phone", c.expires(), c.feed)
				c.do(t, club)
				if got := s.reason(t); got != c.want {
					t.Errorf("ended with %s, want %s", got, c.want)
				}
			})
		})
	}
}

// A store that is away for a while ends no stream: each says that it lives, sends nothing that its caller may no longer see, and
// then goes on where it was.
func TestAStreamOutlivesAStoreThatIsAway(t *testing.T) {
	for name, c := range map[string]struct {
		// back is what a check says once the store is back.
		back error
	}{
		"who may be here":   {nil},
		"who may no longer": {fault.New(fault.Denied, "GONE", "", "")},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				club := newClub()
				var away atomic.Bool
				feed := &roomFeed{user: "u1", check: func() error {
					if away.Load() {
						return errors.New("away")
					}
					return c.back
				}}
				s := club.serve(t.Context(), "", time.Now().Add(time.Hour), feed)
				time.Sleep(time.Second)
				away.Store(true)
				// That there is something to look at cannot be followed up, so that nothing after it may be sent.
				club.hub.Publish(t.Context(), realtime.Hint{Topic: realtime.User("u1")})
				club.hub.Publish(t.Context(), numbered(club.store.append()))
				time.Sleep(50 * time.Second)
				synctest.Wait()
				bare := 0
				for _, e := range s.take() {
					if e.GetHeartbeat() != nil && e.GetHeartbeat().GetHeads() == nil {
						bare++
					} else if e.GetHello() == nil {
						t.Errorf("while the store is away it sent %v", e)
					}
				}
				if bare < 20 {
					t.Errorf("it said only %d times that it lives", bare)
				}
				club.hub.Publish(t.Context(), numbered(club.store.append()))
				away.Store(false)
				time.Sleep(20 * time.Second)
				synctest.Wait()
				got := []string{"hello"}
				for _, e := range s.take() {
					if m := e.GetMessage(); m != nil {
						got = append(got, fmt.Sprint(m.GetSeq()))
					} else if e.GetHeartbeat().GetHeads() != nil {
						got = append(got, "heartbeat")
					}
				}
				if c.back == nil {
					slices.Sort(got[1:])
					got = slices.Compact(got)
					if strings.Join(got, " ") != "hello 1 2 heartbeat" {
						t.Errorf("then it sent %v", got)
					}
					club.streams.Leave()
					s.reason(t)
					return
				}
				if len(got) > 1 {
					t.Errorf("then it sent %v", got)
				}
				if reason := s.reason(t); reason != "GONE" {
					t.Errorf("it ended with %s", reason)
				}
			})
		})
	}
}

// A log that cannot be read silences a stream too, and loses nothing.
func TestAStreamOutlivesALogThatCannotBeRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClub()
		s := c.serve(t.Context(), "", time.Now().Add(time.Hour), &roomFeed{})
		time.Sleep(time.Second)
		c.store.fail(errors.New("away"))
		// The first has no hint.
		c.store.append()
		c.hub.Publish(t.Context(), numbered(c.store.append()))
		time.Sleep(10 * time.Second)
		c.store.fail(nil)
		time.Sleep(10 * time.Second)
		synctest.Wait()
		var got []int64
		for _, e := range s.take() {
			if m := e.GetMessage(); m != nil {
				got = append(got, m.GetSeq())
			}
		}
		want(t, got, 1, 2)
		// One that is never readable again ends it, though heartbeats go well.
		c.store.fail(errors.New("away"))
		c.store.append()
		c.hub.Publish(t.Context(), numbered(c.store.append()))
		time.Sleep(2 * time.Minute)
		if got := s.reason(t); got != "STORE_UNAVAILABLE" {
			t.Errorf("it ended with %s", got)
		}
	})
}

// The clients of streams that end together are told to come back at different times.
func TestClientsComeBackSpread(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClub()
		var all []*served
		for i := range 20 {
			all = append(all, c.serve(t.Context(), fmt.Sprint(i), time.Now().Add(time.Hour), &roomFeed{check: func() error { return errors.New("away") }}))
		}
		time.Sleep(3 * time.Minute)
		delays := make(map[time.Duration]bool)
		for _, s := range all {
			err, ok := (<-s.ended).(*fault.Error)
			if !ok || err.Reason != "STORE_UNAVAILABLE" || err.RetryAfter < time.Second || err.RetryAfter > 5*time.Second {
				t.Fatalf("ended with %+v", err)
			}
			delays[err.RetryAfter] = true
		}
		if len(delays) < 15 {
			t.Errorf("%d streams are told %d delays", len(all), len(delays))
		}
	})
}

// Of a device's streams on several processes the newest stays, and streams of others stay too.
func TestAStreamOnAnotherProcessTakesTheDevicesPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		here := newClub()
		there := &club{hub: here.hub, streams: realtime.NewStreams(realtime.Config{Bus: here.hub, Heartbeat: 15 * time.Second})}
		hour := time.Now().Add(time.Hour)
		feed := func() *roomFeed { return &roomFeed{user: "u1"} }
		old, tablet, unnamed := here.serve(t.Context(), "phone", hour, feed()), here.serve(t.Context(), "tablet", hour, feed()),
			here.serve(t.Context(), "", hour, feed())
		time.Sleep(time.Second)
		newer := there.serve(t.Context(), "phone", hour, feed())
		if got := old.reason(t); got != "STREAM_REPLACED" {
			t.Errorf("the old one ended with %s", got)
		}
		if here.streams.Open() != 2 || there.streams.Open() != 1 {
			t.Errorf("%d and %d streams are open", here.streams.Open(), there.streams.Open())
		}
		time.Sleep(time.Minute)
		newest := here.serve(t.Context(), "phone", hour, feed())
		if got := newer.reason(t); got != "STREAM_REPLACED" {
			t.Errorf("the newer one ended with %s", got)
		}
		if tablet.feed.syncs != 4 || unnamed.feed.syncs != 4 {
			t.Errorf("the others looked at the store %d and %d times for it", tablet.feed.syncs, unnamed.feed.syncs)
		}
		here.streams.Leave()
		for _, s := range []*served{tablet, unnamed, newest} {
			if got := s.reason(t); got != "SERVER_SHUTDOWN" {
				t.Errorf("another one ended with %s", got)
			}
		}
	})
}

// Two that are opened at the same moment on two processes hear of each other: one of them stays.
func TestOfTwoStreamsAtOnceOneStays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		here := newClub()
		there := &club{hub: here.hub, streams: realtime.NewStreams(realtime.Config{Bus: here.hub, Heartbeat: 15 * time.Second})}
		hour := time.Now().Add(time.Hour)
		first := here.serve(t.Context(), "phone", hour, &roomFeed{user: "u1"})
		second := there.serve(t.Context(), "phone", hour, &roomFeed{user: "u1"})
		// What the first one told may come late.
		here.hub.Publish(t.Context(), realtime.Hint{Topic: realtime.User("u1"), Key: "s1/0/phone"})
		if got := first.reason(t); got != "STREAM_REPLACED" {
			t.Errorf("the first one ended with %s", got)
		}
		if there.streams.Open() != 1 {
			t.Error("none is left")
		}
		there.streams.Leave()
		second.reason(t)
	})
}

// What a bus has lost of a user's topic may have been a signal to look at everything.
func TestAStreamLooksAtEverythingAfterALoss(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClub()
		s := c.serve(t.Context(), "", time.Now().Add(time.Hour), &roomFeed{user: "u1"})
		time.Sleep(time.Second)
		c.hub.Lost(room)
		time.Sleep(time.Second)
		synctest.Wait()
		if s.feed.syncs != 0 {
			t.Errorf("%d looks after a loss of a room's hints", s.feed.syncs)
		}
		c.hub.Lost()
		time.Sleep(time.Second)
		synctest.Wait()
		if s.feed.syncs != 1 {
			t.Errorf("%d looks after a loss of everything", s.feed.syncs)
		}
		c.streams.Leave()
		s.reason(t)
	})
}

// What a user's own streams leave out, such as that they type, their polls leave out too, and do not end for it.
func TestAPollLeavesOutWhatIsTheUsersOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClub()
		ctx := identity.With(t.Context(), identity.Caller{UserID: "u1"})
		polled := make(chan []*v1.Event, 1)
		go func() {
			events, err := c.streams.Poll(ctx, 30*time.Second, &roomFeed{bus: c.hub, store: &c.store})
			if err != nil {
				t.Error(err)
			}
			polled <- events
		}()
		synctest.Wait()
		typing := func(user string) realtime.Hint {
			return realtime.Hint{Topic: room, Key: user, Event: realtime.NewEvent(&v1.Event{Payload: &v1.Event_Typing{Typing: &v1.Typing{UserId: user}}})}
		}
		c.hub.Publish(ctx, typing("u1"))
		synctest.Wait()
		c.hub.Publish(ctx, typing("u2"))
		var who []string
		for _, e := range <-polled {
			if e.GetTyping() != nil {
				who = append(who, e.GetTyping().GetUserId())
			}
		}
		if !slices.Equal(who, []string{"u2"}) {
			t.Errorf("told that %v type", who)
		}
	})
}

// Where changes may not be announced, streams and polls are asked to look by themselves.
func TestStreamsAndPollsLookAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClub()
		gone := false
		check := func() error {
			if gone {
				return fault.New(fault.Denied, "GONE", "", "")
			}
			return nil
		}
		s := c.serve(t.Context(), "", time.Now().Add(time.Hour), &roomFeed{check: check})
		polled := make(chan error, 1)
		go func() {
			ctx := identity.With(t.Context(), identity.Caller{UserID: "u2"})
			_, err := c.streams.Poll(ctx, 30*time.Second, &roomFeed{bus: c.hub, store: &c.store, check: check})
			polled <- err
		}()
		c.streams.Recheck()
		synctest.Wait()
		if s.feed.syncs != 0 || c.streams.Open() != 1 {
			t.Errorf("%d looks at all of the store, %d streams are open", s.feed.syncs, c.streams.Open())
		}
		gone = true
		c.streams.Recheck()
		if got := s.reason(t); got != "GONE" {
			t.Errorf("the stream ended with %s", got)
		}
		if err := <-polled; fault.KindOf(err) != fault.Denied {
			t.Errorf("the poll ended with %v", err)
		}
	})
}

func TestAStreamThatComesAfterTheServerLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClub()
		c.streams.Leave()
		s := c.serve(t.Context(), "", time.Now().Add(time.Hour), &roomFeed{})
		if got := s.reason(t); got != "SERVER_SHUTDOWN" || c.streams.Open() != 0 {
			t.Errorf("ended with %s; %d streams are open", got, c.streams.Open())
		}
	})
}

func TestAPanicOfAFeedReachesWhoServes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClub()
		s := c.serve(t.Context(), "", time.Now().Add(time.Hour), &roomFeed{check: func() error { panic("broken") }})
		time.Sleep(15 * time.Second)
		p, ok := (<-s.ended).(*offstack.Panic)
		if !ok || p.Value != "broken" || !strings.Contains(string(p.Stack), "stream_test.go") || !s.feed.closed || c.streams.Open() != 0 {
			t.Errorf("%+v; closed %v, %d streams are open", p, s.feed.closed, c.streams.Open())
		}
	})
}
