package band

import (
	"context"
	"errors"
	"time"
)

// maxRetries is how often a failed exchange is repeated.
const maxRetries = 3

// Retry runs call, and repeats it at most three times while it fails with an *[Error] that is temporary and whose outcome is known. Before
// the n-th repetition it waits as long as Band says; if Band does not say, 2^n seconds after a rate limit or cool-down and n
// seconds after anything else. A refusal is never repeated, nor a write that may have been carried out.
//
// Retry returns the last error of call. It waits no longer than ctx lasts: when the deadline falls into the wait, or ctx ends
// during it, it returns at once.
func Retry(ctx context.Context, call func(context.Context) error) error {
	return retry(ctx, call, pause, func(*Error, time.Duration) {})
}

// retry is Retry, and calls notice before each wait, which wait does.
func retry(
	ctx context.Context, call func(context.Context) error, wait func(context.Context, time.Duration) bool, notice func(*Error, time.Duration),
) error {
	for n := 1; ; n++ {
		err := call(ctx)
		failure, ok := errors.AsType[*Error](err)
		if !ok || n > maxRetries || !failure.Temporary() || failure.OutcomeUnknown() {
			return err
		}
		delay := failure.delay(n)
		if !fits(ctx, delay) {
			return err
		}
		notice(failure, delay)
		if !wait(ctx, delay) {
			return err
		}
	}
}

// delay is the wait before the n-th repetition, n counting from 1.
func (e *Error) delay(n int) time.Duration {
	switch {
	case e.RetryAfter > 0:
		return e.RetryAfter
	case e.RateLimited():
		return time.Second << n
	}
	return time.Duration(n) * time.Second
}

// fits reports whether ctx goes on after d, as far as it is known.
func fits(ctx context.Context, d time.Duration) bool {
	deadline, ok := ctx.Deadline()
	return ctx.Err() == nil && (!ok || time.Until(deadline) > d)
}

// pause waits for d and reports whether ctx let it.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
