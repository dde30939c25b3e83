package mongodb

import (
	"context"
	"math/rand/v2"
	"time"
)

const (
	// maxTries bounds how often a step is tried that trouble has met, which may pass. The driver tries again by itself too;
	// this is for what it cannot know to be repeatable.
	maxTries = 5
	// Pauses are random, up to this at first, and up to twice as much each time after it.
	firstPause = 4 * time.Millisecond
	maxPause   = 500 * time.Millisecond
)

// repeat runs a step that may be done twice, until it succeeds or its error is none that passes.
func repeat(ctx context.Context, step func() error) error {
	for n := 0; ; n++ {
		err := step()
		if err == nil || !again(ctx, n, err) {
			return err
		}
	}
}

// again waits after the n-th failure, counted from 0, and reports whether it is worth trying once more.
func again(ctx context.Context, n int, err error) bool {
	// A server was waited for already where none was there to send to.
	return isTransient(err) && !noServerSelected(err) && n+1 < maxTries && pause(ctx, n+3) == nil
}

// tries counts what was in the way of something: those who were first, of whom there may be many, and trouble, which is borne
// a few times.
type tries struct{ races, troubles int }

// race waits after a race that was lost.
func (t *tries) race(ctx context.Context) error {
	t.races++
	return pause(ctx, t.races-1)
}

// trouble waits after a failure, and reports whether it is worth trying once more.
func (t *tries) trouble(ctx context.Context, err error) bool {
	t.troubles++
	return again(ctx, t.troubles-1, err)
}

// pause waits before try n+1 of something that others are in the way of. Its error is that ctx ends first.
func pause(ctx context.Context, n int) error {
	most := min(firstPause<<min(n, 16), maxPause)
	timer := time.NewTimer(rand.N(most) + time.Millisecond)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
