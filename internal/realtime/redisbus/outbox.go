package redisbus

import (
	"context"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	// What waits to be sent, at most. More than that comes only when Redis takes nothing.
	maxWaiting      = 4096
	maxWaitingBytes = 8 << 20
	// What is sent at once, at most.
	batchMessages = 256
	batchBytes    = 1 << 20
	// sendFor is how long it is tried to send something, and retryEvery how often: Redis may only be slow.
	sendFor    = time.Second
	retryEvery = 50 * time.Millisecond
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
	// shut is whether everything is dropped, since nothing can be sent.
	shut bool
}

func newOutbox() *outbox { return &outbox{ready: make(chan struct{}, 1)} }

// add puts m behind what is waiting, or drops it where that is too much.
func (o *outbox) add(m message) {
	o.mu.Lock()
	if o.shut || len(o.waiting) >= maxWaiting || o.bytes+len(m.body) > maxWaitingBytes {
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

// take returns the next messages to send.
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

// close drops what could not be sent, what is waiting and what comes, until open.
func (o *outbox) close() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.dropped++
	o.waiting, o.bytes, o.shut = nil, 0, true
}

func (o *outbox) open() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.shut = false
}

// drops is how often something was dropped.
func (o *outbox) drops() uint64 {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.dropped
}

// write sends what is in the outbox until ctx ends, and then what is left in it.
func (b *Bus) write(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			b.send(ctx)
			// A process that ends without a word is waited for, and no more.
			_ = b.publish(ctx, []message{b.goodbye()})
			return
		case <-b.out.ready:
			b.send(ctx)
		}
	}
}

// send empties the outbox. Where that cannot be, hints are dropped until Redis answers again.
func (b *Bus) send(ctx context.Context) {
	for batch := b.out.take(); len(batch) > 0; batch = b.out.take() {
		if b.insist(ctx, batch) {
			continue
		}
		b.out.close()
		for b.link.Away() && pause(ctx) {
		}
		b.out.open()
	}
}

// insist publishes messages, more than once if need be: who gets a hint twice passes over the second.
func (b *Bus) insist(ctx context.Context, batch []message) bool {
	for began := time.Now(); ; {
		if b.publish(ctx, batch) == nil {
			return true
		}
		if time.Since(began) >= sendFor || !pause(ctx) {
			return false
		}
	}
}

// pause waits before the next attempt; false where ctx has ended.
func pause(ctx context.Context) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(retryEvery):
		return true
	}
}

// publish sends messages in one go. Where it fails some may have been sent. It ends soon, and is not cut short.
func (b *Bus) publish(ctx context.Context, batch []message) error {
	return b.link.Do(context.WithoutCancel(ctx), func(ctx context.Context, c *redis.Client) error {
		_, err := c.Pipelined(ctx, func(p redis.Pipeliner) error {
			for _, m := range batch {
				p.Publish(ctx, m.channel, m.body)
			}
			return nil
		})
		return err
	})
}
