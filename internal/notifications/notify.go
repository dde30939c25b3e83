package notifications

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/realtime"
	"github.com/dongbaejul/dongbaejul/internal/users"
)

const (
	maxKey = 200
	// maxAppend is how many notifications one call of the store adds.
	maxAppend = 1000
	// notifyTimeout bounds a call of Notify, which goes on when its caller's context ends.
	notifyTimeout = 10 * time.Second
)

// Notify tells people. Who is not active, has muted the kind, or was told of the key before is left out. The others find it in
// their logs when Notify returns; streams and devices are told of it, without waiting for them. What happened has
// happened, so a ctx that ends does not stop it. With an error some may have been told, and the same call again tells the
// rest.
func (s *Service) Notify(ctx context.Context, notices ...Notice) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), notifyTimeout)
	defer cancel()
	for _, n := range notices {
		if err := n.check(); err != nil {
			return err
		}
	}
	wanted, err := s.wanted(ctx, notices)
	if err != nil {
		return err
	}
	for part := range slices.Chunk(wanted, maxAppend) {
		added, err := s.Store.AppendNotifications(ctx, part)
		s.announce(ctx, added)
		s.pushes.add(ctx, added)
		if err != nil {
			return fmt.Errorf("keep notifications: %w", err)
		}
	}
	return nil
}

// NotifyAll is Notify for every active user but those in except. The UserID of n is not looked at.
func (s *Service) NotifyAll(ctx context.Context, n Notice, except ...string) error {
	active, err := s.Users.ActiveIDs(context.WithoutCancel(ctx))
	if err != nil {
		return fmt.Errorf("list whom to tell: %w", err)
	}
	notices := make([]Notice, 0, len(active))
	for _, id := range active {
		if !slices.Contains(except, id) {
			n.UserID = id
			notices = append(notices, n)
		}
	}
	return s.Notify(ctx, notices...)
}

// wanted returns what is to be kept of notices.
func (s *Service) wanted(ctx context.Context, notices []Notice) ([]Notification, error) {
	userIDs := make([]string, len(notices))
	for i, n := range notices {
		userIDs[i] = n.UserID
	}
	people, err := s.Users.Users(ctx, userIDs)
	if err != nil {
		return nil, fmt.Errorf("look up whom to tell: %w", err)
	}
	at := now()
	var wanted []Notification
	for _, n := range notices {
		if u, ok := people[n.UserID]; !ok || u.Status != users.Active || !u.Preferences.Wants(string(n.Kind)) {
			continue
		}
		wanted = append(wanted, Notification{ID: idOf(n.UserID, n.Key), Notice: n, CreatedAt: at})
	}
	return wanted, nil
}

// announce tells streams of new entries. Where their words cannot be found, streams read them at the next heartbeat.
func (s *Service) announce(ctx context.Context, added []Notification) {
	worded, err := s.worded(ctx, added, false)
	if err != nil {
		s.Config.Log.WarnContext(ctx, "new notifications reach streams late: their words cannot be read",
			slog.Int("notifications", len(added)), slog.Any("error", err))
		return
	}
	for _, n := range worded {
		s.Bus.Publish(ctx, hint(n))
	}
}

func hint(n Worded) realtime.Hint {
	return realtime.Hint{Topic: realtime.User(n.UserID), Seq: n.Seq, Event: toEvent(n)}
}

// check fails on a notice that no caller should make.
func (n Notice) check() error {
	switch _, known := kindToProto[n.Kind]; {
	case n.UserID == "":
		return fmt.Errorf("notify: a notice %q to nobody", n.Key)
	case n.Key == "" || len(n.Key) > maxKey:
		return fmt.Errorf("notify: a notice of kind %q with a key of %d bytes", n.Kind, len(n.Key))
	case !known:
		return fmt.Errorf("notify: a notice %q of the unknown kind %q", n.Key, n.Kind)
	}
	return nil
}
