package rpc

import (
	"context"
	"log/slog"

	"github.com/dongbaejul/dongbaejul/internal/identity"
)

// LogHandler adds to each record what its context knows of the call: request_id, and once the call is authenticated
// user_id and session_id.
func LogHandler(next slog.Handler) slog.Handler { return logHandler{next} }

type logHandler struct{ slog.Handler }

func (h logHandler) Handle(ctx context.Context, r slog.Record) error {
	c, inCall := callFrom(ctx)
	caller, err := identity.From(ctx)
	known := err == nil
	if !known && inCall {
		if told := c.caller.Load(); told != nil {
			caller, known = *told, true
		}
	}
	if inCall || known {
		r = r.Clone()
	}
	if inCall {
		r.AddAttrs(slog.String("request_id", c.id))
	}
	if known {
		r.AddAttrs(slog.String("user_id", caller.UserID), slog.String("session_id", caller.SessionID))
	}
	return h.Handler.Handle(ctx, r)
}

func (h logHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return logHandler{h.Handler.WithAttrs(attrs)}
}

func (h logHandler) WithGroup(name string) slog.Handler {
	return logHandler{h.Handler.WithGroup(name)}
}
