package notifications

import (
	"context"
	"fmt"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/realtime"
)

// Log is a user's notifications as streams read them.
type Log struct {
	svc    *Service
	userID string
}

// Log returns the log of a user.
func (s *Service) Log(userID string) Log { return Log{svc: s, userID: userID} }

// After implements realtime.Source.
func (l Log) After(ctx context.Context, seq int64, limit int) ([]realtime.Hint, error) {
	entries, err := l.svc.Store.NotificationsAfter(ctx, l.userID, seq, limit)
	if err != nil {
		return nil, err
	}
	worded, err := l.svc.worded(ctx, entries, false)
	if err != nil {
		return nil, err
	}
	hints := make([]realtime.Hint, len(worded))
	for i, n := range worded {
		hints[i] = hint(n)
	}
	return hints, nil
}

// Head returns the number of the last entry of a user's log; 0 for an empty one.
func (s *Service) Head(ctx context.Context, userID string) (int64, error) {
	_, last, err := s.Store.NotificationLog(ctx, userID)
	if err != nil {
		return 0, fmt.Errorf("find the end of a user's notifications: %w", err)
	}
	return last, nil
}

// FollowLog makes r, which follows the user's topic, take their notifications from the cursor on. It returns how far the log has
// come. A cursor that cannot be served, since it is beyond the log's end or entries after it have been deleted, is answered with
// an event that says so; so is one with more after it than the client takes.
func (s *Service) FollowLog(ctx context.Context, r *realtime.Reader, userID string, c realtime.Cursor) (head int64, events []*realtime.Event, err error) {
	first, last, err := s.Store.NotificationLog(ctx, userID)
	if err != nil {
		return 0, nil, fmt.Errorf("find the ends of a user's notifications: %w", err)
	}
	from := last
	switch {
	case c.After == nil:
	case *c.After > last:
		events = resync(v1.ResyncReason_RESYNC_REASON_CURSOR_AHEAD, last)
	case *c.After+1 < first:
		events = resync(v1.ResyncReason_RESYNC_REASON_CURSOR_EXPIRED, last)
	case c.Exceeded(*c.After, last):
		events = resync(v1.ResyncReason_RESYNC_REASON_BACKLOG_TOO_LARGE, last)
	default:
		from = *c.After
	}
	r.Number(realtime.User(userID), s.Log(userID), from, last)
	return last, events, nil
}

func resync(reason v1.ResyncReason, seq int64) []*realtime.Event {
	return []*realtime.Event{realtime.NewEvent(&v1.Event{Payload: &v1.Event_ResyncRequired{
		ResyncRequired: &v1.ResyncRequired{Reason: reason, Seq: seq},
	}})}
}
