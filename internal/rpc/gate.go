package rpc

import (
	"context"
	"net/http"
	"time"

	"connectrpc.com/connect"

	"github.com/dongbaejul/dongbaejul/internal/identity"
	"github.com/dongbaejul/dongbaejul/internal/offstack"
)

// gate decides by its header alone whether a call may be made, before anything of its body is read: connect decodes the
// message of a unary call before it asks the first interceptor.
type gate struct {
	report   report
	timeouts timeouts
	limits   *limiter
	// authenticator is nil for what anybody may call.
	authenticator Authenticator
}

// pass is a connect.RequestGateFunc. It returns the context that the call goes on with.
func (g *gate) pass(ctx context.Context, spec connect.Spec, peer connect.Peer, header http.Header) (_ context.Context, err error) {
	c, ok := callFrom(ctx)
	if !ok {
		c = &call{id: header.Get(requestIDHeader)}
	}
	c.counted = true
	x := &asked{spec: spec, peer: peer, request: header, response: c.answerHeader()}
	p := &passage{exchange: x, report: g.report, call: c, ctx: ctx, began: time.Now()}
	defer func() {
		if panicked := recover(); panicked != nil || err != nil {
			c.reached()
			err = p.end(err, panicked)
		}
	}()
	if !ok {
		// Nothing sees the end of a call that nothing goes around.
		defer func() { c.attempt.end(ctx, false) }()
	}
	if spec.StreamType == connect.StreamTypeUnary {
		return g.admit(ctx, c, x)
	}
	// Not on the stack of the stream: it would stay as deep as this goes.
	admitted := make(chan context.Context, 1)
	offstack.Do(func() {
		with, failure := g.admit(ctx, c, x)
		err = failure
		admitted <- with
	})
	return <-admitted, err
}

// admit authenticates a call and counts it. One that says wrongly, or not at all, who is calling counts against the limit of
// the address it comes from.
func (g *gate) admit(ctx context.Context, c *call, x exchange) (context.Context, error) {
	timed, cancel := g.timeouts.limit(ctx, x.Spec().Procedure)
	defer cancel()
	if g.authenticator != nil {
		caller, err := callerOf(timed, g.authenticator, x.RequestHeader())
		if err != nil {
			a, exhausted := g.limits.take(timed, x)
			a.end(ctx, true)
			if exhausted != nil {
				return ctx, late(timed, exhausted)
			}
			return ctx, late(timed, err)
		}
		c.caller.Store(&caller)
		ctx, timed = identity.With(ctx, caller), identity.With(timed, caller)
	}
	a, err := g.limits.take(timed, x)
	c.attempt = a
	return ctx, late(timed, err)
}

// asked is a call of which only the header is known.
type asked struct {
	spec              connect.Spec
	peer              connect.Peer
	request, response http.Header
}

func (a *asked) Spec() connect.Spec          { return a.spec }
func (a *asked) Peer() connect.Peer          { return a.peer }
func (a *asked) RequestHeader() http.Header  { return a.request }
func (a *asked) ResponseHeader() http.Header { return a.response }
