package dongbaejul

import (
	"context"
	"net/http"
	"slices"
	"time"

	"connectrpc.com/connect"

	"github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1/dongbaejulv1connect"
)

// callTimeout is for a call whose caller sets no deadline: more than the half minute that Poll may wait.
const callTimeout = time.Minute

// caller says on every call and stream who is calling and what they read, and sets the deadline of calls.
type caller struct{ language, userAgent string }

func (c caller) introduce(header http.Header) {
	if c.language != "" {
		header.Set("Accept-Language", c.language)
	}
	if c.userAgent != "" {
		header.Set("User-Agent", c.userAgent)
	}
}

func (c caller) WrapUnary(next connect.UnaryFunc) connect.UnaryFunc {
	return func(ctx context.Context, req connect.AnyRequest) (connect.AnyResponse, error) {
		c.introduce(req.Header())
		if _, set := ctx.Deadline(); !set {
			var cancel context.CancelFunc
			ctx, cancel = context.WithTimeout(ctx, callTimeout)
			defer cancel()
		}
		res, err := next(ctx, req)
		return res, invalidRequest(err)
	}
}

func (c caller) WrapStreamingClient(next connect.StreamingClientFunc) connect.StreamingClientFunc {
	return func(ctx context.Context, spec connect.Spec) connect.StreamingClientConn {
		conn := next(ctx, spec)
		c.introduce(conn.RequestHeader())
		return checkedConn{conn}
	}
}

// checkedConn is a stream that says of a request that cannot be sent that it is invalid.
type checkedConn struct{ connect.StreamingClientConn }

func (c checkedConn) Send(request any) error {
	return invalidRequest(c.StreamingClientConn.Send(request))
}

func (caller) WrapStreamingHandler(next connect.StreamingHandlerFunc) connect.StreamingHandlerFunc {
	return next
}

// openProcedures are called by who has no token.
var openProcedures = []string{
	dongbaejulv1connect.AuthServiceStartBandLoginProcedure,
	dongbaejulv1connect.AuthServiceCompleteBandLoginProcedure,
	dongbaejulv1connect.AuthServiceRefreshTokenProcedure,
}

// bearer puts the session's token on calls and streams. One that the server does not take is renewed, and the call or the
// stream sent once more.
type bearer struct{ session *session }

func authorize(header http.Header, t Tokens) { header.Set("Authorization", "Bearer "+t.AccessToken) }

// refusedToken reports whether the server did not take the token that a call came with.
func refusedToken(err error) bool {
	return connect.CodeOf(err) == connect.CodeUnauthenticated && connect.IsWireError(err)
}

func (b bearer) WrapUnary(next connect.UnaryFunc) connect.UnaryFunc {
	return func(ctx context.Context, req connect.AnyRequest) (connect.AnyResponse, error) {
		if slices.Contains(openProcedures, req.Spec().Procedure) {
			return next(ctx, req)
		}
		tokens, err := b.session.current(ctx)
		if err != nil {
			return nil, err
		}
		authorize(req.Header(), tokens)
		res, err := next(ctx, req)
		if err == nil || !refusedToken(err) {
			return res, err
		}
		if tokens, err = b.session.renew(ctx, tokens); err != nil {
			return nil, err
		}
		authorize(req.Header(), tokens)
		return next(ctx, req)
	}
}

func (b bearer) WrapStreamingClient(next connect.StreamingClientFunc) connect.StreamingClientFunc {
	return func(ctx context.Context, spec connect.Spec) connect.StreamingClientConn {
		return &bearerConn{
			StreamingClientConn: next(ctx, spec), session: b.session, ctx: ctx,
			open: func() connect.StreamingClientConn { return next(ctx, spec) },
		}
	}
}

func (bearer) WrapStreamingHandler(next connect.StreamingHandlerFunc) connect.StreamingHandlerFunc {
	return next
}

// bearerConn is a stream that is opened a second time where its first answer is that its token is not taken. All streams of the
// contract are the server's: there is one request to send again.
type bearerConn struct {
	connect.StreamingClientConn
	session *session
	ctx     context.Context
	open    func() connect.StreamingClientConn
	// tokens are what it was opened with; zero until it is.
	tokens Tokens
	// request is what to open it with again; nil once it has answered.
	request any
}

func (c *bearerConn) Send(request any) (err error) {
	if c.tokens, err = c.session.current(c.ctx); err != nil {
		return err
	}
	c.request = request
	authorize(c.RequestHeader(), c.tokens)
	return c.StreamingClientConn.Send(request)
}

// CloseRequest leaves alone what was never opened, as CloseResponse does: it would open it, without a token.
func (c *bearerConn) CloseRequest() error {
	if c.tokens == (Tokens{}) {
		return nil
	}
	return c.StreamingClientConn.CloseRequest()
}

func (c *bearerConn) CloseResponse() error {
	if c.tokens == (Tokens{}) {
		return nil
	}
	return c.StreamingClientConn.CloseResponse()
}

func (c *bearerConn) Receive(message any) error {
	err := c.StreamingClientConn.Receive(message)
	request := c.request
	c.request = nil
	if err == nil || request == nil || !refusedToken(err) {
		return err
	}
	tokens, err := c.session.renew(c.ctx, c.tokens)
	if err != nil {
		return err
	}
	if err := c.reopen(request, tokens); err != nil {
		return err
	}
	return c.StreamingClientConn.Receive(message)
}

// reopen sends the request again with other tokens, on a new stream.
func (c *bearerConn) reopen(request any, tokens Tokens) error {
	header := c.RequestHeader()
	_ = c.CloseResponse()
	c.StreamingClientConn = c.open()
	for name, values := range header {
		c.RequestHeader()[name] = values
	}
	authorize(c.RequestHeader(), tokens)
	// Where it could not be sent, receiving says why.
	_ = c.StreamingClientConn.Send(request)
	return c.CloseRequest()
}
