package app

import (
	"context"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/realtime"
)

const (
	// doubtEvery is how often it is looked at whether changes are heard of, and recheckEvery how often streams look at the
	// store while that is in doubt: so often that a right which is lost is lost within two seconds, whatever has broken.
	doubtEvery   = 100 * time.Millisecond
	recheckEvery = time.Second
)

// changes tells every process that a user's rights or name have changed: copies of them are dropped, and the user's streams
// look again. It is a users.UserChangePublisher.
type changes struct {
	bus     bus
	recheck func()
	// forget drops a user's copies, and forgetAll everybody's.
	forget    []func(userID string)
	forgetAll []func()
}

// UserChanged has this process's copies dropped when it returns.
func (c *changes) UserChanged(ctx context.Context, userID string) {
	c.bus.Publish(ctx, realtime.Hint{Topic: realtime.Access, Key: userID})
	c.bus.Publish(ctx, realtime.Hint{Topic: realtime.User(userID)})
}

func (c *changes) drop(userID string) {
	for _, f := range c.forget {
		f(userID)
	}
}

func (c *changes) dropAll() {
	for _, f := range c.forgetAll {
		f()
	}
}

// follow drops copies for the changes that other processes announce: each before the user's streams hear of it, so that
// they do not look at what is old. Where announcements may have been lost all copies go.
func (c *changes) follow() {
	c.bus.Tap(realtime.Access, func(h realtime.Hint) { c.drop(h.Key) }, c.dropAll)
}

// watch has streams look again and again, while it is not sure that changes are heard of, whether their callers may still
// be here, until ctx ends. Calls look by themselves: see users.Service.CopyAge.
func (c *changes) watch(ctx context.Context) {
	tick := time.NewTicker(doubtEvery)
	defer tick.Stop()
	var last time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if !c.bus.InSync() && time.Since(last) >= recheckEvery {
			last = time.Now()
			c.recheck()
		}
	}
}

// onlineOf answers for some of those who are online.
type onlineOf struct{ presence onlineUsers }

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
