package rpc

import (
	"context"
	"errors"
	"io"
	"net/http"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/proto"

	"github.com/dongbaejul/dongbaejul/internal/offstack"
)

var (
	errNoExchange = errors.New("rpc: a unary call without its call info")
	errNoMessage  = errors.New("rpc: what was received is not a protobuf message")
)

// interceptor is everything that calls pass, the same for unary calls and for streams. Its steps stand in a row and not one
// within the other: what is nested stays on the stack of a stream for as long as that is open.
type interceptor struct {
	report   report
	timeouts timeouts
	// inspect look at every message received, the one of a unary call and each of a stream's.
	inspect []inspection
}

// inspection may change a message; its error ends the call.
type inspection func(m proto.Message) error

// exchange is one call. What is set in the response's header goes out with the first message or
// with the error, whichever is first.
type exchange interface {
	Spec() connect.Spec
	Peer() connect.Peer
	RequestHeader() http.Header
	ResponseHeader() http.Header
}

func (i *interceptor) WrapUnary(next connect.UnaryFunc) connect.UnaryFunc {
	return func(ctx context.Context, req connect.AnyRequest) (_ connect.AnyResponse, err error) {
		x, ok := connect.CallInfoForHandlerContext(ctx)
		if !ok {
			return nil, errNoExchange
		}
		ctx, cancel := i.timeouts.limit(ctx, x.Spec().Procedure)
		defer cancel()
		p := i.report.begin(ctx, x)
		defer func() { err = p.end(err, recover()) }()
		p.call.body.decoded()
		if p.request, ok = req.Any().(proto.Message); !ok {
			return nil, errNoMessage
		}
		if err := i.inspected(x.RequestHeader(), p.request); err != nil {
			return nil, err
		}
		if err := p.call.attempt.begin(p.ctx); err != nil {
			return nil, err
		}
		return next(p.ctx, req)
	}
}

func (i *interceptor) WrapStreamingHandler(next connect.StreamingHandlerFunc) connect.StreamingHandlerFunc {
	return func(ctx context.Context, conn connect.StreamingHandlerConn) (err error) {
		p := i.report.begin(ctx, conn)
		defer func() { err = p.end(err, recover()) }()
		return next(p.ctx, &streamConn{conn, i, p})
	}
}

func (i *interceptor) WrapStreamingClient(next connect.StreamingClientFunc) connect.StreamingClientFunc {
	return next
}

func (i *interceptor) inspected(request http.Header, received any) error {
	m, ok := received.(proto.Message)
	if !ok {
		return errNoMessage
	}
	if err := known(request, m); err != nil {
		return err
	}
	for _, inspect := range i.inspect {
		if err := inspect(m); err != nil {
			return err
		}
	}
	return nil
}

// streamConn inspects and counts the messages of a stream.
type streamConn struct {
	connect.StreamingHandlerConn
	*interceptor
	passage *passage
}

func (c *streamConn) Receive(m any) error {
	err := c.StreamingHandlerConn.Receive(m)
	c.passage.call.body.decoded()
	c.passage.traffic.receive(err)
	if one := errNotOne(c.passage.traffic.received, err); one != nil {
		return one
	}
	if err == nil {
		offstack.Do(func() { err = c.inspected(c.RequestHeader(), m) })
	}
	return err
}

// errNotOne is the refusal of a stream whose client has sent no message, or a second one: the contract has none of either. Connect
// calls them unimplemented.
func errNotOne(received int, err error) error {
	switch {
	case received == 0 && errors.Is(err, io.EOF):
		return refusals[connect.CodeInvalidArgument].WithMeta("detail", "the request has no message")
	case received > 1 && err == nil:
		return refusals[connect.CodeInvalidArgument].WithMeta("detail", "the request has more than one message")
	}
	return nil
}

func (c *streamConn) Send(m any) error {
	err := c.StreamingHandlerConn.Send(m)
	if err == nil {
		c.passage.traffic.sent++
	}
	return err
}
