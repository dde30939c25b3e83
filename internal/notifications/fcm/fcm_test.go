package fcm_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/dongbaejul/dongbaejul/internal/notifications/fcm"
)

// google is Google's side: the address that returns access tokens, and the API.
type google struct {
	*httptest.Server
	key *rsa.PrivateKey

	mu sync.Mutex
	// granted are the tokens given, and sent the messages taken.
	granted []string
	sent    []map[string]any
	// grant and answer replace the usual answers where they are set.
	grant  http.HandlerFunc
	answer http.HandlerFunc
	// lasts is the expires_in of a token.
	lasts int
	// revoked are tokens that are not taken any more.
	revoked map[string]bool
}

var newKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

func serve(t *testing.T) *google {
	t.Helper()
	g := &google{key: newKey(), lasts: 3600, revoked: map[string]bool{}}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /token", func(w http.ResponseWriter, r *http.Request) { g.serveToken(t, w, r) })
	mux.HandleFunc("POST /v1/projects/club/messages:send", g.serveSend)
	g.Server = httptest.NewServer(mux)
	t.Cleanup(g.Close)
	return g
}

func (g *google) serveToken(t *testing.T, w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.grant != nil {
		g.grant(w, r)
		return
	}
	if got := r.PostFormValue("grant_type"); got != "urn:ietf:params:oauth:grant-type:jwt-bearer" {
		t.Errorf("the grant type is %q", got)
	}
	claims := jwt.MapClaims{}
	assertion, err := jwt.ParseWithClaims(r.PostFormValue("assertion"), claims, func(*jwt.Token) (any, error) { return &g.key.PublicKey, nil },
		jwt.WithValidMethods([]string{"RS256"}), jwt.WithAudience(g.URL+"/token"), jwt.WithIssuer("pusher@club.example"),
		jwt.WithExpirationRequired(), jwt.WithIssuedAt())
	if err != nil {
		t.Errorf("the assertion: %v", err)
	} else if assertion.Header["kid"] != "key 1" || claims["scope"] != "https://www.googleapis.com/auth/firebase.messaging" {
		t.Errorf("the assertion has the header %v and the claims %v", assertion.Header, claims)
	}
	token := fmt.Sprintf("secret-access-token-%d", len(g.granted)+1)
	g.granted = append(g.granted, token)
	answer(w, http.StatusOK, fmt.Sprintf(`{"access_token": %q, "expires_in": %d, "token_type": "Bearer"}`, token, g.lasts))
}

func (g *google) serveSend(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	if len(g.granted) == 0 || token != g.granted[len(g.granted)-1] || g.revoked[token] {
		answer(w, http.StatusUnauthorized, `{"error": {"code": 401, "status": "UNAUTHENTICATED"}}`)
		return
	}
	if g.answer != nil {
		g.answer(w, r)
		return
	}
	body, _ := io.ReadAll(r.Body)
	var req struct{ Message map[string]any }
	if err := json.Unmarshal(body, &req); err != nil || len(body) > 4096 {
		answer(w, http.StatusBadRequest, `{"error": {"code": 400, "status": "INVALID_ARGUMENT"}}`)
		return
	}
	g.sent = append(g.sent, req.Message)
	answer(w, http.StatusOK, `{"name": "projects/club/messages/1"}`)
}

func (g *google) tokens() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.granted)
}

func answer(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}

// keyFile is the service account's.
func (g *google) keyFile(t testing.TB) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(g.key)
	if err != nil {
		t.Fatal(err)
	}
	file, err := json.Marshal(map[string]string{
		"type": "service_account", "project_id": "club", "client_email": "pusher@club.example", "private_key_id": "key 1",
		"private_key": string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})), "token_uri": g.URL + "/token",
	})
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func (g *google) pusher(t testing.TB) *fcm.Pusher {
	t.Helper()
	p, err := fcm.New(fcm.Config{Credentials: g.keyFile(t), HTTP: g.Client(), URL: g.URL})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestCredentialsThatCannotBeUsed(t *testing.T) {
	g := serve(t)
	var good map[string]string
	if err := json.Unmarshal(g.keyFile(t), &good); err != nil {
		t.Fatal(err)
	}
	for field, value := range map[string]string{
		"project_id": "", "client_email": "", "private_key": "", "token_uri": "ftp://elsewhere.example",
	} {
		bad := maps.Clone(good)
		bad[field] = value
		file, err := json.Marshal(bad)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := fcm.New(fcm.Config{Credentials: file}); err == nil || !strings.Contains(err.Error(), field) {
			t.Errorf("without a good %s: %v", field, err)
		}
	}
	for _, file := range []string{"", "secret", `{"private_key": 1}`, strings.Replace(string(g.keyFile(t)), "BEGIN", "SECRET", 1)} {
		_, err := fcm.New(fcm.Config{Credentials: []byte(file)})
		if err == nil || strings.Contains(strings.ToLower(err.Error()), "secret") {
			t.Errorf("of a bad file: %v", err)
		}
	}
}

func TestATokenServesManyPushes(t *testing.T) {
	g := serve(t)
	p := g.pusher(t)
	var pushing sync.WaitGroup
	for range 16 {
		pushing.Go(func() {
			if err := p.Push(t.Context(), phone, news, 3); err != nil {
				t.Error(err)
			}
		})
	}
	pushing.Wait()
	if n := g.tokens(); n != 1 {
		t.Errorf("%d tokens were asked for", n)
	}
}

func TestATokenIsReplacedBeforeItEnds(t *testing.T) {
	g := serve(t)
	g.lasts = int(time.Minute / time.Second)
	p := g.pusher(t)
	for range 2 {
		if err := p.Push(t.Context(), phone, news, 3); err != nil {
			t.Fatal(err)
		}
	}
	if n := g.tokens(); n != 2 {
		t.Errorf("%d tokens were asked for", n)
	}
}

func TestATokenTakenBackIsReplaced(t *testing.T) {
	g := serve(t)
	p := g.pusher(t)
	if err := p.Push(t.Context(), phone, news, 3); err != nil {
		t.Fatal(err)
	}
	g.mu.Lock()
	g.revoked[g.granted[0]] = true
	g.mu.Unlock()
	if err := p.Push(t.Context(), phone, news, 3); err != nil {
		t.Fatal(err)
	}
	if n := g.tokens(); n != 2 {
		t.Errorf("%d tokens were asked for", n)
	}
}
