package storetest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/identity"
	"github.com/dongbaejul/dongbaejul/internal/store"
	"github.com/dongbaejul/dongbaejul/internal/users"
)

func user(id, name string) users.User {
	return users.User{
		ID: id, BandUserID: "band-" + id, DisplayName: name, Avatar: "https://example.com/a.png", Role: identity.Member,
		Status: users.Active, SkillLevel: users.Intermediate, BandName: "밴드 " + name, BandImage: "https://example.com/b.png",
		CreatedAt: noon, LastSeenAt: noon.Add(time.Minute), NameKey: "key of " + id, RightsChangedAt: noon.Add(time.Hour),
		BandRole: identity.Manager, LeftBand: true,
	}
}

// keptUser is u as a store returns it.
func keptUser(u users.User) users.User {
	u.CreatedAt, u.LastSeenAt, u.RightsChangedAt = kept(u.CreatedAt), kept(u.LastSeenAt), kept(u.RightsChangedAt)
	return u
}

func createUsers(t testing.TB, s store.Store, all ...users.User) {
	t.Helper()
	for _, u := range all {
		_, created, err := s.CreateUser(t.Context(), u)
		must(t, err)
		equal(t, "created", created, true)
	}
}

var usersCases = []testCase{
	{"CreateUser keeps every field", func(t *testing.T, s store.Store) {
		u := user("u", "김민수")
		u.Avatar, u.AvatarFile = "", "file"
		u.Preferences = users.Preferences{
			MutedKinds: []string{"chat", "notice"}, HideOnline: true, HideStats: true, RefuseDirectMessages: true,
			QuietFrom: 23 * 60, QuietTo: 6*60 + 30,
		}
		got, created, err := s.CreateUser(t.Context(), u)
		must(t, err)
		equal(t, "created", created, true)
		equal(t, "what it returns", got, keptUser(u))
		got, err = s.User(t.Context(), "u")
		must(t, err)
		equal(t, "the user by ID", got, keptUser(u))
		got, err = s.UserByBand(t.Context(), "band-u")
		must(t, err)
		equal(t, "the user by BandUserID", got, keptUser(u))
	}},
	{"Who is not there is not found", func(t *testing.T, s store.Store) {
		createUsers(t, s, user("u", "김민수"))
		_, err := s.User(t.Context(), "unknown")
		wantKind(t, err, fault.NotFound)
		_, err = s.UserByBand(t.Context(), "unknown")
		wantKind(t, err, fault.NotFound)
		_, err = s.UpdateUser(t.Context(), "unknown", func(*users.User) error { return nil })
		wantKind(t, err, fault.NotFound)
	}},
	{"CreateUser returns who has the BandUserID", func(t *testing.T, s store.Store) {
		first := user("u", "김민수")
		createUsers(t, s, first)
		second := user("v", "이영희")
		second.BandUserID = first.BandUserID
		for _, again := range []users.User{first, second} {
			got, created, err := s.CreateUser(t.Context(), again)
			must(t, err)
			equal(t, "created", created, false)
			equal(t, "the user", got, keptUser(first))
		}
		_, err := s.User(t.Context(), "v")
		wantKind(t, err, fault.NotFound)
	}},
	{"A NameKey is one user's", func(t *testing.T, s store.Store) {
		u, v := user("u", "김민수"), user("v", "이영희")
		createUsers(t, s, u, v)
		w := user("w", "김민수")
		w.NameKey = u.NameKey
		_, _, err := s.CreateUser(t.Context(), w)
		wantKind(t, err, fault.Exists)
		_, err = s.User(t.Context(), "w")
		wantKind(t, err, fault.NotFound)
		_, err = s.UpdateUser(t.Context(), "v", func(v *users.User) error { v.NameKey, v.DisplayName = u.NameKey, "x"; return nil })
		wantKind(t, err, fault.Exists)
		got, err := s.User(t.Context(), "v")
		must(t, err)
		equal(t, "who was refused it", got, keptUser(v))
		// An empty one is nobody's, and one that was given up is free.
		for _, id := range []string{"u", "v"} {
			_, err := s.UpdateUser(t.Context(), id, func(u *users.User) error { u.NameKey = ""; return nil })
			must(t, err)
		}
		createUsers(t, s, w)
	}},
	{"UsersWithChangedRights goes through those whose change is to be followed up", func(t *testing.T, s store.Store) {
		var want []users.User
		for _, id := range []string{"c", "a", "d", "b"} {
			u := user(id, id)
			if id == "d" {
				u.RightsChangedAt = time.Time{}
			}
			createUsers(t, s, u)
		}
		for _, id := range []string{"a", "b", "c"} {
			want = append(want, keptUser(user(id, id)))
		}
		found := func(after string, limit int) []users.User {
			t.Helper()
			got, err := s.UsersWithChangedRights(t.Context(), after, limit)
			must(t, err)
			return got
		}
		equal(t, "all", found("", 10), want)
		equal(t, "the first two", found("", 2), want[:2])
		equal(t, "those after", found("b", 2), want[2:])
		equal(t, "none", len(found("", 0)), 0)
		_, err := s.UpdateUser(t.Context(), "b", func(u *users.User) error { u.RightsChangedAt = time.Time{}; return nil })
		must(t, err)
		equal(t, "without one that is settled", found("", 10), []users.User{want[0], want[2]})
	}},
	{"UsersByBand returns those that exist", func(t *testing.T, s store.Store) {
		createUsers(t, s, user("a", "가"), user("b", "나"), user("c", "다"))
		erased := user("d", "라")
		erased.BandUserID = ""
		createUsers(t, s, erased)
		got, err := s.UsersByBand(t.Context(), []string{"band-a", "band-c", "band-x", ""})
		must(t, err)
		slices.SortFunc(got, func(a, b users.User) int { return strings.Compare(a.ID, b.ID) })
		equal(t, "the users", got, []users.User{keptUser(user("a", "가")), keptUser(user("c", "다"))})
		none, err := s.UsersByBand(t.Context(), nil)
		must(t, err)
		equal(t, "of none", len(none), 0)
	}},
	{"ActiveAdmins returns the admins who are active", func(t *testing.T, s store.Store) {
		var want []users.User
		for i, id := range []string{"c", "a", "d", "b", "e"} {
			u := user(id, id)
			u.Role = identity.Admin
			switch i {
			case 2:
				u.Role = identity.Manager
			case 4:
				u.Status = users.Suspended
			default:
				want = append(want, keptUser(u))
			}
			createUsers(t, s, u)
		}
		slices.SortFunc(want, func(a, b users.User) int { return strings.Compare(a.ID, b.ID) })
		got, err := s.ActiveAdmins(t.Context(), 10)
		must(t, err)
		equal(t, "all", got, want)
		got, err = s.ActiveAdmins(t.Context(), 2)
		must(t, err)
		equal(t, "two", got, want[:2])
	}},
	{"CreateUser refuses an ID that is taken", func(t *testing.T, s store.Store) {
		createUsers(t, s, user("u", "김민수"))
		other := user("u", "이영희")
		other.BandUserID = "other"
		_, _, err := s.CreateUser(t.Context(), other)
		wantKind(t, err, fault.Exists)
		got, err := s.User(t.Context(), "u")
		must(t, err)
		equal(t, "the user", got, keptUser(user("u", "김민수")))
	}},
	{"CreateUser keeps one of many with a BandUserID", func(t *testing.T, s store.Store) {
		var mu sync.Mutex
		given, created := map[string]int{}, 0
		together(t, 8, func(i int) error {
			u := user(fmt.Sprint(i), "김민수")
			u.BandUserID = "band"
			got, isNew, err := s.CreateUser(t.Context(), u)
			mu.Lock()
			defer mu.Unlock()
			given[got.ID]++
			if isNew {
				created++
			}
			return err
		})
		if len(given) != 1 || created != 1 {
			t.Fatalf("%d were created; callers were given %v", created, given)
		}
	}},
	{"An erased user has no BandUserID", func(t *testing.T, s store.Store) {
		for _, id := range []string{"u", "v"} {
			createUsers(t, s, user(id, "김민수"))
			_, err := s.UpdateUser(t.Context(), id, func(u *users.User) error {
				u.BandUserID = ""
				return nil
			})
			must(t, err)
			_, err = s.UserByBand(t.Context(), "band-"+id)
			wantKind(t, err, fault.NotFound)
		}
		w := user("w", "이영희")
		w.BandUserID = ""
		createUsers(t, s, w)
		_, err := s.UserByBand(t.Context(), "")
		wantKind(t, err, fault.NotFound)
		// Their old ones are free again.
		again := user("x", "김민수")
		again.BandUserID = "band-u"
		createUsers(t, s, again)
	}},

	{"UpdateUser changes all but the ID", func(t *testing.T, s store.Store) {
		createUsers(t, s, user("u", "김민수"))
		want := users.User{
			ID: "u", BandUserID: "other", DisplayName: "이영희", Avatar: "a", AvatarFile: "b", Role: identity.Admin, Status: users.Suspended,
			SkillLevel: users.Expert, Preferences: users.Preferences{HideStats: true, App: `{"a":[1,{"b":null}]}`}, BandName: "b", BandImage: "c",
			CreatedAt: noon.Add(time.Hour), LastSeenAt: noon.Add(2 * time.Hour),
		}
		var before users.User
		got, err := s.UpdateUser(t.Context(), "u", func(u *users.User) error {
			before = *u
			*u = want
			u.ID, u.Preferences.MutedKinds = "changed", []string{}
			return nil
		})
		must(t, err)
		equal(t, "what f got", before, keptUser(user("u", "김민수")))
		equal(t, "what it returns", got, keptUser(want))
		got, err = s.User(t.Context(), "u")
		must(t, err)
		equal(t, "what is stored", got, keptUser(want))
		_, err = s.User(t.Context(), "changed")
		wantKind(t, err, fault.NotFound)
	}},
	{"UpdateUser changes nothing on an error", func(t *testing.T, s store.Store) {
		createUsers(t, s, user("u", "김민수"), user("v", "이영희"))
		_, err := s.UpdateUser(t.Context(), "u", func(u *users.User) error {
			u.DisplayName = "박철수"
			return errRefused
		})
		if !errors.Is(err, errRefused) {
			t.Fatalf("the error is %v", err)
		}
		_, err = s.UpdateUser(t.Context(), "u", func(u *users.User) error {
			u.DisplayName, u.BandUserID = "박철수", "band-v"
			return nil
		})
		wantKind(t, err, fault.Exists)
		got, err := s.User(t.Context(), "u")
		must(t, err)
		equal(t, "the user", got, keptUser(user("u", "김민수")))
	}},
	{"UpdateUser loses no update", func(t *testing.T, s store.Store) {
		createUsers(t, s, user("u", ""))
		together(t, 8, func(int) error {
			for range 20 {
				if _, err := s.UpdateUser(t.Context(), "u", func(u *users.User) error {
					u.DisplayName += "."
					return nil
				}); err != nil {
					return err
				}
			}
			return nil
		})
		got, err := s.User(t.Context(), "u")
		must(t, err)
		equal(t, "the name", got.DisplayName, strings.Repeat(".", 8*20))
	}},
}
