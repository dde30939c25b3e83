package users_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/auth"
	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/notifications"
	"github.com/dongbaejul/dongbaejul/internal/testkit"
	"github.com/dongbaejul/dongbaejul/internal/users"
)

// hangingUp is a store whose caller hangs up as soon as a user has been changed.
type hangingUp struct {
	users.Store
	hangUp func()
}

func (s *hangingUp) UpdateUser(ctx context.Context, id string, f func(*users.User) error) (users.User, error) {
	u, err := s.Store.UpdateUser(ctx, id, f)
	if s.hangUp != nil && err == nil {
		s.hangUp()
	}
	return u, err
}

func (f *fixture) session(t *testing.T, userID string) string {
	t.Helper()
	id := "session of " + userID
	err := f.store.CreateSession(t.Context(), auth.Session{ID: id, UserID: userID, CreatedAt: start, LastUsedAt: start, ExpiresAt: start.AddDate(1, 0, 0)})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// What follows from a change that is stored happens although the caller has hung up.
func TestACallerWhoHangsUpChangesNothingAboutWhatFollows(t *testing.T) {
	change := func(req *v1.UpdateMemberRequest) func(*fixture, context.Context, users.User) error {
		return func(f *fixture, ctx context.Context, u users.User) error {
			_, err := f.UpdateMember(ctx, &v1.UpdateMemberRequest{MemberId: u.ID, Role: req.Role, Status: req.Status})
			return err
		}
	}
	for name, c := range map[string]struct {
		call     func(*fixture, context.Context, users.User) error
		byMember bool
		ends     bool
	}{
		"suspended": {change(&v1.UpdateMemberRequest{Status: v1.UserStatus_USER_STATUS_SUSPENDED.Enum()}), false, true},
		"withdrawn": {change(&v1.UpdateMemberRequest{Status: v1.UserStatus_USER_STATUS_WITHDRAWN.Enum()}), false, true},
		"promoted":  {change(&v1.UpdateMemberRequest{Role: v1.Role_ROLE_MANAGER.Enum()}), false, false},
		"deleted": {func(f *fixture, ctx context.Context, _ users.User) error {
			_, err := f.DeleteAccount(ctx, &v1.DeleteAccountRequest{})
			return err
		}, true, true},
	} {
		t.Run(name, func(t *testing.T) {
			store := new(hangingUp)
			f := openOn(t, func(s users.Store) users.Store { store.Store = s; return store })
			admin, u := f.signIn(t, "admin", "회장"), f.signIn(t, "a", "김민수")
			session := f.session(t, u.ID)
			device := notifications.Device{ID: "d", Token: "d", UserID: u.ID, SessionID: session, Platform: notifications.IOS, RegisteredAt: start}
			if _, err := f.store.PutDevice(t.Context(), device, 20); err != nil {
				t.Fatal(err)
			}
			var left []string
			f.OnLeave(func(ctx context.Context, userID string) error { left = append(left, userID); return ctx.Err() })
			f.changes.take()
			caller := admin
			if c.byMember {
				caller = u
			}
			ctx, hangUp := context.WithCancel(as(t, caller))
			defer hangUp()
			store.hangUp = hangUp
			if err := c.call(f, ctx, u); err != nil {
				t.Error(err)
			}
			if told := f.changes.take(); !slices.Contains(told, u.ID) {
				t.Errorf("announced %q", told)
			}
			s, err := f.store.Session(t.Context(), session)
			if c.byMember { // nothing is kept of a deleted account
				if fault.KindOf(err) != fault.NotFound {
					t.Errorf("the session: %+v, %v", s, err)
				}
			} else if err != nil || s.RevokedAt.IsZero() == c.ends {
				t.Errorf("the session: %+v, %v", s, err)
			}
			if slices.Equal(left, []string{u.ID}) != c.ends {
				t.Errorf("told that %q have left", left)
			}
			if devices, err := f.store.Devices(t.Context(), []string{u.ID}); err != nil || (len(devices) == 0) != c.ends {
				t.Errorf("the devices: %+v, %v", devices, err)
			}
		})
	}
}

// A change of rights is followed up until no call that was let in before it can be running any more, also by a process that was
// started after the one that stored it has died.
func TestAChangeOfRightsIsFollowedUp(t *testing.T) {
	f := open(t)
	f.signIn(t, "admin", "회장")
	u, promoted := f.signIn(t, "a", "김민수"), f.signIn(t, "b", "이지훈")
	session := f.session(t, u.ID)
	f.set(t, u.ID, func(u *users.User) { u.Status, u.RightsChangedAt = users.Suspended, f.clock.now })
	f.set(t, promoted.ID, func(u *users.User) { u.RightsChangedAt = f.clock.now })
	f.changes.take()
	left := make(chan string, 100)
	fails := errors.New("the games are away")
	f.OnLeave(func(_ context.Context, userID string) error { left <- userID; err := fails; fails = nil; return err })

	owed := func() int {
		found, err := f.store.UsersWithChangedRights(t.Context(), "", 10)
		if err != nil {
			t.Fatal(err)
		}
		return len(found)
	}
	// run follows up once, and waits until there are as many to follow up.
	run := func(then int) {
		t.Helper()
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { defer close(ended); f.Run(ctx) }()
		testkit.Eventually(t, "the change is followed up", func() bool {
			f.changes.mu.Lock()
			defer f.changes.mu.Unlock()
			return slices.Contains(f.changes.told, u.ID) && slices.Contains(f.changes.told, promoted.ID) && owed() == then
		})
		stop()
		<-ended
		f.changes.take()
	}
	run(2)
	if s, err := f.store.Session(t.Context(), session); err != nil || s.RevokedAt.IsZero() {
		t.Errorf("the session: %+v, %v", s, err)
	}
	if got := <-left; got != u.ID {
		t.Errorf("%s has left", got)
	}
	// Calls from before may be running.
	f.clock.advance(59 * time.Second)
	run(2)
	f.clock.advance(time.Second)
	run(0)
	if len(left) != 2 {
		t.Errorf("told %d times more who has left, want 2", len(left))
	}
}
