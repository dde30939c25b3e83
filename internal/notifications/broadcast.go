package notifications

import (
	"context"
	"fmt"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/idempotency"
	"github.com/dongbaejul/dongbaejul/internal/identity"
)

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
	a := Announcement{ID: idempotency.NewID("notifications.broadcast", caller.UserID, req.RequestId), By: caller.UserID, Title: req.GetTitle(), Body: req.GetBody(), CreatedAt: now()}
	kept, _, err := s.Store.CreateAnnouncement(ctx, a)
	if err != nil {
		return nil, fmt.Errorf("keep an announcement: %w", err)
	}
	if kept.Title != a.Title || kept.Body != a.Body {
		return nil, idempotency.ErrReused
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
