package users_test

import (
	"context"
	"reflect"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/users"
)

func equal(a, b users.User) bool {
	if len(a.Preferences.MutedKinds) == 0 && len(b.Preferences.MutedKinds) == 0 {
		a.Preferences.MutedKinds, b.Preferences.MutedKinds = nil, nil
	}
	// It follows from the name.
	a.NameKey, b.NameKey = "", ""
	return reflect.DeepEqual(a, b)
}

func TestLookingAtOnesProfileMarksOneAsSeenOnceAMinute(t *testing.T) {
	f := open(t)
	u := f.signIn(t, "a", "김민수")
	for _, tt := range []struct{ wait, seen time.Duration }{
		{time.Minute - time.Second, 0},
		{time.Second, time.Minute},
		{time.Second, time.Minute},
		{time.Hour, time.Hour + time.Minute + time.Second},
	} {
		f.clock.advance(tt.wait)
		res, err := f.GetProfile(as(t, u), &v1.GetProfileRequest{})
		if err != nil {
			t.Fatal(err)
		}
		want := start.Add(tt.seen)
		if got := res.User.LastSeenAt.AsTime(); !got.Equal(want) || !f.stored(t, u.ID).LastSeenAt.Equal(want) {
			t.Errorf("seen at %v, want %v", got, want)
		}
		if res.User.DisplayName != "김민수" || res.User.BandUserId != "key-a" || res.User.Status != v1.UserStatus_USER_STATUS_ACTIVE ||
			res.User.Role != v1.Role_ROLE_MEMBER || res.User.Band.Name != "김민수" || res.Stats.Rating != 1500 || res.Stats.WinRate != 0 {
			t.Errorf("profile %v", res)
		}
	}
}

func TestAProfileIsChangedPartByPart(t *testing.T) {
	f := open(t)
	u := f.signIn(t, "a", "김민수")
	update := func(req *v1.UpdateProfileRequest) *v1.UserProfile {
		t.Helper()
		f.changes.take()
		res, err := f.UpdateProfile(as(t, u), req)
		if err != nil {
			t.Fatal(err)
		}
		if told := f.changes.take(); len(told) != 1 || told[0] != u.ID {
			t.Errorf("announced %q", told)
		}
		if stored := f.Profile(f.stored(t, u.ID)); !proto.Equal(stored, res.User) {
			t.Errorf("answered %v, stored %v", res.User, stored)
		}
		return res.User
	}
	got := update(&v1.UpdateProfileRequest{DisplayName: proto.String("민수")})
	if got.DisplayName != "민수" || got.Avatar != "https://img.example/a" || got.SkillLevel != v1.SkillLevel_SKILL_LEVEL_UNSPECIFIED {
		t.Errorf("with a name: %v", got)
	}
	got = update(&v1.UpdateProfileRequest{
		Avatar: proto.String(""), SkillLevel: v1.SkillLevel_SKILL_LEVEL_EXPERT.Enum(),
		Preferences: &v1.Preferences{Notifications: []*v1.NotificationPreference{off(v1.NotificationKind_NOTIFICATION_KIND_COMMENT)}},
	})
	if got.DisplayName != "민수" || got.Avatar != "" || got.SkillLevel != v1.SkillLevel_SKILL_LEVEL_EXPERT {
		t.Errorf("with the rest: %v", got)
	}
	got = update(&v1.UpdateProfileRequest{
		Preferences: &v1.Preferences{Privacy: &v1.PrivacyPreferences{ShowStats: proto.Bool(false)}},
	})
	if on := switchedOn(got); on[v1.NotificationKind_NOTIFICATION_KIND_COMMENT] || !on[v1.NotificationKind_NOTIFICATION_KIND_REPLY] || got.Preferences.Privacy.GetShowStats() ||
		!got.Preferences.Privacy.GetShowOnlineStatus() || got.SkillLevel != v1.SkillLevel_SKILL_LEVEL_EXPERT {
		t.Errorf("with one switch more: %v", got)
	}
}

func off(kind v1.NotificationKind) *v1.NotificationPreference {
	return &v1.NotificationPreference{Kind: kind, Enabled: proto.Bool(false)}
}

func switchedOn(p *v1.UserProfile) map[v1.NotificationKind]bool {
	on := make(map[v1.NotificationKind]bool)
	for _, n := range p.GetPreferences().GetNotifications() {
		on[n.GetKind()] = n.GetEnabled()
	}
	return on
}

// Only the avatar that a user has may be other than https: it came from a simulator.
func TestAnAvatarIsHTTPSUnlessItStays(t *testing.T) {
	f := open(t)
	u := f.signIn(t, "a", "김민수")
	f.set(t, u.ID, func(u *users.User) { u.Avatar = "http://127.0.0.1:3000/a.png" })
	for _, c := range []struct {
		avatar string
		fails  bool
	}{{"http://127.0.0.1:3000/b.png", true}, {"http://127.0.0.1:3000/a.png", false}, {"https://img.example/a", false}, {"http://127.0.0.1:3000/a.png", true}, {"", false}} {
		res, err := f.UpdateProfile(as(t, u), &v1.UpdateProfileRequest{Avatar: &c.avatar})
		if c.fails {
			wantFault(t, err, fault.Invalid, "INVALID_FIELD")
		} else if err != nil || res.User.Avatar != c.avatar {
			t.Errorf("%q: %v, %v", c.avatar, res, err)
		}
	}
}

// pictures are uploads of one user, by their IDs: whether each is kept. Each hook is called once.
type pictures struct {
	used                 map[string]bool
	afterUse, beforeFree func()
}

func (p *pictures) URL(fileID string) string { return "https://club.example/photos/" + fileID }

func (p *pictures) UseAvatar(_ context.Context, _, url string) (string, error) {
	fileID := strings.TrimPrefix(url, p.URL(""))
	if fileID == url {
		return "", nil
	}
	p.used[fileID] = true
	once(&p.afterUse)
	return fileID, nil
}

func (p *pictures) FreeAvatar(_ context.Context, _, fileID string) error {
	once(&p.beforeFree)
	p.used[fileID] = false
	return nil
}

func (p *pictures) EraseUploads(context.Context, string) error { return nil }

func once(hook *func()) {
	if f := *hook; f != nil {
		*hook = nil
		f()
	}
}

// The upload that is the avatar is kept, and no other one, whatever calls change it at once.
func TestTheAvatarIsKept(t *testing.T) {
	for _, what := range []string{"one after another", "chosen while it is freed", "freed while it is chosen", "chosen in vain"} {
		t.Run(what, func(t *testing.T) {
			f := open(t)
			p := &pictures{used: make(map[string]bool)}
			f.SetUploads(p)
			u := f.signIn(t, "a", "김민수")
			choose := func(fileID string) {
				t.Helper()
				res, err := f.UpdateProfile(as(t, u), &v1.UpdateProfileRequest{Avatar: proto.String(p.URL(fileID))})
				if err != nil || res.GetUser().GetAvatar() != p.URL(fileID) {
					t.Errorf("the avatar is %s, %v", res.GetUser().GetAvatar(), err)
				}
			}
			choose("first")
			switch what {
			case "one after another":
				choose("second")
				choose("first")
			case "chosen while it is freed":
				p.beforeFree = func() { choose("first") }
				choose("second")
			case "freed while it is chosen":
				p.afterUse = func() { choose("second") }
				choose("first")
			case "chosen in vain":
				_, err := f.UpdateProfile(as(t, u), &v1.UpdateProfileRequest{
					Avatar: proto.String(p.URL("second")), Preferences: &v1.Preferences{App: &structpb.Struct{Fields: map[string]*structpb.Value{
						"a": structpb.NewStringValue(strings.Repeat("x", 1<<20)),
					}}},
				})
				if err == nil {
					t.Error("the preferences were taken")
				}
			}
			if stored := f.stored(t, u.ID); stored.AvatarFile != "first" || stored.Avatar != "" || !p.used["first"] || p.used["second"] {
				t.Errorf("the avatar is %q, %q, kept are %v", stored.AvatarFile, stored.Avatar, p.used)
			}
		})
	}
}

// A level that nobody has set is answered as unspecified, and can be put back.
func TestALevelThatIsUnspecifiedStays(t *testing.T) {
	f := open(t)
	u := f.signIn(t, "a", "김민수")
	unspecified := v1.SkillLevel_SKILL_LEVEL_UNSPECIFIED.Enum()
	for _, want := range []users.SkillLevel{"", users.Expert} {
		f.set(t, u.ID, func(u *users.User) { u.SkillLevel = want })
		if _, err := f.UpdateProfile(as(t, u), &v1.UpdateProfileRequest{SkillLevel: unspecified}); err != nil {
			t.Fatal(err)
		}
		if got := f.stored(t, u.ID).SkillLevel; got != want {
			t.Errorf("the level is %q, want %q", got, want)
		}
	}
}

func TestADeletedAccountDoesNotGetItsNameBack(t *testing.T) {
	f := open(t)
	u := f.signIn(t, "a", "김민수")
	if _, err := f.DeleteAccount(as(t, u), &v1.DeleteAccountRequest{}); err != nil {
		t.Fatal(err)
	}
	_, err := f.UpdateProfile(as(t, u), &v1.UpdateProfileRequest{DisplayName: proto.String("김민수")})
	wantFault(t, err, fault.NotFound, "MEMBER_NOT_FOUND")
	if got := f.stored(t, u.ID).DisplayName; got != "" {
		t.Errorf("called %q", got)
	}
}

// A handler mounted without authentication serves nobody.
func TestNobodyIsRefused(t *testing.T) {
	f := open(t)
	for name, call := range map[string]func(context.Context) error{
		"GetProfile": func(ctx context.Context) error { _, err := f.GetProfile(ctx, &v1.GetProfileRequest{}); return err },
		"UpdateProfile": func(ctx context.Context) error {
			_, err := f.UpdateProfile(ctx, &v1.UpdateProfileRequest{})
			return err
		},
		"ListMembers":  func(ctx context.Context) error { _, err := f.ListMembers(ctx, &v1.ListMembersRequest{}); return err },
		"GetMember":    func(ctx context.Context) error { _, err := f.GetMember(ctx, &v1.GetMemberRequest{}); return err },
		"UpdateMember": func(ctx context.Context) error { _, err := f.UpdateMember(ctx, &v1.UpdateMemberRequest{}); return err },
		"SyncBandMembers": func(ctx context.Context) error {
			_, err := f.SyncBandMembers(ctx, &v1.SyncBandMembersRequest{})
			return err
		},
		"DeleteAccount": func(ctx context.Context) error {
			_, err := f.DeleteAccount(ctx, &v1.DeleteAccountRequest{})
			return err
		},
	} {
		if err := call(t.Context()); fault.KindOf(err) != fault.Unauthenticated {
			t.Errorf("%s: %v", name, err)
		}
	}
}
