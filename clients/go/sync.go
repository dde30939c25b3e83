package dongbaejul

import (
	"context"
	"errors"
	"iter"
	"time"

	"connectrpc.com/connect"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
)

// WatchSync follows the sync with Naver Band, which needs the permission band.sync: how it stands, and then each change, until ctx ends, the
// caller stops, or the server refuses. The stream is opened again whenever it ends or is silent, and then begins with how the sync stands.
// The last pair, and no other, has an error.
func (c *Client) WatchSync(ctx context.Context) iter.Seq2[*v1.SyncProgress, error] {
	return func(yield func(*v1.SyncProgress, error) bool) {
		b := backoff{delays: c.delays}
		for {
			err := c.followSync(ctx, func(p *v1.SyncProgress) bool {
				b.reset()
				return yield(p, nil)
			})
			switch {
			case errors.Is(err, errStopped):
				return
			case ctx.Err() != nil:
				yield(nil, context.Cause(ctx))
				return
			case refusal(err) && connect.CodeOf(err) != connect.CodeUnauthenticated || errors.Is(err, ErrSignedOut):
				yield(nil, err)
				return
			}
			wait := b.next(err)
			c.notice(err, wait)
			if err := sleep(ctx, wait); err != nil {
				yield(nil, err)
				return
			}
		}
	}
}

// followSync calls give with what one stream brings, and returns why it ended.
func (c *Client) followSync(ctx context.Context, give func(*v1.SyncProgress) bool) error {
	var heartbeat time.Duration
	open := func(ctx context.Context) (*connect.ServerStreamForClient[v1.WatchSyncResponse], error) {
		return c.Photos.WatchSync(ctx, &v1.WatchSyncRequest{})
	}
	until := func() time.Duration { return silence(heartbeat) }
	return receive(ctx, open, until, func(_ context.Context, r *v1.WatchSyncResponse) error {
		for _, e := range r.GetEvents() {
			if hello := e.GetHello(); hello != nil {
				heartbeat = hello.GetHeartbeatInterval().AsDuration()
			}
			if p := e.GetProgress(); p != nil && !give(p) {
				return errStopped
			}
		}
		return nil
	})
}
