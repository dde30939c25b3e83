package rpc

import (
	"context"
	"net/http"
	"sync"

	"connectrpc.com/connect"

	"github.com/dongbaejul/dongbaejul/internal/limit"
)

// attempts are the calls under way whose failures are limited, by key. No more are served at once than may still fail, and
// others wait for one of them to end: a crowd behind one address gets in, and guesses made at once are no more than guesses
// made one after another.
type attempts struct {
	mu    sync.Mutex
	byKey map[string]*attemptsOf
}

// attemptsOf are those of one key.
type attemptsOf struct {
	// calls are those that wait or are under way; the mutex of attempts guards it.
	calls int

	mu       sync.Mutex
	underWay int
	// ended is closed when one of those under way ends.
	ended chan struct{}
}

// join returns the attempts of a key; leave forgets them after the last call.
func (a *attempts) join(key string) *attemptsOf {
	a.mu.Lock()
	defer a.mu.Unlock()
	of, ok := a.byKey[key]
	if !ok {
		of = &attemptsOf{ended: make(chan struct{})}
		if a.byKey == nil {
			a.byKey = make(map[string]*attemptsOf)
		}
		a.byKey[key] = of
	}
	of.calls++
	return of
}

func (a *attempts) leave(key string, of *attemptsOf) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if of.calls--; of.calls == 0 {
		delete(a.byKey, key)
	}
}

// attempt is a call under way whose failure counts.
type attempt struct {
	limiter  *limiter
	of       *attemptsOf
	key      string
	lim      limit.Limit
	response http.Header
	once     sync.Once
}

// attempt begins a call whose failure counts against lim. It waits for its turn, and fails where the limit is used up.
func (l *limiter) attempt(ctx context.Context, response http.Header, key string, lim limit.Limit) (*attempt, error) {
	a := &attempt{limiter: l, of: l.attempts.join(key), key: key, lim: lim, response: response}
	for {
		admitted, ended, err := a.admit(ctx)
		if admitted {
			return a, nil
		}
		if err == nil {
			select {
			case <-ended:
				continue
			case <-ctx.Done():
				err = ctx.Err()
			}
		}
		l.attempts.leave(key, a.of)
		return nil, err
	}
}

// admit reports whether the call may go on now. Where it may later, ended is closed when that may be so.
func (a *attempt) admit(ctx context.Context) (admitted bool, ended <-chan struct{}, err error) {
	a.of.mu.Lock()
	defer a.of.mu.Unlock()
	result, err := a.limiter.limits.Limiter.Peek(ctx, a.key, a.lim)
	left := result.Remaining
	if !a.limiter.counted(ctx, err) {
		left = a.of.underWay + 1
	} else {
		setLimitHeaders(a.response, a.lim, result)
		if !result.Allowed {
			return false, nil, tooMany(failures, result.RetryAfter)
		}
	}
	if a.of.underWay >= left {
		return false, a.of.ended, nil
	}
	a.of.underWay++
	return true, nil, nil
}

// end ends the attempt, and counts it if it has failed, whether or not its caller still waits for the answer. Only the first
// call does anything, and none on nil.
func (a *attempt) end(ctx context.Context, failed bool) {
	if a == nil {
		return
	}
	a.once.Do(func() {
		defer a.limiter.attempts.leave(a.key, a.of)
		a.of.mu.Lock()
		defer a.of.mu.Unlock()
		if failed {
			result, err := a.limiter.limits.Limiter.Take(context.WithoutCancel(ctx), a.key, a.lim)
			if a.limiter.counted(ctx, err) {
				setLimitHeaders(a.response, a.lim, result)
			}
		}
		a.of.underWay--
		close(a.of.ended)
		a.of.ended = make(chan struct{})
	})
}

// callers reports whether the failure is the caller's doing: not the server's trouble, a limit, or that the caller gave up.
func (f failure) callers() bool {
	return !f.ours() && f.code != connect.CodeResourceExhausted && f.code != connect.CodeCanceled
}
