package notifications

import (
	"context"
	"errors"
	"fmt"
	"time"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/identity"
	"github.com/dongbaejul/dongbaejul/internal/pagination"
)

var errNotificationNotFound = fault.New(fault.NotFound, "NOTIFICATION_NOT_FOUND",
	"알림을 찾을 수 없습니다.", "There is no such notification of yours.")

// ListNotifications returns one page of the caller's notifications, the newest first.
func (s *Service) ListNotifications(ctx context.Context, req *v1.ListNotificationsRequest) (*v1.ListNotificationsResponse, error) {
	caller, err := identity.From(ctx)
	if err != nil {
		return nil, err
	}
	if req.Page != nil && req.BeforeSeq != nil {
		return nil, pagination.ErrBoth
	}
	p := pagination.Of(req.Page, req.Limit)
	found, counts, err := s.Store.ListNotifications(ctx, caller.UserID, Filter{
		Unread: req.GetUnread(), Before: req.GetBeforeSeq(), Offset: p.Offset(), Limit: p.Limit + 1,
	})
	if err != nil {
		return nil, fmt.Errorf("list notifications: %w", err)
	}
	found, more := pagination.More(p, found)
	worded, err := s.worded(ctx, found, readsEnglish(ctx))
	if err != nil {
		return nil, err
	}
	res := &v1.ListNotificationsResponse{
		Notifications: make([]*v1.Notification, len(worded)), UnreadCount: int32(counts.Unread), HasMore: more,
	}
	if req.BeforeSeq == nil {
		res.Pagination = p.Info(counts.Total)
	}
	for i, n := range worded {
		res.Notifications[i] = toProto(n)
	}
	return res, nil
}

// MarkNotificationsRead marks the caller's notifications read.
func (s *Service) MarkNotificationsRead(ctx context.Context, req *v1.MarkNotificationsReadRequest) (*v1.MarkNotificationsReadResponse, error) {
	caller, err := identity.From(ctx)
	if err != nil {
		return nil, err
	}
	read, unread, err := s.Store.ReadNotifications(ctx, caller.UserID, req.GetNotificationIds(), req.GetUpTo(), now())
	if errors.Is(err, fault.NotFound) {
		return nil, errNotificationNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("mark notifications read: %w", err)
	}
	if read > 0 {
		s.pushes.oweBadge(ctx, caller.UserID, caller.SessionID)
	}
	return &v1.MarkNotificationsReadResponse{Message: success, UnreadCount: int32(unread)}, nil
}

// ReadRoom marks the caller's notifications of a room read that were created before `at`, when the caller had read the room to its
// end.
func (s *Service) ReadRoom(ctx context.Context, caller identity.Caller, roomID string, at time.Time) error {
	read, err := s.Store.ReadRoomNotifications(ctx, caller.UserID, roomID, at)
	if err != nil {
		return fmt.Errorf("mark the notifications of a room read: %w", err)
	}
	if read > 0 {
		s.pushes.oweBadge(ctx, caller.UserID, caller.SessionID)
	}
	return nil
}

// success is the message of a call that has nothing else to say.
const success = "success"
