package redisconn

import (
	"context"
	"errors"
	"net"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
)

// Listener is one connection that hears channels. It is never replaced: its first failure ends it, so that who listens knows
// that something may have been missed. All but Receive may be called concurrently.
type Listener struct {
	client *redis.Client
	pubsub *redis.PubSub
}

var errEnded = errors.New("the connection has ended")

// Listen makes a connection that hears nothing yet.
func (l *Link) Listen(ctx context.Context) (*Listener, error) {
	options := *l.options
	options.PoolSize = 1
	dial, dialled := redis.NewDialer(l.options), new(atomic.Bool)
	options.Dialer = func(ctx context.Context, network, addr string) (net.Conn, error) {
		if dialled.Swap(true) {
			return nil, errEnded
		}
		return dial(ctx, network, addr)
	}
	client := redis.NewClient(&options)
	listener := &Listener{client: client, pubsub: client.Subscribe(ctx)}
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	if err := listener.Ping(ctx, ""); err != nil {
		listener.Close()
		return nil, err
	}
	return listener, nil
}

// Ping has Redis send payload back, after everything it sent before.
func (l *Listener) Ping(ctx context.Context, payload string) error {
	return l.pubsub.Ping(ctx, payload)
}

// Subscribe asks for channels; a *redis.Subscription confirms each of them.
func (l *Listener) Subscribe(ctx context.Context, channels ...string) error {
	return l.pubsub.Subscribe(ctx, channels...)
}

// Unsubscribe asks for them no longer.
func (l *Listener) Unsubscribe(ctx context.Context, channels ...string) error {
	return l.pubsub.Unsubscribe(ctx, channels...)
}

// Receive waits for what comes next: a *redis.Message, a *redis.Subscription or a *redis.Pong. It fails where nothing
// comes within patience.
func (l *Listener) Receive(ctx context.Context, patience time.Duration) (any, error) {
	return l.pubsub.ReceiveTimeout(ctx, patience)
}

// Close ends the connection; it may be called more than once.
func (l *Listener) Close() {
	// What fails about a connection that is let go of matters to nobody.
	_ = l.pubsub.Close()
	_ = l.client.Close()
}
