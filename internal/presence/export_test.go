package presence

import (
	"time"

	"github.com/dongbaejul/dongbaejul/internal/redisconn"
)

// Times are how long things last in a presence.
type Times struct{ Window, Lease, Patience, Settle time.Duration }

// NewRedisWith makes a presence for which things last otherwise.
func NewRedisWith(link *redisconn.Link, grace time.Duration, t Times, tell func(online, offline []string)) *Redis {
	return newRedis(link, grace, times{t.Window, t.Lease, t.Patience, t.Settle}, tell)
}

// Die ends a presence as the death of its process does.
func (p *Redis) Die() {
	p.mu.Lock()
	p.stop()
	p.mu.Unlock()
	p.cancel()
	p.running.Wait()
}
