package notifications

import (
	"errors"
	"math/rand/v2"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/fault"
)

const (
	// attempts is how often a push is tried.
	attempts  = 5
	firstWait = time.Second
	// longestWait is the most a push service may ask for: later, the notification is old news, and keeps a place in the queue until then.
	longestWait = time.Minute
)

// backoff returns how long to wait after an attempt, counted from 0, that failed with err, and whether to try again at all:
// twice as long each time, spread so that what failed together does not come back together, and at least what err asks
// for.
func backoff(attempt int, err error) (time.Duration, bool) {
	wait := firstWait << attempt
	wait = wait/2 + rand.N(wait/2)
	if e, ok := errors.AsType[*fault.Error](err); ok {
		wait = max(wait, e.RetryAfter)
	}
	return wait, attempt+1 < attempts && wait <= longestWait
}
