package dongbaejul_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/types/known/timestamppb"

	dongbaejul "github.com/dongbaejul/dongbaejul/clients/go"
	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/app"
	"github.com/dongbaejul/dongbaejul/internal/app/apptest"
)

func beatEvery(d time.Duration) func(*app.Config) {
	return func(c *app.Config) { c.StreamHeartbeat = d }
}

// notices are the failures that a client has told of.
type notices struct {
	mu    sync.Mutex
	told  []error
	waits []time.Duration
	new   chan error
}

func newNotices() *notices { return &notices{new: make(chan error, 1<<12)} }

func (n *notices) add(err error, wait time.Duration) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.told, n.waits = append(n.told, err), append(n.waits, wait)
	select {
	case n.new <- err:
	default:
	}
}

func (n *notices) next(t testing.TB) error {
	t.Helper()
	select {
	case err := <-n.new:
		return err
	case <-time.After(patience):
		t.Fatal("nothing was told of")
	}
	return nil
}

// A network that is cut again and again, while somebody writes: every message once, and in order.
func TestNothingIsMissingAndNothingTwice(t *testing.T) {
	t.Parallel()
	const cuts, between = 60, 5
	for _, protocol := range []struct {
		name    string
		options []dongbaejul.Option
	}{
		{"gRPC", nil},
		{"Connect", []dongbaejul.Option{dongbaejul.WithConnect()}},
	} {
		t.Run(protocol.name, func(t *testing.T) {
			t.Parallel()
			server := apptest.Start(t)
			network, url := networkTo(t, server)
			store := dongbaejul.MemoryTokens(dongbaejul.Tokens{})
			signIn(t, server, 0, dongbaejul.WithTokens(store))
			client := newClient(t, url, append(protocol.options, dongbaejul.WithTokens(store),
				dongbaejul.WithBackoff(time.Millisecond, 10*time.Millisecond))...)
			author := signIn(t, server, 1)
			room := group(t, author, client)

			stream := read(t, client.Subscribe(dongbaejul.Cursors{}))
			stream.hello(t)
			writer := write(t, author, room)
			next := 1
			for range cuts {
				for range between {
					stream.message(t, fmt.Sprint(next))
					next++
				}
				network.Cut()
				network.Restore()
			}
			for last := writer.last(t); int64(next) <= last; next++ {
				stream.message(t, fmt.Sprint(next))
			}
		})
	}
}

// A server that is killed again and again, while somebody writes.
func TestAKilledServerCostsNothingButTime(t *testing.T) {
	t.Parallel()
	const kills, between = 3, 40
	server := apptest.StartProcess(t)
	client, author := signIn(t, &server.Server, 0), signIn(t, &server.Server, 1)
	room := group(t, author, client)
	subscription := client.WatchRoom(room, 0)
	stream := read(t, subscription)
	stream.hello(t)
	writer := write(t, author, room)
	next := 1
	for range kills {
		for range between {
			stream.message(t, fmt.Sprint(next))
			next++
		}
		server.Kill()
		server.Run(t)
	}
	for last := writer.last(t); int64(next) <= last; next++ {
		stream.message(t, fmt.Sprint(next))
	}
	if at := subscription.Cursors().Rooms[room]; at != int64(next-1) {
		t.Errorf("the cursor is at %d after %d messages", at, next-1)
	}
}

// Cursors that were kept make another subscription go on, also half-way through what came together.
func TestCursorsMayBeKept(t *testing.T) {
	t.Parallel()
	server := apptest.Start(t)
	client := signIn(t, server, 0)
	room := group(t, client, signIn(t, server, 1))
	subscription := client.Subscribe(dongbaejul.Cursors{})
	read(t, subscription).hello(t)
	saved, err := json.Marshal(subscription.Cursors())
	if err != nil {
		t.Fatal(err)
	}
	const messages = 10
	for i := range messages {
		mustSay(t, client, room, fmt.Sprint(i))
	}
	next := 0
	for next < messages {
		var at dongbaejul.Cursors
		if err := json.Unmarshal(saved, &at); err != nil {
			t.Fatal(err)
		}
		subscription := client.Subscribe(at)
		// Three of them, and as a process that ends then.
		for e, err := range subscription.Events(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			m := e.GetMessage()
			if m == nil {
				continue
			}
			if m.GetTempId() != fmt.Sprint(next) {
				t.Fatalf("got %s, want %d", m.GetTempId(), next)
			}
			next++
			if saved, err = json.Marshal(subscription.Cursors()); err != nil {
				t.Fatal(err)
			}
			if next%3 == 0 || next == messages {
				break
			}
		}
	}
}

// Who stops and comes back to the same subscription gets what happened in between, also where nothing had yet.
func TestASubscriptionMayBeTakenUpAgain(t *testing.T) {
	t.Parallel()
	server := apptest.Start(t)
	client := signIn(t, server, 0)
	room := group(t, client, signIn(t, server, 1))
	subscription := client.Subscribe(dongbaejul.Cursors{})
	for e, err := range subscription.Events(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if e.GetHello() != nil {
			break
		}
	}
	mustSay(t, client, room, "in between")
	read(t, subscription).message(t, "in between")
}

// A connection that a network has dropped without a word is given up after two and a half heartbeats.
func TestASilentServerIsLeft(t *testing.T) {
	t.Parallel()
	const heartbeat = 200 * time.Millisecond
	server := apptest.Start(t, beatEvery(heartbeat))
	network, url := networkTo(t, server)
	store := dongbaejul.MemoryTokens(dongbaejul.Tokens{})
	author := signIn(t, server, 0, dongbaejul.WithTokens(store))
	told := newNotices()
	client := newClient(t, url, dongbaejul.WithTokens(store), dongbaejul.WithNotice(told.add))
	room := group(t, author, signIn(t, server, 1))
	stream := read(t, client.Subscribe(dongbaejul.Cursors{}))
	stream.hello(t)
	network.Hold()
	mustSay(t, author, room, "into the silence")
	if err := told.next(t); err == nil || err.Error() != "the server has gone silent" {
		t.Errorf("told of %v", err)
	}
	network.Cut()
	network.Restore()
	stream.message(t, "into the silence")
}

// Who takes long over an event is not taken for a server that is silent.
func TestASlowCallerIsNotCut(t *testing.T) {
	t.Parallel()
	const heartbeat = 100 * time.Millisecond
	server := apptest.Start(t, beatEvery(heartbeat))
	told := newNotices()
	client := signIn(t, server, 0, dongbaejul.WithNotice(told.add))
	beats := 0
	for e, err := range client.Subscribe(dongbaejul.Cursors{}).Events(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if e.GetHello() != nil {
			// Longer than the server may be silent.
			<-time.After(5 * heartbeat)
		}
		if e.GetHeartbeat() != nil {
			if beats++; beats == 3 {
				break
			}
		}
	}
	if len(told.told) > 0 {
		t.Errorf("told of %v", told.told)
	}
}

// A server that shuts down says when to come back.
func TestAServerThatAsksForTimeIsGivenIt(t *testing.T) {
	t.Parallel()
	server := apptest.Start(t)
	told := newNotices()
	client := signIn(t, server, 0, dongbaejul.WithNotice(told.add))
	stream := read(t, client.Subscribe(dongbaejul.Cursors{}))
	stream.hello(t)
	server.Restart(t)
	stream.hello(t)
	told.mu.Lock()
	defer told.mu.Unlock()
	p := dongbaejul.Explain(told.told[0])
	if !p.Is(v1.ErrorReason_ERROR_REASON_SERVER_SHUTDOWN) || p.Code != connect.CodeUnavailable || p.RetryAfter < time.Second {
		t.Fatalf("the server said %+v", p)
	}
	if told.waits[0] < p.RetryAfter {
		t.Errorf("it asked for %v and got %v", p.RetryAfter, told.waits[0])
	}
}

func TestAServerThatIsNotThereYet(t *testing.T) {
	t.Parallel()
	server := apptest.Start(t)
	client := signIn(t, server, 0)
	server.Stop()
	stream := read(t, client.Subscribe(dongbaejul.Cursors{}))
	server.Restart(t)
	stream.hello(t)
}

func TestRefusalsEndASubscription(t *testing.T) {
	t.Parallel()
	server := apptest.Start(t)
	client, other := signIn(t, server, 0), signIn(t, server, 1)
	room := group(t, client, other)
	refused := func(t *testing.T, s *dongbaejul.Subscription, reason string) {
		t.Helper()
		if p := dongbaejul.Explain(read(t, s).end(t)); p.Reason != reason {
			t.Errorf("it ended with %+v, want %s", p, reason)
		}
	}
	t.Run("a room that is not there", func(t *testing.T) {
		refused(t, client.WatchRoom("nowhere", dongbaejul.FromNow), "ROOM_NOT_FOUND")
	})
	t.Run("a request that is wrong", func(t *testing.T) {
		refused(t, client.WatchGames(&v1.WatchGamesRequest{GameIds: []string{"a", "a"}}), "INVALID_FIELD")
	})
	t.Run("a room that was left", func(t *testing.T) {
		stream := read(t, other.WatchRoom(room, dongbaejul.FromNow))
		stream.hello(t)
		if _, err := other.Chat.LeaveRoom(t.Context(), &v1.LeaveRoomRequest{RoomId: room}); err != nil {
			t.Fatal(err)
		}
		if p := dongbaejul.Explain(stream.end(t)); !p.Is(v1.ErrorReason_ERROR_REASON_ROOM_NOT_FOUND) {
			t.Errorf("it ended with %+v", p)
		}
	})
	t.Run("a newer stream of the device", func(t *testing.T) {
		client := signIn(t, server, 0, dongbaejul.WithDevice("telephone"))
		old := read(t, client.Subscribe(dongbaejul.Cursors{}))
		old.hello(t)
		read(t, client.Subscribe(dongbaejul.Cursors{})).hello(t)
		if p := dongbaejul.Explain(old.end(t)); !p.Is(v1.ErrorReason_ERROR_REASON_STREAM_REPLACED) {
			t.Errorf("the older one ended with %+v", p)
		}
	})
	t.Run("an address that is not the server's", func(t *testing.T) {
		elsewhere := httptest.NewServer(http.NotFoundHandler())
		defer elsewhere.Close()
		client := newClient(t, elsewhere.URL, dongbaejul.WithConnect(), dongbaejul.WithTokens(
			dongbaejul.MemoryTokens(dongbaejul.Tokens{AccessToken: "x"})))
		if err := read(t, client.Subscribe(dongbaejul.Cursors{})).end(t); connect.CodeOf(err) != connect.CodeUnimplemented {
			t.Errorf("it ended with %v", err)
		}
	})
}

// What stands before a server that is away may refuse in its place: that is no reason to stay away.
func TestWhatAnswersInTheServersPlaceEndsNothing(t *testing.T) {
	t.Parallel()
	server := apptest.Start(t)
	sent := newCounted(t)
	store := dongbaejul.MemoryTokens(dongbaejul.Tokens{})
	signIn(t, server, 0, dongbaejul.WithTokens(store))
	network, url := networkTo(t, server)
	front := &front{next: sent.next}
	client := newClient(t, url, dongbaejul.WithTokens(store), dongbaejul.WithHTTPClient(&http.Client{Transport: front}))
	stream := read(t, client.Subscribe(dongbaejul.Cursors{}))
	stream.hello(t)
	front.refuse(3)
	network.Cut()
	network.Restore()
	stream.hello(t)
	if left := front.refuse(0); left != 0 {
		t.Errorf("%d of 3 refusals were not seen", left)
	}
}

// front answers 404 for as many requests as it is told.
type front struct {
	next http.RoundTripper
	mu   sync.Mutex
	left int
}

func (f *front) refuse(n int) (left int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	left, f.left = f.left, n
	return left
}

func (f *front) RoundTrip(req *http.Request) (*http.Response, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.left == 0 {
		return f.next.RoundTrip(req)
	}
	f.left--
	answer := httptest.NewRecorder()
	http.NotFound(answer, req)
	return answer.Result(), nil
}

func TestACursorOfOtherData(t *testing.T) {
	t.Parallel()
	server := apptest.Start(t)
	client := signIn(t, server, 0)
	room := group(t, client, signIn(t, server, 1))
	mustSay(t, client, room, "1")
	stream := read(t, client.Subscribe(dongbaejul.Cursors{
		Rooms: map[string]int64{room: 1000, "gone": 5}, Notifications: new(int64(1000)),
	}))
	got := make(map[string]v1.ResyncReason)
	for len(got) < 3 {
		r := stream.until(t, "resync", func(e *v1.Event) bool { return e.GetResyncRequired() != nil }).GetResyncRequired()
		got[r.GetRoomId()] = r.GetReason()
	}
	if got[room] != v1.ResyncReason_RESYNC_REASON_CURSOR_AHEAD || got["gone"] != v1.ResyncReason_RESYNC_REASON_NOT_FOUND ||
		got[""] != v1.ResyncReason_RESYNC_REASON_CURSOR_AHEAD {
		t.Errorf("got %v", got)
	}
	mustSay(t, client, room, "2")
	stream.message(t, "2")
}

// Rooms that the user comes into while no stream is open, and what was said in them since.
func TestARoomThatWasEnteredMeanwhile(t *testing.T) {
	t.Parallel()
	server := apptest.Start(t)
	network, url := networkTo(t, server)
	store := dongbaejul.MemoryTokens(dongbaejul.Tokens{})
	invited := signIn(t, server, 0, dongbaejul.WithTokens(store))
	client := newClient(t, url, dongbaejul.WithTokens(store))
	host := signIn(t, server, 1)
	group(t, host, invited)
	old := group(t, host, signIn(t, server, 2))
	mustSay(t, host, old, "before")

	subscription := client.Subscribe(dongbaejul.Cursors{})
	stream := read(t, subscription)
	stream.hello(t)
	network.Cut()
	created := group(t, host, invited)
	mustSay(t, host, created, "in the new room")
	if _, err := host.Chat.InviteMembers(t.Context(), &v1.InviteMembersRequest{RoomId: old, Participants: []string{me(t, invited)}}); err != nil {
		t.Fatal(err)
	}
	mustSay(t, host, old, "in the old room")
	network.Restore()

	var joined []string
	said := make(map[string][]string)
	for len(said) < 2 {
		stream.until(t, "rooms and messages", func(e *v1.Event) bool {
			if r := e.GetRoomJoined().GetRoom(); r != nil {
				joined = append(joined, r.GetId())
			}
			if m := e.GetMessage(); m != nil {
				said[m.GetRoomId()] = append(said[m.GetRoomId()], m.GetTempId())
			}
			return e.GetMessage() != nil
		})
	}
	want := []string{created, old}
	slices.Sort(joined)
	slices.Sort(want)
	if !slices.Equal(joined, want) {
		t.Errorf("told of rooms %v, want %v", joined, want)
	}
	if !slices.Equal(said[created], []string{"in the new room"}) || !slices.Equal(said[old], []string{"in the old room"}) {
		t.Errorf("got %v", said)
	}
	mustSay(t, host, created, "live")
	stream.message(t, "live")
}

func createGame(t testing.TB, client *dongbaejul.Client, title string) *v1.Game {
	t.Helper()
	answer, err := client.Games.CreateGame(t.Context(), &v1.CreateGameRequest{
		Title: title, GameDate: timestamppb.New(time.Now().Add(time.Hour)), Duration: 60, MaxParticipants: 4,
		GameType: v1.GameType_GAME_TYPE_DOUBLES,
	})
	if err != nil {
		t.Fatal(err)
	}
	return answer.GetGame()
}

func join(t testing.TB, client *dongbaejul.Client, id string) {
	t.Helper()
	if _, err := client.Games.JoinGame(t.Context(), &v1.JoinGameRequest{GameId: id}); err != nil {
		t.Fatal(err)
	}
}

// versionOf is the version of a game that an event brings; 0 where it is about something else.
func versionOf(e *v1.Event, id string) int32 {
	for _, game := range []*v1.Game{
		e.GetGameSnapshot().GetGame(), e.GetGameCreated().GetGame(), e.GetStatusChanged().GetGame(), e.GetGameUpdated().GetGame(),
	} {
		if game.GetId() == id && game != nil {
			return game.GetVersion()
		}
	}
	if p := e.GetParticipantsChanged(); p.GetGameId() == id && p != nil {
		return p.GetVersion()
	}
	if s := e.GetScoreUpdated(); s.GetGameId() == id && s != nil {
		return s.GetVersion()
	}
	return 0
}

// Games over cuts: no version twice, none backwards, and what changed while the stream was away comes whole.
func TestGamesOverCuts(t *testing.T) {
	t.Parallel()
	server := apptest.Start(t)
	network, url := networkTo(t, server)
	store := dongbaejul.MemoryTokens(dongbaejul.Tokens{})
	manager := signIn(t, server, 0, dongbaejul.WithTokens(store))
	client := newClient(t, url, dongbaejul.WithTokens(store))
	for name, open := range map[string]func() *dongbaejul.Subscription{
		"Subscribe":  func() *dongbaejul.Subscription { return client.Subscribe(dongbaejul.Cursors{}) },
		"WatchGames": func() *dongbaejul.Subscription { return client.WatchGames(&v1.WatchGamesRequest{}) },
	} {
		t.Run(name, func(t *testing.T) {
			kept, cancelled, untouched := createGame(t, manager, "하나"), createGame(t, manager, "둘"), createGame(t, manager, "셋")
			ids := []string{kept.GetId(), cancelled.GetId(), untouched.GetId()}
			stream := read(t, open())
			versions := make(map[string][]int32)
			upTo := func(id string, version int32) *v1.Event {
				return stream.until(t, "a game's version", func(e *v1.Event) bool {
					for _, id := range ids {
						if v := versionOf(e, id); v > 0 {
							versions[id] = append(versions[id], v)
						}
					}
					return versionOf(e, id) == version
				})
			}
			for _, id := range ids {
				if len(versions[id]) == 0 {
					upTo(id, 1)
				}
			}
			join(t, manager, kept.GetId())
			if e := upTo(kept.GetId(), 2); e.GetParticipantsChanged() == nil {
				t.Errorf("a change came as %v", e)
			}
			network.Cut()
			if _, err := manager.Games.CancelGame(t.Context(), &v1.CancelGameRequest{GameId: cancelled.GetId()}); err != nil {
				t.Fatal(err)
			}
			if _, err := manager.Games.LeaveGame(t.Context(), &v1.LeaveGameRequest{GameId: kept.GetId()}); err != nil {
				t.Fatal(err)
			}
			network.Restore()
			for _, missed := range []struct {
				id      string
				version int32
			}{{kept.GetId(), 3}, {cancelled.GetId(), 2}} {
				if v := versions[missed.id]; v[len(v)-1] < missed.version {
					if e := upTo(missed.id, missed.version); e.GetGameSnapshot() == nil {
						t.Errorf("what was missed came as %v", e)
					}
				}
			}
			join(t, manager, kept.GetId())
			upTo(kept.GetId(), 4)
			want := map[string][]int32{kept.GetId(): {1, 2, 3, 4}, cancelled.GetId(): {1, 2}, untouched.GetId(): {1}}
			for id, got := range versions {
				if !slices.Equal(got, want[id]) {
					t.Errorf("versions %v, want %v", got, want[id])
				}
			}
			stream.stop()
		})
	}
}

func TestASubscriptionEndsWithItsContext(t *testing.T) {
	t.Parallel()
	server := apptest.Start(t)
	client := signIn(t, server, 0)
	reason := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	var last error
	for e, err := range client.Subscribe(dongbaejul.Cursors{}).Events(ctx) {
		if e.GetHello() != nil {
			cancel(reason)
		}
		last = err
	}
	if !errors.Is(last, reason) {
		t.Errorf("it ended with %v", last)
	}
}

func TestABacklogIsBoundedIfTheCallerAsks(t *testing.T) {
	t.Parallel()
	server := apptest.Start(t)
	writer := signIn(t, server, 0)
	reader := signIn(t, server, 1, dongbaejul.WithMaxBacklog(3))
	room := group(t, writer, reader)
	for i := range 6 {
		mustSay(t, writer, room, fmt.Sprint(i))
	}
	for what, s := range map[string]*dongbaejul.Subscription{
		"Subscribe": reader.Subscribe(dongbaejul.Cursors{Rooms: map[string]int64{room: 1}}),
		"WatchRoom": reader.WatchRoom(room, 1),
	} {
		events := read(t, s)
		resync := events.until(t, what, func(e *v1.Event) bool { return e.GetMessage() != nil || e.GetResyncRequired() != nil })
		if resync.GetResyncRequired().GetReason() != v1.ResyncReason_RESYNC_REASON_BACKLOG_TOO_LARGE {
			t.Errorf("%s: %v", what, resync)
		}
		sent := mustSay(t, writer, room, what)
		next := events.until(t, what, func(e *v1.Event) bool { return e.GetMessage() != nil })
		if next.GetMessage().GetSeq() != sent.GetSeq() {
			t.Errorf("%s: goes on with %v", what, next)
		}
	}
}
