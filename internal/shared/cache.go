package shared

import (
	"context"
	"fmt"
	"log/slog"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
	"google.golang.org/protobuf/proto"

	"github.com/dongbaejul/dongbaejul/internal/memo"
)

// DefaultTTL is how long a value is kept where nobody says otherwise.
const DefaultTTL = time.Hour

// maxValue bounds a value, in bytes; what is larger is not kept.
const maxValue = 1 << 20

// Cache keeps what is slow to make. Values belong to groups: Renew has everything of a group made again, by giving it another
// version, under which nothing is kept yet. So what was made before a renewal is never taken for what was made after it, and
// nobody has to find what is old. A cache that fails costs time only. It may be used concurrently.
type Cache struct {
	log   *slog.Logger
	ttl   time.Duration
	store cacheStore
	// making shares what is being made among those who want it at once; it keeps nothing.
	making *memo.Cache[[]byte]
	// renewals tells what is made after a renewal from what was made before, where the version is not known.
	renewals atomic.Int64
	failing  atomic.Bool

	mu sync.Mutex
	// owed are the groups whose renewal has not got through; what is kept of them is not used here.
	owed map[string]bool
}

// cacheStore keeps values under the versions of their groups.
type cacheStore interface {
	// get returns a value, nil where there is none, and the version of its group, to be given to put with what is made again.
	get(ctx context.Context, group, key string) (value []byte, version string, err error)
	put(ctx context.Context, group, version, key string, value []byte, ttl time.Duration) error
	renew(ctx context.Context, group string) error
}

func newCache(store cacheStore, ttl time.Duration, log *slog.Logger) *Cache {
	return &Cache{
		log: log, ttl: ttl, store: store, making: memo.New[[]byte](1, memo.For(0), time.Now), owed: make(map[string]bool),
	}
}

// NewCache makes a cache of at most size values in the memory of this process, each kept for ttl.
func NewCache(size int, ttl time.Duration, log *slog.Logger) *Cache {
	values, err := simplelru.NewLRU[string, keptValue](max(size, 1), nil)
	if err != nil {
		panic("shared: a cache of a positive size: " + err.Error())
	}
	return newCache(&memoryStore{values: values, versions: make(map[string]int64)}, ttl, log)
}

// Get returns a value that is kept, or has it made, once for all who want it at the same time. Only an error of make is one. The
// value is shared, and not to be changed.
func (c *Cache) Get(ctx context.Context, group, key string, make func(context.Context) ([]byte, error)) ([]byte, error) {
	value, version, err := c.find(ctx, group, key)
	if value != nil {
		return value, nil
	}
	if err != nil {
		version = "?" + strconv.FormatInt(c.renewals.Load(), 10)
	}
	return c.making.Get(ctx, group+"\n"+version+"\n"+key, func(ctx context.Context, _ string) ([]byte, error) {
		if err != nil {
			return make(ctx)
		}
		return c.fill(ctx, group, key, make)
	})
}

// fill makes a value and keeps it, unless somebody else has meanwhile.
func (c *Cache) fill(ctx context.Context, group, key string, make func(context.Context) ([]byte, error)) ([]byte, error) {
	value, version, failed := c.find(ctx, group, key)
	if value != nil {
		return value, nil
	}
	value, err := make(ctx)
	if err == nil && failed == nil && len(value) <= maxValue {
		c.note(ctx, c.store.put(ctx, group, version, key, value, c.ttl))
	}
	return value, err
}

// Renew has everything of a group made again. It is called after what values are made of has changed. Where it does not get
// through, this process uses nothing of the group until it does; others may for as long as values are kept.
func (c *Cache) Renew(ctx context.Context, group string) {
	c.renewals.Add(1)
	err := c.store.renew(ctx, group)
	c.note(ctx, err)
	c.mu.Lock()
	defer c.mu.Unlock()
	if err != nil {
		c.owed[group] = true
	} else {
		delete(c.owed, group)
	}
}

// find looks for a value, once a renewal that is owed has got through.
func (c *Cache) find(ctx context.Context, group, key string) (value []byte, version string, err error) {
	c.mu.Lock()
	owed := c.owed[group]
	c.mu.Unlock()
	if owed {
		if err := c.store.renew(ctx, group); err != nil {
			return nil, "", err
		}
		c.mu.Lock()
		delete(c.owed, group)
		c.mu.Unlock()
	}
	value, version, err = c.store.get(ctx, group, key)
	c.note(ctx, err)
	return value, version, err
}

// note tells of the first failure in a row. A call that has ended says nothing of the cache.
func (c *Cache) note(ctx context.Context, err error) {
	switch {
	case err == nil:
		c.failing.Store(false)
	case ctx.Err() == nil && !c.failing.Swap(true):
		c.log.WarnContext(ctx, "the cache fails: values are made again", slog.String("error", err.Error()))
	}
}

// Cached is Cache.Get for messages; each caller gets one of its own.
func Cached[M any, P interface {
	*M
	proto.Message
}](ctx context.Context, c *Cache, group, key string, make func(context.Context) (P, error)) (P, error) {
	b, err := c.Get(ctx, group, key, func(ctx context.Context) ([]byte, error) {
		m, err := make(ctx)
		if err != nil {
			return nil, err
		}
		// Never nil, which would be no value.
		return proto.MarshalOptions{}.MarshalAppend([]byte{}, m)
	})
	if err != nil {
		return nil, err
	}
	m := P(new(M))
	if err := proto.Unmarshal(b, m); err != nil {
		return nil, fmt.Errorf("shared: what is kept of %s is no %T: %w", group, m, err)
	}
	return m, nil
}

// memoryStore keeps values in memory. Groups are named by the program, and so are few.
type memoryStore struct {
	mu       sync.Mutex
	values   *simplelru.LRU[string, keptValue]
	versions map[string]int64
}

type keptValue struct {
	value []byte
	until time.Time
}

func (s *memoryStore) get(_ context.Context, group, key string) (value []byte, version string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	version = strconv.FormatInt(s.versions[group], 10)
	kept, ok := s.values.Get(group + "\n" + version + "\n" + key)
	if !ok || !time.Now().Before(kept.until) {
		return nil, version, nil
	}
	return kept.value, version, nil
}

func (s *memoryStore) put(_ context.Context, group, version, key string, value []byte, ttl time.Duration) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.values.Add(group+"\n"+version+"\n"+key, keptValue{value: value, until: time.Now().Add(ttl)})
	return nil
}

func (s *memoryStore) renew(_ context.Context, group string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.versions[group]++
	return nil
}
