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
}

func newTicket() ticket { return ticket{done: make(chan struct{})} }

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

// answered tells whether the ticket is answered.
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

// run runs what the caller has passed: f; errGone where the caller has gone. Its error is a refusal, and so is a panic.
func (t *ticket) run(f func() error) (err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.gone {
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
