package users

import (
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
)

func TestPreferencesAreMergedSwitchBySwitch(t *testing.T) {
	kept := Preferences{MutedKinds: []string{"comment", "notice"}, HideStats: true}
	got := kept.merged(&v1.Preferences{
		Notifications: &v1.NotificationPreferences{Notice: proto.Bool(true), Broadcast: proto.Bool(false), Comment: proto.Bool(false)},
		Privacy:       &v1.PrivacyPreferences{ShowOnlineStatus: proto.Bool(false)},
	})
	if want := []string{"broadcast", "comment"}; !slices.Equal(got.MutedKinds, want) {
		t.Errorf("muted %q, want %q", got.MutedKinds, want)
	}
	if !got.HideOnline || !got.HideStats || got.RefuseDirectMessages {
		t.Errorf("privacy %+v", got)
	}
	if !slices.Equal(kept.MutedKinds, []string{"comment", "notice"}) || kept.HideOnline {
		t.Errorf("merging changed what was merged into: %+v", kept)
	}
	if again := got.merged(nil); !slices.Equal(again.MutedKinds, got.MutedKinds) || again.HideOnline != got.HideOnline {
		t.Errorf("a request that says nothing changed %+v to %+v", got, again)
	}
}

// What is sent back is understood as it was meant, and at first everything is on.
func TestPreferencesRoundTrip(t *testing.T) {
	for _, p := range []Preferences{
		{},
		{MutedKinds: []string{"chat_message", "mention", "promoted"}, HideOnline: true, HideStats: true, RefuseDirectMessages: true},
	} {
		sent := preferencesToProto(p)
		got := Preferences{MutedKinds: []string{"notice"}, HideOnline: !p.HideOnline}.merged(sent)
		if !slices.Equal(got.MutedKinds, p.MutedKinds) || got.HideOnline != p.HideOnline || got.HideStats != p.HideStats ||
			got.RefuseDirectMessages != p.RefuseDirectMessages {
			t.Errorf("%+v came back as %+v", p, got)
		}
	}
	first := preferencesToProto(Preferences{})
	if !first.Notifications.GetGameStarting() || !first.Privacy.GetAllowDirectMessages() {
		t.Errorf("not everything is on at first: %v", first)
	}
}

// A switch is named after its kind of notification, which is what the kinds muted are compared with.
func TestEveryKindOfNotificationHasASwitch(t *testing.T) {
	switches := new(v1.NotificationPreferences).ProtoReflect().Descriptor().Fields()
	for number, name := range v1.NotificationKind_name {
		if number == 0 {
			continue
		}
		word := protoreflect.Name(strings.ToLower(strings.TrimPrefix(name, "NOTIFICATION_KIND_")))
		if switches.ByName(word) == nil {
			t.Errorf("no switch %q for %s", word, name)
		}
	}
}
