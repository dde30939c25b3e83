package users_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/identity"
	"github.com/dongbaejul/dongbaejul/internal/users"
)

// member is what Band says of "key-"+who.
func member(who, name string, role identity.Role) users.BandMember {
	return users.BandMember{BandPerson: users.BandPerson{UserKey: "key-" + who, Name: name, Image: "https://img.example/" + who}, Role: role}
}

// learn learns of people and returns their users.
func (f *fixture) learn(t *testing.T, people ...users.BandMember) ([]users.User, users.Learned) {
	t.Helper()
	ids, learned, err := f.Learn(t.Context(), people)
	if err != nil {
		t.Fatal(err)
	}
	var found []users.User
	for _, p := range people {
		found = append(found, f.stored(t, ids[p.UserKey]))
	}
	return found, learned
}

func TestPeopleOfBandBecomeUsers(t *testing.T) {
	f := open(t)
	joined := start.Add(-1000 * time.Hour)
	kim, lee := member("kim", "김민수", identity.Member), member("lee", "이영희", identity.Manager)
	kim.JoinedAt = joined
	mentioned := users.BandMember{BandPerson: users.BandPerson{UserKey: "key-park", Name: "박지성"}, Mentioned: true}
	found, learned := f.learn(t, kim, lee, mentioned)
	if !slices.Equal(learned.New, []string{"key-kim", "key-lee", "key-park"}) || len(learned.Updated) != 0 {
		t.Errorf("%+v", learned)
	}
	for i, want := range []users.User{
		{DisplayName: "김민수", Role: identity.Member, BandRole: identity.Member, CreatedAt: joined, Avatar: "https://img.example/kim"},
		{DisplayName: "이영희", Role: identity.Manager, BandRole: identity.Manager, CreatedAt: start, Avatar: "https://img.example/lee"},
		{DisplayName: "박지성", Role: identity.Member, CreatedAt: start},
	} {
		got := found[i]
		if got.DisplayName != want.DisplayName || got.Role != want.Role || got.BandRole != want.BandRole || !got.CreatedAt.Equal(want.CreatedAt) ||
			got.Avatar != want.Avatar || got.Status != users.Active || !got.LastSeenAt.IsZero() {
			t.Errorf("%+v", got)
		}
	}
	f.changes.take()
	if _, learned := f.learn(t, kim, lee, mentioned); len(learned.New)+len(learned.Updated) != 0 || len(f.changes.take()) != 0 {
		t.Errorf("again: %+v", learned)
	}
	lee.Name, lee.Image = "이순희", ""
	found, learned = f.learn(t, lee)
	if !slices.Equal(learned.Updated, []string{"key-lee"}) || found[0].DisplayName != "이순희" || found[0].Avatar != "" || !slices.Equal(f.changes.take(), []string{found[0].ID}) {
		t.Errorf("%+v, %+v", learned, found[0])
	}
	// What a user has chosen stays.
	f.set(t, found[0].ID, func(u *users.User) { u.DisplayName, u.NameKey = "나", "nakey" })
	lee.Name = "이미자"
	if found, _ = f.learn(t, lee); found[0].DisplayName != "나" || found[0].BandName != "이미자" {
		t.Errorf("%+v", found[0])
	}
	// Who signs in is who was learned of.
	if u := f.signIn(t, "lee", "이미자"); u.ID != found[0].ID || u.Role != identity.Manager {
		t.Errorf("%+v", u)
	}
}

func TestRolesFollowBandsWordWhenItChanges(t *testing.T) {
	const none = identity.Role("")
	for _, c := range []struct {
		name  string
		steps []any // a string is a role given here, an identity.Role what Band says
		want  identity.Role
	}{
		{"a co-leader", []any{identity.Member, identity.Manager}, identity.Manager},
		{"no co-leader any more", []any{identity.Manager, identity.Member}, identity.Member},
		{"a leader steps down", []any{identity.Admin, identity.Manager}, identity.Manager},
		{"given here, Band says nothing new", []any{identity.Member, "manager", identity.Member}, identity.Manager},
		{"taken here, Band says nothing new", []any{identity.Manager, "member", identity.Manager}, identity.Member},
		{"taken here, and made co-leader again", []any{identity.Manager, "member", identity.Member, identity.Manager}, identity.Manager},
		{"raised here, and no co-leader any more", []any{identity.Manager, "admin", identity.Member}, identity.Admin},
		{"Band does not say", []any{identity.Manager, none, none}, identity.Manager},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := open(t)
			f.learn(t, member("other", "회장", identity.Admin))
			for _, step := range c.steps {
				if role, ok := step.(identity.Role); ok {
					f.learn(t, member("kim", "김민수", role))
					continue
				}
				u := f.signIn(t, "kim", "김민수")
				f.set(t, u.ID, func(u *users.User) { u.Role = identity.Role(step.(string)) })
			}
			if u := f.signIn(t, "kim", "김민수"); u.Role != c.want {
				t.Errorf("%q, want %q", u.Role, c.want)
			}
		})
	}
}

func TestTheLastAdminAndTheOfficersStay(t *testing.T) {
	f := open(t)
	f.learn(t, member("kim", "김민수", identity.Admin))
	found, learned := f.learn(t, member("kim", "김민수", identity.Member))
	if found[0].Role != identity.Admin {
		t.Errorf("the last admin is %s, %+v", found[0].Role, learned)
	}
	f.learn(t, member("lee", "이영희", identity.Admin))
	if found, _ = f.learn(t, member("kim", "김민수", identity.Member)); found[0].Role != identity.Member {
		t.Errorf("with another admin: %s", found[0].Role)
	}
	f.learn(t, member("manager", "총무", identity.Manager))
	if found, _ = f.learn(t, member("manager", "총무", identity.Member)); found[0].Role != identity.Manager {
		t.Errorf("who is to be a manager: %s", found[0].Role)
	}
}

func TestWhoHasLeftIsWithdrawnAndComesBack(t *testing.T) {
	f := open(t)
	kim, lee := member("kim", "김민수", identity.Admin), member("lee", "이영희", identity.Member)
	found, _ := f.learn(t, kim, lee)
	suspended := f.signIn(t, "park", "박지성")
	f.set(t, suspended.ID, func(u *users.User) { u.Status = users.Suspended })
	n, err := f.WithdrawUnlisted(t.Context(), map[string]bool{"key-kim": true})
	if err != nil || n != 1 {
		t.Fatalf("%d, %v", n, err)
	}
	if u := f.stored(t, found[1].ID); u.Status != users.Withdrawn || !u.LeftBand || u.DisplayName != "이영희" {
		t.Errorf("%+v", u)
	}
	if u := f.stored(t, suspended.ID); u.Status != users.Suspended {
		t.Errorf("%+v", u)
	}
	// An author is no proof of a member; the list and a sign-in are.
	if again, _ := f.learn(t, lee); again[0].Status != users.Withdrawn {
		t.Errorf("an author: %+v", again[0])
	}
	lee.Listed = true
	if again, learned := f.learn(t, lee); again[0].Status != users.Active || again[0].LeftBand || len(learned.Updated) != 1 {
		t.Errorf("listed: %+v", again[0])
	}
	if err := f.LeftBand(t.Context(), "key-lee"); err != nil {
		t.Fatal(err)
	}
	if u := f.signIn(t, "lee", "이영희"); u.Status != users.Active || u.LeftBand {
		t.Errorf("signed in: %+v", u)
	}
	if err := f.LeftBand(t.Context(), "key-nobody"); err != nil {
		t.Error(err)
	}
	// Whom an admin withdraws stays withdrawn.
	f.set(t, found[1].ID, func(u *users.User) { u.Status = users.Withdrawn })
	if again, _ := f.learn(t, lee); again[0].Status != users.Withdrawn {
		t.Errorf("withdrawn here: %+v", again[0])
	}
	// The club keeps its last admin.
	if n, err := f.WithdrawUnlisted(t.Context(), map[string]bool{"key-nobody": true}); err != nil || n != 0 {
		t.Errorf("%d, %v", n, err)
	}
	if u := f.stored(t, found[0].ID); u.Status != users.Active {
		t.Errorf("%+v", u)
	}
	admins, err := f.Admins(t.Context())
	if err != nil || !slices.Equal(admins, []string{found[0].ID}) {
		t.Errorf("%v, %v", admins, err)
	}
}

// TestWhoDeletedTheirAccountIsNotMadeAUserAgain has somebody delete the account here who is still in the Band.
func TestWhoDeletedTheirAccountIsNotMadeAUserAgain(t *testing.T) {
	f := open(t)
	kim := member("kim", "김민수", identity.Manager)
	kim.Listed = true
	f.learn(t, kim, member("lee", "이영희", identity.Admin))
	gone := f.signIn(t, "kim", "김민수")
	for range 2 {
		if again, learned := f.learn(t, kim); again[0].ID != gone.ID || len(learned.New) != 0 {
			t.Errorf("before: %+v, %+v", again[0], learned)
		}
		if _, err := f.DeleteAccount(as(t, gone), &v1.DeleteAccountRequest{}); err != nil {
			t.Fatal(err)
		}
		again, learned := f.learn(t, kim)
		u := again[0]
		if len(learned.New)+len(learned.Updated) != 0 || u.Status != users.Withdrawn || u.DisplayName != "" || u.BandName != "" || u.Avatar != "" || u.Role != identity.Member ||
			strings.Contains(u.BandUserID, "kim") {
			t.Errorf("%+v, %+v", u, learned)
		}
		ids, err := f.UsersOfBand(t.Context(), []string{"key-kim", "key-nobody"})
		if err != nil || len(ids) != 1 || ids["key-kim"] != u.ID {
			t.Errorf("%v, %v", ids, err)
		}
		if n, err := f.WithdrawUnlisted(t.Context(), map[string]bool{"key-lee": true}); err != nil || n != 0 {
			t.Errorf("%d, %v", n, err)
		}
		// Only a sign-in makes an account again, a new one.
		before := gone.ID
		if gone = f.signIn(t, "kim", "김민수"); gone.ID == before || gone.Status != users.Active {
			t.Errorf("%+v", gone)
		}
	}
}
