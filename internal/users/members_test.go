package users_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"
	"google.golang.org/protobuf/proto"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/auth"
	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/identity"
	"github.com/dongbaejul/dongbaejul/internal/users"
)

func TestMembersAreFoundByNameAndByInitialConsonants(t *testing.T) {
	f := open(t)
	caller := f.signIn(t, "a", "김민수")
	f.signIn(t, "b", "김미선")
	f.signIn(t, "c", "이민수")
	f.signIn(t, "d", "Jordan Lee")
	gone := f.signIn(t, "e", "김민석")
	f.set(t, gone.ID, func(u *users.User) { u.Status = users.Suspended })
	for _, tt := range []struct {
		search string
		want   []string
	}{
		{"", []string{"Jordan Lee", "김미선", "김민수", "이민수"}},
		{"  ", []string{"Jordan Lee", "김미선", "김민수", "이민수"}},
		{"ㄱㅁㅅ", []string{"김미선", "김민수"}},
		{"ㅁㅅ", []string{"김미선", "김민수", "이민수"}},
		{"민수", []string{"김민수", "이민수"}},
		{norm.NFD.String("민수"), []string{"김민수", "이민수"}},
		{"김ㅁ", []string{"김미선", "김민수"}},
		{"jordan", []string{"Jordan Lee"}},
		{"박", nil},
		{"%", nil},
	} {
		res, err := f.ListMembers(as(t, caller), &v1.ListMembersRequest{Search: tt.search})
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, m := range res.Members {
			names = append(names, m.DisplayName)
		}
		if !slices.Equal(names, tt.want) || int(res.Pagination.Total) != len(tt.want) {
			t.Errorf("%q finds %q of %d, want %q", tt.search, names, res.Pagination.Total, tt.want)
		}
	}
}

func TestMembersComePageByPage(t *testing.T) {
	f := open(t)
	var caller users.User
	for _, who := range []string{"a", "b", "c", "d", "e"} {
		caller = f.signIn(t, who, who)
	}
	for _, tt := range []struct {
		page  int32
		names string
	}{{1, "a b"}, {2, "c d"}, {3, "e"}, {4, ""}} {
		res, err := f.ListMembers(as(t, caller), &v1.ListMembersRequest{Page: proto.Int32(tt.page), Limit: proto.Int32(2)})
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, m := range res.Members {
			names = append(names, m.DisplayName)
		}
		want := &v1.PaginationInfo{Total: 5, Page: tt.page, Pages: 3, Limit: 2}
		if strings.Join(names, " ") != tt.names || !proto.Equal(res.Pagination, want) {
			t.Errorf("page %d: %q, %v", tt.page, names, res.Pagination)
		}
	}
}

func TestMembersComeByToken(t *testing.T) {
	f := open(t)
	var caller users.User
	for _, who := range []string{"b", "c", "d", "e", "f"} {
		caller = f.signIn(t, who, who)
	}
	req := &v1.ListMembersRequest{Limit: proto.Int32(2)}
	var pages []string
	for {
		res, err := f.ListMembers(as(t, caller), req)
		if err != nil {
			t.Fatal(err)
		}
		if (res.Pagination == nil) != (req.PageToken != nil) {
			t.Errorf("page %d has %v", len(pages)+1, res.Pagination)
		}
		var names []string
		for _, m := range res.Members {
			names = append(names, m.DisplayName)
		}
		pages = append(pages, strings.Join(names, " "))
		// Somebody who comes before those of the next page moves none of them.
		f.signIn(t, "a"+pages[0], "a"+pages[0])
		if res.NextPageToken == "" {
			break
		}
		req.PageToken = proto.String(res.NextPageToken)
	}
	if got := strings.Join(pages, ", "); got != "b c, d e, f" {
		t.Errorf("the pages are %q", got)
	}
	for reason, other := range map[string]*v1.ListMembersRequest{
		"PAGE_TOKEN_INVALID": {Search: "b", PageToken: req.PageToken}, "PAGE_OR_CURSOR": {Page: proto.Int32(1), PageToken: req.PageToken},
	} {
		_, err := f.ListMembers(as(t, caller), other)
		var fe *fault.Error
		if !errors.As(err, &fe) || fe.Kind != fault.Invalid || fe.Reason != reason {
			t.Errorf("got %v, want %s", err, reason)
		}
	}
}

func TestMembersShowWhatTheyWant(t *testing.T) {
	f := open(t)
	frank, shy := f.signIn(t, "open", "가"), f.signIn(t, "shy", "나")
	admin := f.signIn(t, "admin", "다")
	f.set(t, shy.ID, func(u *users.User) { u.Preferences.HideOnline, u.Preferences.HideStats = true, true })
	f.online[frank.ID], f.online[shy.ID] = true, true
	for _, tt := range []struct {
		name           string
		caller, member users.User
		online, stats  bool
	}{
		{"somebody open to another", shy, frank, true, true},
		{"somebody shy to another", frank, shy, false, false},
		{"somebody shy to an admin", admin, shy, false, false},
		{"somebody shy to themselves", shy, shy, true, true},
		{"somebody offline", frank, admin, false, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			res, err := f.GetMember(as(t, tt.caller), &v1.GetMemberRequest{MemberId: tt.member.ID})
			if err != nil {
				t.Fatal(err)
			}
			if res.Member.Online != tt.online || (res.Stats != nil) != tt.stats {
				t.Errorf("online %v, stats %v", res.Member.Online, res.Stats)
			}
			list, err := f.ListMembers(as(t, tt.caller), &v1.ListMembersRequest{Search: tt.member.DisplayName})
			if err != nil || len(list.Members) != 1 || !proto.Equal(list.Members[0], res.Member) {
				t.Errorf("listed as %v, %v; shown as %v", list.GetMembers(), err, res.Member)
			}
		})
	}
	f.online["away"] = true
	if res, err := f.GetMember(as(t, shy), &v1.GetMemberRequest{MemberId: frank.ID}); err != nil || res.Member.Online {
		t.Errorf("without presence: %v, %v", res, err)
	}
}

func TestWhoHasLeftIsSeenByWhoManagesMembers(t *testing.T) {
	f := open(t)
	admin, member, gone := f.signIn(t, "admin", "회장"), f.signIn(t, "a", "김민수"), f.signIn(t, "b", "이지훈")
	f.set(t, gone.ID, func(u *users.User) { u.Status = users.Suspended })
	if res, err := f.GetMember(as(t, admin), &v1.GetMemberRequest{MemberId: gone.ID}); err != nil || res.Member.DisplayName != "이지훈" {
		t.Errorf("%v, %v", res, err)
	}
	_, err := f.GetMember(as(t, member), &v1.GetMemberRequest{MemberId: gone.ID})
	wantFault(t, err, fault.NotFound, "MEMBER_NOT_FOUND")
	_, err = f.GetMember(as(t, admin), &v1.GetMemberRequest{MemberId: "nobody"})
	wantFault(t, err, fault.NotFound, "MEMBER_NOT_FOUND")
}

func TestWhoIsNotActiveIsListedForWhoManagesMembers(t *testing.T) {
	f := open(t)
	admin, member := f.signIn(t, "admin", "회장"), f.signIn(t, "a", "김민수")
	suspended, erased := f.signIn(t, "b", "이지훈"), f.signIn(t, "c", "박서연")
	f.set(t, suspended.ID, func(u *users.User) { u.Status = users.Suspended })
	if _, err := f.DeleteAccount(as(t, erased), &v1.DeleteAccountRequest{}); err != nil {
		t.Fatal(err)
	}
	for status, want := range map[v1.UserStatus]string{
		v1.UserStatus_USER_STATUS_ACTIVE: "김민수 회장", v1.UserStatus_USER_STATUS_SUSPENDED: "이지훈", v1.UserStatus_USER_STATUS_WITHDRAWN: "",
	} {
		for _, caller := range []users.User{admin, member} {
			res, err := f.ListMembers(as(t, caller), &v1.ListMembersRequest{Status: &status})
			if caller.ID == member.ID && status != v1.UserStatus_USER_STATUS_ACTIVE {
				wantFault(t, err, fault.Denied, "PERMISSION_DENIED")
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			for _, m := range res.Members {
				names = append(names, m.DisplayName)
				if m.Status != status || m.Withdrawn != (status == v1.UserStatus_USER_STATUS_WITHDRAWN) {
					t.Errorf("%v is listed as %v", m, status)
				}
			}
			if got := strings.Join(names, " "); got != want || len(names) == 0 {
				t.Errorf("%v: %q, want %q", status, got, want)
			}
		}
	}
}

func TestOnlyWhoManagesMembersChangesThem(t *testing.T) {
	f := open(t)
	for _, who := range []string{"a", "manager"} {
		caller := f.signIn(t, who, who)
		_, err := f.UpdateMember(as(t, caller), &v1.UpdateMemberRequest{MemberId: caller.ID, Role: v1.Role_ROLE_ADMIN.Enum()})
		wantFault(t, err, fault.Denied, "PERMISSION_DENIED")
		if got := f.stored(t, caller.ID); got.Role != caller.Role {
			t.Errorf("%s became %s", who, got.Role)
		}
		_, err = f.SyncBandMembers(as(t, caller), &v1.SyncBandMembersRequest{})
		wantFault(t, err, fault.Denied, "PERMISSION_DENIED")
	}
	admin := f.signIn(t, "admin", "회장")
	_, err := f.UpdateMember(as(t, admin), &v1.UpdateMemberRequest{MemberId: "nobody", Role: v1.Role_ROLE_ADMIN.Enum()})
	wantFault(t, err, fault.NotFound, "MEMBER_NOT_FOUND")
	_, err = f.SyncBandMembers(as(t, admin), &v1.SyncBandMembersRequest{})
	wantFault(t, err, fault.Unimplemented, "BAND_SYNC_UNAVAILABLE")
}

func TestAMembersRightsAreChangedAnnouncedAndAudited(t *testing.T) {
	f := open(t)
	admin, u := f.signIn(t, "admin", "회장"), f.signIn(t, "a", "김민수")
	session := auth.Session{ID: "s1", UserID: u.ID, CreatedAt: start, LastUsedAt: start, ExpiresAt: start.AddDate(1, 0, 0)}
	if err := f.store.CreateSession(t.Context(), session); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name    string
		req     *v1.UpdateMemberRequest
		want    func(*users.User)
		audited string
		ended   bool
	}{
		{
			name:    "role and skill level",
			req:     &v1.UpdateMemberRequest{Role: v1.Role_ROLE_MANAGER.Enum(), SkillLevel: v1.SkillLevel_SKILL_LEVEL_ADVANCED.Enum()},
			want:    func(u *users.User) { u.Role, u.SkillLevel = identity.Manager, users.Advanced },
			audited: `msg="role changed" audit.user_id=` + u.ID + " audit.from=member audit.to=manager audit.by=" + admin.ID,
		},
		{
			name: "nothing",
			req:  &v1.UpdateMemberRequest{},
			want: func(*users.User) {},
		},
		{
			name:    "suspended",
			req:     &v1.UpdateMemberRequest{Status: v1.UserStatus_USER_STATUS_SUSPENDED.Enum()},
			want:    func(u *users.User) { u.Status = users.Suspended },
			audited: `msg="status changed" audit.user_id=` + u.ID + " audit.from=active audit.to=suspended audit.by=" + admin.ID,
			ended:   true,
		},
		{
			name:    "active again",
			req:     &v1.UpdateMemberRequest{Status: v1.UserStatus_USER_STATUS_ACTIVE.Enum()},
			want:    func(u *users.User) { u.Status = users.Active },
			audited: `msg="status changed"`,
			ended:   true,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			before := f.stored(t, u.ID)
			want := before
			tt.want(&want)
			if want.Role != before.Role || want.Status != before.Status {
				want.RightsChangedAt = f.clock.now
			}
			f.audited.Reset()
			f.changes.take()
			tt.req.MemberId = u.ID
			res, err := f.UpdateMember(as(t, admin), tt.req)
			if err != nil {
				t.Fatal(err)
			}
			if got := f.stored(t, u.ID); !equal(got, want) || res.Member.Id != u.ID {
				t.Errorf("became %+v, want %+v", got, want)
			}
			if told := f.changes.take(); !slices.Equal(told, []string{u.ID}) {
				t.Errorf("announced %q", told)
			}
			if log := f.audited.String(); !strings.Contains(log, tt.audited) || (tt.audited == "" && log != "") {
				t.Errorf("audited %q", log)
			}
			if s, err := f.store.Session(t.Context(), "s1"); err != nil || s.RevokedAt.IsZero() == tt.ended {
				t.Errorf("session %+v, %v", s, err)
			}
		})
	}
}
