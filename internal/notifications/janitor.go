package notifications

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"time"
)

// pruneEvery is how often each process deletes what is too old.
const pruneEvery = 6 * time.Hour

// janitor deletes what is too old. Several processes may do it at once.
type janitor struct {
	store  Store
	log    *slog.Logger
	cancel context.CancelFunc
	done   chan struct{}
}

func newJanitor(c Config) *janitor {
	ctx, cancel := context.WithCancel(context.Background())
	j := &janitor{store: c.Store, log: c.Log, cancel: cancel, done: make(chan struct{})}
	go j.run(ctx)
	return j
}

func (j *janitor) close() {
	j.cancel()
	<-j.done
}

// run prunes soon after the start, at a time of each process's own, and then every few hours.
func (j *janitor) run(ctx context.Context) {
	defer close(j.done)
	next := time.NewTimer(time.Minute + rand.N(10*time.Minute))
	defer next.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-next.C:
			j.prune(ctx)
			next.Reset(pruneEvery)
		}
	}
}

func (j *janitor) prune(ctx context.Context) {
	at := now()
	n, err := j.store.PruneNotifications(ctx, at.Add(-keepRead), at.Add(-keepUnread))
	if err != nil && ctx.Err() == nil {
		j.log.WarnContext(ctx, "old notifications not deleted", slog.Any("error", err))
	}
	if n > 0 {
		j.log.InfoContext(ctx, "old notifications deleted", slog.Int("notifications", n))
	}
}
