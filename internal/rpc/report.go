package rpc

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"strings"
	"time"

	"connectrpc.com/connect"
)

// report begins every call, gives its error the form it has on the wire, and writes one line about it when it has ended:
// never what was said in it.
type report struct{ log *slog.Logger }

func (r report) WrapUnary(next connect.UnaryFunc) connect.UnaryFunc {
	return around(func(ctx context.Context, x exchange, next func(context.Context) error) error {
		return r.around(ctx, x, next, &traffic{})
	}).WrapUnary(next)
}

func (r report) WrapStreamingHandler(next connect.StreamingHandlerFunc) connect.StreamingHandlerFunc {
	return func(ctx context.Context, conn connect.StreamingHandlerConn) error {
		counted := &countedConn{StreamingHandlerConn: conn}
		return r.around(ctx, conn, func(ctx context.Context) error { return next(ctx, counted) }, &counted.traffic)
	}
}

func (report) WrapStreamingClient(next connect.StreamingClientFunc) connect.StreamingClientFunc {
	return next
}

func (r report) around(ctx context.Context, x exchange, next func(context.Context) error, t *traffic) error {
	reached(ctx)
	ctx, c := begin(ctx, x.RequestHeader(), x.ResponseHeader())
	began := time.Now()
	err := next(ctx)
	e := ending{
		spec: x.Spec(), protocol: x.Peer().Protocol, address: clientAddress(ctx, x.Peer().Addr),
		duration: time.Since(began), traffic: *t,
	}
	if err == nil {
		r.write(ctx, e)
		return nil
	}
	if connect.IsNotModifiedError(err) {
		r.write(ctx, e)
		return err
	}
	e.err, e.failure = err, describe(err)
	e.unread = t.unread != nil && errors.Is(err, t.unread)
	r.write(ctx, e)
	return wire(e.failure, readerOf(c.id, x.RequestHeader()), x.ResponseHeader())
}

// ending is how a call went.
type ending struct {
	spec     connect.Spec
	protocol string
	address  string
	duration time.Duration
	traffic  traffic
	// err is nil where it went well.
	err     error
	failure failure
	// unread tells that it ended since the request could not be read, whatever the code: that is not the server's trouble.
	unread bool
}

func (r report) write(ctx context.Context, e ending) {
	level := e.level()
	if !r.log.Enabled(ctx, level) {
		return
	}
	code := "ok"
	if e.err != nil {
		code = e.failure.code.String()
	}
	attrs := []slog.Attr{
		slog.String("procedure", strings.TrimPrefix(e.spec.Procedure, "/")),
		slog.String("code", code),
		slog.Float64("duration_ms", float64(e.duration.Microseconds())/1000),
		slog.String("ip", e.address),
		slog.String("protocol", e.protocol),
	}
	if e.spec.StreamType != connect.StreamTypeUnary {
		attrs = append(attrs, slog.Int("received", e.traffic.received), slog.Int("sent", e.traffic.sent))
	}
	if e.err != nil {
		attrs = append(attrs, slog.String("reason", e.failure.Reason))
		attrs = append(attrs, e.cause()...)
	}
	r.log.LogAttrs(ctx, level, "call", attrs...)
}

// level is that of the line about the call: errors are what somebody should look into, and reading that went well is of
// interest only when somebody does.
func (e ending) level() slog.Level {
	switch {
	case e.err == nil && e.spec.IdempotencyLevel == connect.IdempotencyNoSideEffects:
		return slog.LevelDebug
	case e.err == nil, e.unread:
		return slog.LevelInfo
	}
	switch e.failure.code {
	case connect.CodeInternal, connect.CodeUnknown, connect.CodeDataLoss:
		return slog.LevelError
	}
	return slog.LevelInfo
}

// cause is what the caller was not told. The text of what is the caller's own doing stays out: it may quote them.
func (e ending) cause() []slog.Attr {
	if e.unread || !e.failure.ours() {
		return nil
	}
	attrs := []slog.Attr{slog.String("error", e.err.Error())}
	if p, ok := errors.AsType[*panicError](e.err); ok {
		attrs = append(attrs, slog.String("stack", string(p.stack)))
	}
	return attrs
}

// traffic is the messages of a stream.
type traffic struct {
	received, sent int
	// unread is why no more could be received; nil at the stream's end.
	unread error
}

type countedConn struct {
	connect.StreamingHandlerConn
	traffic traffic
}

func (c *countedConn) Receive(m any) error {
	err := c.StreamingHandlerConn.Receive(m)
	switch {
	case err == nil:
		c.traffic.received++
	case !errors.Is(err, io.EOF):
		c.traffic.unread = err
	}
	return err
}

func (c *countedConn) Send(m any) error {
	err := c.StreamingHandlerConn.Send(m)
	if err == nil {
		c.traffic.sent++
	}
	return err
}
