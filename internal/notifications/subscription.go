package notifications

import (
	"crypto/ecdh"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"strings"

	"github.com/dongbaejul/dongbaejul/internal/fault"
)

// Subscription is a browser's PushSubscription, which is the token of a web device as JSON.
type Subscription struct {
	// Endpoint is the https address that pushes go to.
	Endpoint string           `json:"endpoint"`
	Keys     SubscriptionKeys `json:"keys"`
}

// SubscriptionKeys are what pushes are encrypted with, in base64url.
type SubscriptionKeys struct {
	// P256DH is the browser's public key, and Auth a secret of it.
	P256DH string `json:"p256dh"`
	Auth   string `json:"auth"`
}

var errNoSubscription = fault.InvalidField("token", "token.subscription",
	"브라우저의 PushSubscription을 JSON으로 보내 주세요.", "must be a browser's PushSubscription as JSON")

const (
	// authSize is the size of SubscriptionKeys.Auth (RFC 8291, section 3.2).
	authSize = 16
	// maxEndpoint bounds Endpoint, in bytes.
	maxEndpoint = 2048
)

// ParseSubscription reads a subscription and checks that it can be pushed to: at the standard port of an https address.
func ParseSubscription(token string) (Subscription, error) {
	var s Subscription
	if err := json.Unmarshal([]byte(token), &s); err != nil {
		return s, errNoSubscription
	}
	u, err := url.Parse(s.Endpoint)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil || u.Port() != "" && u.Port() != "443" || len(s.Endpoint) > maxEndpoint {
		return s, errNoSubscription
	}
	p256dh, err := decodeBase64URL(s.Keys.P256DH)
	if err != nil {
		return s, errNoSubscription
	}
	if _, err := ecdh.P256().NewPublicKey(p256dh); err != nil {
		return s, errNoSubscription
	}
	if auth, err := decodeBase64URL(s.Keys.Auth); err != nil || len(auth) != authSize {
		return s, errNoSubscription
	}
	return s, nil
}

// Token returns the device token of a subscription. The same subscription has the same token, however a client writes it.
func (s Subscription) Token() (string, error) {
	token, err := json.Marshal(s)
	return string(token), err
}

func decodeBase64URL(s string) ([]byte, error) {
	return base64.RawURLEncoding.DecodeString(strings.TrimRight(s, "="))
}
