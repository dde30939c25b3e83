package notifications

import (
	"strings"
	"testing"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
)

// Every kind of the contract can be told of, by the word by which users.Preferences.Wants knows it.
func TestKindsAreThoseOfTheContract(t *testing.T) {
	kinds := v1.NotificationKind_NOTIFICATION_KIND_UNSPECIFIED.Descriptor().Values()
	if kinds.Len() != len(kindToProto)+1 {
		t.Errorf("%d kinds of the contract, %d kinds", kinds.Len()-1, len(kindToProto))
	}
	for kind, sent := range kindToProto {
		if sent.String() != "NOTIFICATION_KIND_"+strings.ToUpper(string(kind)) {
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
