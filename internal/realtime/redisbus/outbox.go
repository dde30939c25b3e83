package redisbus

import (
	"context"
	"sync"

	"github.com/redis/go-redis/v9"
)

const (
	// What waits to be sent, at most. More than that comes only when Redis takes nothing.
	maxWaiting      = 4096
	maxWaitingBytes = 8 << 20
	// What is sent at once, at most.
	batchMessages = 256
	batchBytes    = 1 << 20
)

// message is what is published on a channel.
type message struct {
	channel string
	body    []byte
}

// outbox holds what is to be published. It may be used concurrently.
type outbox struct {
	ready chan struct{}

	mu      sync.Mutex
	waiting []message
	bytes   int
	dropped uint64
}

func newOutbox() *outbox { return &outbox{ready: make(chan struct{}, 1)} }

// add puts m behind what is waiting, or drops it where that is too much.
func (o *outbox) add(m message) {
	o.mu.Lock()
	if len(o.waiting) >= maxWaiting || o.bytes+len(m.body) > maxWaitingBytes {
		o.dropped++
		o.mu.Unlock()
		return
	}
	o.waiting = append(o.waiting, m)
	o.bytes += len(m.body)
	o.mu.Unlock()
	select {
	case o.ready <- struct{}{}:
	default:
	}
}

// take gives the next messages to send.
func (o *outbox) take() []message {
	o.mu.Lock()
	defer o.mu.Unlock()
	n, bytes := 0, 0
	for n < len(o.waiting) && n < batchMessages && bytes < batchBytes {
		bytes += len(o.waiting[n].body)
		n++
	}
	batch := o.waiting[:n:n]
	if o.waiting = o.waiting[n:]; len(o.waiting) == 0 {
		o.waiting = nil
	}
	o.bytes -= bytes
	return batch
}

// drop drops what is waiting, or what was to be added.
func (o *outbox) drop() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.dropped++
	o.waiting, o.bytes = nil, 0
}

// drops is how often something was dropped.
func (o *outbox) drops() uint64 {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.dropped
}

// write sends what is in the outbox until ctx ends, and then what is left in it.
func (b *Bus) write(ctx context.Context) {
	// Sending ends by itself, soon, and is not cut short.
	sending := context.WithoutCancel(ctx)
	for {
		select {
		case <-ctx.Done():
			b.send(sending)
			// A process that ends without a word is waited for, and no more.
			_ = b.publish(sending, []message{b.goodbye()})
			return
		case <-b.out.ready:
			b.send(sending)
		}
	}
}

func (b *Bus) send(ctx context.Context) {
	for batch := b.out.take(); len(batch) > 0; batch = b.out.take() {
		if err := b.publish(ctx, batch); err != nil {
			b.out.drop()
		}
	}
}

// publish sends messages in one go. Where it fails some may have been sent.
func (b *Bus) publish(ctx context.Context, batch []message) error {
	return b.link.Do(ctx, func(ctx context.Context, c *redis.Client) error {
		_, err := c.Pipelined(ctx, func(p redis.Pipeliner) error {
			for _, m := range batch {
				p.Publish(ctx, m.channel, m.body)
			}
			return nil
		})
		return err
	})
}
