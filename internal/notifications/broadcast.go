package notifications

import (
	"context"
	"fmt"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/identity"
	"github.com/dongbaejul/dongbaejul/internal/ids"
)

var errRequestReused = fault.New(fault.Invalid, "REQUEST_ID_REUSED",
	"같은 request_id로 다른 내용을 보냈습니다. 새 request_id를 사용해 주세요.",
	"This request_id was used with other content. Use a new one.").WithField("request_id")

// Broadcast tells every active user. A repeated request that finds the first one cut short tells those who were not
// reached.
func (s *Service) Broadcast(ctx context.Context, req *v1.BroadcastRequest) (*v1.BroadcastResponse, error) {
	caller, err := identity.From(ctx)
	if err != nil {
		return nil, err
	}
	if err := caller.Require(identity.Broadcast); err != nil {
		return nil, err
	}
	a := Announcement{ID: ids.New(), By: caller.UserID, Title: req.GetTitle(), Body: req.GetBody(), CreatedAt: now()}
	if req.RequestId != nil {
		a.ID = ids.From("notifications.broadcast", caller.UserID, req.GetRequestId())
	}
	kept, _, err := s.Store.CreateAnnouncement(ctx, a)
	if err != nil {
		return nil, fmt.Errorf("keep an announcement: %w", err)
	}
	if kept.Title != a.Title || kept.Body != a.Body {
		return nil, errRequestReused
	}
	if err := s.send(ctx, kept); err != nil {
		return nil, err
	}
	return &v1.BroadcastResponse{Message: success}, nil
}

// send tells everybody, unless that is done already.
func (s *Service) send(ctx context.Context, a Announcement) error {
	if !a.SentAt.IsZero() {
		return nil
	}
	err := s.NotifyAll(ctx, Notice{Key: "broadcast/" + a.ID, Kind: KindBroadcast, Title: a.Title, Body: a.Body})
	if err != nil {
		return err
	}
	if err := s.Store.AnnouncementSent(ctx, a.ID, now()); err != nil {
		return fmt.Errorf("note that everybody was told: %w", err)
	}
	return nil
}
