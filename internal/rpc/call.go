package rpc

import (
	"context"
	"net/http"
	"net/netip"
	"sync/atomic"

	"github.com/dongbaejul/dongbaejul/internal/identity"
	"github.com/dongbaejul/dongbaejul/internal/ids"
)

// requestIDHeader names a request, in what is asked and in what is answered.
const requestIDHeader = "X-Request-Id"

// call is what is known of a request while it is served.
type call struct {
	id string
	// caller is set once the call is authenticated.
	caller atomic.Pointer[identity.Caller]
	// held is where the answer is held back; nil where it is not.
	held *heldWriter
	// body is the call's; nil where nothing bounds it.
	body *body
	// counted is set when the call is counted against the limits.
	counted bool
	// attempt is what the call is where failures of its procedure are limited, from the gate on; nil for none.
	attempt *attempt
}

// reached lets the answer pass: it comes from us.
func (c *call) reached() {
	if c.held != nil {
		c.held.pass()
	}
}

// answerHeader returns the header of the answer, before anything of it is written.
func (c *call) answerHeader() http.Header {
	if c.held == nil {
		return make(http.Header)
	}
	return c.held.Header()
}

type callKey struct{}

func callFrom(ctx context.Context) (*call, bool) {
	c, ok := ctx.Value(callKey{}).(*call)
	return c, ok
}

// begin returns the call that ctx belongs to. A new one is named as the request asks, if that is a name, and the answer
// tells which.
func begin(ctx context.Context, request, response http.Header) (context.Context, *call) {
	if c, ok := callFrom(ctx); ok {
		return ctx, c
	}
	c := &call{id: request.Get(requestIDHeader)}
	if !isRequestID(c.id) {
		c.id = ids.New()
	}
	response.Set(requestIDHeader, c.id)
	return context.WithValue(ctx, callKey{}, c), c
}

// isRequestID reports whether s can be put into logs and headers as it is: 1 to 64 letters, digits, and -_.: as in UUIDs
// and trace ids.
func isRequestID(s string) bool {
	if s == "" || len(s) > 64 {
		return false
	}
	for i := range len(s) {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '_', c == '.', c == ':':
		default:
			return false
		}
	}
	return true
}

// RequestID returns the name of the request that ctx belongs to; empty outside of one.
func RequestID(ctx context.Context) string {
	if c, ok := callFrom(ctx); ok {
		return c.id
	}
	return ""
}

// WithRequest tells next of every request who is asking and by what name: it goes around everything, so that what is refused
// on the way to a call has a name too.
//
// The name is the request's X-Request-Id where that is 1 to 64 letters, digits and -_.: and a new one otherwise; the answer
// has it as well. The identity.Client goes into the context. Its address is the one the connection comes from; where that
// is a trusted proxy, it is the last one in X-Forwarded-For that no trusted proxy has: what is left of it was written by
// whoever sent it, and is not believed. Nothing else in a request says where it comes from.
func WithRequest(trusted []netip.Prefix, next http.Handler) http.Handler {
	h := &requests{next: next}
	for _, p := range trusted {
		h.trusted = append(h.trusted, p.Masked())
	}
	return h
}

type requests struct {
	trusted []netip.Prefix
	next    http.Handler
}

func (h *requests) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.next.ServeHTTP(w, h.begin(w, r))
}

func (h *requests) begin(w http.ResponseWriter, r *http.Request) *http.Request {
	ctx, _ := begin(r.Context(), r.Header, w.Header())
	return r.WithContext(identity.WithClient(ctx, identity.Client{
		IP:    clientIP(r.RemoteAddr, r.Header.Values("X-Forwarded-For"), h.trusted),
		Agent: agent(r.UserAgent()),
	}))
}
