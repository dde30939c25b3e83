package rpc

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"strings"
	"time"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/proto"

	"github.com/dongbaejul/dongbaejul/internal/lograte"
	"github.com/dongbaejul/dongbaejul/internal/offstack"
)

// report returns the error of every call the form it has on the wire, and writes one line about the call when it has ended:
// never what was said in it.
type report struct {
	log *slog.Logger
	// refusals writes what anybody can cause as often as they like.
	refusals *lograte.Logger
	// readMax is how large requests may be.
	readMax sizes
}

// passage is one call on its way.
type passage struct {
	exchange
	report report
	call   *call
	// ctx is that of the call, with all that is known by now.
	ctx     context.Context
	began   time.Time
	traffic traffic
	// request is the message of a unary call, once it is read.
	request proto.Message
}

// begin begins a call.
func (r report) begin(ctx context.Context, x exchange) *passage {
	ctx, c := begin(ctx, x.RequestHeader(), x.ResponseHeader())
	c.reached()
	return &passage{exchange: x, report: r, call: c, ctx: ctx, began: time.Now()}
}

// end returns what goes out on the wire for a call that ended with err, or with a panic.
func (p *passage) end(err error, panicked any) error {
	if panicked != nil {
		err = caught(panicked)
	} else {
		err = late(p.ctx, err)
	}
	e := ending{
		spec: p.Spec(), protocol: p.Peer().Protocol, address: clientAddress(p.ctx, p.Peer().Addr),
		duration: time.Since(p.began), traffic: p.traffic,
	}
	if err == nil || connect.IsNotModifiedError(err) {
		p.call.attempt.end(p.ctx, false)
		p.report.write(p.ctx, e)
		return err
	}
	e.err, e.failure = err, describe(err).sized(p.report.readMax.of(p.Spec().Procedure))
	e.unread = p.traffic.unread != nil && errors.Is(err, p.traffic.unread)
	if e.unread && isServers(e.failure.code) {
		// Frames that are none are who sent them's doing; connect takes some of them for its own.
		e.failure = describeRaised(connect.NewError(connect.CodeInvalidArgument, err))
	}
	e.failure.tempID = tempIDOf(p.request)
	p.call.attempt.end(p.ctx, e.failure.callers())
	p.report.write(p.ctx, e)
	return wire(e.failure, readerOf(p.call.id, p.RequestHeader()), p.ResponseHeader())
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
	if key, ok := e.alike(level); ok {
		r.refusals.Log(ctx, level, key, "call", attrs...)
		return
	}
	r.log.LogAttrs(ctx, level, "call", attrs...)
}

// alike returns what is the same of the lines of which one a minute will do, and false for others. Those are refusals that
// strangers can cause at will, and that a part of the server is unavailable, which is so for every call.
func (e ending) alike(level slog.Level) (key string, ok bool) {
	if e.err == nil || e.failure.code == connect.CodeInternal {
		return "", false
	}
	switch {
	case e.unread, level == slog.LevelWarn, e.failure.code == connect.CodeUnauthenticated, e.failure.Reason == errTooMany.Reason:
		return level.String() + " " + e.failure.code.String() + " " + e.failure.Reason, true
	}
	return "", false
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
	switch {
	case isServers(e.failure.code):
		return slog.LevelError
	case e.failure.code == connect.CodeUnavailable && len(e.failure.Unwrap()) > 1:
		// With a cause, a part of the server is away; without one, the server is closing, or as busy as it lets itself be.
		return slog.LevelWarn
	}
	return slog.LevelInfo
}

// cause is what the caller was not told. The text of what is the caller's own doing stays out: it may quote them.
func (e ending) cause() []slog.Attr {
	if e.unread || !e.failure.ours() {
		return nil
	}
	attrs := []slog.Attr{slog.String("error", e.err.Error())}
	if p, ok := errors.AsType[*offstack.Panic](e.err); ok {
		attrs = append(attrs, slog.String("stack", string(p.Stack)))
	}
	return attrs
}

// traffic is the messages of a stream.
type traffic struct {
	received, sent int
	// unread is why no more could be received; nil at the stream's end.
	unread error
}

func (t *traffic) receive(err error) {
	switch {
	case err == nil:
		t.received++
	case !errors.Is(err, io.EOF):
		t.unread = err
	}
}
