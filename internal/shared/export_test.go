package shared

import (
	"time"

	"github.com/dongbaejul/dongbaejul/internal/redisconn"
)

// SetClock makes the limits go by another clock than Redis's.
func (l *RedisLimits) SetClock(clock func() time.Duration) { l.clock = clock }

// PresenceTimes are how long things last in a presence.
type PresenceTimes struct{ Window, Lease, Patience, Settle time.Duration }

// NewRedisPresenceWith makes a presence for which things last otherwise.
func NewRedisPresenceWith(link *redisconn.Link, grace time.Duration, times PresenceTimes, tell func(online, offline []string)) *RedisPresence {
	return newRedisPresence(link, grace, presenceTimes{times.Window, times.Lease, times.Patience, times.Settle}, tell)
}

// Die ends a presence as the death of its process does.
func (p *RedisPresence) Die() {
	p.mu.Lock()
	p.stop()
	p.mu.Unlock()
	p.cancel()
	p.running.Wait()
}

// NewRedisLeasesFor makes leases that outlive a holder by ttl.
func NewRedisLeasesFor(link *redisconn.Link, ttl time.Duration) *RedisLeases {
	return newRedisLeases(link, ttl)
}

// Die ends the holder without a word.
func (l *Lease) Die() { l.lose(ErrLost) }
