package notifications_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/app/apptest"
	"github.com/dongbaejul/dongbaejul/internal/audit"
	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/identity"
	"github.com/dongbaejul/dongbaejul/internal/notifications"
	"github.com/dongbaejul/dongbaejul/internal/realtime"
	"github.com/dongbaejul/dongbaejul/internal/store"
	"github.com/dongbaejul/dongbaejul/internal/users"
)

// openStore opens a store that keeps to the clock of a bubble: that stands while somebody waits for another process.
func openStore(t testing.TB) store.Store {
	t.Helper()
	return apptest.OpenStoreIn(t, apptest.Setting{})
}

// fixture is the service on a store of its own.
type fixture struct {
	*notifications.Service
	store  store.Store
	hub    *realtime.Hub
	pusher *pusher
	words  *words
}

// open makes the service; change may alter its configuration.
func open(t *testing.T, change ...func(*notifications.Config)) *fixture {
	t.Helper()
	f := &fixture{store: openStore(t), hub: realtime.NewHub(), pusher: &pusher{}, words: &words{all: notifications.Words{
		Title: fault.Text{Ko: "새 댓글", En: "New comment"}, Body: fault.Text{Ko: "저도요!", En: "Me too!"},
	}}}
	quiet := slog.New(slog.DiscardHandler)
	people := users.New(users.Config{
		Store: f.store, Sessions: f.store, Eraser: f.store, Changes: nobody{}, Online: nobody{}, Audit: audit.New(quiet), Log: quiet, Clock: time.Now,
	})
	c := notifications.Config{Store: f.store, Users: people, Bus: f.hub, Pusher: f.pusher, Log: quiet, Writers: []notifications.Writer{f.words}}
	for _, f := range change {
		f(&c)
	}
	f.Service = notifications.New(c)
	t.Cleanup(f.Close)
	return f
}

// nobody is online, and nobody is told of changes.
type nobody struct{}

func (nobody) UserChanged(context.Context, string) {}

func (nobody) Online(context.Context, []string) (map[string]bool, error) { return nil, nil }

// member makes an active user, as change alters them.
func (f *fixture) member(t *testing.T, id string, change ...func(*users.User)) {
	t.Helper()
	u := users.User{
		ID: id, BandUserID: "band " + id, DisplayName: id, Role: identity.Member, Status: users.Active, CreatedAt: time.Now(),
	}
	for _, f := range change {
		f(&u)
	}
	if _, _, err := f.store.CreateUser(t.Context(), u); err != nil {
		t.Fatal(err)
	}
}

func muting(kinds ...notifications.Kind) func(*users.User) {
	return func(u *users.User) {
		for _, k := range kinds {
			u.Preferences.MutedKinds = append(u.Preferences.MutedKinds, string(k))
		}
	}
}

func inState(s users.Status) func(*users.User) { return func(u *users.User) { u.Status = s } }

// words are what every notification but those of broadcasts says.
type words struct {
	mu    sync.Mutex
	all   notifications.Words
	err   error
	asked int
}

func (w *words) Kinds() []notifications.Kind {
	return []notifications.Kind{notifications.KindComment, notifications.KindMention}
}

func (w *words) Words(_ context.Context, ns []notifications.Notification) ([]notifications.Words, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asked++
	return slices.Repeat([]notifications.Words{w.all}, len(ns)), w.err
}

func (w *words) set(all notifications.Words) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.all = all
}

// said returns a user's notifications as they read them, the oldest first.
func (f *fixture) said(t *testing.T, userID string) []*v1.Notification {
	t.Helper()
	res, err := f.ListNotifications(as(t, userID, identity.Member), &v1.ListNotificationsRequest{Limit: proto.Int32(100)})
	if err != nil {
		t.Fatal(err)
	}
	slices.Reverse(res.GetNotifications())
	return res.GetNotifications()
}

// log returns all of a user's notifications.
func (f *fixture) log(t *testing.T, userID string) []notifications.Notification {
	t.Helper()
	all, err := f.store.NotificationsAfter(t.Context(), userID, 0, 10_000)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// wantKeys fails unless a user has been told just of these, in this order.
func (f *fixture) wantKeys(t *testing.T, userID string, want ...string) {
	t.Helper()
	var got []string
	for i, n := range f.log(t, userID) {
		got = append(got, n.Key)
		if n.Seq != int64(i+1) {
			t.Errorf("%s has the number %d at place %d", userID, n.Seq, i+1)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("%s was told of %q, want %q", userID, got, want)
	}
}

// tell notifies and fails on an error.
func (f *fixture) tell(t *testing.T, ns ...notifications.Notice) {
	t.Helper()
	if err := f.Notify(t.Context(), ns...); err != nil {
		t.Fatal(err)
	}
}

func notice(userID, key string) notifications.Notice {
	return notifications.Notice{UserID: userID, Key: key, Kind: notifications.KindComment}
}

// as is the context of a call by a user.
func as(t *testing.T, userID string, role identity.Role) context.Context {
	return identity.With(t.Context(), identity.Caller{
		UserID: userID, SessionID: "session of " + userID, Role: role, Expires: time.Now().Add(time.Hour),
	})
}

// wantFault fails unless err is of the kind and has the reason.
func wantFault(t *testing.T, err error, kind fault.Kind, reason string) {
	t.Helper()
	if e, ok := errors.AsType[*fault.Error](err); !ok || e.Kind != kind || e.Reason != reason {
		t.Errorf("got %v, want %v with %s", err, kind, reason)
	}
}

// pusher notes what is pushed.
type pusher struct {
	// fail returns the error of an attempt, counted from 1; nil for none.
	fail func(attempt int, d notifications.Device) error

	mu       sync.Mutex
	attempts int
	pushed   []string
	// badges are those pushed, as "token badge".
	badges []string
	times  []time.Time
}

func (p *pusher) Push(_ context.Context, d notifications.Device, n notifications.Worded, badge int) error {
	return p.push(d, d.Token+" "+n.Key, badge)
}

func (p *pusher) SetBadge(_ context.Context, d notifications.Device, badge int) error {
	return p.push(d, d.Token+" badge", badge)
}

func (p *pusher) push(d notifications.Device, what string, badge int) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.attempts++
	p.times = append(p.times, time.Now())
	if p.fail != nil {
		if err := p.fail(p.attempts, d); err != nil {
			return err
		}
	}
	p.pushed = append(p.pushed, what)
	p.badges = append(p.badges, fmt.Sprintf("%s %d", d.Token, badge))
	return nil
}

// wantBadges fails unless just these badges were pushed, alone or not, in any order, and forgets them.
func (p *pusher) wantBadges(t *testing.T, want ...string) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	got := slices.Sorted(slices.Values(p.badges))
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("the badges are %q, want %q", got, want)
	}
	p.badges = nil
}

// wantPushed fails unless just these were pushed, in any order.
func (p *pusher) wantPushed(t *testing.T, want ...string) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	got := slices.Sorted(slices.Values(p.pushed))
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("pushed %q, want %q", got, want)
	}
}
