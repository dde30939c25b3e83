package mongodb

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
)

// ticket is what somebody waits with in a lane.
type ticket struct {
	done chan struct{}

	// mu is held while what the caller has passed runs, so that it never does after the caller has gone.
	mu   sync.Mutex
	gone bool
	// call is the caller's, and nil in what belongs to none.
	call *call
}

// newTicket returns a ticket for the caller of ctx.
func newTicket(ctx context.Context) ticket {
	return ticket{done: make(chan struct{}), call: callOf(ctx)}
}

// errGone is that nobody waits any more.
var errGone = errors.New("mongodb: the caller has gone")

// refusal is the error of a function that was to change something. It is passed on as it is.
type refusal struct{ error }

func (r refusal) Unwrap() error { return r.error }

// wait waits until the ticket is answered. Its error is that ctx ends first: what has come of it is not known then.
func (t *ticket) wait(ctx context.Context) error {
	select {
	case <-t.done:
		return nil
	case <-ctx.Done():
	}
	t.mu.Lock()
	t.gone = true
	t.mu.Unlock()
	select {
	case <-t.done:
		return nil
	default:
		return ctx.Err()
	}
}

// answered reports whether the ticket is answered.
func (t *ticket) answered() bool {
	select {
	case <-t.done:
		return true
	default:
		return false
	}
}

// answer ends the waiting.
func (t *ticket) answer() { close(t.done) }

// start commits the caller's call: what is done for it from here on is waited for. errGone if the caller has gone.
func (t *ticket) start() error { return t.run(func() error { return nil }) }

// run starts, and runs what the caller has passed: f. Its error is errGone or a refusal; a panic is a refusal too.
func (t *ticket) run(f func() error) (err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.gone || !t.call.proceeds() {
		return errGone
	}
	defer func() {
		if v := recover(); v != nil {
			err = refusal{fmt.Errorf("mongodb: panic in a change: %v\n%s", v, debug.Stack())}
		}
	}()
	if err := f(); err != nil {
		return refusal{err}
	}
	return nil
}
