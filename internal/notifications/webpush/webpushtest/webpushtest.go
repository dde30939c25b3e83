// Package webpushtest is a push service and the browsers that it delivers to, for tests.
package webpushtest

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// Host is where the service is reached by its client.
const Host = "push.example.com"

// Service is a push service (RFC 8030) that takes signed pushes only (RFC 8292).
type Service struct {
	server *httptest.Server

	mu       sync.Mutex
	browsers map[string]*Browser
	refused  int
	// answer is what pushes are answered with; nil if they are delivered.
	answer http.HandlerFunc
}

// Browser is one subscription.
type Browser struct {
	path      string
	serverKey string
	key       *ecdh.PrivateKey
	auth      []byte

	pushes chan Push
}

// Push is what a browser was sent.
type Push struct {
	// Data is the decrypted JSON.
	Data                         map[string]string
	TTL, Topic, Urgency, Subject string
}

// Start starts a service, until the test ends.
func Start(t testing.TB) *Service {
	t.Helper()
	s := &Service{browsers: make(map[string]*Browser)}
	s.server = httptest.NewTLSServer(http.HandlerFunc(s.serve))
	t.Cleanup(s.server.Close)
	return s
}

// Client reaches the service, and no other address.
func (s *Service) Client() *http.Client { return s.server.Client() }

// Answer has all pushes answered by h, which may be nil.
func (s *Service) Answer(h http.HandlerFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer = h
}

// Subscribe subscribes a browser with the public key of the server that may push to it.
func (s *Service) Subscribe(t testing.TB, serverKey string) *Browser {
	t.Helper()
	key, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	b := &Browser{path: "/" + rand.Text(), serverKey: serverKey, key: key, auth: []byte(rand.Text())[:16], pushes: make(chan Push, 1000)}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.browsers[b.path] = b
	return b
}

// Unsubscribe ends a subscription.
func (s *Service) Unsubscribe(b *Browser) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.browsers, b.path)
}

// Refused is how many pushes came for subscriptions that have ended.
func (s *Service) Refused() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.refused
}

// Subscription is the browser's PushSubscription as JSON, as its toJSON returns it.
func (b *Browser) Subscription() string {
	subscription, err := json.Marshal(map[string]any{
		"endpoint": "https://" + Host + b.path, "expirationTime": nil,
		"keys": map[string]string{"p256dh": encode(b.key.PublicKey().Bytes()), "auth": encode(b.auth)},
	})
	if err != nil {
		panic(err)
	}
	return string(subscription)
}

// Pushes are those that were sent to the browser.
func (b *Browser) Pushes() <-chan Push { return b.pushes }

// Next returns the next push.
func (b *Browser) Next(t testing.TB) Push {
	t.Helper()
	select {
	case p := <-b.pushes:
		return p
	case <-time.After(30 * time.Second):
		t.Fatal("no push came")
		return Push{}
	}
}

func (s *Service) serve(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	b, answer := s.browsers[r.URL.Path], s.answer
	if b == nil {
		s.refused++
	}
	s.mu.Unlock()
	switch {
	case answer != nil:
		answer(w, r)
		return
	case b == nil:
		http.Error(w, "push subscription has unsubscribed or expired", http.StatusGone)
		return
	}
	push, status, err := b.receive(r)
	if err != nil {
		http.Error(w, err.Error(), status)
		return
	}
	b.pushes <- push
	w.WriteHeader(http.StatusCreated)
}

// receive reads a push as the service and the browser do.
func (b *Browser) receive(r *http.Request) (Push, int, error) {
	p := Push{TTL: r.Header.Get("TTL"), Topic: r.Header.Get("Topic"), Urgency: r.Header.Get("Urgency")}
	body, err := io.ReadAll(io.LimitReader(r.Body, 4097))
	if err != nil || len(body) > 4096 {
		return p, http.StatusRequestEntityTooLarge, errors.New("too large")
	}
	if _, err := strconv.ParseUint(p.TTL, 10, 31); err != nil || r.Method != http.MethodPost || r.Header.Get("Content-Encoding") != "aes128gcm" ||
		len(p.Topic) > 32 || strings.Trim(p.Topic, base64Alphabet) != "" {
		return p, http.StatusBadRequest, fmt.Errorf("%s with the header %v", r.Method, r.Header)
	}
	if p.Subject, err = b.verify(r.Header.Get("Authorization")); err != nil {
		return p, http.StatusForbidden, err
	}
	text, err := Decrypt(b.key, b.auth, body)
	if err == nil {
		err = json.Unmarshal(text, &p.Data)
	}
	return p, http.StatusBadRequest, err
}

const base64Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

// verify checks a VAPID header and returns who signed it.
func (b *Browser) verify(header string) (subject string, err error) {
	signed, public, ok := strings.Cut(strings.TrimPrefix(header, "vapid t="), ", k=")
	if !ok || public != b.serverKey {
		return "", errors.New("not signed by the server that the browser subscribed to")
	}
	point, err := base64.RawURLEncoding.DecodeString(public)
	if err != nil {
		return "", errors.New("no public key")
	}
	key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
	if err != nil {
		return "", err
	}
	claims := jwt.MapClaims{}
	_, err = jwt.ParseWithClaims(signed, claims, func(*jwt.Token) (any, error) { return key, nil },
		jwt.WithValidMethods([]string{"ES256"}), jwt.WithAudience("https://"+Host), jwt.WithExpirationRequired())
	if err != nil {
		return "", err
	}
	if expires, err := claims.GetExpirationTime(); err != nil || time.Until(expires.Time) > 24*time.Hour {
		return "", errors.New("valid for more than a day")
	}
	return claims.GetSubject()
}

// Decrypt decrypts a push (RFC 8291) of one record (RFC 8188).
func Decrypt(key *ecdh.PrivateKey, auth, body []byte) ([]byte, error) {
	const header = 16 + 4 + 1 + 65
	if len(body) < header || body[20] != 65 {
		return nil, errors.New("no header")
	}
	salt, public := body[:16], body[21:header]
	sender, err := ecdh.P256().NewPublicKey(public)
	if err != nil {
		return nil, err
	}
	shared, err := key.ECDH(sender)
	if err != nil {
		return nil, err
	}
	info := "WebPush: info\x00" + string(key.PublicKey().Bytes()) + string(public)
	ikm, err := hkdf.Key(sha256.New, shared, auth, info, 32)
	if err != nil {
		return nil, err
	}
	cek, err := hkdf.Key(sha256.New, ikm, salt, "Content-Encoding: aes128gcm\x00", 16)
	if err != nil {
		return nil, err
	}
	nonce, err := hkdf.Key(sha256.New, ikm, salt, "Content-Encoding: nonce\x00", 12)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(cek)
	if err != nil {
		return nil, err
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	record, err := gcm.Open(nil, nonce, body[header:], nil)
	if err != nil {
		return nil, err
	}
	text := strings.TrimRight(string(record), "\x00")
	if !strings.HasSuffix(text, "\x02") {
		return nil, errors.New("not the last record")
	}
	return []byte(strings.TrimSuffix(text, "\x02")), nil
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
