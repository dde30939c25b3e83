package rpc

import (
	"context"
	"errors"
	"net/http"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/proto"
)

var (
	errNoExchange = errors.New("rpc: a unary call without its call info")
	errNoMessage  = errors.New("rpc: what was received is not a protobuf message")
)

// around is an interceptor that is the same for unary calls and for streams. It calls next once and gives its error, or
// another, or calls it not at all and gives one.
type around func(ctx context.Context, x exchange, next func(context.Context) error) error

// exchange is one call as an interceptor sees it. What is set in the response's header goes out with the first message or
// with the error, whichever is first.
type exchange interface {
	Spec() connect.Spec
	Peer() connect.Peer
	RequestHeader() http.Header
	ResponseHeader() http.Header
}

func (f around) WrapUnary(next connect.UnaryFunc) connect.UnaryFunc {
	return func(ctx context.Context, req connect.AnyRequest) (connect.AnyResponse, error) {
		x, ok := connect.CallInfoForHandlerContext(ctx)
		if !ok {
			return nil, errNoExchange
		}
		var res connect.AnyResponse
		err := f(ctx, x, func(ctx context.Context) (err error) {
			res, err = next(ctx, req)
			return err
		})
		if err != nil {
			return nil, err
		}
		return res, nil
	}
}

func (f around) WrapStreamingHandler(next connect.StreamingHandlerFunc) connect.StreamingHandlerFunc {
	return func(ctx context.Context, conn connect.StreamingHandlerConn) error {
		return f(ctx, conn, func(ctx context.Context) error { return next(ctx, conn) })
	}
}

func (around) WrapStreamingClient(next connect.StreamingClientFunc) connect.StreamingClientFunc {
	return next
}

// inspect is an interceptor that looks at every message received, the one of a unary call and each of a stream's. It may
// change the message; its error ends the call.
type inspect func(m proto.Message) error

func (f inspect) WrapUnary(next connect.UnaryFunc) connect.UnaryFunc {
	return func(ctx context.Context, req connect.AnyRequest) (connect.AnyResponse, error) {
		if err := f.any(req.Any()); err != nil {
			return nil, err
		}
		return next(ctx, req)
	}
}

func (f inspect) WrapStreamingHandler(next connect.StreamingHandlerFunc) connect.StreamingHandlerFunc {
	return func(ctx context.Context, conn connect.StreamingHandlerConn) error {
		return next(ctx, inspectedConn{conn, f})
	}
}

func (inspect) WrapStreamingClient(next connect.StreamingClientFunc) connect.StreamingClientFunc {
	return next
}

func (f inspect) any(received any) error {
	m, ok := received.(proto.Message)
	if !ok {
		return errNoMessage
	}
	return f(m)
}

type inspectedConn struct {
	connect.StreamingHandlerConn
	inspect inspect
}

func (c inspectedConn) Receive(m any) error {
	if err := c.StreamingHandlerConn.Receive(m); err != nil {
		return err
	}
	return c.inspect.any(m)
}
