package lease_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/lease"
	"github.com/dongbaejul/dongbaejul/internal/redisconn/redistest"
	"github.com/dongbaejul/dongbaejul/internal/testkit"
)

// leases grants leases to many as they take them.
type leases interface {
	Acquire(ctx context.Context, name string) (*lease.Lease, error)
}

func taking(from leases) func(context.Context, string) (Held, int64, error) {
	return func(ctx context.Context, name string) (Held, int64, error) {
		lease, err := from.Acquire(ctx, name)
		if err != nil {
			return nil, 0, err
		}
		return lease, lease.Fence, nil
	}
}

func TestLeasesKeepTheContract(t *testing.T) {
	keepsContract(t, func(t *testing.T, run func(*testing.T, granting)) {
		synctest.Test(t, func(t *testing.T) { run(t, granting{Acquire: taking(lease.NewMemory())}) })
	})
}

func TestRedisLeasesKeepTheContract(t *testing.T) {
	keepsContract(t, func(t *testing.T, run func(*testing.T, granting)) {
		t.Parallel()
		link := redistest.Open(t, "", redistest.Prefix())
		run(t, granting{
			Acquire: taking(lease.NewRedisFor(link, 3*time.Second)), Lost: lease.ErrLost,
			Forget: func(t *testing.T, name string) {
				if err := link.Do(t.Context(), func(ctx context.Context, c *redis.Client) error {
					return c.Del(ctx, link.Key("lease:"+name), link.Key("fence:"+name)).Err()
				}); err != nil {
					t.Fatal(err)
				}
			},
		})
	})
}

// A holder is not cut off while it lives, and what a dead one held is free again when its time is over.
func TestALeaseLastsAsLongAsItsHolder(t *testing.T) {
	t.Parallel()
	const ttl = time.Second
	server := redistest.Start(t)
	held, err := lease.NewRedisFor(redistest.Open(t, server.URL(), "p"), ttl).Acquire(t.Context(), "sync")
	if err != nil {
		t.Fatal(err)
	}
	others := lease.NewRedisFor(redistest.Open(t, server.URL(), "p"), ttl)
	for began := time.Now(); time.Since(began) < 3*ttl; <-time.After(ttl / 20) {
		if other, err := others.Acquire(t.Context(), "sync"); !errors.Is(err, lease.ErrHeld) {
			t.Fatal(other, err)
		}
	}
	held.Die()
	testkit.Eventually(t, "it is free", func() bool {
		_, err := others.Acquire(t.Context(), "sync")
		return err == nil
	})
}

// A holder that cannot renew its lease stops before somebody else can have it.
func TestAHolderStopsBeforeItsLeaseEnds(t *testing.T) {
	t.Parallel()
	const ttl = 3 * time.Second
	server := redistest.Start(t)
	proxy := redistest.NewProxy(t, server.Addr)
	held, err := lease.NewRedisFor(redistest.Open(t, proxy.URL(), "p"), ttl).Acquire(t.Context(), "sync")
	if err != nil {
		t.Fatal(err)
	}
	defer held.Release()
	others := lease.NewRedisFor(redistest.Open(t, server.URL(), "p"), ttl)
	proxy.Hold()
	testkit.Eventually(t, "somebody else has it", func() bool {
		_, err := others.Acquire(t.Context(), "sync")
		if err == nil && held.Context().Err() == nil {
			t.Error("there are two holders")
		}
		return err == nil
	})
	if cause := context.Cause(held.Context()); !errors.Is(cause, lease.ErrLost) {
		t.Errorf("the holder is told %v", cause)
	}
}

func TestNoLeaseWithoutRedis(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	leases := lease.NewRedis(redistest.Open(t, server.URL(), "p"))
	server.Kill()
	if _, err := leases.Acquire(t.Context(), "sync"); fault.KindOf(err) != fault.Unavailable {
		t.Error(err)
	}
}
