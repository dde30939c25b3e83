package lease

import (
	"time"

	"github.com/dongbaejul/dongbaejul/internal/redisconn"
)

// NewRedisFor makes leases that outlive a holder by ttl.
func NewRedisFor(link *redisconn.Link, ttl time.Duration) *Redis { return newRedis(link, ttl) }

// Die ends the holder without a word.
func (l *Lease) Die() { l.lose(ErrLost) }
