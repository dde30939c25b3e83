package dongbaejul

import (
	"context"
	"math"
	"math/rand/v2"
	"time"
)

// Retry calls f until it succeeds, fails for good, or ctx ends, and returns f's last error. Failures that are Temporary are
// tried again after a random while that grows, and no sooner than the server asks; one try is given a minute. It is for reads,
// and for what the server does once however often it is told: what carries a temp_id or a request_id, made before.
func (c *Client) Retry(ctx context.Context, f func(ctx context.Context) error) error {
	return c.retry(ctx, callTimeout, math.MaxInt64, f)
}

// retry is Retry whose tries are given another time, and which returns an error that asks for a wait longer than longest.
func (c *Client) retry(ctx context.Context, timeout, longest time.Duration, f func(ctx context.Context) error) error {
	b := backoff{delays: c.delays}
	for {
		err := try(ctx, timeout, f)
		if !Temporary(err) || ctx.Err() != nil || Explain(err).RetryAfter > longest {
			return err
		}
		wait := b.next(err)
		if deadline, set := ctx.Deadline(); set && time.Until(deadline) < wait {
			return err
		}
		c.notice(err, wait)
		if sleep(ctx, wait) != nil {
			return err
		}
	}
}

func try(ctx context.Context, timeout time.Duration, f func(ctx context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	return f(ctx)
}

// delays are how long to wait before trying again.
type delays struct{ first, most time.Duration }

// backoff counts failures in a row.
type backoff struct {
	delays
	failures int
}

// next is how long to wait after one more failure: any time up to a bound that doubles ("full jitter"), so that clients that
// failed together do not come back together, and what the server asks for on top.
func (b *backoff) next(err error) time.Duration {
	bound := b.most
	// Not shifted out of the number.
	if b.failures < 32 {
		bound = min(b.most, b.first<<b.failures)
	}
	b.failures++
	return Explain(err).RetryAfter + rand.N(max(1, bound))
}

func (b *backoff) reset() { b.failures = 0 }

// sleep waits, or fails when ctx ends first.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
