package notifications

import (
	"context"
	"log/slog"
)

// logPusher writes to the log that something would be pushed, and not what.
type logPusher struct{ log *slog.Logger }

// NewLogPusher makes a Pusher that only logs, for where there is no push service.
func NewLogPusher(log *slog.Logger) Pusher { return logPusher{log} }

func (p logPusher) Push(ctx context.Context, d Device, n Worded, badge int) error {
	p.log.InfoContext(ctx, "push", slog.String("user_id", d.UserID), slog.String("platform", string(d.Platform)),
		slog.String("notification_id", n.ID), slog.String("kind", string(n.Kind)), slog.Int("badge", badge))
	return nil
}

func (p logPusher) SetBadge(ctx context.Context, d Device, badge int) error {
	p.log.InfoContext(ctx, "push of a badge", slog.String("user_id", d.UserID), slog.String("platform", string(d.Platform)), slog.Int("badge", badge))
	return nil
}
