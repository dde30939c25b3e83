package users_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/identity"
	"github.com/dongbaejul/dongbaejul/internal/users"
)

func TestSomebodyNewGetsBandsNameAndTheRoleOfTheirKey(t *testing.T) {
	f := open(t)
	for who, role := range map[string]identity.Role{
		"admin": identity.Admin, "manager": identity.Manager, "member": identity.Member,
	} {
		u, created, err := f.SignIn(t.Context(), users.BandPerson{UserKey: "key-" + who, Name: " 김" + who + " ", Image: "http://img.example/1"})
		if err != nil || !created {
			t.Fatalf("created %v, %v", created, err)
		}
		want := users.User{
			ID: u.ID, BandUserID: "key-" + who, DisplayName: "김" + who, Avatar: "https://img.example/1", Role: role, Status: users.Active,
			BandName: "김" + who, BandImage: "https://img.example/1", CreatedAt: start, LastSeenAt: start,
		}
		if got := f.stored(t, u.ID); !equal(got, want) {
			t.Errorf("%s is\n%+v, want\n%+v", who, got, want)
		}
	}
	if _, _, err := f.SignIn(t.Context(), users.BandPerson{Name: "nobody"}); err == nil {
		t.Error("somebody without a key is let in")
	}
}

func TestBandsNameIsFollowedUntilTheUserChoosesOne(t *testing.T) {
	f := open(t)
	f.signIn(t, "a", "김민수")
	f.clock.advance(time.Hour)
	u := f.signIn(t, "a", "김민수 (A조)")
	if u.DisplayName != "김민수 (A조)" || !u.LastSeenAt.Equal(start.Add(time.Hour)) {
		t.Errorf("signed in again as %+v", u)
	}
	f.set(t, u.ID, func(u *users.User) { u.DisplayName, u.Avatar = "민수", "" })
	again, created, err := f.SignIn(t.Context(), users.BandPerson{UserKey: "key-a", Name: "김민수 (B조)", Image: "https://img.example/new"})
	if err != nil || created || again.ID != u.ID {
		t.Fatalf("%+v, created %v, %v", again, created, err)
	}
	if again.DisplayName != "민수" || again.Avatar != "" || again.BandName != "김민수 (B조)" || again.BandImage != "https://img.example/new" {
		t.Errorf("a name that was chosen became %+v", again)
	}
}

func TestAKeyThatIsConfiguredLaterPromotes(t *testing.T) {
	f := open(t)
	u := f.signIn(t, "manager", "이지훈")
	for _, tt := range []struct{ kept, after identity.Role }{
		{identity.Member, identity.Manager},
		{identity.Manager, identity.Manager},
		// What an admin gave is not taken away.
		{identity.Admin, identity.Admin},
	} {
		f.set(t, u.ID, func(u *users.User) { u.Role = tt.kept })
		f.audited.Reset()
		f.changes.take()
		if got := f.signIn(t, "manager", "이지훈"); got.Role != tt.after {
			t.Errorf("a %s with a manager's key is %s", tt.kept, got.Role)
		}
		if told := f.changes.take(); len(told) != 1 || told[0] != u.ID {
			t.Errorf("announced %q", told)
		}
		if audited := strings.Contains(f.audited.String(), "role changed"); audited != (tt.kept != tt.after) {
			t.Errorf("from %s to %s is audited: %q", tt.kept, tt.after, f.audited.String())
		}
	}
}

func TestWhoIsNotActiveStaysSo(t *testing.T) {
	f := open(t)
	u := f.signIn(t, "admin", "김민수")
	for _, status := range []users.Status{users.Suspended, users.Withdrawn} {
		f.set(t, u.ID, func(u *users.User) { u.Status, u.Role = status, identity.Member })
		before := f.stored(t, u.ID)
		got, created, err := f.SignIn(t.Context(), users.BandPerson{UserKey: "key-admin", Name: "another"})
		if err != nil || created || !equal(got, before) || !equal(f.stored(t, u.ID), before) {
			t.Errorf("%s: %+v, created %v, %v", status, got, created, err)
		}
	}
}

func TestOnePersonOnManyDevicesIsOneUser(t *testing.T) {
	f := open(t)
	var wg sync.WaitGroup
	var mu sync.Mutex
	ids, created := map[string]bool{}, 0
	for range 20 {
		wg.Go(func() {
			u, isNew, err := f.SignIn(t.Context(), users.BandPerson{UserKey: "key-a", Name: "김민수"})
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			ids[u.ID] = true
			if isNew {
				created++
			}
		})
	}
	wg.Wait()
	if len(ids) != 1 || created != 1 {
		t.Errorf("%d users, created %d times", len(ids), created)
	}
}

func TestCopiesOfAUserFollowAnnouncedChangesAtOnce(t *testing.T) {
	f := open(t)
	a, b := f.signIn(t, "a", "김민수"), f.signIn(t, "b", "이지훈")
	names := func() string {
		t.Helper()
		s, err := f.Summaries(t.Context(), []string{a.ID, b.ID, a.ID, "nobody"})
		if err != nil || len(s) != 3 {
			t.Fatalf("%v, %v", s, err)
		}
		if s["nobody"].UserId != "nobody" || s["nobody"].DisplayName != "" || !s["nobody"].Withdrawn {
			t.Errorf("nobody is %v", s["nobody"])
		}
		return s[a.ID].DisplayName + " " + s[b.ID].DisplayName
	}
	if got := names(); got != "김민수 이지훈" {
		t.Error(got)
	}
	f.set(t, a.ID, func(u *users.User) { u.DisplayName = "민수" })
	if got := names(); got != "김민수 이지훈" {
		t.Errorf("%s: the store is asked for every summary", got)
	}
	f.Forget(a.ID)
	if got := names(); got != "민수 이지훈" {
		t.Errorf("%s after the announcement", got)
	}
	f.set(t, b.ID, func(u *users.User) { u.DisplayName = "지훈" })
	f.clock.advance(2 * time.Second)
	if got := names(); got != "민수 지훈" {
		t.Errorf("%s, two seconds after a change nobody announced", got)
	}
	if s, err := f.Summary(t.Context(), b.ID); err != nil || s.Avatar != "https://img.example/b" {
		t.Errorf("%v, %v", s, err)
	}
}

func TestOnlyActiveUsersAreActive(t *testing.T) {
	f := open(t)
	u := f.signIn(t, "a", "김민수")
	if got, err := f.Active(t.Context(), u.ID); err != nil || got.ID != u.ID {
		t.Errorf("%+v, %v", got, err)
	}
	f.set(t, u.ID, func(u *users.User) { u.Status = users.Suspended })
	f.Forget(u.ID)
	_, err := f.Active(t.Context(), u.ID)
	wantFault(t, err, fault.NotFound, "MEMBER_NOT_FOUND")
	_, err = f.Active(t.Context(), "nobody")
	wantFault(t, err, fault.NotFound, "MEMBER_NOT_FOUND")
	if got, err := f.User(t.Context(), u.ID); err != nil || got.Status != users.Suspended {
		t.Errorf("%+v, %v", got, err)
	}
}
