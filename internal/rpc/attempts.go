package rpc

import (
	"context"
	"math"
	"net/http"
	"sync"
	"time"

	"connectrpc.com/connect"

	"github.com/dongbaejul/dongbaejul/internal/ratelimit"
)

const (
	// maxAttempts bounds the calls of one key that are served or wait to be.
	maxAttempts = 256
	// attemptsRetryAfter is how long those beyond maxAttempts are asked to wait.
	attemptsRetryAfter = 5 * time.Second
)

// attempts are the calls being served whose failures are limited, by key. No more are served at once than may still fail, and
// others wait, first come, first served: a crowd behind one address gets in, and guesses made at once are no more than guesses
// made one after another.
type attempts struct {
	mu    sync.Mutex
	byKey map[string]*attemptsOf
}

// attemptsOf are those of one key.
type attemptsOf struct {
	// calls are those that wait or are served; the mutex of attempts guards it.
	calls int

	// next is full while a call decides whether it can be served. The others wait for that.
	next chan struct{}
	// freed is full when a call has ended since the one in next looked.
	freed chan struct{}

	mu     sync.Mutex
	served int
	// ended counts the calls that were served.
	ended int
}

// join returns the attempts of a key, for a call that must leave them; false if there are too many calls.
func (a *attempts) join(key string) (*attemptsOf, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	of, ok := a.byKey[key]
	if !ok {
		of = &attemptsOf{next: make(chan struct{}, 1), freed: make(chan struct{}, 1)}
		if a.byKey == nil {
			a.byKey = make(map[string]*attemptsOf)
		}
		a.byKey[key] = of
	}
	if of.calls >= maxAttempts {
		return nil, false
	}
	of.calls++
	return of, true
}

// leave forgets the attempts of a key after the last call.
func (a *attempts) leave(key string, of *attemptsOf) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if of.calls--; of.calls == 0 {
		delete(a.byKey, key)
	}
}

// seen returns how many calls have ended.
func (of *attemptsOf) seen() int {
	of.mu.Lock()
	defer of.mu.Unlock()
	return of.ended
}

// serve reports whether a call may be served, if no call has ended since ended was seen and left more may fail.
func (of *attemptsOf) serve(ended, left int) bool {
	of.mu.Lock()
	defer of.mu.Unlock()
	if of.ended != ended || of.served >= left {
		return false
	}
	of.served++
	return true
}

func (of *attemptsOf) end() {
	of.mu.Lock()
	of.served--
	of.ended++
	of.mu.Unlock()
	select {
	case of.freed <- struct{}{}:
	default:
	}
}

// attempt is a call whose failure counts. All methods do nothing on nil.
type attempt struct {
	limiter  *limiter
	key      string
	lim      ratelimit.Limit
	response http.Header
	// of is set while the call is served.
	of   *attemptsOf
	once sync.Once
}

// begin waits for the turn of the call, once its request is read: one that comes slowly is in nobody's way. It fails if the
// limit is used up.
func (a *attempt) begin(ctx context.Context) error {
	if a == nil {
		return nil
	}
	of, ok := a.limiter.attempts.join(a.key)
	if !ok {
		return tooMany(calls, attemptsRetryAfter)
	}
	if err := a.wait(ctx, of); err != nil {
		a.limiter.attempts.leave(a.key, of)
		return err
	}
	a.of = of
	return nil
}

func (a *attempt) wait(ctx context.Context, of *attemptsOf) error {
	select {
	case of.next <- struct{}{}:
		defer func() { <-of.next }()
	case <-ctx.Done():
		return ctx.Err()
	}
	for {
		ended := of.seen()
		left, err := a.left(ctx)
		if err != nil || of.serve(ended, left) {
			return err
		}
		select {
		case <-of.freed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// left returns how many calls may still fail. It fails if none may.
func (a *attempt) left(ctx context.Context) (int, error) {
	result, err := a.limiter.limits.Limiter.Peek(ctx, a.key, a.lim)
	if !a.limiter.counted(ctx, err) {
		return math.MaxInt, nil
	}
	setLimitHeaders(a.response, a.lim, result)
	if !result.Allowed {
		return 0, tooMany(failures, result.RetryAfter)
	}
	return result.Remaining, nil
}

// end ends the attempt, and counts it if it has failed, whether or not its caller still waits for the answer. Only the first
// call does anything.
func (a *attempt) end(ctx context.Context, failed bool) {
	if a == nil {
		return
	}
	a.once.Do(func() {
		if failed {
			result, err := a.limiter.limits.Limiter.Take(context.WithoutCancel(ctx), a.key, a.lim)
			if a.limiter.counted(ctx, err) {
				setLimitHeaders(a.response, a.lim, result)
			}
		}
		if a.of != nil {
			a.of.end()
			a.limiter.attempts.leave(a.key, a.of)
		}
	})
}

// callers reports whether the failure is the caller's doing: not the server's trouble, a limit, or that the caller gave up.
func (f failure) callers() bool {
	return !f.ours() && f.code != connect.CodeResourceExhausted && f.code != connect.CodeCanceled
}
