package games_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/app/apptest"
	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/games"
	"github.com/dongbaejul/dongbaejul/internal/notifications"
	"github.com/dongbaejul/dongbaejul/internal/testkit"
)

// leave takes users off a game.
func (f *fixture) leave(t testing.TB, game string, ids ...string) {
	t.Helper()
	for _, id := range ids {
		_, err := f.LeaveGame(as(id), &v1.LeaveGameRequest{GameId: game})
		must(t, err)
	}
}

// start has a service on the same store do errands until the test ends, or stop.
func (f *fixture) start(t testing.TB, change ...func(*games.Config)) (stop func()) {
	t.Helper()
	c := f.config
	for _, f := range change {
		f(&c)
	}
	s := games.New(c)
	s.Start()
	stop = sync.OnceFunc(s.Close)
	t.Cleanup(stop)
	return stop
}

// done waits until there are no errands.
func (f *fixture) done(t testing.TB) {
	t.Helper()
	testkit.Eventually(t, "the errands", func() bool {
		left, err := f.store.GamesWithErrands(t.Context(), "", 1)
		must(t, err)
		return len(left) == 0
	})
}

func (f *fixture) wantTold(t testing.TB, userID string, want ...string) {
	t.Helper()
	if got := f.log(t, userID); !slices.Equal(got, want) {
		t.Errorf("%s was told of %q, want %q", userID, got, want)
	}
}

func TestWhoMovesUpIsToldOnce(t *testing.T) {
	f := open(t)
	f.members(t, "creator", "a", "b", "c", "d", "e")
	f.Start()
	defer f.Close()
	g := f.create(t, func(r *v1.CreateGameRequest) { r.MaxParticipants = 2 })
	id := g.GetId()
	f.join(t, id, "a", "b", "c", "d", "e")
	f.leave(t, id, "b", "a")
	f.join(t, id, "c", "b")
	// d goes and comes again, behind the others: another place, another word.
	f.leave(t, id, "d")
	f.join(t, id, "d")
	f.leave(t, id, "c", "b", "e")
	f.done(t)
	key := func(version int) string { return fmt.Sprintf("promoted/%s/%d", id, version) }
	f.wantTold(t, "a")
	f.wantTold(t, "b", key(12))
	f.wantTold(t, "c", key(7))
	f.wantTold(t, "d", key(8), key(13))
	f.wantTold(t, "e", key(10))
	res, err := f.told.ListNotifications(as("c"), &v1.ListNotificationsRequest{})
	must(t, err)
	if n := res.GetNotifications()[0]; n.GetKind() != v1.NotificationKind_NOTIFICATION_KIND_PROMOTED || n.GetGame().GetGameId() != id ||
		n.GetTitle() == "" || n.GetBody() != "「목요 복식」 11월 24일(화) 19:00" {
		t.Errorf("told %+v", n)
	}
	if v := f.game(t, id).GetVersion(); v != 14 {
		t.Errorf("doing errands has made version %d", v)
	}
}

func TestChangesAreToldToThoseInTheGame(t *testing.T) {
	f := open(t)
	f.members(t, "creator", "manager", "a", "b", "c", "d", "stranger")
	g := f.create(t, func(r *v1.CreateGameRequest) { r.MaxParticipants = 2 })
	id := g.GetId()
	f.join(t, id, "a", "creator", "b", "c")
	_, err := f.UpdateGame(as("creator"), &v1.UpdateGameRequest{GameId: id, MaxParticipants: new(int32(3))})
	must(t, err)
	_, err = f.UpdateGame(as("creator"), &v1.UpdateGameRequest{GameId: id, Title: new("목요 복식")})
	must(t, err)
	_, err = f.CancelGame(as("manager"), &v1.CancelGameRequest{GameId: id})
	must(t, err)
	f.start(t)
	f.done(t)
	changed, cancelled := "changed/"+id+"/6", "cancelled/"+id+"/7"
	f.wantTold(t, "a", changed, cancelled)
	f.wantTold(t, "b", "promoted/"+id+"/6", cancelled)
	f.wantTold(t, "c", changed, cancelled)
	f.wantTold(t, "creator", cancelled)
	f.wantTold(t, "manager")
	f.wantTold(t, "stranger")
}

// clumsy is a store that does not take errands off, so that they are done again.
type clumsy struct{ games.Store }

func (clumsy) DropErrands(context.Context, string, []string) error {
	return errors.New("the process has died")
}

// A process that dies at any moment after a change leaves what the next one does, and nobody is told twice.
func TestErrandsSurviveTheProcess(t *testing.T) {
	f := open(t)
	f.members(t, "creator", "a", "b", "c")
	g := f.create(t, func(r *v1.CreateGameRequest) { r.MaxParticipants = 2 })
	f.join(t, g.GetId(), "a", "b", "c")
	f.leave(t, g.GetId(), "a")
	f.wantTold(t, "c") // Nothing does errands yet.

	stop := f.start(t, func(c *games.Config) { c.Store = clumsy{c.Store} })
	testkit.Eventually(t, "the word", func() bool { return len(f.log(t, "c")) > 0 })
	stop()
	if left, err := f.store.GamesWithErrands(t.Context(), "", 10); err != nil || len(left) != 1 {
		t.Fatalf("%d games have errands left, %v", len(left), err)
	}
	f.start(t)
	f.done(t)
	f.wantTold(t, "c", "promoted/"+g.GetId()+"/5")
}

// fickle tells nobody of what it is to keep from until it is mended.
type fickle struct {
	games.Notifier
	mu   sync.Mutex
	from string
}

func (n *fickle) Notify(ctx context.Context, notices ...notifications.Notice) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, notice := range notices {
		if notice.UserID == n.from {
			return errors.New("away")
		}
	}
	return n.Notifier.Notify(ctx, notices...)
}

func TestAnErrandThatFailsIsTriedAgainAndHoldsUpNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		// The clock of the bubble stands while somebody waits for another process.
		f := openOn(t, apptest.OpenStoreIn(t, apptest.Setting{}))
		f.members(t, "creator", "a", "b", "c", "d")
		for _, waits := range []string{"b", "c", "d"} {
			g := f.create(t, func(r *v1.CreateGameRequest) { r.MaxParticipants = 2 })
			f.join(t, g.GetId(), "a", "creator", waits)
			f.leave(t, g.GetId(), "a")
		}
		n := &fickle{Notifier: f.told, from: "c"}
		f.start(t, func(c *games.Config) { c.Notifier = n })
		synctest.Wait()
		for id, want := range map[string]int{"b": 1, "c": 0, "d": 1} {
			if got := f.log(t, id); len(got) != want {
				t.Errorf("%s was told of %q", id, got)
			}
		}
		n.mu.Lock()
		n.from = ""
		n.mu.Unlock()
		time.Sleep(time.Minute)
		synctest.Wait()
		if got := f.log(t, "c"); len(got) != 1 {
			t.Errorf("c was told of %q", got)
		}
	})
}

func TestRemindersFollowTheDate(t *testing.T) {
	f := open(t)
	f.members(t, "creator")
	f.Start()
	defer f.Close()
	next := func() *time.Time {
		t.Helper()
		f.done(t)
		due, err := f.store.NextReminder(t.Context())
		if errors.Is(err, fault.NotFound) {
			return nil
		}
		must(t, err)
		return &due
	}
	soon := f.create(t, func(r *v1.CreateGameRequest) { r.GameDate = f.in(time.Hour - time.Second) })
	if due := next(); due != nil {
		t.Errorf("a game within the hour has a reminder at %v", due)
	}
	date := f.clock().Add(5 * time.Hour)
	_, err := f.UpdateGame(as("creator"), &v1.UpdateGameRequest{GameId: soon.GetId(), GameDate: f.in(5 * time.Hour)})
	must(t, err)
	if due := next(); due == nil || !due.Equal(date.Add(-time.Hour)) {
		t.Errorf("the reminder is at %v", due)
	}
	_, err = f.UpdateGame(as("creator"), &v1.UpdateGameRequest{GameId: soon.GetId(), GameDate: f.in(7 * time.Hour)})
	must(t, err)
	if due := next(); due == nil || !due.Equal(date.Add(time.Hour)) {
		t.Errorf("the reminder is at %v", due)
	}
	claim, err := f.store.ClaimReminder(t.Context(), f.clock().Add(24*time.Hour), f.clock().Add(25*time.Hour), "token")
	must(t, err)
	if claim.Kind != games.ReminderStarting || claim.Subject != soon.GetId() {
		t.Errorf("the reminder is %+v", claim)
	}
}

func TestRemindTellsParticipantsOnce(t *testing.T) {
	f := open(t)
	f.members(t, "creator", "a", "b", "c")
	g := f.create(t, func(r *v1.CreateGameRequest) { r.MaxParticipants = 2 })
	id := g.GetId()
	f.join(t, id, "a", "b", "c")
	reminder := notifications.Reminder{ID: "game/" + id, Due: f.clock().Add(23 * time.Hour), Kind: games.ReminderStarting, Subject: id}
	remind := func() {
		t.Helper()
		must(t, f.Remind(t.Context(), reminder))
	}
	f.advance(23 * time.Hour)
	key := fmt.Sprintf("starting/%s/%d", id, g.GetGameDate().GetSeconds())
	remind()
	remind()
	f.wantTold(t, "a", key)
	f.wantTold(t, "b", key)
	f.wantTold(t, "c")

	// Moved: the old reminder says nothing, and the new one tells them again.
	res, err := f.UpdateGame(as("creator"), &v1.UpdateGameRequest{GameId: id, GameDate: f.in(3 * time.Hour)})
	must(t, err)
	remind()
	f.wantTold(t, "a", key)
	f.advance(2 * time.Hour)
	reminder.Due = f.clock()
	remind()
	f.wantTold(t, "a", key, fmt.Sprintf("starting/%s/%d", id, res.GetGame().GetGameDate().GetSeconds()))

	late := f.create(t, func(r *v1.CreateGameRequest) { r.GameDate = f.in(2 * time.Hour) })
	f.join(t, late.GetId(), "c")
	f.advance(2 * time.Hour)
	cancelled := f.create(t, func(r *v1.CreateGameRequest) { r.GameDate = f.in(time.Hour) })
	f.join(t, cancelled.GetId(), "c")
	_, err = f.CancelGame(as("creator"), &v1.CancelGameRequest{GameId: cancelled.GetId()})
	must(t, err)
	for _, subject := range []string{late.GetId(), cancelled.GetId(), "unknown"} {
		must(t, f.Remind(t.Context(), notifications.Reminder{Due: f.clock(), Subject: subject}))
	}
	f.wantTold(t, "c")
}
