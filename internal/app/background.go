package app

import (
	"context"
	"log/slog"
	"time"
)

// every does something now and then until stop, which waits for it to end. What fails is logged and tried again in turn.
func every(interval time.Duration, log *slog.Logger, what string, do func(context.Context) error) (stop func() error) {
	return background(func(ctx context.Context) {
		tick := time.NewTicker(interval)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			if err := do(ctx); err != nil && ctx.Err() == nil {
				log.WarnContext(ctx, "could not "+what, slog.String("error", err.Error()))
			}
		}
	})
}

// background runs f until stop, which ends its context and waits for it.
func background(f func(context.Context)) (stop func() error) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		f(ctx)
	}()
	return func() error {
		cancel()
		<-done
		return nil
	}
}
