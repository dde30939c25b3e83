package notifications

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/identity"
)

// Pusher brings one notification to one device. It may be used concurrently, and may be given the same pair again.
type Pusher interface {
	// Push returns when the push service has taken the notification. fault.NotFound means that the device is gone for good
	// and is to be forgotten; fault.Unavailable and fault.Exhausted that it is worth trying again, after the RetryAfter of a
	// *fault.Error where there is one. Its errors do not show the token or what the notification says.
	Push(ctx context.Context, d Device, n Worded) error
}

const (
	// maxBatches bounds the calls of Notify whose devices are still to be looked up, and pushers how many are pushed to at once.
	maxBatches = 256
	pushers    = 8
	// pushTimeout is for one attempt, and drainTimeout for all that is left at the end.
	pushTimeout  = 15 * time.Second
	drainTimeout = 5 * time.Second
)

// pushes brings new notifications to the devices of their users, off the path of whoever notifies. Its queue is bounded:
// what does not fit is dropped and logged, since the notification itself is kept.
type pushes struct {
	Config
	// worded finds the words of notifications.
	worded  func(ctx context.Context, ns []Notification, english bool) ([]Worded, error)
	batches chan []Notification
	pairs   chan pair
	// leaving is closed when no failure is worth waiting for any more; cancel ends what runs.
	leaving chan struct{}
	cancel  context.CancelFunc
	done    sync.WaitGroup

	mu     sync.Mutex
	closed bool
}

// pair is one push.
type pair struct {
	device       Device
	notification Worded
}

func newPushes(c Config, worded func(context.Context, []Notification, bool) ([]Worded, error)) *pushes {
	ctx, cancel := context.WithCancel(context.Background())
	p := &pushes{
		Config: c, worded: worded, batches: make(chan []Notification, maxBatches), pairs: make(chan pair), leaving: make(chan struct{}), cancel: cancel,
	}
	p.done.Go(func() {
		defer close(p.pairs)
		for batch := range p.batches {
			p.route(ctx, batch)
		}
	})
	for range pushers {
		p.done.Go(func() {
			for next := range p.pairs {
				p.deliver(ctx, next)
			}
		})
	}
	return p
}

// add queues notifications. It does not wait.
func (p *pushes) add(ctx context.Context, ns []Notification) {
	if len(ns) == 0 {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.closed {
		select {
		case p.batches <- ns:
			return
		default:
		}
	}
	p.Log.WarnContext(ctx, "notifications not pushed: the queue is full or closed", slog.Int("notifications", len(ns)))
}

// close pushes what is queued, for a few seconds.
func (p *pushes) close() {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return
	}
	p.closed = true
	p.mu.Unlock()
	close(p.leaving)
	close(p.batches)
	cut := time.AfterFunc(drainTimeout, p.cancel)
	p.done.Wait()
	cut.Stop()
	p.cancel()
}

// route hands each notification on with each device of its user.
func (p *pushes) route(ctx context.Context, batch []Notification) {
	of := make(map[string][]Device, len(batch))
	userIDs := make([]string, 0, len(batch))
	for _, n := range batch {
		if _, ok := of[n.UserID]; !ok {
			of[n.UserID] = nil
			userIDs = append(userIDs, n.UserID)
		}
	}
	devices, err := p.Store.Devices(ctx, userIDs)
	if err != nil {
		p.Log.WarnContext(ctx, "notifications not pushed: their users' devices are not known",
			slog.Int("notifications", len(batch)), slog.Any("error", err))
		return
	}
	for _, d := range devices {
		if p.admitted(ctx, d) {
			of[d.UserID] = append(of[d.UserID], d)
		}
	}
	batch = slices.DeleteFunc(slices.Clone(batch), func(n Notification) bool { return len(of[n.UserID]) == 0 })
	if len(batch) == 0 {
		return
	}
	worded, err := p.worded(ctx, batch, false)
	if err != nil {
		p.Log.WarnContext(ctx, "notifications not pushed: their words cannot be read",
			slog.Int("notifications", len(batch)), slog.Any("error", err))
		return
	}
	for _, n := range worded {
		for _, d := range of[n.UserID] {
			select {
			case p.pairs <- pair{d, n}:
			case <-ctx.Done():
				return
			}
		}
	}
}

// admitted tells whether the session that registered the device may still see what concerns its user. A device of one that
// has ended is forgotten: the app registers it again when somebody signs in.
func (p *pushes) admitted(ctx context.Context, d Device) bool {
	if p.Access == nil {
		return true
	}
	err := p.Access.Check(ctx, identity.Caller{UserID: d.UserID, SessionID: d.SessionID, Expires: time.Now().Add(time.Hour)})
	switch fault.KindOf(err) {
	case fault.Unauthenticated, fault.Denied:
		p.forget(ctx, d)
	default:
		if err != nil {
			p.Log.WarnContext(ctx, "a device not pushed to: its session is not known", slog.String("user_id", d.UserID), slog.Any("error", err))
		}
	}
	return err == nil
}

// forget deletes a device. Where that fails, it is found gone again the next time.
func (p *pushes) forget(ctx context.Context, d Device) {
	if err := p.Store.DeleteDevice(ctx, d.UserID, d.ID); err != nil {
		p.Log.WarnContext(ctx, "a device that is gone is kept", slog.String("user_id", d.UserID), slog.Any("error", err))
	}
}

// deliver pushes one, again where a failure is worth it. What was deleted meanwhile is not pushed.
func (p *pushes) deliver(ctx context.Context, next pair) {
	for attempt := 0; ; attempt++ {
		err := p.reword(ctx, &next, attempt)
		if err == nil && next.notification.Gone {
			return
		}
		if err == nil {
			err = p.push(ctx, next)
		}
		switch fault.KindOf(err) {
		case fault.NotFound:
			p.forget(ctx, next.device)
			return
		case fault.Unavailable, fault.Exhausted:
			if wait, ok := backoff(attempt, err); ok && p.pause(ctx, wait) {
				continue
			}
		}
		if err != nil {
			p.Log.WarnContext(ctx, "a notification not pushed", slog.String("notification_id", next.notification.ID),
				slog.String("user_id", next.device.UserID), slog.Int("attempts", attempt+1), slog.Any("error", err))
		}
		return
	}
}

// reword finds the words of a notification again for every attempt but the first, which comes at once.
func (p *pushes) reword(ctx context.Context, next *pair, attempt int) error {
	if attempt == 0 {
		return nil
	}
	worded, err := p.worded(ctx, []Notification{next.notification.Notification}, false)
	if err == nil {
		next.notification = worded[0]
	}
	return err
}

func (p *pushes) push(ctx context.Context, next pair) error {
	ctx, cancel := context.WithTimeout(ctx, pushTimeout)
	defer cancel()
	return p.Pusher.Push(ctx, next.device, next.notification)
}

// pause waits, unless there is no time left to.
func (p *pushes) pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-p.leaving:
	case <-ctx.Done():
	}
	return false
}
