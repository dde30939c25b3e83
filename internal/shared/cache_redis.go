package shared

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/dongbaejul/dongbaejul/internal/redislink"
)

// NewRedisCache makes a cache in the Redis of link, for all processes. Each value is kept for ttl.
func NewRedisCache(link *redislink.Link, ttl time.Duration, log *slog.Logger) *Cache {
	return newCache(&redisStore{link: link, find: redis.NewScript(findCached), next: redis.NewScript(renewCached)}, ttl, log)
}

// The scripts' key is the version of a group: a number that no earlier version had, also where Redis has forgotten it. It
// outlives the values.
const (
	// findCached returns the version and the value under it. ARGV: what the names of values begin and end with.
	findCached = `
		local version = redis.call('GET', KEYS[1])
		if not version then
			local time = redis.call('TIME')
			version = string.format('%.0f', time[1] * 1000000 + time[2])
			redis.call('SET', KEYS[1], version)
		end
		redis.call('PEXPIRE', KEYS[1], ARGV[3])
		return {version, redis.call('GET', ARGV[1] .. version .. ARGV[2])}`
	renewCached = `
		local time = redis.call('TIME')
		local version = math.max(tonumber(redis.call('GET', KEYS[1]) or 0) + 1, time[1] * 1000000 + time[2])
		return redis.call('SET', KEYS[1], string.format('%.0f', version), 'PX', ARGV[1])`
)

// versionTTL is how long the version of a group is kept that nobody asks for.
const versionTTL = 7 * 24 * time.Hour

type redisStore struct {
	link       *redislink.Link
	find, next *redis.Script
}

// Names of values are "cache:<group>:<version>:<key>".
func (s *redisStore) name(group string) string { return s.link.Key("cache:" + group + ":") }

func (s *redisStore) version(group string) []string { return []string{s.link.Key("cached:" + group)} }

func (s *redisStore) get(ctx context.Context, group, key string) (value []byte, version string, err error) {
	var found []any
	err = s.link.Do(ctx, func(ctx context.Context, c *redis.Client) (err error) {
		found, err = s.find.Run(ctx, c, s.version(group), s.name(group), ":"+key, versionTTL.Milliseconds()).Slice()
		return err
	})
	if err != nil {
		return nil, "", err
	}
	version, ok := "", len(found) > 0
	if ok {
		version, ok = found[0].(string)
	}
	if !ok {
		return nil, "", errors.New("shared: Redis returns no version of a group")
	}
	if len(found) > 1 {
		if text, ok := found[1].(string); ok {
			value = []byte(text)
		}
	}
	return value, version, nil
}

func (s *redisStore) put(ctx context.Context, group, version, key string, value []byte, ttl time.Duration) error {
	return s.link.Do(ctx, func(ctx context.Context, c *redis.Client) error {
		return c.Set(ctx, s.name(group)+version+":"+key, value, ttl).Err()
	})
}

func (s *redisStore) renew(ctx context.Context, group string) error {
	return s.link.Do(ctx, func(ctx context.Context, c *redis.Client) error {
		return s.next.Run(ctx, c, s.version(group), versionTTL.Milliseconds()).Err()
	})
}
