package app

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/band"
)

// bandAge is how long what was learned of Band is believed without asking again.
const bandAge = time.Minute

// bandHealth knows how Band is by the last call that was made of it, and asks Band itself only where none was made lately. It
// may be used concurrently.
type bandHealth struct {
	// ping asks Band for nothing in particular.
	ping func(context.Context) error

	mu    sync.Mutex
	known time.Time
	err   error
	// refused is set where Band answered that the app is what it does not serve: only another call can tell that it does.
	refused bool
}

// observe is band.Config.Observe.
func (h *bandHealth) observe(context.Context, string) func(error) { return h.note }

// note keeps what a call told of Band. One that was given up tells nothing.
func (h *bandHealth) note(err error) {
	failure, failed := errors.AsType[*band.Error](err)
	if failed && !failure.Down() {
		if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
			return
		}
		err = nil
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.known, h.err, h.refused = time.Now(), err, failed && failure.Refused()
}

// probe is what health asks.
func (h *bandHealth) probe(ctx context.Context) error {
	h.mu.Lock()
	err, fresh := h.err, h.refused || time.Since(h.known) < bandAge
	h.mu.Unlock()
	if fresh {
		return err
	}
	err = h.ping(ctx)
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.refused || time.Since(h.known) < bandAge {
		// A call was made meanwhile.
		return h.err
	}
	h.known, h.err = time.Now(), err
	return err
}
