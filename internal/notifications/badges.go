package notifications

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"
)

const (
	// badgeDelay is how long users' badges are gathered before they are pushed: somebody who reads one notification after the other
	// gets one push of it.
	badgeDelay = 3 * time.Second
	// maxBadges bounds the users whose badges are gathered. Those of others are set by the next notification.
	maxBadges = 4096
	// maxBadgeUsers is how many of them are looked up at a time.
	maxBadgeUsers = 1000
)

// badges are those to be pushed alone.
type badges struct {
	// wake has a value if there may be some.
	wake chan struct{}

	mu sync.Mutex
	// owed are the users, each with the session that has the badge already: the one they read in. It is empty if that is none, or
	// several have read.
	owed map[string]string
}

func newBadges() badges { return badges{wake: make(chan struct{}, 1), owed: make(map[string]string)} }

// oweBadge has a user's badge pushed to the devices of their sessions but one. It does not wait.
func (p *pushes) oweBadge(ctx context.Context, userID, except string) {
	b := &p.badges
	b.mu.Lock()
	defer b.mu.Unlock()
	before, owed := b.owed[userID]
	switch {
	case owed && before != except:
		except = ""
	case !owed && len(b.owed) >= maxBadges:
		p.Log.WarnContext(ctx, "a badge not pushed: too many are waiting", slog.String("user_id", userID))
		return
	}
	b.owed[userID] = except
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

// take returns the users that are owed their badge, who are not any more.
func (b *badges) take() map[string]string {
	b.mu.Lock()
	defer b.mu.Unlock()
	owed := b.owed
	b.owed = make(map[string]string)
	return owed
}

// routeBadges pushes badges until the service ends.
func (p *pushes) routeBadges(ctx context.Context) {
	for {
		select {
		case <-p.badges.wake:
		case <-p.leaving:
			return
		}
		p.pause(ctx, badgeDelay)
		owed := p.badges.take()
		for part := range slices.Chunk(slices.Sorted(maps.Keys(owed)), maxBadgeUsers) {
			if err := p.routeBadgesOf(ctx, part, owed); err != nil {
				p.Log.WarnContext(ctx, "cannot read the badges of users", slog.Int("users", len(part)), slog.Any("error", err))
			}
		}
	}
}

func (p *pushes) routeBadgesOf(ctx context.Context, userIDs []string, except map[string]string) error {
	readAt := time.Now()
	of, err := p.devices(ctx, userIDs)
	if err != nil || len(of) == 0 {
		return err
	}
	unread, err := p.Store.UnreadNotifications(ctx, slices.Sorted(maps.Keys(of)))
	if err != nil {
		return err
	}
	for userID, devices := range of {
		for _, d := range devices {
			if d.Platform == Web || d.SessionID == except[userID] && d.SessionID != "" {
				continue
			}
			p.enqueue(ctx, &pair{device: d, badge: unread[userID], badgeOnly: true, readAt: readAt})
		}
	}
	return nil
}
