// Package webpush pushes notifications to browsers (RFC 8030), signed as the club's server (VAPID, RFC 8292) and encrypted for the one
// browser (RFC 8291). As in package fcm, an error says by its kind what to do about it, and never shows the subscription or the
// notification.
package webpush

import (
	"cmp"
	"context"
	"crypto/ecdh"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	webpush "github.com/SherClockHolmes/webpush-go"

	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/graphemes"
	"github.com/dongbaejul/dongbaejul/internal/notifications"
	"github.com/dongbaejul/dongbaejul/internal/publicnet"
)

const (
	// ttl is how long push services keep a notification for a browser that is away, in seconds: what is older is in the list.
	ttl = 24 * 60 * 60
	// maxBody keeps a push below the 4096 bytes that push services take: a character takes up to six in JSON.
	maxBody = 300
	// maxAnswer bounds what is read of an answer.
	maxAnswer = 64 << 10
	// quotaWait is how long to wait after "too many" where the push service does not say how long.
	quotaWait = time.Minute
)

var (
	errGone = fault.New(fault.NotFound, "PUSH_DEVICE_GONE",
		"알림을 받을 수 없는 기기입니다.", "The device cannot be pushed to any more.")
	errAway = fault.New(fault.Unavailable, "PUSH_UNAVAILABLE",
		"푸시 서버에 연결할 수 없습니다.", "The push service does not answer.")
	errTooMany = fault.New(fault.Exhausted, "PUSH_RATE_LIMITED",
		"푸시 요청이 너무 많습니다.", "The push service takes no more for now.")
)

// Config is what a Pusher is created with.
type Config struct {
	// Key is the server's private key, as NewKey returns it.
	Key string
	// Subject is how the operators of push services reach the club's: a mailto: or https: URL.
	Subject string
	// HTTP sends the requests; nil for a client that connects to public addresses only, with a timeout of 10 s.
	HTTP *http.Client
}

// Pusher is a notifications.Pusher for browsers. It may be used concurrently.
type Pusher struct {
	http            *http.Client
	private, public string
	subject         string
}

var _ notifications.Pusher = (*Pusher)(nil)

// New creates a pusher. It fails on a key that NewKey cannot have returned, and does not show it.
func New(c Config) (*Pusher, error) {
	public, err := publicKey(c.Key)
	if err != nil {
		return nil, err
	}
	client := *cmp.Or(c.HTTP, newClient())
	// A push service delivers by itself, and a redirect may lead anywhere.
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	// The library adds the scheme to a mail address.
	return &Pusher{
		http: &client, private: c.Key, public: public, subject: strings.TrimPrefix(c.Subject, "mailto:"),
	}, nil
}

// NewKey creates a private key.
func NewKey() (string, error) {
	key, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		return "", fmt.Errorf("create a key for web push: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(key.Bytes()), nil
}

// publicKey returns the public key that belongs to a private one.
func publicKey(private string) (string, error) {
	secret, err := base64.RawURLEncoding.DecodeString(private)
	if err != nil {
		return "", errors.New("webpush: the private key is not base64url")
	}
	key, err := ecdh.P256().NewPrivateKey(secret)
	if err != nil {
		return "", errors.New("webpush: the private key is not a key of P-256")
	}
	return base64.RawURLEncoding.EncodeToString(key.PublicKey().Bytes()), nil
}

// PublicKey is the applicationServerKey that browsers subscribe with.
func (p *Pusher) PublicKey() string { return p.public }

// Push implements notifications.Pusher.
func (p *Pusher) Push(ctx context.Context, d notifications.Device, n notifications.Worded, badge int) error {
	s, err := notifications.ParseSubscription(d.Token)
	if err != nil {
		// Stored before tokens of browsers were subscriptions.
		return errGone.WithCause(err)
	}
	payload, err := newPayload(n, badge)
	if err != nil {
		return err
	}
	res, err := webpush.SendNotificationWithContext(ctx, payload, &webpush.Subscription{
		Endpoint: s.Endpoint, Keys: webpush.Keys{P256dh: s.Keys.P256DH, Auth: s.Keys.Auth},
	}, &webpush.Options{
		HTTPClient: p.http, Subscriber: p.subject, VAPIDPublicKey: p.public, VAPIDPrivateKey: p.private,
		TTL: ttl, Topic: topic(n.ID), Urgency: urgency(n.Kind),
	})
	if err != nil {
		return unreachable(ctx, err)
	}
	defer func() { _ = res.Body.Close() }()
	// Read, so that the connection can be used again.
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, maxAnswer))
	return refusal(res)
}

// SetBadge implements notifications.Pusher: browsers take no push that shows nothing.
func (*Pusher) SetBadge(context.Context, notifications.Device, int) error { return nil }

// newPayload returns what the service worker gets.
func newPayload(n notifications.Worded, badge int) ([]byte, error) {
	data := n.PushData(badge)
	data["title"], data["body"] = n.Title, graphemes.Shorten(n.Body, maxBody)
	payload, err := json.Marshal(data)
	if err != nil {
		return nil, fmt.Errorf("webpush: encode a notification: %w", err)
	}
	return payload, nil
}

// topic is an id as a Topic, which has at most 32 characters of base64url (RFC 8030, section 5.4).
func topic(id string) string {
	id = strings.ReplaceAll(id, "-", "")
	return id[:min(len(id), 32)]
}

// urgency is high for what a user may miss a game by, which is then shown by a device that saves power, too.
func urgency(k notifications.Kind) webpush.Urgency {
	switch k {
	case notifications.KindPromoted, notifications.KindGameChanged, notifications.KindGameCancelled, notifications.KindGameStarting:
		return webpush.UrgencyHigh
	}
	return webpush.UrgencyNormal
}

// refusal returns an error for an answer that is not a success.
func refusal(res *http.Response) error {
	cause := fmt.Errorf("webpush: HTTP %d", res.StatusCode)
	switch status := res.StatusCode; {
	case status >= 200 && status < 300:
		return nil
	case status == http.StatusNotFound, status == http.StatusGone:
		return errGone.WithCause(cause)
	case status == http.StatusTooManyRequests:
		return errTooMany.WithRetryAfter(retryAfter(res.Header, quotaWait)).WithCause(cause)
	case status >= 500:
		return errAway.WithRetryAfter(retryAfter(res.Header, 0)).WithCause(cause)
	}
	return cause
}

// unreachable returns an error for a request without an answer. Only the end of the caller's own context is not the push service's.
func unreachable(ctx context.Context, err error) error {
	if cause, ok := errors.AsType[*url.Error](err); ok {
		// Without the address.
		err = cause.Err
	}
	switch {
	case errors.Is(err, publicnet.ErrInside):
		return fmt.Errorf("webpush: %w", publicnet.ErrInside)
	case ctx.Err() != nil && !errors.Is(ctx.Err(), context.DeadlineExceeded):
		return fmt.Errorf("webpush: %w", ctx.Err())
	}
	return errAway.WithCause(fmt.Errorf("webpush: no answer: %w", err))
}

// retryAfter reads the header of that name: seconds, or a date. otherwise is for where there is none.
func retryAfter(header http.Header, otherwise time.Duration) time.Duration {
	value := header.Get("Retry-After")
	if seconds, err := strconv.ParseUint(value, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(time.Until(at), 0)
	}
	return otherwise
}
