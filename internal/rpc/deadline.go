package rpc

import (
	"context"
	"fmt"
	"maps"
	"time"

	"connectrpc.com/connect"

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

// deadline ends unary calls that take too long; a client's own deadline holds where it is earlier. Streams have none. An
// error that nobody named is the end of the call where it comes after it: drivers have words of their own for that.
func deadline(timeout time.Duration, procedures map[string]time.Duration) around {
	if timeout <= 0 {
		timeout = defaultTimeout
	}
	timeouts := defaultTimeouts()
	maps.Copy(timeouts, procedures)
	return func(ctx context.Context, x exchange, next func(context.Context) error) error {
		if spec := x.Spec(); spec.StreamType == connect.StreamTypeUnary {
			own, ok := timeouts[spec.Procedure]
			if !ok {
				own = timeout
			}
			var cancel context.CancelFunc
			ctx, cancel = context.WithTimeout(ctx, own)
			defer cancel()
		}
		err := next(ctx)
		if err != nil && ctx.Err() != nil {
			return fmt.Errorf("%w: %w", ctx.Err(), err)
		}
		return err
	}
}
