package lease

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/dongbaejul/dongbaejul/internal/redisconn"
)

const (
	// leaseTTL is how long a lease outlives a holder that has died. It is renewed three times meanwhile.
	leaseTTL = 15 * time.Second
	// fenceTTL is how long the last fence of a name is kept.
	fenceTTL = 30 * 24 * time.Hour
)

// Redis grants leases over all processes that use one Redis. A lease is lost if it could not be renewed in time, or if Redis has
// forgotten it: its holder stops before, or as soon as it knows. It may be used concurrently, and needs no closing.
type Redis struct {
	link                    *redisconn.Link
	ttl                     time.Duration
	acquire, renew, release *redis.Script
}

// The scripts' keys are the lease, which has its holder's token, and the name's last fence.
const (
	// acquireLease returns the fence, or 0 where somebody else has the lease.
	acquireLease = `
		local holder = redis.call('GET', KEYS[1])
		if holder and holder ~= ARGV[1] then return '0' end
		redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
		local time = redis.call('TIME')
		local fence = math.max(tonumber(redis.call('GET', KEYS[2]) or 0) + 1, time[1] * 1000000 + time[2])
		fence = string.format('%.0f', fence)
		redis.call('SET', KEYS[2], fence, 'PX', ARGV[3])
		return fence`
	renewLease = `
		if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
		return redis.call('PEXPIRE', KEYS[1], ARGV[2])`
	releaseLease = `
		if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
		return redis.call('DEL', KEYS[1])`
)

// NewRedis grants leases in the Redis of link.
func NewRedis(link *redisconn.Link) *Redis { return newRedis(link, leaseTTL) }

func newRedis(link *redisconn.Link, ttl time.Duration) *Redis {
	return &Redis{
		link: link, ttl: ttl, acquire: redis.NewScript(acquireLease), renew: redis.NewScript(renewLease), release: redis.NewScript(releaseLease),
	}
}

// Acquire takes the lease of a name; ErrHeld where somebody has it, and fault.Unavailable while Redis is away.
func (l *Redis) Acquire(ctx context.Context, name string) (*Lease, error) {
	token, key := rand.Text(), l.link.Key("lease:"+name)
	asked := time.Now()
	fence, err := l.run(ctx, l.acquire, []string{key, l.link.Key("fence:" + name)}, token, l.ttl.Milliseconds(), fenceTTL.Milliseconds())
	if err != nil {
		return nil, fmt.Errorf("take the lease %s: %w", name, err)
	}
	if fence == 0 {
		return nil, ErrHeld
	}
	lease := newLease(ctx, fence, func() {
		// Where Redis does not hear it the lease ends by itself. It is given back also by whoever has hung up.
		_, _ = l.run(context.WithoutCancel(ctx), l.release, []string{key}, token)
	})
	go l.keep(lease, key, token, asked)
	return lease, nil
}

// keep renews a lease, which Redis has confirmed as of a time, for as long as its context lasts, and ends that where it is
// lost.
func (l *Redis) keep(lease *Lease, key, token string, confirmed time.Time) {
	wait, again := l.ttl/3, l.ttl/15
	for {
		select {
		case <-lease.ctx.Done():
			return
		case <-time.After(wait):
		}
		// A little before Redis lets go of it; or long after, where this process was stopped meanwhile.
		if time.Since(confirmed) > l.ttl-2*again {
			lease.lose(fmt.Errorf("%w: it could not be renewed", ErrLost))
			return
		}
		asked := time.Now()
		renewed, err := l.run(lease.ctx, l.renew, []string{key}, token, l.ttl.Milliseconds())
		switch {
		case err == nil && renewed == 0:
			lease.lose(ErrLost)
			return
		case err == nil:
			confirmed, wait = asked, l.ttl/3
		default:
			wait = again
		}
	}
}

func (l *Redis) run(ctx context.Context, script *redis.Script, keys []string, args ...any) (n int64, err error) {
	err = l.link.Do(ctx, func(ctx context.Context, c *redis.Client) (err error) {
		n, err = script.Run(ctx, c, keys, args...).Int64()
		return err
	})
	return n, err
}
