// Package lease is a distributed lock with a fencing token: in one process, or by Redis over all of them. Both pass one suite.
package lease

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/fault"
)

// ErrHeld is that a lease is held by somebody else. It is fault.Exists.
var ErrHeld = fault.New(fault.Exists, "LEASE_HELD", "다른 서버에서 이미 실행 중입니다.", "It is being done already, elsewhere.")

// ErrLost is why a lease's context has ended where the lease was lost.
var ErrLost = errors.New("the lease was lost")

// Lease is a distributed lock with a fencing token. It is held until Release, or until it is lost; its holder stops when its Context
// ends.
type Lease struct {
	// Fence is greater than that of every holder before: a store that refuses what comes with a smaller one than it has seen
	// cannot be written to by a holder that does not know yet that it has lost the lease.
	Fence int64

	ctx     context.Context
	lose    context.CancelCauseFunc
	release func()
}

// Context is that of Acquire, and ends with the lease; ErrLost is its cause where that was lost.
func (l *Lease) Context() context.Context { return l.ctx }

// Release ends the lease. It may be called more than once.
func (l *Lease) Release() { l.release() }

// newLease is held under ctx; release is called once.
func newLease(ctx context.Context, fence int64, release func()) *Lease {
	l := &Lease{Fence: fence}
	l.ctx, l.lose = context.WithCancelCause(ctx)
	l.release = sync.OnceFunc(func() {
		l.lose(context.Canceled)
		release()
	})
	return l
}

// nextFence returns the fence after last. It is at least the time, so that it grows also where last has been forgotten.
func nextFence(last int64) int64 { return max(last+1, time.Now().UnixMicro()) }

// Memory grants the leases of one process. It may be used concurrently, and needs no closing.
type Memory struct {
	mu   sync.Mutex
	held map[string]*Lease
	last int64
}

// NewMemory returns leases that nobody holds.
func NewMemory() *Memory { return &Memory{held: make(map[string]*Lease)} }

// Acquire takes the lease of a name; ErrHeld where somebody has it.
func (l *Memory) Acquire(ctx context.Context, name string) (*Lease, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.held[name] != nil {
		return nil, ErrHeld
	}
	l.last = nextFence(l.last)
	var lease *Lease
	lease = newLease(ctx, l.last, func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.held[name] == lease {
			delete(l.held, name)
		}
	})
	l.held[name] = lease
	return lease, nil
}
