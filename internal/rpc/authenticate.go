package rpc

import (
	"context"
	"net/http"
	"strings"

	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/identity"
)

// Authenticator tells who an access token belongs to. It may be used concurrently.
type Authenticator interface {
	// Authenticate returns the caller with the token; fault.Unauthenticated where the token is not valid, is of another kind
	// or has expired, or its session has ended.
	Authenticate(ctx context.Context, accessToken string) (identity.Caller, error)
}

// maxToken bounds what is taken for a token, in bytes.
const maxToken = 4096

var errNotBearer = fault.New(fault.Unauthenticated, "INVALID_AUTHORIZATION",
	"인증 헤더의 형식이 올바르지 않습니다.", `The Authorization header must be "Bearer <access token>".`)

func callerOf(ctx context.Context, a Authenticator, h http.Header) (identity.Caller, error) {
	token, err := bearer(h)
	if err != nil {
		return identity.Caller{}, err
	}
	return a.Authenticate(ctx, token)
}

// bearer returns the token of the Authorization header (RFC 6750 §2.1).
func bearer(h http.Header) (string, error) {
	values := h.Values("Authorization")
	if len(values) == 0 {
		// The same words as where a caller is missing for any other reason.
		_, nobody := identity.From(context.Background())
		return "", nobody
	}
	scheme, token, _ := strings.Cut(values[0], " ")
	token = strings.TrimLeft(token, " ")
	if len(values) > 1 || !strings.EqualFold(scheme, "Bearer") || !isToken(token) {
		return "", errNotBearer
	}
	return token, nil
}

// isToken reports whether s is a b64token.
func isToken(s string) bool {
	s = strings.TrimRight(s, "=")
	if s == "" || len(s) > maxToken {
		return false
	}
	for i := range len(s) {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte("-._~+/", c) >= 0:
		default:
			return false
		}
	}
	return true
}
