package users_test

import (
	"slices"
	"strings"
	"testing"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/users"
)

func TestNobodyTakesAnothersName(t *testing.T) {
	f := open(t)
	leader, manager, u := f.signIn(t, "admin", "박대표"), f.signIn(t, "manager", "이총무"), f.signIn(t, "a", "김민수")
	rename := func(u users.User, name string) (string, error) {
		res, err := f.UpdateProfile(as(t, u), &v1.UpdateProfileRequest{DisplayName: &name})
		return res.GetUser().GetDisplayName(), err
	}
	for _, name := range []string{"박대표", "박 대표", "박\u200b대표"} {
		got, err := rename(u, name)
		if err != nil || got != name+" (2)" {
			t.Errorf("%q is stored as %q, %v", name, got, err)
		}
		if got, err = rename(u, "김민수"); err != nil || got != "김민수" {
			t.Errorf("back to %q, %v", got, err)
		}
	}
	for _, name := range []string{"관리자", "회장", "탈퇴한 회원", "аdmin"} {
		_, err := rename(u, name)
		wantFault(t, err, fault.Invalid, "INVALID_FIELD")
		if f.stored(t, u.ID).DisplayName != "김민수" {
			t.Errorf("called %q", f.stored(t, u.ID).DisplayName)
		}
	}
	for name, by := range map[string]users.User{"운영진": manager, "회장": leader} {
		if got, err := rename(by, name); err != nil || got != name {
			t.Errorf("%q of somebody who is that: %q, %v", name, got, err)
		}
	}
	// An office that is lost takes its name along.
	_, err := f.UpdateMember(as(t, leader), &v1.UpdateMemberRequest{MemberId: manager.ID, Role: v1.Role_ROLE_MEMBER.Enum()})
	if err != nil || f.stored(t, manager.ID).DisplayName != "이총무" {
		t.Errorf("a manager no more is called %q, %v", f.stored(t, manager.ID).DisplayName, err)
	}
	shown, err := f.Summaries(t.Context(), []string{leader.ID, manager.ID, "nobody"})
	if err != nil || shown[leader.ID].GetRole() != v1.Role_ROLE_ADMIN || shown[manager.ID].GetRole() != v1.Role_ROLE_MEMBER ||
		shown["nobody"].GetRole() != v1.Role_ROLE_UNSPECIFIED {
		t.Errorf("shown as %v, %v", shown, err)
	}
}

// A name that comes from Band lets its user in, whatever it is.
func TestNamesFromBandAreToldApart(t *testing.T) {
	f := open(t)
	long := strings.Repeat("가", 40)
	for _, c := range []struct{ who, name, want string }{
		{"a", "김민수", "김민수"}, {"b", "김민수", "김민수 (2)"}, {"c", "김 민수", "김 민수 (3)"},
		{"d", "관리자", "회원"}, {"e", "탈퇴한 회원", "회원 (2)"}, {"admin", "회장", "회장"},
		{"f", long, long}, {"g", long, long[:36*3] + " (2)"},
	} {
		for range 2 {
			if got := f.signIn(t, c.who, c.name); got.DisplayName != c.want || got.BandName != c.name {
				t.Errorf("%s is called %q by Band, and %q here, want %q", c.name, got.BandName, got.DisplayName, c.want)
			}
		}
	}
	// Band's name is followed, with a mark or without one, and a name that was given up is free.
	for _, c := range []struct{ who, name, want string }{
		{"a", "이지훈", "이지훈"}, {"b", "이지훈", "이지훈 (2)"}, {"h", "김민수", "김민수"},
	} {
		if got := f.signIn(t, c.who, c.name); got.DisplayName != c.want {
			t.Errorf("%s is called %q, want %q", c.name, got.DisplayName, c.want)
		}
	}
}

// Many who take one name at once have names of their own.
func TestOneNameTakenByManyAtOnce(t *testing.T) {
	f := open(t)
	var people []users.User
	for i := range 12 {
		people = append(people, f.signIn(t, string(rune('a'+i)), string(rune('가'+i))))
	}
	names := make(chan string, len(people))
	for _, u := range people {
		go func() {
			res, err := f.UpdateProfile(as(t, u), &v1.UpdateProfileRequest{DisplayName: new("홍길동")})
			if err != nil {
				t.Error(err)
			}
			names <- res.GetUser().GetDisplayName()
		}()
	}
	var got []string
	for range people {
		got = append(got, <-names)
	}
	slices.Sort(got)
	if all := len(slices.Compact(slices.Clone(got))); all != len(people) || got[0] != "홍길동" {
		t.Errorf("%d names of %d: %q", all, len(people), got)
	}
}
