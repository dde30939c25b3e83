package notifications

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/fault"
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

const (
	// unsentPage is how many announcements SendUnsent sends at most, and unsentFor how old they are at most.
	unsentPage = 100
	unsentFor  = 24 * time.Hour
	// sendTimeout bounds the sending of one announcement.
	sendTimeout = 15 * time.Second
)

// SendUnsent sends announcements whose calls could not, since their callers hung up or their processes died: to be called every
// now and then, by any number of processes.
func (s *Service) SendUnsent(ctx context.Context) error {
	unsent, err := s.Store.UnsentAnnouncements(ctx, now().Add(-unsentFor), unsentPage)
	errs := []error{err}
	for _, a := range unsent {
		errs = append(errs, s.send(ctx, a))
	}
	return errors.Join(errs...)
}

// send tells everybody, unless that is done already. It goes on when the call that asks for it has ended.
func (s *Service) send(ctx context.Context, a Announcement) error {
	if !a.SentAt.IsZero() {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), sendTimeout)
	defer cancel()
	err := s.NotifyAll(ctx, Notice{Key: broadcastKey + a.ID, Kind: KindBroadcast, ActorID: a.By})
	if err != nil {
		return err
	}
	if err := s.Store.AnnouncementSent(ctx, a.ID, now()); err != nil {
		return fmt.Errorf("note that everybody was told: %w", err)
	}
	return nil
}

// broadcastKey begins the key of a broadcast's notifications; the announcement's id follows.
const broadcastKey = "broadcast/"

// broadcasts finds the words of announcements, which are what was announced.
type broadcasts struct{ store Store }

// Kinds implements Writer.
func (broadcasts) Kinds() []Kind { return []Kind{KindBroadcast} }

// Words implements Writer.
func (b broadcasts) Words(ctx context.Context, ns []Notification) ([]Words, error) {
	ids := make([]string, len(ns))
	for i, n := range ns {
		ids[i] = strings.TrimPrefix(n.Key, broadcastKey)
	}
	found, err := b.store.Announcements(ctx, distinct(ids))
	if err != nil {
		return nil, err
	}
	said := make(map[string]Announcement, len(found))
	for _, a := range found {
		said[a.ID] = a
	}
	words := make([]Words, len(ns))
	for i, id := range ids {
		if a, ok := said[id]; ok {
			words[i] = Words{Title: fault.Text{Ko: a.Title, En: a.Title}, Body: fault.Text{Ko: a.Body, En: a.Body}}
		} else {
			words[i] = Words{Title: fault.Text{Ko: "지난 알림입니다.", En: "This notification is no longer kept."}, Gone: true}
		}
	}
	return words, nil
}

func distinct(ids []string) []string { return slices.Compact(slices.Sorted(slices.Values(ids))) }
