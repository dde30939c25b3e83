package auth

import (
	"bytes"
	"encoding/base64"
	"errors"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/dongbaejul/dongbaejul/internal/identity"
	"github.com/dongbaejul/dongbaejul/internal/users"
)

var (
	newSecret = bytes.Repeat([]byte("n"), 32)
	oldSecret = bytes.Repeat([]byte("o"), 32)
	tokenUser = users.User{ID: "u1", BandUserID: "b1", Role: identity.Manager}
	issuedAt  = time.Date(2026, 11, 1, 9, 0, 0, 250_000_000, time.UTC)
)

func tokensAt(now time.Time, secrets ...[]byte) accessTokens {
	return newAccessTokens(secrets, time.Hour, func() time.Time { return now })
}

// sign makes a token of any claims, by any method.
func sign(t *testing.T, method jwt.SigningMethod, key any, c jwt.MapClaims) string {
	t.Helper()
	token, err := jwt.NewWithClaims(method, c).SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestAnAccessTokenSaysWhatItShould(t *testing.T) {
	token, expires, err := tokensAt(issuedAt, newSecret).issue(tokenUser, "s1", issuedAt)
	if err != nil {
		t.Fatal(err)
	}
	var got jwt.MapClaims
	if _, _, err := jwt.NewParser().ParseUnverified(token, &got); err != nil {
		t.Fatal(err)
	}
	iat := float64(issuedAt.Unix())
	for name, want := range map[string]any{
		"sub": "u1", "sid": "s1", "band_user_id": "b1", "role": "manager", "typ": "access", "iss": issuer, "iat": iat, "exp": iat + 3600,
	} {
		if got[name] != want {
			t.Errorf("%s = %v, want %v", name, got[name], want)
		}
	}
	if aud, err := got.GetAudience(); err != nil || len(aud) != 1 || aud[0] != audience {
		t.Errorf("aud = %v, %v", aud, err)
	}
	if !expires.Equal(issuedAt.Truncate(time.Second).Add(time.Hour)) {
		t.Errorf("expires at %v", expires)
	}
}

func TestTheSameSessionGetsTheSameTokenInTheSameSecond(t *testing.T) {
	tokens := tokensAt(issuedAt, newSecret)
	first, _, err := tokens.issue(tokenUser, "s1", issuedAt)
	if err != nil {
		t.Fatal(err)
	}
	if again, _, err := tokens.issue(tokenUser, "s1", issuedAt); err != nil || again != first {
		t.Errorf("%q, %v; first %q", again, err, first)
	}
}

func TestVerify(t *testing.T) {
	good := jwt.MapClaims{
		"sub": "u1", "sid": "s1", "band_user_id": "b1", "role": "admin", "typ": "access", "iss": issuer, "aud": audience,
		"iat": issuedAt.Unix(), "exp": issuedAt.Add(time.Hour).Unix(),
	}
	with := func(name string, value any) jwt.MapClaims {
		c := maps.Clone(good)
		if c[name] = value; value == nil {
			delete(c, name)
		}
		return c
	}
	hs256 := func(c jwt.MapClaims) string { return sign(t, jwt.SigningMethodHS256, newSecret, c) }
	valid := hs256(good)
	parts := strings.Split(valid, ".")
	for _, tt := range []struct {
		name, token string
		after       time.Duration
		want        error
	}{
		{name: "valid", token: valid},
		{name: "until the last second", token: valid, after: time.Hour - time.Second},
		{name: "expired", token: valid, after: time.Hour, want: errTokenExpired},
		{name: "of the secret before", token: sign(t, jwt.SigningMethodHS256, oldSecret, good)},
		{name: "of another secret", token: sign(t, jwt.SigningMethodHS256, []byte("x"), good), want: errTokenInvalid},
		{name: "expired, of another secret", token: sign(t, jwt.SigningMethodHS256, []byte("x"), good), after: 2 * time.Hour, want: errTokenInvalid},
		{name: "unsigned", token: sign(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, good), want: errTokenInvalid},
		{name: "signature cut off", token: parts[0] + "." + parts[1] + ".", want: errTokenInvalid},
		{name: "HS512", token: sign(t, jwt.SigningMethodHS512, newSecret, good), want: errTokenInvalid},
		{name: "header says none", token: base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`)) + "." + parts[1] + "." + parts[2], want: errTokenInvalid},
		{name: "other claims under the signature", token: parts[0] + "." + strings.Split(hs256(with("sub", "u2")), ".")[1] + "." + parts[2], want: errTokenInvalid},
		{name: "no expiry", token: hs256(with("exp", nil)), want: errTokenInvalid},
		{name: "no type", token: hs256(with("typ", nil)), want: errTokenInvalid},
		{name: "a refresh token's type", token: hs256(with("typ", "refresh")), want: errTokenInvalid},
		{name: "no issuer", token: hs256(with("iss", nil)), want: errTokenInvalid},
		{name: "another issuer", token: hs256(with("iss", "else")), want: errTokenInvalid},
		{name: "another audience", token: hs256(with("aud", []string{"else"})), want: errTokenInvalid},
		{name: "no subject", token: hs256(with("sub", nil)), want: errTokenInvalid},
		{name: "no session", token: hs256(with("sid", nil)), want: errTokenInvalid},
		{name: "not before tomorrow", token: hs256(with("nbf", issuedAt.Add(24*time.Hour).Unix())), want: errTokenInvalid},
		{name: "nothing", token: "", want: errTokenInvalid},
		{name: "a refresh token", token: exampleRefresh(t), want: errTokenInvalid},
	} {
		t.Run(tt.name, func(t *testing.T) {
			caller, err := tokensAt(issuedAt.Add(tt.after), newSecret, oldSecret).verify(tt.token)
			if !errors.Is(err, tt.want) || tt.want == nil && err != nil {
				t.Fatalf("got %v, want %v", err, tt.want)
			}
			if err == nil && (caller.UserID != "u1" || caller.SessionID != "s1" || caller.Role != "" ||
				!caller.Expires.Equal(issuedAt.Truncate(time.Second).Add(time.Hour))) {
				t.Errorf("caller %+v", caller)
			}
		})
	}
}

func exampleRefresh(t *testing.T) string {
	t.Helper()
	keys, err := newRefreshKeys([][]byte{newSecret})
	if err != nil {
		t.Fatal(err)
	}
	s := Session{ID: "s1"}
	return keys.begin(&s, issuedAt, time.Hour).String()
}

// No bytes make a token but those that were signed.
func FuzzVerify(f *testing.F) {
	tokens := tokensAt(issuedAt, newSecret)
	valid, _, err := tokens.issue(tokenUser, "s1", issuedAt)
	if err != nil {
		f.Fatal(err)
	}
	other, _, err := tokensAt(issuedAt, oldSecret).issue(tokenUser, "s1", issuedAt)
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{valid, other, "a.b.c", "..", valid + "=", strings.ToUpper(valid)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, token string) {
		if caller, err := tokens.verify(token); err == nil && token != valid {
			t.Errorf("%q is taken for %+v", token, caller)
		} else if err != nil && token == valid {
			t.Error(err)
		}
	})
}
