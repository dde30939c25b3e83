package fcm

import (
	"context"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

const (
	scope = "https://www.googleapis.com/auth/firebase.messaging"
	// grantType is that of RFC 7523: the account's signature stands in for a sign-in.
	grantType = "urn:ietf:params:oauth:grant-type:jwt-bearer"
	// assertionTTL is the most that Google takes.
	assertionTTL = time.Hour
	// early is how long before its end a token is not used any more.
	early = time.Minute
)

// account is what is used of a service account's key file.
type account struct {
	ProjectID    string `json:"project_id"`
	ClientEmail  string `json:"client_email"`
	PrivateKeyID string `json:"private_key_id"`
	PrivateKey   string `json:"private_key"`
	TokenURI     string `json:"token_uri"`

	key *rsa.PrivateKey
}

// parseAccount reads a key file. Its errors show nothing of it.
func parseAccount(file []byte) (account, error) {
	var a account
	if err := json.Unmarshal(file, &a); err != nil {
		return a, errors.New("the service account's key file is not JSON")
	}
	for field, value := range map[string]string{
		"project_id": a.ProjectID, "client_email": a.ClientEmail, "private_key": a.PrivateKey, "token_uri": a.TokenURI,
	} {
		if value == "" {
			return a, fmt.Errorf("the service account's key file has no %s", field)
		}
	}
	if u, err := url.Parse(a.TokenURI); err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") {
		return a, errors.New("the token_uri of the service account's key file is not a web address")
	}
	var err error
	if a.key, err = jwt.ParseRSAPrivateKeyFromPEM([]byte(a.PrivateKey)); err != nil {
		return a, errors.New("the private_key of the service account's key file is not an RSA key in PEM")
	}
	a.PrivateKey = ""
	return a, nil
}

// tokens returns access tokens of an account, and keeps one while it lasts. It may be used concurrently: who comes while one is
// being fetched waits for that.
type tokens struct {
	account account
	http    *http.Client
	// turn holds a value while somebody uses what is below.
	turn    chan struct{}
	current string
	until   time.Time
}

func newTokens(a account, client *http.Client) *tokens {
	return &tokens{account: a, http: client, turn: make(chan struct{}, 1)}
}

func (t *tokens) get(ctx context.Context) (string, error) {
	select {
	case t.turn <- struct{}{}:
		defer func() { <-t.turn }()
	case <-ctx.Done():
		return "", unreachable(ctx, ctx.Err())
	}
	if t.current != "" && time.Now().Before(t.until) {
		return t.current, nil
	}
	token, lasts, err := t.fetch(ctx)
	if err != nil {
		return "", err
	}
	t.current, t.until = token, time.Now().Add(lasts-early)
	return token, nil
}

// drop forgets a token, unless another has taken its place.
func (t *tokens) drop(token string) {
	t.turn <- struct{}{}
	defer func() { <-t.turn }()
	if t.current == token {
		t.current = ""
	}
}

// fetch asks for a token, and returns how long it lasts.
func (t *tokens) fetch(ctx context.Context) (string, time.Duration, error) {
	assertion, err := t.account.assertion(time.Now())
	if err != nil {
		return "", 0, err
	}
	form := url.Values{"grant_type": {grantType}, "assertion": {assertion}}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, t.account.TokenURI, strings.NewReader(form.Encode()))
	if err != nil {
		return "", 0, fmt.Errorf("fcm: %w", err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	status, header, body, err := do(t.http, req)
	if err != nil {
		return "", 0, err
	}
	if status != http.StatusOK {
		return "", 0, tokenRefusal(status, header, body)
	}
	var granted struct {
		AccessToken string `json:"access_token"`
		ExpiresIn   int64  `json:"expires_in"`
	}
	if err := json.Unmarshal(body, &granted); err != nil || granted.AccessToken == "" {
		return "", 0, errAway.WithCause(errors.New("fcm: the answer to a request for an access token holds none"))
	}
	return granted.AccessToken, time.Duration(granted.ExpiresIn) * time.Second, nil
}

// tokenRefusal makes an error of an answer without a token. One that is about the account itself is nothing that passes.
func tokenRefusal(status int, header http.Header, body []byte) error {
	var a struct {
		Error string `json:"error"`
	}
	_ = json.Unmarshal(body, &a)
	cause := fmt.Errorf("fcm: no access token: HTTP %d %s", status, word(strings.ToUpper(a.Error)))
	if status == http.StatusTooManyRequests || status >= http.StatusInternalServerError {
		return errAway.WithRetryAfter(retryAfter(header, 0)).WithCause(cause)
	}
	return cause
}

// assertion is the account's word that it wants a token.
func (a account) assertion(now time.Time) (string, error) {
	t := jwt.NewWithClaims(jwt.SigningMethodRS256, jwt.MapClaims{
		"iss": a.ClientEmail, "scope": scope, "aud": a.TokenURI, "iat": now.Unix(), "exp": now.Add(assertionTTL).Unix(),
	})
	if a.PrivateKeyID != "" {
		t.Header["kid"] = a.PrivateKeyID
	}
	signed, err := t.SignedString(a.key)
	if err != nil {
		return "", fmt.Errorf("fcm: sign a request for an access token: %w", err)
	}
	return signed, nil
}
