package storetest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/dongbaejul/dongbaejul/internal/hangul"
	"github.com/dongbaejul/dongbaejul/internal/identity"
	"github.com/dongbaejul/dongbaejul/internal/store"
	"github.com/dongbaejul/dongbaejul/internal/users"
)

var userListCases = []testCase{
	{"UsersByID returns those that exist", func(t *testing.T, s store.Store) {
		u, v := user("u", "김민수"), user("v", "이영희")
		v.Status = users.Withdrawn
		createUsers(t, s, u, v, user("w", "박철수"))
		asked := []string{"v", "unknown", "u", "v"}
		for len(asked) < 1000 {
			asked = append(asked, fmt.Sprint("unknown ", len(asked)))
		}
		got, err := s.UsersByID(t.Context(), asked)
		must(t, err)
		slices.SortFunc(got, func(a, b users.User) int { return strings.Compare(a.ID, b.ID) })
		equal(t, "the users", got, []users.User{keptUser(u), keptUser(v)})
		for _, none := range [][]string{nil, {}, {"unknown"}} {
			got, err = s.UsersByID(t.Context(), none)
			must(t, err)
			equal(t, "the users of none", got, nil)
		}
	}},
	{"ListMembers returns those of a status in order", func(t *testing.T, s store.Store) {
		createUsers(t, s, user("5", "하늘"), user("4", "가을"), user("3", "가을"), user("2", "Bob"), user("1", "나래"))
		for _, status := range []users.Status{users.Suspended, users.Withdrawn} {
			u := user(string(status), "가나다")
			u.Status = status
			createUsers(t, s, u)
		}
		for _, c := range []struct {
			filter users.Filter
			want   []string
		}{
			{users.Filter{Status: users.Active, Limit: 100}, []string{"2", "3", "4", "1", "5"}},
			{users.Filter{Status: users.Active, Limit: 2}, []string{"2", "3"}},
			{users.Filter{Status: users.Active, Limit: 2, Offset: 3}, []string{"1", "5"}},
			{users.Filter{Status: users.Active, Limit: 2, Offset: 4}, []string{"5"}},
			{users.Filter{Status: users.Active, Limit: 2, Offset: 5}, nil},
			{users.Filter{Status: users.Active, Limit: 2, Search: "  "}, []string{"2", "3"}},
		} {
			got, total, err := s.ListMembers(t.Context(), c.filter)
			must(t, err)
			equal(t, fmt.Sprintf("the ids of %+v", c.filter), userIDs(got), c.want)
			equal(t, "the total", total, 5)
		}
		for _, search := range []string{"", "가나", "ㄱㄴㄷ"} {
			got, total, err := s.ListMembers(t.Context(), users.Filter{Status: users.Suspended, Search: search, Limit: 2})
			must(t, err)
			equal(t, fmt.Sprintf("who is suspended, by %q", search), userIDs(got), []string{"suspended"})
			equal(t, "the total", total, 1)
		}
		got, _, err := s.ListMembers(t.Context(), users.Filter{Status: users.Active, Limit: 1, Offset: 2})
		must(t, err)
		equal(t, "a whole member", got, []users.User{keptUser(user("4", "가을"))})
	}},
	{"ListMembers searches as hangul.Contains does", func(t *testing.T, s store.Store) {
		names := []string{"김민수", "김수민", "까치", "Kim Minsu", "이 몫", "ㄳ 클럽", hangul.NFC("박넋"), "최김", "100%_'\\", "정\u200b민\u3164수", "Ｊｅｎ 🏸"}
		for i, name := range names {
			createUsers(t, s, user(fmt.Sprint(i), name))
		}
		for _, query := range []string{
			"민수", "ㄱㅁㅅ", "김ㅁ", "ㄱ", "ㄲ", "ㄱㅅ", "ㄳ", "ㅁㅅ", "kim", "KIM m", "\u1100\u1175\u11b7", " 김민 ", "%", "_", "'", "\\", "없음", "몫", "ㅁㄳ",
			"정민수", "ㅈㅁㅅ", "\uffb8\uffb1", "\u110c\u1106", "jen", "🏸", "민\u200b수", "\u3164",
		} {
			var want []string
			for i, name := range names {
				if hangul.Contains(name, query) {
					want = append(want, fmt.Sprint(i))
				}
			}
			got, total, err := s.ListMembers(t.Context(), users.Filter{Status: users.Active, Search: query, Limit: 100})
			must(t, err)
			ids := userIDs(got)
			slices.Sort(ids)
			slices.Sort(want)
			equal(t, fmt.Sprintf("who is found by %q", query), ids, want)
			equal(t, "the total", total, len(want))
		}
	}},
	{"ListMembers pages through what a search finds", func(t *testing.T, s store.Store) {
		for i := range 5 {
			createUsers(t, s, user(fmt.Sprint("found ", i), fmt.Sprint("김민수 ", i)), user(fmt.Sprint("other ", i), fmt.Sprint("강 ", i)))
		}
		gone := user("gone", "김민수")
		gone.Status = users.Withdrawn
		createUsers(t, s, gone)
		got, total, err := s.ListMembers(t.Context(), users.Filter{Status: users.Active, Search: "ㅁㅅ", Offset: 3, Limit: 3})
		must(t, err)
		equal(t, "the second page", userIDs(got), []string{"found 3", "found 4"})
		equal(t, "the total", total, 5)
		got, total, err = s.ListMembers(t.Context(), users.Filter{Status: users.Active, Search: "ㅁㅅ", Offset: 6, Limit: 3})
		must(t, err)
		equal(t, "the page after the last", got, nil)
		equal(t, "the total", total, 5)
	}},
	{"ListMembers continues after a member while others are added and removed", func(t *testing.T, s store.Store) {
		for i, name := range []string{"강민수", "김민수", "김민수", "박민수", "이민수", "최민수"} {
			createUsers(t, s, user(fmt.Sprint(i), name), user(fmt.Sprint("other ", i), "하늘"))
		}
		for i, search := range []string{"", "ㅁㅅ", "김"} {
			want := []string{"1", "2", "3", "4", "5"}
			if search == "" {
				for i := range 6 {
					want = append(want, fmt.Sprint("other ", i))
				}
			} else if search == "김" {
				want = want[:2]
			}
			var got []string
			f := users.Filter{Status: users.Active, Search: search, Offset: 3, After: &users.Position{Name: "강민수", ID: "0"}, Limit: 2}
			for {
				page, total, err := s.ListMembers(t.Context(), f)
				must(t, err)
				equal(t, "the total", total, 0)
				for _, u := range page {
					if !strings.HasPrefix(u.ID, "new") {
						got = append(got, u.ID)
					}
				}
				if len(page) < f.Limit {
					break
				}
				last := page[len(page)-1]
				f.After = &users.Position{Name: last.DisplayName, ID: last.ID}
				createUsers(t, s, user(fmt.Sprint("new ", i, len(got)), "가민수"))
			}
			equal(t, fmt.Sprintf("who is listed by %q", search), got, want)
		}
	}},
	{"ListMembers finds who is renamed by the new name", func(t *testing.T, s store.Store) {
		createUsers(t, s, user("u", "김민수"))
		_, err := s.UpdateUser(t.Context(), "u", func(u *users.User) error {
			u.DisplayName = "이영희"
			return nil
		})
		must(t, err)
		for query, want := range map[string]int{"ㄱㅁㅅ": 0, "ㅇㅇㅎ": 1} {
			_, total, err := s.ListMembers(t.Context(), users.Filter{Status: users.Active, Search: query, Limit: 1})
			must(t, err)
			equal(t, "the total for "+query, total, want)
		}
	}},

	{"ActiveIDs and CountActiveAdmins follow role and status", func(t *testing.T, s store.Store) {
		check := func(admins int, want ...string) {
			t.Helper()
			ids, err := s.ActiveIDs(t.Context())
			must(t, err)
			slices.Sort(ids)
			equal(t, "the active ids", ids, want)
			n, err := s.CountActiveAdmins(t.Context())
			must(t, err)
			equal(t, "the active admins", n, admins)
		}
		check(0)
		a, b := user("a", "김민수"), user("b", "이영희")
		a.Role, b.Role = identity.Admin, identity.Manager
		createUsers(t, s, a, b)
		check(1, "a", "b")
		_, err := s.UpdateUser(t.Context(), "b", func(u *users.User) error {
			u.Role = identity.Admin
			return nil
		})
		must(t, err)
		check(2, "a", "b")
		_, err = s.UpdateUser(t.Context(), "a", func(u *users.User) error {
			u.Status = users.Suspended
			return nil
		})
		must(t, err)
		check(1, "b")
	}},
	{"Stats of who has none", func(t *testing.T, s store.Store) {
		createUsers(t, s, user("u", "김민수"))
		for _, id := range []string{"u", "unknown"} {
			got, err := s.Stats(t.Context(), id)
			must(t, err)
			equal(t, "the stats", got, users.Stats{Rating: 1500})
		}
	}},
}

func userIDs(all []users.User) []string {
	var ids []string
	for _, u := range all {
		ids = append(ids, u.ID)
	}
	return ids
}
