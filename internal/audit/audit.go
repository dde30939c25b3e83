// Package audit records what somebody may later have to account for: who came in or was refused, who changed whose
// rights, what was deleted. A record holds ids and reasons, never a token, a name or what somebody wrote.
package audit

import (
	"context"
	"log/slog"

	"github.com/dongbaejul/dongbaejul/internal/identity"
)

// Log takes records. It may be used concurrently.
type Log struct{ logger *slog.Logger }

// New makes a log that writes to logger, at slog.LevelInfo: it should be one that passes that level on.
func New(logger *slog.Logger) *Log { return &Log{logger: logger} }

// Record writes that event, such as "role changed", happened just now. Who did it and from which address is taken from ctx;
// attrs say the rest. Everything is in the group "audit".
func (l *Log) Record(ctx context.Context, event string, attrs ...slog.Attr) {
	if caller, err := identity.From(ctx); err == nil {
		attrs = append(attrs, slog.String("by", caller.UserID))
	}
	if client := identity.ClientFrom(ctx); client.IP != "" {
		attrs = append(attrs, slog.String("ip", client.IP))
	}
	l.logger.LogAttrs(ctx, slog.LevelInfo, event, slog.GroupAttrs("audit", attrs...))
}
