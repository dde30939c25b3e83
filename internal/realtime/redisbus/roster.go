package redisbus

import (
	"context"
	"log/slog"
	"time"
)

const (
	// lookEvery is how often a process looks which others there are, and renewEvery how often it notes that it serves, for
	// servesFor: long enough for clocks that are apart, and for a database that is away for a moment.
	lookEvery  = 2 * time.Second
	renewEvery = 20 * time.Second
	servesFor  = 2 * time.Minute
	// noticed is how long it takes until every other process has seen a new one in the roster.
	noticed = 2 * lookEvery
	// keepFor is how long a process that has ended without a word stays in the roster.
	keepFor = time.Hour
)

// Enter puts this process in the roster, and returns when all others know of it: because it can be heard, or because they have
// looked. Until they do, they would rely on hearing of every change, and not hear of those made here. Where it cannot be heard
// that takes noticed. Without a roster it returns at once.
func (b *Bus) Enter(ctx context.Context) error {
	if b.roster == nil {
		return nil
	}
	now := time.Now()
	if err := b.roster.KeepProcess(ctx, b.id, now.Add(servesFor)); err != nil {
		return err
	}
	if err := b.roster.DropProcesses(ctx, now.Add(-keepFor)); err != nil {
		return err
	}
	inside, stop := context.WithCancel(context.Background())
	b.stopLooking = stop
	b.running.Go(func() { b.look(inside, now) })
	timeout := time.NewTimer(noticed)
	defer timeout.Stop()
	tick := time.NewTicker(retryEvery)
	defer tick.Stop()
	for !b.roll.hears() {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-timeout.C:
			return nil
		case <-tick.C:
		}
	}
	return nil
}

// look looks which processes there are, and renews this one, until ctx ends; then it takes this one out. While the roster cannot be
// read, those stay that are known.
func (b *Bus) look(ctx context.Context, renewed time.Time) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		if err := b.lookOnce(ctx, &renewed); err != nil && ctx.Err() == nil {
			b.log.Log(ctx, slog.LevelWarn, "roster", "cannot look which processes there are", slog.String("error", err.Error()))
		}
		select {
		case <-ctx.Done():
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lookEvery)
			defer cancel()
			// Where that cannot be, it ends by itself.
			_ = b.roster.KeepProcess(ctx, b.id, time.Now().Add(-time.Second))
			return
		case <-tick.C:
		}
	}
}

func (b *Bus) lookOnce(ctx context.Context, renewed *time.Time) error {
	ctx, cancel := context.WithTimeout(ctx, renewEvery)
	defer cancel()
	now := time.Now()
	if now.Sub(*renewed) >= renewEvery {
		if err := b.roster.KeepProcess(ctx, b.id, now.Add(servesFor)); err != nil {
			return err
		}
		*renewed = now
	}
	ids, err := b.roster.Processes(ctx, now)
	if err != nil {
		return err
	}
	b.roll.registered(ids, b.id)
	return nil
}
