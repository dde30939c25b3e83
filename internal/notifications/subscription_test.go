package notifications_test

import (
	"fmt"
	"strings"
	"testing"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/identity"
)

// The example of RFC 8291.
const (
	examplePoint = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
	exampleAuth  = "BTBZMqHH6r4Tts7J_aSIgg"
)

func subscriptionJSON(endpoint, p256dh, auth string) string {
	return fmt.Sprintf(`{"endpoint": %q, "expirationTime": null, "keys": {"p256dh": %q, "auth": %q}}`, endpoint, p256dh, auth)
}

func registerBrowser(t *testing.T, f *fixture, token string) error {
	t.Helper()
	_, err := f.RegisterDevice(as(t, "u", identity.Member), &v1.RegisterDeviceRequest{Token: token, Platform: v1.DevicePlatform_DEVICE_PLATFORM_WEB})
	return err
}

// However a client writes a subscription, it is one device.
func TestABrowserIsRegisteredByItsSubscription(t *testing.T) {
	f := open(t)
	f.member(t, "u")
	const endpoint = "https://fcm.googleapis.com/fcm/send/a:b"
	for _, token := range []string{
		subscriptionJSON(endpoint, examplePoint, exampleAuth),
		`{"keys":{"auth":"` + exampleAuth + `","p256dh":"` + examplePoint + `"},"endpoint":"` + endpoint + `"}`,
	} {
		if err := registerBrowser(t, f, token); err != nil {
			t.Fatal(err)
		}
	}
	want := `{"endpoint":"` + endpoint + `","keys":{"p256dh":"` + examplePoint + `","auth":"` + exampleAuth + `"}}`
	if got := f.tokens(t, "u"); len(got) != 1 || got[0] != want {
		t.Errorf("the devices are %q", got)
	}
}

func TestTokensThatAreNoSubscription(t *testing.T) {
	f := open(t)
	f.member(t, "u")
	const endpoint = "https://updates.push.services.mozilla.com/wpush/v2/x"
	for name, token := range map[string]string{
		"a token of Firebase":      "dQw4w9WgXcQ:APA91b",
		"another JSON":             `["endpoint"]`,
		"nothing":                  `{}`,
		"http":                     subscriptionJSON("http://updates.push.services.mozilla.com/x", examplePoint, exampleAuth),
		"a file":                   subscriptionJSON("file:///etc/passwd", examplePoint, exampleAuth),
		"another port":             subscriptionJSON("https://push.example:8443/x", examplePoint, exampleAuth),
		"a user":                   subscriptionJSON("https://user:password@push.example/x", examplePoint, exampleAuth),
		"no host":                  subscriptionJSON("https:///x", examplePoint, exampleAuth),
		"a long endpoint":          subscriptionJSON("https://push.example/"+strings.Repeat("x", 2048), examplePoint, exampleAuth),
		"no key":                   subscriptionJSON(endpoint, "", exampleAuth),
		"a key that is no point":   subscriptionJSON(endpoint, "BA"+strings.Repeat("A", 85), exampleAuth),
		"a key that is no base64":  subscriptionJSON(endpoint, "?"+examplePoint[1:], exampleAuth),
		"a short secret":           subscriptionJSON(endpoint, examplePoint, exampleAuth[:20]),
		"a secret that is no text": `{"endpoint": "` + endpoint + `", "keys": {"p256dh": "` + examplePoint + `", "auth": 1}}`,
	} {
		if err := registerBrowser(t, f, token); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := f.tokens(t, "u"); got != nil {
		t.Errorf("u has %q", got)
	}
}
