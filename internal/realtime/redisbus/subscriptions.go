package redisbus

import (
	"context"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/realtime"
)

const (
	// followWait is how long Follow waits for Redis to confirm what is new to this process.
	followWait = 500 * time.Millisecond
	// linger is how long a topic that nobody follows any more is still heard: clients that poll, or reconnect, come back.
	linger = 5 * time.Second
)

// subscription is a topic that this process hears.
type subscription struct {
	followers int
	// idle is since when there have been none.
	idle time.Time
	// confirmed is closed once Redis has confirmed it on the present line, and another one then when that breaks.
	confirmed chan struct{}
	// lost is whether followers who were there before it was confirmed may have missed something.
	lost bool
}

func (s *subscription) isConfirmed() bool {
	select {
	case <-s.confirmed:
		return true
	default:
		return false
	}
}

// Follow implements realtime.Bus.
func (b *Bus) Follow(r *realtime.Reader, topics ...realtime.Topic) {
	added := make([]realtime.Topic, 0, len(topics))
	for _, t := range topics {
		if !r.Follows(t) {
			b.hub.Follow(r, t)
			added = append(added, t)
		}
	}
	b.subscribe(added...)
}

// Unfollow implements realtime.Bus.
func (b *Bus) Unfollow(r *realtime.Reader, t realtime.Topic) {
	if !r.Follows(t) {
		return
	}
	b.hub.Unfollow(r, t)
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.subscriptions[t]
	if s.followers--; s.followers == 0 {
		s.idle = time.Now()
	}
}

// subscribe counts one follower more of topics, and waits until Redis has confirmed them. It does not wait long, and not at
// all while there is no line: then the followers are told of a loss when it is confirmed.
func (b *Bus) subscribe(topics ...realtime.Topic) {
	waiting, l := b.ask(topics)
	if len(waiting) == 0 {
		return
	}
	timeout := time.NewTimer(followWait)
	defer timeout.Stop()
	for _, w := range waiting {
		select {
		case <-w.confirmed:
			continue
		case <-l.done:
		case <-timeout.C:
		}
		break
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, w := range waiting {
		if !w.isConfirmed() {
			w.lost = true
		}
	}
}

// unconfirmed is a subscription, and what was its confirmed when it was asked for.
type unconfirmed struct {
	*subscription
	confirmed <-chan struct{}
}

// ask returns what is still to be confirmed of topics, and on which line.
func (b *Bus) ask(topics []realtime.Topic) (waiting []unconfirmed, on *line) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var channels []string
	for _, t := range topics {
		s := b.subscriptions[t]
		if s == nil {
			s = &subscription{confirmed: make(chan struct{}), lost: b.line == nil}
			b.subscriptions[t] = s
			channels = append(channels, b.channel(t))
		}
		s.followers++
		if b.line != nil && !s.isConfirmed() {
			waiting = append(waiting, unconfirmed{s, s.confirmed})
		}
	}
	if b.line != nil && len(channels) > 0 {
		// Under the lock, so that Redis is asked in the order of what is noted here.
		b.line.subscribe(channels)
	}
	return waiting, b.line
}

// confirm notes that Redis has confirmed a topic on the line.
func (b *Bus) confirm(t realtime.Topic) {
	b.mu.Lock()
	s := b.subscriptions[t]
	lost := false
	if s != nil && !s.isConfirmed() {
		close(s.confirmed)
		lost, s.lost = s.lost, false
	}
	b.mu.Unlock()
	if lost {
		b.hub.Lost(t)
	}
}

// sweep stops hearing what nobody has followed for a while. What is not confirmed yet stays, so that no confirmation is
// taken for that of a later subscription.
func (b *Bus) sweep() {
	b.mu.Lock()
	defer b.mu.Unlock()
	var channels []string
	for t, s := range b.subscriptions {
		if s.followers == 0 && time.Since(s.idle) >= linger && (b.line == nil || s.isConfirmed()) {
			delete(b.subscriptions, t)
			channels = append(channels, b.channel(t))
		}
	}
	if b.line != nil && len(channels) > 0 {
		b.line.unsubscribe(channels)
	}
}

// connect makes l the line, and asks for all topics on it.
func (b *Bus) connect(ctx context.Context, l *line) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.line = l
	channels := []string{b.link.Key(rollChannel)}
	for t := range b.subscriptions {
		channels = append(channels, b.channel(t))
	}
	l.begin(ctx, channels)
}

// hangUp notes that the line has broken: nothing is confirmed any more, and everything may be missed until it is again.
func (b *Bus) hangUp() {
	b.roll.broken()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, s := range b.subscriptions {
		if s.isConfirmed() {
			s.confirmed = make(chan struct{})
		}
		s.lost = true
	}
	close(b.line.done)
	b.line = nil
}
