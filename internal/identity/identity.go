// Package identity carries who is calling, from where the call is authenticated to where it is decided what they may do.
package identity

import (
	"context"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/fault"
)

// Caller is the authenticated user behind a call.
type Caller struct {
	UserID    string
	SessionID string
	Role      Role
	// Expires is when the access token of the call does; a stream ends with it.
	Expires time.Time
}

// May reports whether the caller's role allows p.
func (c Caller) May(p Permission) bool { return c.Role.May(p) }

// Require is nil where the caller may do p, else fault.Denied naming what is missing.
func (c Caller) Require(p Permission) error {
	if c.May(p) {
		return nil
	}
	return errDenied.WithMeta("permission", string(p))
}

var (
	errDenied = fault.New(fault.Denied, "PERMISSION_DENIED", "권한이 없습니다.", "You do not have the permission for this.")
	errNobody = fault.New(fault.Unauthenticated, "UNAUTHENTICATED", "로그인이 필요합니다.", "Please sign in.")
)

type callerKey struct{}

// With returns ctx with the caller in it.
func With(ctx context.Context, c Caller) context.Context {
	return context.WithValue(ctx, callerKey{}, c)
}

// From returns the caller; fault.Unauthenticated where there is none, so that a handler mounted without authentication
// refuses rather than serving nobody.
func From(ctx context.Context) (Caller, error) {
	if c, ok := ctx.Value(callerKey{}).(Caller); ok {
		return c, nil
	}
	return Caller{}, errNobody
}

// Client is the machine a call came from.
type Client struct {
	// IP is the address, by way of trusted proxies only.
	IP string
	// Agent is what the client calls itself (User-Agent).
	Agent string
}

type clientKey struct{}

// WithClient returns ctx with the client in it.
func WithClient(ctx context.Context, c Client) context.Context {
	return context.WithValue(ctx, clientKey{}, c)
}

// ClientFrom returns the client; empty where it is not known.
func ClientFrom(ctx context.Context) Client {
	c, _ := ctx.Value(clientKey{}).(Client)
	return c
}
