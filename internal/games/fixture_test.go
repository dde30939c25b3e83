package games_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/app/apptest"
	"github.com/dongbaejul/dongbaejul/internal/audit"
	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/games"
	"github.com/dongbaejul/dongbaejul/internal/games/scoring"
	"github.com/dongbaejul/dongbaejul/internal/identity"
	"github.com/dongbaejul/dongbaejul/internal/notifications"
	"github.com/dongbaejul/dongbaejul/internal/realtime"
	"github.com/dongbaejul/dongbaejul/internal/store"
	"github.com/dongbaejul/dongbaejul/internal/users"
)

// fixture is the service on a store of its own, at a time of its own: a Monday evening in Seoul.
type fixture struct {
	*games.Service
	config  games.Config
	store   store.Store
	people  *users.Service
	told    *notifications.Service
	hub     *realtime.Hub
	streams *realtime.Streams
	access  access

	mu  sync.Mutex
	now time.Time
}

// open makes the service; change may alter its configuration.
func open(t testing.TB, change ...func(*games.Config)) *fixture {
	t.Helper()
	return openOn(t, apptest.OpenStore(t), change...)
}

func openOn(t testing.TB, store store.Store, change ...func(*games.Config)) *fixture {
	t.Helper()
	f := &fixture{store: store, hub: realtime.NewHub(), now: time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)}
	f.access.denied = make(map[string]bool)
	quiet := slog.New(slog.DiscardHandler)
	f.people = users.New(users.Config{
		Store: store, Sessions: store, Eraser: store, Changes: nobody{}, Online: nobody{}, Audit: audit.New(quiet), Log: quiet, Clock: time.Now,
	})
	f.told = notifications.New(notifications.Config{Store: store, Users: f.people, Bus: f.hub, Log: quiet, Writers: []notifications.Writer{games.Writer{Store: store}}})
	t.Cleanup(f.told.Close)
	// No heartbeat comes in between, so that what is sent is certain.
	f.streams = realtime.NewStreams(realtime.Config{Bus: f.hub, Heartbeat: time.Hour})
	rules, _ := scoring.KR1x25.Rules()
	f.config = games.Config{
		Store: store, Users: f.people, Bus: f.hub, Streams: f.streams, Access: &f.access, Notifier: f.told,
		Reminders: notifications.NewSchedule(store, quiet), Scoring: rules, Audit: audit.New(quiet), Log: quiet, Clock: f.clock,
	}
	for _, c := range change {
		c(&f.config)
	}
	f.streams = f.config.Streams
	f.Service = games.New(f.config)
	must(t, f.CreateCourts(t.Context(), 4))
	return f
}

func (f *fixture) clock() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.now
}

func (f *fixture) advance(d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now = f.now.Add(d)
}

// nobody is online, and nobody is told of changes.
type nobody struct{}

func (nobody) UserChanged(context.Context, string) {}

func (nobody) Online(context.Context, []string) (map[string]bool, error) { return nil, nil }

// access lets everybody stay who is not denied.
type access struct {
	mu     sync.Mutex
	denied map[string]bool
}

func (a *access) Check(_ context.Context, c identity.Caller) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.denied[c.UserID] {
		return fault.New(fault.Denied, "SUSPENDED", "이용이 정지되었습니다.", "Suspended.")
	}
	return nil
}

func (a *access) deny(userID string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.denied[userID] = true
}

// members makes users called like their ids.
func (f *fixture) members(t testing.TB, ids ...string) {
	t.Helper()
	together(t, len(ids), func(i int) error {
		_, _, err := f.store.CreateUser(context.Background(), users.User{
			ID: ids[i], BandUserID: "band " + ids[i], DisplayName: ids[i] + " 님", Role: identity.Member, Status: users.Active,
			SkillLevel: users.Beginner, CreatedAt: time.Now(),
		})
		return err
	})
}

func caller(id string) identity.Caller {
	c := identity.Caller{UserID: id, SessionID: "session of " + id, Role: identity.Member, Expires: time.Now().Add(time.Hour)}
	if id == "manager" {
		c.Role = identity.Manager
	}
	return c
}

// as is the context of a call by a user; who is called manager is one.
func as(id string) context.Context { return identity.With(context.Background(), caller(id)) }

func (f *fixture) in(d time.Duration) *timestamppb.Timestamp {
	return timestamppb.New(f.clock().Add(d))
}

// create announces a game of doubles tomorrow, by creator.
func (f *fixture) create(t testing.TB, change ...func(*v1.CreateGameRequest)) *v1.Game {
	t.Helper()
	req := &v1.CreateGameRequest{
		Title: "목요 복식", GameDate: f.in(24 * time.Hour), Duration: 90, MaxParticipants: 8, GameType: v1.GameType_GAME_TYPE_DOUBLES,
	}
	for _, c := range change {
		c(req)
	}
	res, err := f.CreateGame(as("creator"), req)
	must(t, err)
	return res.GetGame()
}

// today has a game dated in a quarter of an hour.
func today(f *fixture) func(*v1.CreateGameRequest) {
	return func(r *v1.CreateGameRequest) { r.GameDate = f.in(15 * time.Minute) }
}

func (f *fixture) join(t testing.TB, game string, ids ...string) {
	t.Helper()
	for _, id := range ids {
		_, err := f.JoinGame(as(id), &v1.JoinGameRequest{GameId: game})
		must(t, err)
	}
}

// ready makes a game of a and b against c and d, as they are called with prefix, that can be started.
func (f *fixture) ready(t testing.TB, players ...string) *v1.Game {
	t.Helper()
	g := f.create(t, today(f))
	f.join(t, g.GetId(), players...)
	half := len(players) / 2
	res, err := f.SetTeams(as("creator"), &v1.SetTeamsRequest{GameId: g.GetId(), Team1: players[:half], Team2: players[half:]})
	must(t, err)
	return res.GetGame()
}

// playing is a game that is ready and has been started.
func (f *fixture) playing(t testing.TB, court string, players ...string) *v1.Game {
	t.Helper()
	g := f.ready(t, players...)
	res, err := f.StartGame(as("creator"), &v1.StartGameRequest{GameId: g.GetId(), CourtId: court})
	must(t, err)
	return res.GetGame()
}

func (f *fixture) score(ctx context.Context, game string, set, a, b int) (*v1.Game, error) {
	res, err := f.UpdateScore(ctx, &v1.UpdateScoreRequest{GameId: game, SetNumber: int32(set), Team1Score: int32(a), Team2Score: int32(b)})
	return res.GetGame(), err
}

func (f *fixture) game(t testing.TB, id string) *v1.Game {
	t.Helper()
	res, err := f.GetGame(as("creator"), &v1.GetGameRequest{GameId: id})
	must(t, err)
	return res.GetGame()
}

// log returns the keys of a user's notifications.
func (f *fixture) log(t testing.TB, userID string) []string {
	t.Helper()
	all, err := f.store.NotificationsAfter(t.Context(), userID, 0, 10_000)
	must(t, err)
	var keys []string
	for _, n := range all {
		keys = append(keys, n.Key)
	}
	return keys
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// wantFault fails unless err is of the kind and has the reason, and returns it.
func wantFault(t testing.TB, err error, kind fault.Kind, reason string) *fault.Error {
	t.Helper()
	e, ok := errors.AsType[*fault.Error](err)
	if !ok || e.Kind != kind || e.Reason != reason {
		t.Fatalf("got %v, want %v with %s", err, kind, reason)
	}
	return e
}

func wantEqual(t testing.TB, what string, got, want proto.Message) {
	t.Helper()
	if !proto.Equal(got, want) {
		t.Fatalf("%s:\n got %v\nwant %v", what, got, want)
	}
}

// together runs f n times at once and fails with what failed.
func together(t testing.TB, n int, f func(i int) error) {
	t.Helper()
	errs := make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { errs[i] = f(i) })
	}
	all.Wait()
	must(t, errors.Join(errs...))
}

func ids(prefix string, n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprintf("%s%03d", prefix, i)
	}
	return out
}
