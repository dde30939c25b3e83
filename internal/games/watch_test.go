package games_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/games"
	"github.com/dongbaejul/dongbaejul/internal/realtime"
	"github.com/dongbaejul/dongbaejul/internal/testkit"
	"github.com/dongbaejul/dongbaejul/internal/users"
)

func TestAWatcherGetsEveryChange(t *testing.T) {
	f := open(t)
	f.members(t, "creator", "manager", "a", "b", "c", "d", "e")
	before := f.create(t)
	r := newReplica()
	cut := f.watch(t, r, "e", &v1.WatchGamesRequest{})
	f.wantGame(t, r, before.GetId())

	g := f.create(t, today(f), func(req *v1.CreateGameRequest) { req.MaxParticipants = 4 })
	id := g.GetId()
	f.join(t, id, "a", "b", "c", "d", "e")
	_, err := f.SetTeams(as("a"), &v1.SetTeamsRequest{GameId: id, Team1: []string{"a", "b"}, Team2: []string{"c", "d"}})
	must(t, err)
	// e moves up, and the teams are void.
	_, err = f.LeaveGame(as("a"), &v1.LeaveGameRequest{GameId: id})
	must(t, err)
	f.join(t, id, "a")
	_, err = f.LeaveGame(as("b"), &v1.LeaveGameRequest{GameId: id})
	must(t, err)
	_, err = f.UpdateGame(as("creator"), &v1.UpdateGameRequest{GameId: id, Title: new("금요 복식")})
	must(t, err)
	_, err = f.SetTeams(as("a"), &v1.SetTeamsRequest{GameId: id, Team1: []string{"a", "e"}, Team2: []string{"c", "d"}})
	must(t, err)
	_, err = f.StartGame(as("a"), &v1.StartGameRequest{GameId: id, CourtId: "1"})
	must(t, err)
	for _, p := range [][2]int{{1, 0}, {0, 1}, {25, 1}} {
		_, err = f.score(as("a"), id, 1, p[0], p[1])
		must(t, err)
	}
	_, err = f.CompleteGame(as("a"), &v1.CompleteGameRequest{GameId: id})
	must(t, err)
	_, err = f.score(as("manager"), id, 1, 1, 25)
	must(t, err)
	f.wantGame(t, r, id)
	want := "snapshot created people people people people people updated updated people people updated updated status " +
		"score score score status updated"
	if got := strings.Join(r.got(), " "); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if err := cut(); err != nil {
		t.Error(err)
	}
}

func TestEventsSayWhoDidIt(t *testing.T) {
	f := open(t)
	f.members(t, "creator", "a", "b", "c", "d")
	g := f.ready(t, "a", "b", "c", "d")
	reader := realtime.NewReader()
	f.hub.Follow(reader, realtime.Games)
	defer reader.Close(f.hub)
	next := func() *v1.Event {
		t.Helper()
		<-reader.Ready()
		var b realtime.Batch
		must(t, reader.Take(t.Context(), &b))
		if len(b.Events) != 1 {
			t.Fatalf("%d events", len(b.Events))
		}
		return b.Events[0].Message()
	}
	_, err := f.UpdateGame(as("creator"), &v1.UpdateGameRequest{GameId: g.GetId(), Title: new("x")})
	must(t, err)
	if e := next().GetGameUpdated(); e.GetUpdatedBy().GetDisplayName() != "creator 님" {
		t.Errorf("got %v", e)
	}
	_, err = f.StartGame(as("a"), &v1.StartGameRequest{GameId: g.GetId(), CourtId: "1"})
	must(t, err)
	if e := next().GetStatusChanged(); e.GetChangedBy().GetUserId() != "a" {
		t.Errorf("got %v", e)
	}
	for i, correction := range []bool{false, true} {
		_, err = f.score(as("b"), g.GetId(), 1, 1-i, 0)
		must(t, err)
		if e := next().GetScoreUpdated(); e.GetUpdatedBy().GetUserId() != "b" || e.GetCorrection() != correction {
			t.Errorf("got %v", e)
		}
	}
}

func TestWatchersOfSomeGames(t *testing.T) {
	f := open(t)
	f.members(t, "creator", "manager", "a", "b", "c", "d", "e", "f", "g", "h", "w")
	scheduled, ongoing := f.ready(t, "a", "b", "c", "d"), f.playing(t, "1", "e", "f", "g", "h")
	over := f.create(t)
	_, err := f.CancelGame(as("creator"), &v1.CancelGameRequest{GameId: over.GetId()})
	must(t, err)

	type watcher struct {
		*replica
		req  *v1.WatchGamesRequest
		want string
	}
	in := func(s v1.GameStatus, ids ...string) *v1.WatchGamesRequest {
		return &v1.WatchGamesRequest{Status: &s, GameIds: ids}
	}
	watchers := map[string]*watcher{
		"all":              {newReplica(), &v1.WatchGamesRequest{}, "snapshot snapshot people score status status created"},
		"one":              {newReplica(), &v1.WatchGamesRequest{GameIds: []string{scheduled.GetId()}}, "snapshot people status"},
		"one over":         {newReplica(), &v1.WatchGamesRequest{GameIds: []string{over.GetId(), "unknown"}}, "snapshot"},
		"scheduled":        {newReplica(), in(v1.GameStatus_GAME_STATUS_SCHEDULED), "snapshot people status created"},
		"ongoing":          {newReplica(), in(v1.GameStatus_GAME_STATUS_ONGOING), "snapshot score snapshot status"},
		"completed":        {newReplica(), in(v1.GameStatus_GAME_STATUS_COMPLETED), "snapshot"},
		"cancelled":        {newReplica(), in(v1.GameStatus_GAME_STATUS_CANCELLED), ""},
		"one by state":     {newReplica(), in(v1.GameStatus_GAME_STATUS_ONGOING, scheduled.GetId()), "snapshot"},
		"over and ongoing": {newReplica(), in(v1.GameStatus_GAME_STATUS_ONGOING, over.GetId()), ""},
	}
	var replicas []*replica
	for _, w := range watchers {
		f.watch(t, w.replica, "w", w.req)
		replicas = append(replicas, w.replica)
	}
	f.settle(t, replicas...)

	// One after the other: a watcher who reads the store for one game may find another there before it is told of.
	for _, step := range []func() error{
		func() error { f.join(t, scheduled.GetId(), "w"); return nil },
		func() error { _, err := f.score(as("e"), ongoing.GetId(), 1, 25, 0); return err },
		func() error {
			_, err := f.StartGame(as("a"), &v1.StartGameRequest{GameId: scheduled.GetId(), CourtId: "2"})
			return err
		},
		func() error {
			_, err := f.CompleteGame(as("e"), &v1.CompleteGameRequest{GameId: ongoing.GetId()})
			return err
		},
		func() error { f.create(t); return nil },
	} {
		must(t, step())
		f.settle(t, replicas...)
	}
	for name, w := range watchers {
		if got := strings.Join(w.got(), " "); got != w.want {
			t.Errorf("%s: got %q, want %q", name, got, w.want)
		}
		must(t, w.failure())
	}
}

func TestACorrectionOfAGameLongOverIsShown(t *testing.T) {
	f := open(t)
	f.members(t, "creator", "manager", "a", "b", "c", "d")
	g := f.playing(t, "1", "a", "b", "c", "d")
	_, err := f.score(as("a"), g.GetId(), 1, 25, 0)
	must(t, err)
	_, err = f.CompleteGame(as("a"), &v1.CompleteGameRequest{GameId: g.GetId()})
	must(t, err)
	r := newReplica()
	f.watch(t, r, "a", &v1.WatchGamesRequest{})
	f.settle(t, r)
	if got := r.got(); len(got) > 0 {
		t.Errorf("a game that is over is shown as %v", got)
	}
	_, err = f.score(as("manager"), g.GetId(), 1, 25, 1)
	must(t, err)
	f.wantGame(t, r, g.GetId())
}

func TestAGameThatNobodyPlayedIsNotShownForEver(t *testing.T) {
	f := open(t)
	f.members(t, "creator")
	f.create(t)
	f.advance(40 * time.Hour)
	fresh := f.create(t)
	f.advance(40 * time.Hour)
	live, err := f.Live().Changed(t.Context(), nil, time.Now())
	must(t, err)
	if len(live) != 1 || live[0].Key != fresh.GetId() {
		t.Errorf("shown are %d games", len(live))
	}
}

// nameless is a store that fails once to give names.
type nameless struct {
	users.Store
	fail atomic.Bool
}

func (n *nameless) UsersByID(ctx context.Context, ids []string) ([]users.User, error) {
	if n.fail.Swap(false) {
		return nil, errors.New("away")
	}
	return n.Store.UsersByID(ctx, ids)
}

// A change that cannot be told, since the names for it cannot be had, is seen all the same.
func TestAChangeWithoutNamesIsSeen(t *testing.T) {
	names := new(nameless)
	f := open(t, func(c *games.Config) {
		names.Store = c.Users.Store
		of := c.Users.Config
		of.Store = names
		c.Users = users.New(of)
	})
	f.members(t, "creator", "a", "b")
	g := f.create(t)
	r := newReplica()
	f.watch(t, r, "b", &v1.WatchGamesRequest{})
	f.wantGame(t, r, g.GetId())
	names.fail.Store(true)
	f.join(t, g.GetId(), "a")
	f.wantGame(t, r, g.GetId())
	if got := strings.Join(r.got(), " "); got != "snapshot snapshot" || names.fail.Load() {
		t.Errorf("got %s", got)
	}
}

func TestAStreamEndsWithTheRightToIt(t *testing.T) {
	f := open(t)
	f.members(t, "creator", "a")
	r := newReplica()
	cut := f.watch(t, r, "a", &v1.WatchGamesRequest{})
	f.settle(t, r)
	f.access.deny("a")
	f.hub.Publish(t.Context(), realtime.Hint{Topic: realtime.User("a")})
	testkit.Eventually(t, "the end of the stream", func() bool { return f.streams.Open() == 0 })
	wantFault(t, cut(), fault.Denied, "SUSPENDED")
}
