package notifications

import (
	"strings"
	"testing"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
)

// Every kind of the contract is one that can be told of and switched off, by the same name.
func TestKindsAreThoseOfTheContract(t *testing.T) {
	switches := (&v1.NotificationPreferences{}).ProtoReflect().Descriptor().Fields()
	names := map[string]bool{}
	for i := range switches.Len() {
		names[string(switches.Get(i).Name())] = true
	}
	kinds := v1.NotificationKind_NOTIFICATION_KIND_UNSPECIFIED.Descriptor().Values()
	if len(names) != len(kindToProto) || kinds.Len() != len(kindToProto)+1 {
		t.Errorf("%d switches, %d kinds of the contract, %d kinds", len(names), kinds.Len()-1, len(kindToProto))
	}
	for kind, sent := range kindToProto {
		if !names[string(kind)] || sent.String() != "NOTIFICATION_KIND_"+strings.ToUpper(string(kind)) {
			t.Errorf("%q is sent as %s", kind, sent)
		}
	}
}

func TestPlatformsAreThoseOfTheContract(t *testing.T) {
	platforms := v1.DevicePlatform_DEVICE_PLATFORM_UNSPECIFIED.Descriptor().Values()
	if platforms.Len() != len(platformFromProto)+1 {
		t.Errorf("%d platforms of the contract, %d platforms", platforms.Len()-1, len(platformFromProto))
	}
	for sent, platform := range platformFromProto {
		if sent.String() != "DEVICE_PLATFORM_"+strings.ToUpper(string(platform)) {
			t.Errorf("%s is %q", sent, platform)
		}
	}
}
