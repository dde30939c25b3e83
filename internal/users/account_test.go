package users_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/structpb"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/auth"
	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/identity"
	"github.com/dongbaejul/dongbaejul/internal/users"
)

func TestADeletedAccountTellsNothingOfWhoseItWas(t *testing.T) {
	f := open(t)
	u := f.signIn(t, "manager", "김민수")
	_, err := f.UpdateProfile(as(t, u), &v1.UpdateProfileRequest{
		SkillLevel: v1.SkillLevel_SKILL_LEVEL_EXPERT.Enum(),
		Preferences: &v1.Preferences{
			Notifications: []*v1.NotificationPreference{off(v1.NotificationKind_NOTIFICATION_KIND_NOTICE)},
			App:           &structpb.Struct{Fields: map[string]*structpb.Value{"home": structpb.NewStringValue("동탄")}},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := f.store.SaveBandToken(t.Context(), u.ID, []byte("sealed")); err != nil {
		t.Fatal(err)
	}
	session := auth.Session{ID: "s1", UserID: u.ID, CreatedAt: start, LastUsedAt: start, ExpiresAt: start.AddDate(1, 0, 0)}
	if err := f.store.CreateSession(t.Context(), session); err != nil {
		t.Fatal(err)
	}
	f.clock.advance(time.Hour)
	f.changes.take()
	if s, err := f.Summary(t.Context(), u.ID); err != nil || s.DisplayName != "김민수" {
		t.Fatal(s, err)
	}

	res, err := f.DeleteAccount(as(t, u), &v1.DeleteAccountRequest{})
	if err != nil || res.Message != "success" {
		t.Fatal(res, err)
	}
	want := users.User{
		ID: u.ID, Role: identity.Member, Status: users.Withdrawn, CreatedAt: u.CreatedAt, LastSeenAt: u.LastSeenAt,
		RightsChangedAt: f.clock.now,
	}
	got := f.stored(t, u.ID)
	if mark := regexp.MustCompile(`^erased:[0-9a-f]{32}$`); !mark.MatchString(got.BandUserID) {
		t.Errorf("Band's user key is %q", got.BandUserID)
	}
	if got.BandUserID = ""; !equal(got, want) {
		t.Errorf("left\n%+v, want\n%+v", got, want)
	}
	if _, err := f.store.BandToken(t.Context(), u.ID); fault.KindOf(err) != fault.NotFound {
		t.Errorf("the Band token: %v", err)
	}
	if s, err := f.store.Session(t.Context(), "s1"); fault.KindOf(err) != fault.NotFound {
		t.Errorf("the session: %+v, %v", s, err)
	}
	if told := f.changes.take(); !slices.Equal(told, []string{u.ID}) {
		t.Errorf("announced %q", told)
	}
	if s, err := f.Summary(t.Context(), u.ID); err != nil || s.DisplayName != "" || !s.Withdrawn || s.Avatar != "" {
		t.Errorf("shown as %v, %v", s, err)
	}
	if log := f.audited.String(); !strings.Contains(log, `msg="account deleted" audit.user_id=`+u.ID) || strings.Contains(log, "김민수") {
		t.Errorf("audited %q", log)
	}
}

func TestWhoComesBackAfterDeletingIsSomebodyNew(t *testing.T) {
	f := open(t)
	admin, u := f.signIn(t, "admin", "회장"), f.signIn(t, "a", "김민수")
	if _, err := f.DeleteAccount(as(t, u), &v1.DeleteAccountRequest{}); err != nil {
		t.Fatal(err)
	}
	_, err := f.UpdateMember(as(t, admin), &v1.UpdateMemberRequest{MemberId: u.ID, Status: v1.UserStatus_USER_STATUS_ACTIVE.Enum()})
	wantFault(t, err, fault.Precondition, "MEMBER_ERASED")
	again, created, err := f.SignIn(t.Context(), users.BandPerson{UserKey: "key-a", Name: "김민수"})
	if err != nil || !created || again.ID == u.ID || again.Status != users.Active {
		t.Errorf("%+v, created %v, %v", again, created, err)
	}
	// Two deleted accounts were the same person's.
	if _, err := f.DeleteAccount(as(t, again), &v1.DeleteAccountRequest{}); err != nil {
		t.Error(err)
	}
}
