// Package ratelimit counts requests against limits, over any period of the limit's length: in the memory of one process, or by Redis for all
// of them. Both pass one suite, so that one process alone behaves as many do.
package ratelimit

import "time"

// Limit is how often something may be done: at most Requests times, which is at least once, in any period as long as Per,
// which is longer than 0. All of it may be used at once.
type Limit struct {
	Requests int
	Per      time.Duration
}

// Valid reports whether l is a limit that something can be counted against.
func (l Limit) Valid() bool { return l.Requests > 0 && l.Per > 0 }

// Result is what one request counted against a limit has come to.
type Result struct {
	// Allowed reports whether it may be served. One that may not be served is not counted.
	Allowed bool
	// Remaining is how many more would be allowed now.
	Remaining int
	// Reset is how long it takes until the oldest request counted is counted no longer, and Remaining grows.
	Reset time.Duration
	// RetryAfter is how long to wait for the next request to be allowed, if nobody else comes first; 0 when Allowed.
	RetryAfter time.Duration
}
