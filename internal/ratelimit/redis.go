package ratelimit

import (
	"context"
	_ "embed"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/dongbaejul/dongbaejul/internal/redisconn"
)

// Redis counts requests in Redis, for all processes together, as Memory does for one: each by one script, which goes
// by Redis's clock. A key that has nothing left to count is gone. It may be used concurrently.
type Redis struct {
	link *redisconn.Link
	take *redis.Script
	// clock is another clock than Redis's, for tests; nil for Redis's.
	clock func() time.Duration
}

//go:embed window.lua
var limitsScript string

// NewRedis counts in the Redis of link.
func NewRedis(link *redisconn.Link) *Redis {
	return &Redis{link: link, take: redis.NewScript(limitsScript)}
}

// Take counts one request for key against the limit, if that allows it. A key is always used with the same limit. It fails,
// at once after the first time, while Redis is away: whoever asks decides what that means.
func (l *Redis) Take(ctx context.Context, key string, lim Limit) (Result, error) {
	return l.TakeSome(ctx, key, 1, lim)
}

// TakeSome counts n requests, at least 1, as Take counts one: all of them, or none where the limit does not allow all.
func (l *Redis) TakeSome(ctx context.Context, key string, n int, lim Limit) (Result, error) {
	return l.run(ctx, key, n, true, lim)
}

// Peek returns what Take would, and counts nothing.
func (l *Redis) Peek(ctx context.Context, key string, lim Limit) (Result, error) {
	return l.run(ctx, key, 1, false, lim)
}

func (l *Redis) run(ctx context.Context, key string, n int, counts bool, lim Limit) (Result, error) {
	if !lim.Valid() {
		return Result{}, fmt.Errorf("ratelimit: %+v is not a limit", lim)
	}
	// Rounded up: a limit may count for a microsecond longer than it must, and not for less.
	per := (lim.Per + time.Microsecond - 1).Microseconds()
	now, count := int64(0), 0
	if counts {
		count = 1
	}
	if l.clock != nil {
		now = l.clock().Microseconds()
	}
	var answer []int64
	err := l.link.Do(ctx, func(ctx context.Context, c *redis.Client) (err error) {
		answer, err = l.take.Run(ctx, c, []string{l.link.Key("limit:" + key)}, lim.Requests, per, maxSpans, now, n, count).Int64Slice()
		return err
	})
	if err != nil {
		return Result{}, fmt.Errorf("count a request: %w", err)
	}
	if len(answer) != 4 {
		return Result{}, fmt.Errorf("ratelimit: Redis answers %d numbers to a request", len(answer))
	}
	reset := time.Duration(answer[2]) * time.Microsecond
	result := Result{Allowed: answer[0] == 1, Remaining: int(answer[1]), Reset: reset}
	if !result.Allowed {
		result.RetryAfter = time.Duration(answer[3]) * time.Microsecond
	}
	return result, nil
}
