package auth

import (
	"errors"
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/dongbaejul/dongbaejul/internal/identity"
	"github.com/dongbaejul/dongbaejul/internal/users"
)

const (
	issuer     = "dongbaejul-api"
	audience   = "dongbaejul-app"
	typeAccess = "access"
)

// claims are those of an access token. What the user may do is not taken from them: it is looked up at each use.
type claims struct {
	jwt.RegisteredClaims
	SessionID  string        `json:"sid"`
	BandUserID string        `json:"band_user_id"`
	Role       identity.Role `json:"role"`
	// Type keeps tokens apart that are signed by the same secret.
	Type string `json:"typ"`
}

// accessTokens makes and verifies access tokens: JWTs (RFC 7519) signed by HS256, and by nothing else, whatever a token's
// header says.
type accessTokens struct {
	// secrets verify; the first one signs.
	secrets [][]byte
	ttl     time.Duration
	parser  *jwt.Parser
}

func newAccessTokens(secrets [][]byte, ttl time.Duration, clock func() time.Time) accessTokens {
	return accessTokens{secrets: secrets, ttl: ttl, parser: jwt.NewParser(
		jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}),
		jwt.WithIssuer(issuer),
		jwt.WithAudience(audience),
		jwt.WithExpirationRequired(),
		jwt.WithStrictDecoding(),
		jwt.WithTimeFunc(clock),
	)}
}

// issue makes the token of a session as of the time at. The same arguments give the same token.
func (a accessTokens) issue(u users.User, sessionID string, at time.Time) (token string, expires time.Time, err error) {
	at = at.Truncate(time.Second)
	expires = at.Add(a.ttl)
	token, err = jwt.NewWithClaims(jwt.SigningMethodHS256, claims{
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer: issuer, Audience: jwt.ClaimStrings{audience}, Subject: u.ID,
			IssuedAt: jwt.NewNumericDate(at), ExpiresAt: jwt.NewNumericDate(expires),
		},
		SessionID: sessionID, BandUserID: u.BandUserID, Role: u.Role, Type: typeAccess,
	}).SignedString(a.secrets[0])
	if err != nil {
		return "", time.Time{}, fmt.Errorf("sign an access token: %w", err)
	}
	return token, expires, nil
}

// verify returns the caller a token names, without a role; errTokenExpired or errTokenInvalid.
func (a accessTokens) verify(token string) (identity.Caller, error) {
	var c claims
	_, err := a.parser.ParseWithClaims(token, &c, func(*jwt.Token) (any, error) {
		set := jwt.VerificationKeySet{Keys: make([]jwt.VerificationKey, 0, len(a.secrets))}
		for _, secret := range a.secrets {
			set.Keys = append(set.Keys, secret)
		}
		return set, nil
	})
	switch {
	case err != nil && errors.Is(err, jwt.ErrTokenExpired):
		return identity.Caller{}, errTokenExpired
	case err != nil:
		return identity.Caller{}, errTokenInvalid.WithCause(err)
	case c.Type != typeAccess || c.Subject == "" || c.SessionID == "":
		return identity.Caller{}, errTokenInvalid
	}
	return identity.Caller{UserID: c.Subject, SessionID: c.SessionID, Expires: c.ExpiresAt.Time}, nil
}
