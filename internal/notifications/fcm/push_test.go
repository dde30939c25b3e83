package fcm_test

import (
	"context"
	"errors"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/notifications"
	"github.com/dongbaejul/dongbaejul/internal/notifications/fcm"
)

var (
	phone = notifications.Device{Token: "secret-device-token", UserID: "u", Platform: notifications.Android}
	news  = notifications.Worded{Title: "secret-title", Body: "secret-body", Notification: notifications.Notification{
		ID: "n1", Seq: 7, Notice: notifications.Notice{UserID: "u", Kind: notifications.KindComment, PostID: "p1", CommentID: "c1"},
	}}
)

func TestWhatEachPlatformGets(t *testing.T) {
	type object = map[string]any
	for platform, want := range map[notifications.Platform]object{
		notifications.Android: {"android": object{
			"collapse_key": "n1", "priority": "HIGH", "notification": object{"tag": "n1", "notification_count": 3.0},
		}},
		notifications.IOS: {"apns": object{
			"headers": object{"apns-collapse-id": "n1"}, "payload": object{"aps": object{"badge": 3.0, "sound": "default"}},
		}},
	} {
		g := serve(t)
		d := phone
		d.Platform = platform
		if err := g.pusher(t).Push(t.Context(), d, news, 3); err != nil {
			t.Fatal(err)
		}
		want["token"] = "secret-device-token"
		want["notification"] = object{"title": "secret-title", "body": "secret-body"}
		want["data"] = object{"id": "n1", "seq": "7", "kind": "comment", "badge": "3", "post_id": "p1", "comment_id": "c1"}
		if !reflect.DeepEqual(g.sent, []object{want}) {
			t.Errorf("%s got %v, want %v", platform, g.sent, want)
		}
	}
}

// A badge comes without a word and without a sound.
func TestWhatEachPlatformGetsOfABadge(t *testing.T) {
	type object = map[string]any
	for platform, want := range map[notifications.Platform]object{
		notifications.Android: {"android": object{"collapse_key": "badge", "priority": "NORMAL"}},
		notifications.IOS: {"apns": object{
			"headers": object{"apns-collapse-id": "badge", "apns-push-type": "alert", "apns-priority": "5"}, "payload": object{"aps": object{"badge": 0.0}},
		}},
	} {
		g := serve(t)
		d := phone
		d.Platform = platform
		if err := g.pusher(t).SetBadge(t.Context(), d, 0); err != nil {
			t.Fatal(err)
		}
		want["token"] = "secret-device-token"
		want["data"] = object{"kind": "badge", "badge": "0"}
		if !reflect.DeepEqual(g.sent, []object{want}) {
			t.Errorf("%s got %v, want %v", platform, g.sent, want)
		}
	}
}

func TestALongNotificationFits(t *testing.T) {
	g := serve(t)
	long := news
	long.Title, long.Body = strings.Repeat("🏸", 100), strings.Repeat("🏸", 1000)
	if err := g.pusher(t).Push(t.Context(), phone, long, 3); err != nil {
		t.Fatal(err)
	}
	body := g.sent[0]["notification"].(map[string]any)["body"].(string)
	if want := strings.Repeat("🏸", 299) + "…"; body != want {
		t.Errorf("the body has %d characters", len([]rune(body)))
	}
}

func TestRefusals(t *testing.T) {
	const fcmError = `{"@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError", "errorCode": "CODE"}`
	const badField = `{"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": [{"field": "FIELD", "description": "secret-body"}]}`
	failure := func(status, details string) string {
		return `{"error": {"code": 1, "message": "secret-device-token", "status": "` + status + `", "details": [` + details + `]}}`
	}
	of := func(code string) string { return strings.Replace(fcmError, "CODE", code, 1) }
	at := func(field string) string { return strings.Replace(badField, "FIELD", field, 1) }
	for name, c := range map[string]struct {
		status     int
		retryAfter string
		body       string
		kind       fault.Kind
		wait       time.Duration
	}{
		"unregistered":         {status: 404, body: failure("NOT_FOUND", of("UNREGISTERED")), kind: fault.NotFound},
		"of another sender":    {status: 403, body: failure("PERMISSION_DENIED", of("SENDER_ID_MISMATCH")), kind: fault.NotFound},
		"not a token":          {status: 400, body: failure("INVALID_ARGUMENT", of("INVALID_ARGUMENT")), kind: fault.NotFound},
		"not a token, named":   {status: 400, body: failure("INVALID_ARGUMENT", of("INVALID_ARGUMENT")+","+at("message.token")), kind: fault.NotFound},
		"another field":        {status: 400, body: failure("INVALID_ARGUMENT", at("message.data[0].value"))},
		"another field, coded": {status: 400, body: failure("INVALID_ARGUMENT", at("message.data")+","+of("INVALID_ARGUMENT"))},
		"too large":            {status: 400, body: failure("INVALID_ARGUMENT", "")},
		"no such project":      {status: 404, body: failure("NOT_FOUND", "")},
		"no permission":        {status: 403, body: failure("PERMISSION_DENIED", "")},
		"Apple's certificate":  {status: 401, body: failure("UNAUTHENTICATED", of("THIRD_PARTY_AUTH_ERROR"))},
		"not signed in":        {status: 401, body: failure("UNAUTHENTICATED", "")},
		"too many":             {status: 429, body: failure("RESOURCE_EXHAUSTED", of("QUOTA_EXCEEDED")), kind: fault.Exhausted, wait: time.Minute},
		"too many, for a time": {status: 429, retryAfter: "7", kind: fault.Exhausted, wait: 7 * time.Second},
		"internal":             {status: 500, body: failure("INTERNAL", of("INTERNAL")), kind: fault.Unavailable},
		"a proxy's page":       {status: 502, body: "<html>secret-body</html>", kind: fault.Unavailable},
		"away":                 {status: 503, retryAfter: "120", body: failure("UNAVAILABLE", of("UNAVAILABLE")), kind: fault.Unavailable, wait: 2 * time.Minute},
		"away until long ago":  {status: 503, retryAfter: "Mon, 02 Jan 2006 15:04:05 GMT", kind: fault.Unavailable},
		"away, who knows":      {status: 503, retryAfter: "-1", kind: fault.Unavailable},
		"a strange code":       {status: 400, body: failure("secret-body", of("secret-body"))},
	} {
		t.Run(name, func(t *testing.T) {
			g := serve(t)
			g.answer = func(w http.ResponseWriter, _ *http.Request) {
				if c.retryAfter != "" {
					w.Header().Set("Retry-After", c.retryAfter)
				}
				answer(w, c.status, c.body)
			}
			wantRefusal(t, g.pusher(t).Push(t.Context(), phone, news, 3), c.kind, c.wait)
		})
	}
}

// wantRefusal fails unless err is of the kind, 0 for none, asks for the wait, and reveals nothing.
func wantRefusal(t *testing.T, err error, kind fault.Kind, wait time.Duration) {
	t.Helper()
	if err == nil || fault.KindOf(err) != kind {
		t.Fatalf("got %v of the kind %q, want %q", err, fault.KindOf(err), kind)
	}
	if e, ok := errors.AsType[*fault.Error](err); ok && e.RetryAfter != wait {
		t.Errorf("it asks to wait %s, want %s", e.RetryAfter, wait)
	}
	if strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "127.0.0.1:") && strings.Contains(err.Error(), "/v1/") {
		t.Errorf("the error gives away: %v", err)
	}
}

func TestNoToken(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		body   string
		kind   fault.Kind
	}{
		"the account is refused": {status: 400, body: `{"error": "invalid_grant", "error_description": "secret"}`},
		"too many":               {status: 429, kind: fault.Unavailable},
		"away":                   {status: 503, body: "secret", kind: fault.Unavailable},
		"an empty answer":        {status: 200, body: `{}`, kind: fault.Unavailable},
		"not JSON":               {status: 200, body: `secret`, kind: fault.Unavailable},
	} {
		t.Run(name, func(t *testing.T) {
			g := serve(t)
			g.grant = func(w http.ResponseWriter, _ *http.Request) { answer(w, c.status, c.body) }
			wantRefusal(t, g.pusher(t).Push(t.Context(), phone, news, 3), c.kind, 0)
		})
	}
}

func TestNobodyAnswers(t *testing.T) {
	g := serve(t)
	p := g.pusher(t)
	g.Close()
	wantRefusal(t, p.Push(t.Context(), phone, news, 3), fault.Unavailable, 0)

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := p.Push(ctx, phone, news, 3)
	if fault.KindOf(err) != 0 || !errors.Is(err, context.Canceled) {
		t.Errorf("when the caller has gone: %v", err)
	}
}

func TestASlowServiceIsAway(t *testing.T) {
	g := serve(t)
	release := make(chan struct{})
	g.answer = func(http.ResponseWriter, *http.Request) { <-release }
	defer close(release)
	p, err := fcm.New(fcm.Config{Credentials: g.keyFile(t), URL: g.URL, HTTP: &http.Client{Timeout: 100 * time.Millisecond}})
	if err != nil {
		t.Fatal(err)
	}
	wantRefusal(t, p.Push(t.Context(), phone, news, 3), fault.Unavailable, 0)
}
