package rpc

import (
	"context"
	"fmt"
	"maps"
	"time"

	"github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1/dongbaejulv1connect"
)

// defaultTimeout is how long a unary call may take.
const defaultTimeout = 30 * time.Second

// defaultTimeouts are for the calls that take longer by their nature, by procedure.
func defaultTimeouts() map[string]time.Duration {
	return map[string]time.Duration{
		// It waits up to 30 s for something to happen, and reads then.
		dongbaejulv1connect.EventServicePollProcedure: 60 * time.Second,
	}
}

// timeouts are how long unary calls may take: usual, or what procedures says. Streams have no end.
type timeouts struct {
	usual      time.Duration
	procedures map[string]time.Duration
}

func newTimeouts(usual time.Duration, procedures map[string]time.Duration) timeouts {
	t := timeouts{usual: usual, procedures: defaultTimeouts()}
	if usual <= 0 {
		t.usual = defaultTimeout
	}
	maps.Copy(t.procedures, procedures)
	return t
}

// limit ends a unary call that takes too long; a client's own deadline holds where it is earlier.
func (t timeouts) limit(ctx context.Context, procedure string) (context.Context, context.CancelFunc) {
	own, ok := t.procedures[procedure]
	if !ok {
		own = t.usual
	}
	return context.WithTimeout(ctx, own)
}

// late makes an error that nobody named the end of the call where it comes after it: drivers have words of their own for
// that.
func late(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		return fmt.Errorf("%w: %w", ctx.Err(), err)
	}
	return err
}
