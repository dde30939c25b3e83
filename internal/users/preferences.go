package users

import (
	"slices"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
)

// Wants tells whether the user wants notifications of a kind, by its name in the contract's NotificationPreferences.
func (p Preferences) Wants(kind string) bool { return !slices.Contains(p.MutedKinds, kind) }

// merged gives p with what a request sets; what it leaves out stays. p's own slices are not changed.
func (p Preferences) merged(in *v1.Preferences) Preferences {
	in.GetNotifications().ProtoReflect().Range(func(kind protoreflect.FieldDescriptor, on protoreflect.Value) bool {
		p.MutedKinds = slices.DeleteFunc(slices.Clone(p.MutedKinds), func(k string) bool { return k == string(kind.Name()) })
		if !on.Bool() {
			p.MutedKinds = append(p.MutedKinds, string(kind.Name()))
		}
		return true
	})
	slices.Sort(p.MutedKinds)
	if privacy := in.GetPrivacy(); privacy != nil {
		mergeOff(&p.HideOnline, privacy.ShowOnlineStatus)
		mergeOff(&p.HideStats, privacy.ShowStats)
		mergeOff(&p.RefuseDirectMessages, privacy.AllowDirectMessages)
	}
	return p
}

// mergeOff sets what is kept as switched off from what the contract has as switched on.
func mergeOff(off, on *bool) {
	if on != nil {
		*off = !*on
	}
}

// preferencesToProto names every switch, so that a client need not know what is on at first.
func preferencesToProto(p Preferences) *v1.Preferences {
	notifications := new(v1.NotificationPreferences)
	fields := notifications.ProtoReflect().Descriptor().Fields()
	for i := range fields.Len() {
		kind := fields.Get(i)
		notifications.ProtoReflect().Set(kind, protoreflect.ValueOfBool(p.Wants(string(kind.Name()))))
	}
	return &v1.Preferences{
		Notifications: notifications,
		Privacy: &v1.PrivacyPreferences{
			ShowOnlineStatus:    proto.Bool(!p.HideOnline),
			ShowStats:           proto.Bool(!p.HideStats),
			AllowDirectMessages: proto.Bool(!p.RefuseDirectMessages),
		},
	}
}
