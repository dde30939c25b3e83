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
	// Push returns when the push service has taken the notification. The app's icon shows badge then. fault.NotFound means that the
	// device is gone for good and is to be forgotten; fault.Unavailable and fault.Exhausted that it is worth trying again, after the
	// RetryAfter of a *fault.Error where there is one. Its errors do not show the token or what the notification says.
	Push(ctx context.Context, d Device, n Worded, badge int) error
	// SetBadge is Push for the badge alone: the device shows nothing else and makes no sound. It is not called for browsers, which must
	// show each push.
	SetBadge(ctx context.Context, d Device, badge int) error
}

const (
	// maxBatches bounds the calls of Notify whose devices are still to be looked up, and pushers how many are pushed to at once.
	maxBatches = 256
	pushers    = 16
	// readingTime is how long a notification of a chat message waits for its user to read the message in the open room.
	readingTime = 2 * time.Second
	// pushTimeout is for one attempt, and drainTimeout for all that is left at the end.
	pushTimeout  = 15 * time.Second
	drainTimeout = 5 * time.Second
	// freshTime is how long what is known of a push is taken for still so: later it is read again before it is tried.
	freshTime = 2 * time.Second
)

// pushes brings new notifications to the devices of their users, off the path of whoever notifies. Its queue is bounded:
// what does not fit is dropped and logged, since the notification itself is kept.
type pushes struct {
	Config
	// worded finds the words of notifications.
	worded  func(ctx context.Context, ns []Notification, english bool) ([]Worded, error)
	batches chan []Notification
	// messages are the batches about chat messages.
	messages chan waitingBatch
	badges   badges
	queue    *pushQueue
	// leaving is closed when nothing is waited for any more; cancel ends what runs.
	leaving chan struct{}
	cancel  context.CancelFunc
	done    sync.WaitGroup

	mu     sync.Mutex
	closed bool
}

// waitingBatch is to be pushed at a time.
type waitingBatch struct {
	batch []Notification
	at    time.Time
}

// pair is one push.
type pair struct {
	device       Device
	notification Worded
	badge        int
	// badgeOnly is for a push that has no notification.
	badgeOnly bool
	// attempts counts those that failed; err is why the last one did.
	attempts int
	err      error
	// readAt is when the rest was read.
	readAt time.Time
}

func newPushes(c Config, worded func(context.Context, []Notification, bool) ([]Worded, error)) *pushes {
	ctx, cancel := context.WithCancel(context.Background())
	p := &pushes{
		Config: c, worded: worded, batches: make(chan []Notification, maxBatches), messages: make(chan waitingBatch, maxBatches),
		badges: newBadges(), queue: newPushQueue(), leaving: make(chan struct{}), cancel: cancel,
	}
	var routers sync.WaitGroup
	routers.Go(func() {
		for batch := range p.batches {
			p.route(ctx, batch)
		}
	})
	routers.Go(func() {
		for next := range p.messages {
			p.pause(ctx, time.Until(next.at))
			p.route(ctx, next.batch)
		}
	})
	routers.Go(func() { p.routeBadges(ctx) })
	p.done.Go(func() {
		defer p.queue.close()
		routers.Wait()
	})
	for range pushers {
		p.done.Go(func() {
			for next := p.queue.next(); next != nil; next = p.queue.next() {
				p.deliver(ctx, next)
			}
		})
	}
	return p
}

// add queues notifications. It does not wait.
func (p *pushes) add(ctx context.Context, ns []Notification) {
	var messages, others []Notification
	for _, n := range ns {
		if n.RoomID != "" {
			messages = append(messages, n)
		} else {
			others = append(others, n)
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	full := p.closed
	if len(others) > 0 && !full {
		select {
		case p.batches <- others:
		default:
			full = true
		}
	}
	if len(messages) > 0 && !full {
		select {
		case p.messages <- waitingBatch{messages, time.Now().Add(readingTime)}:
		default:
			full = true
		}
	}
	if full && len(ns) > 0 {
		p.Log.WarnContext(ctx, "notifications not pushed: the queue is full or closed", slog.Int("notifications", len(ns)))
	}
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
	for _, waiting := range p.queue.leave() {
		p.logFailed(context.Background(), waiting)
	}
	close(p.batches)
	close(p.messages)
	cut := time.AfterFunc(drainTimeout, p.cancel)
	p.done.Wait()
	cut.Stop()
	p.cancel()
}

// route hands each notification on with each device of its user.
func (p *pushes) route(ctx context.Context, batch []Notification) {
	readAt := time.Now()
	of, err := p.devices(ctx, userIDs(batch))
	if err != nil {
		p.Log.WarnContext(ctx, "notifications not pushed: their users' devices are not known",
			slog.Int("notifications", len(batch)), slog.Any("error", err))
		return
	}
	batch, err = p.due(ctx, batch, of)
	if err != nil {
		p.Log.WarnContext(ctx, "notifications not pushed: it is not known whether their users want that now",
			slog.Int("notifications", len(batch)), slog.Any("error", err))
		return
	}
	if len(batch) == 0 {
		return
	}
	worded, badges, err := p.contents(ctx, batch)
	if err != nil {
		p.Log.WarnContext(ctx, "notifications not pushed: their words cannot be read",
			slog.Int("notifications", len(batch)), slog.Any("error", err))
		return
	}
	for _, n := range worded {
		for _, d := range of[n.UserID] {
			p.enqueue(ctx, &pair{device: d, notification: n, badge: badges[n.UserID], readAt: readAt})
		}
	}
}

// enqueue queues a push for the workers, and waits for room.
func (p *pushes) enqueue(ctx context.Context, next *pair) {
	if !p.queue.add(ctx, next) && ctx.Err() == nil {
		p.Log.WarnContext(ctx, "a notification not pushed: its user has too many that wait",
			slog.String("notification_id", next.notification.ID), slog.Bool("badge_only", next.badgeOnly), slog.String("user_id", next.device.UserID))
	}
}

// userIDs returns whose notifications are in batch.
func userIDs(batch []Notification) []string {
	ids := make([]string, len(batch))
	for i, n := range batch {
		ids[i] = n.UserID
	}
	return distinct(ids)
}

// devices returns the devices that may be pushed to, by user.
func (p *pushes) devices(ctx context.Context, userIDs []string) (map[string][]Device, error) {
	devices, err := p.Store.Devices(ctx, userIDs)
	if err != nil {
		return nil, err
	}
	of := make(map[string][]Device)
	for _, d := range devices {
		if p.admitted(ctx, d) {
			of[d.UserID] = append(of[d.UserID], d)
		}
	}
	return of, nil
}

// due returns those of batch that are to be pushed to the devices in of: not to users without a device or in their quiet hours, whose
// badge is set instead, and no message that was read meanwhile.
func (p *pushes) due(ctx context.Context, batch []Notification, of map[string][]Device) ([]Notification, error) {
	batch = slices.DeleteFunc(slices.Clone(batch), func(n Notification) bool { return len(of[n.UserID]) == 0 })
	if len(batch) == 0 {
		return nil, nil
	}
	people, err := p.Users.Users(ctx, userIDs(batch))
	if err != nil {
		return batch, err
	}
	at := time.Now()
	var due []Notification
	for _, n := range batch {
		if people[n.UserID].Preferences.QuietAt(at) {
			p.oweBadge(ctx, n.UserID, "")
			continue
		}
		read := false
		if n.RoomID != "" {
			if read, err = p.isRead(ctx, n); err != nil {
				return batch, err
			}
		}
		if !read {
			due = append(due, n)
		}
	}
	return due, nil
}

// isRead reports whether a notification was read, or deleted.
func (p *pushes) isRead(ctx context.Context, n Notification) (bool, error) {
	found, err := p.Store.NotificationsAfter(ctx, n.UserID, n.Seq-1, 1)
	return err == nil && (len(found) == 0 || found[0].ID != n.ID || !found[0].ReadAt.IsZero()), err
}

// contents returns what is pushed of notifications: their words, and the badges of their users.
func (p *pushes) contents(ctx context.Context, ns []Notification) ([]Worded, map[string]int, error) {
	worded, err := p.worded(ctx, ns, false)
	if err != nil {
		return nil, nil, err
	}
	badges, err := p.Store.UnreadNotifications(ctx, userIDs(ns))
	return worded, badges, err
}

// admitted reports whether the session that registered the device may still see what concerns its user. A device of one that
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

// deliver tries one push, which is tried again later where a failure is worth it. What was deleted or read meanwhile is not pushed, nor to
// a device that is not its user's any more.
func (p *pushes) deliver(ctx context.Context, next *pair) {
	settled, err := p.renew(ctx, next)
	if err == nil && !settled {
		err = p.push(ctx, *next)
	}
	switch next.err = err; fault.KindOf(err) {
	case fault.NotFound:
		p.forget(ctx, next.device)
		next.err = nil
	case fault.Unavailable, fault.Exhausted:
		wait, ok := backoff(next.attempts, err)
		next.attempts++
		if ok && ctx.Err() == nil && p.queue.retry(next, wait) {
			return
		}
	default:
		next.attempts++
	}
	if next.err != nil {
		p.logFailed(ctx, next)
	}
	p.queue.end(next)
}

func (p *pushes) logFailed(ctx context.Context, failed *pair) {
	p.Log.WarnContext(ctx, "a notification not pushed", slog.String("notification_id", failed.notification.ID), slog.Bool("badge_only", failed.badgeOnly),
		slog.String("user_id", failed.device.UserID), slog.Int("attempts", failed.attempts), slog.Any("error", failed.err))
}

// renew brings a push up to date that has waited. It reports whether there is nothing to push any more.
func (p *pushes) renew(ctx context.Context, next *pair) (settled bool, err error) {
	readAt := time.Now()
	if next.attempts == 0 && readAt.Sub(next.readAt) < freshTime {
		return next.notification.Gone, nil
	}
	next.readAt = readAt
	if kept, err := p.isKept(ctx, next.device); err != nil || !kept {
		return !kept, err
	}
	if next.badgeOnly {
		badges, err := p.Store.UnreadNotifications(ctx, []string{next.device.UserID})
		next.badge = badges[next.device.UserID]
		return false, err
	}
	n := next.notification.Notification
	if read, err := p.isRead(ctx, n); err != nil || read {
		return read, err
	}
	worded, badges, err := p.contents(ctx, []Notification{n})
	if err != nil {
		return false, err
	}
	next.notification, next.badge = worded[0], badges[n.UserID]
	return next.notification.Gone, nil
}

// isKept reports whether a device is still registered by the session that it was, which has not ended.
func (p *pushes) isKept(ctx context.Context, d Device) (bool, error) {
	of, err := p.devices(ctx, []string{d.UserID})
	return slices.ContainsFunc(of[d.UserID], func(now Device) bool {
		return now.ID == d.ID && now.Token == d.Token && now.SessionID == d.SessionID
	}), err
}

func (p *pushes) push(ctx context.Context, next pair) error {
	ctx, cancel := context.WithTimeout(ctx, pushTimeout)
	defer cancel()
	if next.badgeOnly {
		return p.Pusher.SetBadge(ctx, next.device, next.badge)
	}
	return p.Pusher.Push(ctx, next.device, next.notification, next.badge)
}

// pause waits, unless there is no time left to.
func (p *pushes) pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-p.leaving:
	case <-ctx.Done():
	}
}
