package users

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
)

func preference(kind v1.NotificationKind, enabled bool) *v1.NotificationPreference {
	return &v1.NotificationPreference{Kind: kind, Enabled: &enabled}
}

func TestPreferencesAreMergedSwitchBySwitch(t *testing.T) {
	kept := Preferences{MutedKinds: []string{"comment", "notice"}, HideStats: true}
	got, err := kept.merged(&v1.Preferences{
		Notifications: []*v1.NotificationPreference{
			preference(v1.NotificationKind_NOTIFICATION_KIND_NOTICE, true), preference(v1.NotificationKind_NOTIFICATION_KIND_BROADCAST, false),
			preference(v1.NotificationKind_NOTIFICATION_KIND_COMMENT, false),
		},
		Privacy: &v1.PrivacyPreferences{ShowOnlineStatus: proto.Bool(false)},
	})
	if want := []string{"broadcast", "comment"}; err != nil || !slices.Equal(got.MutedKinds, want) {
		t.Errorf("muted %q, %v, want %q", got.MutedKinds, err, want)
	}
	if !got.HideOnline || !got.HideStats || got.RefuseDirectMessages {
		t.Errorf("privacy %+v", got)
	}
	if !slices.Equal(kept.MutedKinds, []string{"comment", "notice"}) || kept.HideOnline {
		t.Errorf("merging changed what was merged into: %+v", kept)
	}
	if again, err := got.merged(nil); err != nil || !slices.Equal(again.MutedKinds, got.MutedKinds) || again.HideOnline != got.HideOnline {
		t.Errorf("a request that says nothing changed %+v to %+v, %v", got, again, err)
	}
}

// What is sent back is understood as it was meant, and at first everything is on.
func TestPreferencesRoundTrip(t *testing.T) {
	for _, p := range []Preferences{
		{},
		{
			MutedKinds: []string{"chat_message", "mention", "promoted"}, HideOnline: true, HideStats: true, RefuseDirectMessages: true,
			QuietFrom: 22*60 + 30, QuietTo: 7 * 60,
			App: `{"a":"<` + "\u2028" + `\n","b":[1,2.5,-0.001,{"c":null,"d":{}},[[]]],"테마":true}`,
		},
	} {
		sent := preferencesToProto(p)
		got, err := Preferences{MutedKinds: []string{"notice"}, HideOnline: !p.HideOnline, QuietFrom: 1, QuietTo: 2}.merged(sent)
		if err != nil || !slices.Equal(got.MutedKinds, p.MutedKinds) || got.HideOnline != p.HideOnline || got.HideStats != p.HideStats ||
			got.RefuseDirectMessages != p.RefuseDirectMessages || got.App != p.App || got.QuietFrom != p.QuietFrom || got.QuietTo != p.QuietTo {
			t.Errorf("%+v came back as %+v, %v", p, got, err)
		}
	}
	first := preferencesToProto(Preferences{})
	for _, n := range first.GetNotifications() {
		if !n.GetEnabled() {
			t.Errorf("%v is off at first", n.GetKind())
		}
	}
	if !first.GetPrivacy().GetAllowDirectMessages() || first.GetApp() == nil || len(first.GetApp().GetFields()) > 0 {
		t.Errorf("at first: %v", first)
	}
}

func TestQuietHours(t *testing.T) {
	for _, tt := range []struct {
		from, to     string
		quiet, aloud []string
	}{
		{"", "", nil, []string{"00:00", "03:00", "23:59"}},
		{"13:00", "14:30", []string{"13:00", "14:29"}, []string{"12:59", "14:30", "00:00"}},
		{"23:00", "07:00", []string{"23:00", "23:59", "00:00", "06:59"}, []string{"22:59", "07:00", "12:00"}},
		{"00:00", "06:00", []string{"00:00", "05:59"}, []string{"23:59", "06:00"}},
		{"22:00", "00:00", []string{"22:00", "23:59"}, []string{"21:59", "00:00"}},
	} {
		p, err := Preferences{QuietFrom: 1, QuietTo: 2}.merged(&v1.Preferences{QuietHours: &v1.QuietHours{From: tt.from, To: tt.to}})
		if err != nil {
			t.Fatal(err)
		}
		for _, clocks := range []struct {
			at    []string
			quiet bool
		}{{tt.quiet, true}, {tt.aloud, false}} {
			for _, clock := range clocks.at {
				at, err := time.Parse(time.RFC3339, "2026-11-30T"+clock+":30+09:00")
				if err != nil {
					t.Fatal(err)
				}
				if got := p.QuietAt(at.UTC()); got != clocks.quiet {
					t.Errorf("from %s to %s at %s: %t", tt.from, tt.to, clock, got)
				}
			}
		}
	}
}

// Every kind has a switch, once and in the order of the contract.
func TestEveryKindOfNotificationHasASwitch(t *testing.T) {
	switches := preferencesToProto(Preferences{}).GetNotifications()
	if want := len(v1.NotificationKind_name) - 1; len(switches) != want {
		t.Errorf("%d switches, want %d", len(switches), want)
	}
	for i, s := range switches {
		if want := v1.NotificationKind(i + 1); s.GetKind() != want {
			t.Errorf("switch %d is %v, want %v", i, s.GetKind(), want)
		}
	}
}

func TestAppsObjectIsKeptReplacedAndCleared(t *testing.T) {
	p := Preferences{App: `{"theme":"dark"}`}
	for _, c := range []struct {
		name string
		sent *v1.Preferences
		want string
	}{
		{"nothing", nil, `{"theme":"dark"}`},
		{"other preferences", &v1.Preferences{Privacy: &v1.PrivacyPreferences{}}, `{"theme":"dark"}`},
		{"another object", &v1.Preferences{App: appOf(t, `{"size": 2}`)}, `{"size":2}`},
		{"an empty object", &v1.Preferences{App: appOf(t, `{}`)}, ""},
	} {
		if got, err := p.merged(c.sent); err != nil || got.App != c.want {
			t.Errorf("%s: %s, %v, want %s", c.name, got.App, err, c.want)
		}
	}
}

func appOf(t *testing.T, text string) *structpb.Struct {
	t.Helper()
	var fields map[string]any
	if err := json.Unmarshal([]byte(text), &fields); err != nil {
		t.Fatal(err)
	}
	app, err := structpb.NewStruct(fields)
	if err != nil {
		t.Fatal(err)
	}
	return app
}

func TestAppsObjectIsBounded(t *testing.T) {
	fits := `{"가":"` + strings.Repeat("<", maxApp-len(`{"가":""}`)) + `"}`
	for _, c := range []struct {
		name string
		app  *structpb.Struct
		want error
	}{
		{"4096 bytes", appOf(t, fits), nil},
		{"one byte more", appOf(t, strings.Replace(fits, "<", "<<", 1)), errAppTooLarge},
		{"not a number", &structpb.Struct{Fields: map[string]*structpb.Value{"n": structpb.NewNumberValue(math.NaN())}}, errAppNoJSON},
	} {
		_, err := Preferences{}.merged(&v1.Preferences{App: c.app})
		if (err == nil) != (c.want == nil) || err != nil && err.Error() != c.want.Error() && !strings.HasPrefix(err.Error(), c.want.Error()) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
}
