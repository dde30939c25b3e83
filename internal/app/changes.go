package app

import (
	"context"

	"github.com/dongbaejul/dongbaejul/internal/realtime"
	"github.com/dongbaejul/dongbaejul/internal/shared"
)

// changes tells every process that a user's rights or name have changed: copies of them are dropped, and the user's streams
// look again. It is a users.Changes.
type changes struct {
	bus realtime.Bus
	// forget drops a user's copies.
	forget []func(userID string)
}

// UserChanged drops the copies of this process before anything else looks at them.
func (c *changes) UserChanged(ctx context.Context, userID string) {
	c.drop(userID)
	c.bus.Publish(ctx, realtime.Hint{Topic: realtime.Access, Key: userID})
	c.bus.Publish(ctx, realtime.Hint{Topic: realtime.User(userID)})
}

func (c *changes) drop(userID string) {
	for _, f := range c.forget {
		f(userID)
	}
}

// follow drops copies for the changes that other processes announce, until stop. What is lost on the way is made up for by
// the short life of the copies.
func (c *changes) follow() (stop func() error) {
	reader := realtime.NewReader()
	c.bus.Follow(reader, realtime.Access)
	return background(func(ctx context.Context) {
		defer reader.Close(c.bus)
		var b realtime.Batch
		for {
			select {
			case <-ctx.Done():
				return
			case <-reader.Ready():
			}
			// Nothing here is numbered, so that the store is not read and cannot fail.
			_ = reader.Take(ctx, &b)
			for _, h := range b.Signals {
				c.drop(h.Key)
			}
		}
	})
}

// onlineOf answers for some of those who are online.
type onlineOf struct{ presence *shared.Presence }

// Online implements users.Online.
func (o onlineOf) Online(ctx context.Context, ids []string) (map[string]bool, error) {
	all, err := o.presence.Online(ctx)
	if err != nil {
		return nil, err
	}
	online := make(map[string]bool, len(all))
	for _, id := range all {
		online[id] = true
	}
	found := make(map[string]bool, len(ids))
	for _, id := range ids {
		if online[id] {
			found[id] = true
		}
	}
	return found, nil
}
