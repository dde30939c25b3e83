package notifications

import (
	"context"
	"sync"
	"time"
)

const (
	// maxPairs bounds the pushes that are queued, being tried or waiting for a retry; maxUserPairs is the most of them for one user.
	maxPairs     = 8192
	maxUserPairs = 512
	// maxUserPushers is how many of one user's devices are pushed to at once, so that those that do not answer leave others a worker.
	maxUserPushers = 4
)

// pushQueue holds pushes until a worker tries them. Users take turns, and retries wait here rather than in a worker.
type pushQueue struct {
	// slots has a value for each push that has not ended.
	slots chan struct{}

	mu sync.Mutex
	// changed wakes workers.
	changed sync.Cond
	users   map[string]*userQueue
	// turns are the users with a push that may be tried now.
	turns []*userQueue
	// ready counts the pushes that may be tried, also those that their user's others are before.
	ready   int
	waiting map[*pair]*time.Timer
	// leaving is set when nothing waits for a retry any more, and closed when nothing is added any more.
	leaving, closed bool
}

// userQueue holds the pushes of one user. It exists as long as there are any.
type userQueue struct {
	ready []*pair
	// pairs counts all that have not ended, running those being tried.
	pairs, running int
	hasTurn        bool
}

func newPushQueue() *pushQueue {
	q := &pushQueue{slots: make(chan struct{}, maxPairs), users: make(map[string]*userQueue), waiting: make(map[*pair]*time.Timer)}
	q.changed.L = &q.mu
	return q
}

// add queues a push, and waits for room. It reports whether the push was added: not when ctx ends, or its user has too many.
func (q *pushQueue) add(ctx context.Context, next *pair) bool {
	select {
	case q.slots <- struct{}{}:
	case <-ctx.Done():
		return false
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	u := q.users[next.device.UserID]
	if u == nil {
		u = &userQueue{}
		q.users[next.device.UserID] = u
	}
	if u.pairs == maxUserPairs {
		<-q.slots
		return false
	}
	u.pairs++
	q.push(u, next)
	return true
}

// next waits for a push to try and returns it; nil when there will be none. Each must be ended, or retried.
func (q *pushQueue) next() *pair {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.turns) == 0 {
		if q.closed && q.ready == 0 {
			return nil
		}
		q.changed.Wait()
	}
	u := q.turns[0]
	q.turns[0] = nil
	q.turns = q.turns[1:]
	u.hasTurn = false
	next := u.ready[0]
	u.ready[0] = nil
	u.ready = u.ready[1:]
	u.running++
	q.ready--
	q.giveTurn(u)
	if q.closed && q.ready == 0 {
		q.changed.Broadcast()
	}
	return next
}

// end forgets a push that next has returned.
func (q *pushQueue) end(done *pair) {
	q.mu.Lock()
	defer q.mu.Unlock()
	u := q.users[done.device.UserID]
	u.running--
	q.drop(done)
	q.giveTurn(u)
}

// retry has next return a push again after a time. It reports whether it will: not when the service is ending.
func (q *pushQueue) retry(again *pair, after time.Duration) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.leaving {
		return false
	}
	u := q.users[again.device.UserID]
	u.running--
	q.giveTurn(u)
	q.waiting[again] = time.AfterFunc(after, func() {
		q.mu.Lock()
		defer q.mu.Unlock()
		if _, waits := q.waiting[again]; waits {
			delete(q.waiting, again)
			q.push(u, again)
		}
	})
	return true
}

// leave ends the waiting for retries, now and later, and returns the pushes that waited.
func (q *pushQueue) leave() []*pair {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.leaving = true
	var given []*pair
	for p, timer := range q.waiting {
		timer.Stop()
		q.drop(p)
		given = append(given, p)
	}
	clear(q.waiting)
	return given
}

// close has next return nil after the last push. Nothing must be added after it.
func (q *pushQueue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.changed.Broadcast()
}

// push makes a push ready. The caller holds mu, as for all below.
func (q *pushQueue) push(u *userQueue, next *pair) {
	u.ready = append(u.ready, next)
	q.ready++
	q.giveTurn(u)
}

// giveTurn puts a user at the end of turns if one more of their pushes may be tried.
func (q *pushQueue) giveTurn(u *userQueue) {
	if u.hasTurn || len(u.ready) == 0 || u.running == maxUserPushers {
		return
	}
	u.hasTurn = true
	q.turns = append(q.turns, u)
	q.changed.Signal()
}

// drop frees the place of a push.
func (q *pushQueue) drop(p *pair) {
	u := q.users[p.device.UserID]
	if u.pairs--; u.pairs == 0 {
		delete(q.users, p.device.UserID)
	}
	<-q.slots
}
