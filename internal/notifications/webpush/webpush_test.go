package webpush_test

import (
	"context"
	"crypto/ecdh"
	"encoding/base64"
	"errors"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/notifications"
	"github.com/dongbaejul/dongbaejul/internal/notifications/webpush"
	"github.com/dongbaejul/dongbaejul/internal/notifications/webpush/webpushtest"
)

var news = notifications.Worded{Title: "secret-title", Body: "secret-body", Notification: notifications.Notification{
	ID: "01234567-89ab-8def-8123-456789abcdef", Seq: 7, Notice: notifications.Notice{UserID: "u", Kind: notifications.KindComment, PostID: "p1", CommentID: "c1"},
}}

func newPusher(t *testing.T, service *webpushtest.Service) *webpush.Pusher {
	t.Helper()
	key, err := webpush.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	p, err := webpush.New(webpush.Config{Key: key, Subject: "mailto:club@example.com", HTTP: service.Client()})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func deviceOf(b *webpushtest.Browser) notifications.Device {
	return notifications.Device{Token: b.Subscription(), UserID: "u", Platform: notifications.Web}
}

func TestABrowserReadsWhatIsPushed(t *testing.T) {
	service := webpushtest.Start(t)
	p := newPusher(t, service)
	browser, other := service.Subscribe(t, p.PublicKey()), service.Subscribe(t, p.PublicKey())
	for range 2 {
		if err := p.Push(t.Context(), deviceOf(browser), news, 3); err != nil {
			t.Fatal(err)
		}
		want := webpushtest.Push{Data: map[string]string{
			"id": news.ID, "seq": "7", "kind": "comment", "badge": "3", "post_id": "p1", "comment_id": "c1", "title": "secret-title", "body": "secret-body",
		}, TTL: "86400", Topic: "0123456789ab8def8123456789abcdef", Urgency: "normal", Subject: "mailto:club@example.com"}
		if got := browser.Next(t); !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
	if len(other.Pushes()) != 0 {
		t.Error("another browser was pushed to")
	}
	urgent := news
	urgent.Kind = notifications.KindGameStarting
	if err := p.Push(t.Context(), deviceOf(other), urgent, 3); err != nil {
		t.Fatal(err)
	}
	if got := other.Next(t).Urgency; got != "high" {
		t.Errorf("a game that starts has the urgency %s", got)
	}
}

// The example of RFC 8291, section 5, is decrypted as the RFC says: what browsers of the tests read, browsers read.
func TestTheBrowserOfTestsReadsTheExampleOfTheRFC(t *testing.T) {
	decode := func(s string) []byte {
		t.Helper()
		b, err := base64.RawURLEncoding.DecodeString(s)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	key, err := ecdh.P256().NewPrivateKey(decode("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"))
	if err != nil {
		t.Fatal(err)
	}
	text, err := webpushtest.Decrypt(key, decode("BTBZMqHH6r4Tts7J_aSIgg"), decode(
		"DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"))
	if err != nil || string(text) != "When I grow up, I want to be a watermelon" {
		t.Errorf("%q, %v", text, err)
	}
}

func TestALongNotificationFits(t *testing.T) {
	service := webpushtest.Start(t)
	p := newPusher(t, service)
	browser := service.Subscribe(t, p.PublicKey())
	// What takes most in JSON.
	for _, char := range []string{"🏸", "<", "가", "\u2028"} {
		long := news
		long.Title, long.Body = strings.Repeat(char, 100), strings.Repeat(char, 1000)
		if err := p.Push(t.Context(), deviceOf(browser), long, 3); err != nil {
			t.Fatal(err)
		}
		got := browser.Next(t).Data
		if got["title"] != long.Title || got["body"] != strings.Repeat(char, 299)+"…" {
			t.Errorf("%q: %d and %d characters", char, len([]rune(got["title"])), len([]rune(got["body"])))
		}
	}
}

func TestRefusals(t *testing.T) {
	service := webpushtest.Start(t)
	p := newPusher(t, service)
	browser := service.Subscribe(t, p.PublicKey())
	for name, c := range map[string]struct {
		status     int
		retryAfter string
		kind       fault.Kind
		wait       time.Duration
	}{
		"gone":                 {status: 410, kind: fault.NotFound},
		"unknown":              {status: 404, kind: fault.NotFound},
		"too large":            {status: 413},
		"of another key":       {status: 403},
		"not signed":           {status: 401},
		"elsewhere":            {status: 307},
		"too many":             {status: 429, kind: fault.Exhausted, wait: time.Minute},
		"too many, for a time": {status: 429, retryAfter: "7", kind: fault.Exhausted, wait: 7 * time.Second},
		"away":                 {status: 503, retryAfter: "120", kind: fault.Unavailable, wait: 2 * time.Minute},
		"broken":               {status: 500, kind: fault.Unavailable},
	} {
		t.Run(name, func(t *testing.T) {
			service.Answer(func(w http.ResponseWriter, r *http.Request) {
				if c.retryAfter != "" {
					w.Header().Set("Retry-After", c.retryAfter)
				}
				w.Header().Set("Location", "https://elsewhere.example.com/")
				http.Error(w, "secret-answer", c.status)
			})
			err := p.Push(t.Context(), deviceOf(browser), news, 3)
			if err == nil || fault.KindOf(err) != c.kind {
				t.Fatalf("got %v of kind %v, want %v", err, fault.KindOf(err), c.kind)
			}
			if e, ok := errors.AsType[*fault.Error](err); ok && e.RetryAfter != c.wait {
				t.Errorf("wait %s, want %s", e.RetryAfter, c.wait)
			}
			wantNoSecret(t, err, browser)
		})
	}
}

func wantNoSecret(t *testing.T, err error, b *webpushtest.Browser) {
	t.Helper()
	text := err.Error()
	for cause := errors.Unwrap(err); cause != nil; cause = errors.Unwrap(cause) {
		text += cause.Error()
	}
	if strings.Contains(text, "secret") || strings.Contains(text, webpushtest.Host) || strings.Contains(b.Subscription(), text) {
		t.Errorf("it shows too much: %s", text)
	}
}

// A service that is away is tried again; the end of the caller's context is not its fault.
func TestNoAnswer(t *testing.T) {
	service := webpushtest.Start(t)
	p := newPusher(t, service)
	browser := service.Subscribe(t, p.PublicKey())
	service.Answer(func(w http.ResponseWriter, _ *http.Request) {
		connection, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		_ = connection.Close()
	})
	err := p.Push(t.Context(), deviceOf(browser), news, 3)
	if fault.KindOf(err) != fault.Unavailable {
		t.Errorf("got %v", err)
	}
	wantNoSecret(t, err, browser)
	ended, end := context.WithCancel(t.Context())
	end()
	if err := p.Push(ended, deviceOf(browser), news, 3); err == nil || fault.KindOf(err) == fault.Unavailable {
		t.Errorf("got %v", err)
	}
}

func TestTokensThatAreNoSubscription(t *testing.T) {
	p := newPusher(t, webpushtest.Start(t))
	err := p.Push(t.Context(), notifications.Device{Token: "a token of Firebase", Platform: notifications.Web}, news, 3)
	if fault.KindOf(err) != fault.NotFound {
		t.Errorf("got %v", err)
	}
}

func TestKeysThatAreNone(t *testing.T) {
	for _, key := range []string{"", "secret key", "c2VjcmV0", strings.Repeat("A", 43)} {
		if _, err := webpush.New(webpush.Config{Key: key}); err == nil || key != "" && strings.Contains(err.Error(), key) {
			t.Errorf("%q: %v", key, err)
		}
	}
}
