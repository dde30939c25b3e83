package app

import (
	"context"
	"fmt"

	"github.com/dongbaejul/dongbaejul/internal/chat"
	"github.com/dongbaejul/dongbaejul/internal/lease"
	"github.com/dongbaejul/dongbaejul/internal/presence"
	"github.com/dongbaejul/dongbaejul/internal/ratelimit"
	"github.com/dongbaejul/dongbaejul/internal/realtime"
	"github.com/dongbaejul/dongbaejul/internal/realtime/redisbus"
	"github.com/dongbaejul/dongbaejul/internal/redisconn"
	"github.com/dongbaejul/dongbaejul/internal/rpc"
)

// bus is a realtime.Bus that knows whether it can be relied on.
type bus interface {
	realtime.Bus
	// Tap calls hint with each hint of t, before any follower gets it, and lost where some may be missing.
	Tap(t realtime.Topic, hint func(realtime.Hint), lost func())
	// InSync reports whether every hint published until a moment ago, on whatever process, has come here, or its loss been told.
	InSync() bool
}

// onlineUsers knows who has a stream open, over all processes.
type onlineUsers interface {
	Enter(userID string) (leave func())
	Online(ctx context.Context) ([]string, error)
}

// limiter counts calls, and what members do to others.
type limiter interface {
	rpc.Limiter
	chat.Limiter
}

// leases are rights that one process has at a time.
type leases interface {
	Acquire(ctx context.Context, name string) (*lease.Lease, error)
}

// processes is what the processes of a server have in common, besides the store.
type processes struct {
	bus bus
	// presence is who is truly online, and shown what members may see of it.
	presence onlineUsers
	shown    *shownPresence
	limiter  limiter
	leases   leases
	checks   []Check
	// enter makes this process known to the others, before it serves.
	enter func(context.Context) error
}

// newProcesses makes what one process has alone, or what several share by Redis. It does not wait for Redis.
func newProcesses(cfg Config, roster realtime.Roster, closing *closers) (processes, error) {
	if cfg.RedisURL.IsZero() {
		hub := realtime.NewHub()
		shown := newShownPresence(hub, cfg.Log)
		online := presence.NewMemory(offlineAfter, presenceWindow, shown.changed)
		shown.onlineUsers = online
		closing.after(online.Close)
		return processes{
			bus: hub, presence: online, shown: shown, limiter: ratelimit.NewMemory(limitKeys), leases: lease.NewMemory(),
			enter: func(context.Context) error { return nil },
		}, nil
	}
	link, err := redisconn.Open(redisconn.Config{URL: cfg.RedisURL.Reveal(), Prefix: cfg.RedisPrefix, Log: cfg.Log})
	if err != nil {
		return processes{}, fmt.Errorf("REDIS_URL: %w", err)
	}
	closing.add(link.Close)
	hints := redisbus.New(redisbus.Config{Link: link, Roster: roster, Log: cfg.Log})
	closing.after(hints.Close)
	// Each process tells its own streams who is online.
	shown := newShownPresence(hints.Local(), cfg.Log)
	online := presence.NewRedis(link, offlineAfter, presenceWindow, shown.changed)
	shown.onlineUsers = online
	closing.after(online.Close)
	return processes{
		bus: hints, presence: online, shown: shown, limiter: ratelimit.NewRedis(link), leases: lease.NewRedis(link),
		checks: []Check{{Name: "redis", Probe: hints.Probe}},
		enter:  hints.Enter,
	}, nil
}
