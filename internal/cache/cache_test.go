package cache_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/cache"
)

// source counts what is read from it.
type source struct {
	values map[string]int
	reads  []string
}

func (s *source) one(_ context.Context, key string) (int, error) {
	s.reads = append(s.reads, key)
	if v, ok := s.values[key]; ok {
		return v, nil
	}
	return 0, errMissing
}

func (s *source) some(_ context.Context, keys []string) (map[string]int, error) {
	found := map[string]int{}
	for _, key := range slices.Sorted(slices.Values(keys)) {
		s.reads = append(s.reads, key)
		if v, ok := s.values[key]; ok {
			found[key] = v
		}
	}
	return found, nil
}

var errMissing = errors.New("missing")

type clock struct{ now time.Time }

func (c *clock) read() time.Time { return c.now }

func want(t *testing.T, s *source, reads ...string) {
	t.Helper()
	if !slices.Equal(s.reads, reads) {
		t.Errorf("read %q, want %q", s.reads, reads)
	}
	s.reads = nil
}

func TestCopiesAreUsedUntilTheyAreOldOrForgotten(t *testing.T) {
	at := &clock{now: time.Unix(1000, 0)}
	s := &source{values: map[string]int{"a": 1, "b": 2}}
	c := cache.New[int](10, cache.For(time.Second), at.read)
	get := func(key string) int {
		t.Helper()
		v, err := c.Get(t.Context(), key, s.one)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	get("a")
	get("a")
	want(t, s, "a")
	at.now = at.now.Add(time.Second)
	s.values["a"] = 3
	if v := get("a"); v != 3 {
		t.Errorf("a copy of %d is used after its age", v)
	}
	want(t, s, "a")
	get("b")
	c.Forget("a")
	get("a")
	get("b")
	want(t, s, "b", "a")
	c.ForgetFunc(func(v int) bool { return v == 2 })
	get("a")
	get("b")
	want(t, s, "b")
}

func TestGetAllReadsOnlyWhatIsMissingAndEachOnce(t *testing.T) {
	s := &source{values: map[string]int{"a": 1, "b": 2, "c": 3}}
	c := cache.New[int](10, cache.For(time.Minute), time.Now)
	for _, tt := range []struct{ keys, reads []string }{
		{[]string{"b"}, []string{"b"}},
		{[]string{"a", "b", "c", "a", "none"}, []string{"a", "c", "none"}},
		{[]string{"a", "b", "c"}, nil},
		{[]string{"none"}, []string{"none"}},
		{nil, nil},
	} {
		got, err := c.GetAll(t.Context(), tt.keys, s.some)
		if err != nil {
			t.Fatal(err)
		}
		expected := map[string]int{}
		for _, key := range tt.keys {
			if v, ok := s.values[key]; ok {
				expected[key] = v
			}
		}
		if !maps.Equal(got, expected) {
			t.Errorf("GetAll(%q) = %v, want %v", tt.keys, got, expected)
		}
		want(t, s, tt.reads...)
	}
}

func TestErrorsAreNotKept(t *testing.T) {
	s := &source{values: map[string]int{}}
	c := cache.New[int](10, cache.For(time.Minute), time.Now)
	if _, err := c.Get(t.Context(), "a", s.one); !errors.Is(err, errMissing) {
		t.Fatal(err)
	}
	s.values["a"] = 1
	if v, err := c.Get(t.Context(), "a", s.one); err != nil || v != 1 {
		t.Errorf("Get = %d, %v", v, err)
	}
	failing := func(context.Context, []string) (map[string]int, error) { return nil, errMissing }
	if _, err := c.GetAll(t.Context(), []string{"a", "b"}, failing); !errors.Is(err, errMissing) {
		t.Errorf("GetAll returns %v", err)
	}
}

// What is read while something is forgotten may be from before the change that was announced.
func TestWhatWasReadBeforeAForgetIsNotKept(t *testing.T) {
	c := cache.New[int](10, cache.For(time.Minute), time.Now)
	stale := func(_ context.Context, key string) (int, error) {
		c.Forget(key)
		return 1, nil
	}
	if v, err := c.Get(t.Context(), "a", stale); err != nil || v != 1 {
		t.Fatalf("Get = %d, %v", v, err)
	}
	fresh := &source{values: map[string]int{"a": 2}}
	if v, err := c.Get(t.Context(), "a", fresh.one); err != nil || v != 2 {
		t.Errorf("Get = %d, %v: the copy from before the forgetting is used", v, err)
	}
}

func TestTheNumberOfCopiesIsBounded(t *testing.T) {
	s := &source{values: map[string]int{}}
	c := cache.New[int](2, cache.For(time.Minute), time.Now)
	for i := range 3 {
		key := fmt.Sprint(i)
		s.values[key] = i
		if _, err := c.Get(t.Context(), key, s.one); err != nil {
			t.Fatal(err)
		}
	}
	s.reads = nil
	for _, key := range []string{"1", "2", "0"} {
		if _, err := c.Get(t.Context(), key, s.one); err != nil {
			t.Fatal(err)
		}
	}
	want(t, s, "0")
}

// An age that changes counts for copies that there are already.
func TestTheAgeIsTheOneOfNow(t *testing.T) {
	at := &clock{now: time.Unix(1000, 0)}
	s := &source{values: map[string]int{"a": 1}}
	age := time.Minute
	c := cache.New[int](10, func() time.Duration { return age }, at.read)
	get := func() {
		t.Helper()
		if _, err := c.Get(t.Context(), "a", s.one); err != nil {
			t.Fatal(err)
		}
	}
	get()
	at.now = at.now.Add(30 * time.Second)
	get()
	want(t, s, "a")
	age = time.Second
	get()
	want(t, s, "a")
	c.ForgetAll()
	get()
	want(t, s, "a")
}

// slow is a source whose readings take until they are let go.
type slow struct {
	reads atomic.Int32
	let   chan struct{}
	err   error
}

func (s *slow) read(ctx context.Context, _ string) (int, error) {
	n := s.reads.Add(1)
	select {
	case <-s.let:
		return int(n), s.err
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

func TestThoseWhoAskAtOnceShareOneReading(t *testing.T) {
	for name, failure := range map[string]error{"a value": nil, "an error": errMissing} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := cache.New[int](10, cache.For(time.Minute), time.Now)
				s := &slow{let: make(chan struct{}), err: failure}
				var all sync.WaitGroup
				for range 100 {
					all.Go(func() {
						if v, err := c.Get(t.Context(), "a", s.read); v != 1 || !errors.Is(err, failure) {
							t.Errorf("Get = %d, %v", v, err)
						}
					})
				}
				synctest.Wait()
				close(s.let)
				all.Wait()
				if n := s.reads.Load(); n != 1 {
					t.Errorf("read %d times", n)
				}
			})
		})
	}
}

func TestWhoHangsUpTakesNobodyAlong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := cache.New[int](10, cache.For(time.Minute), time.Now)
		s := &slow{let: make(chan struct{})}
		first, hangUp := context.WithCancel(t.Context())
		var all sync.WaitGroup
		get := func(ctx context.Context, want int, failure error) {
			all.Go(func() {
				if v, err := c.Get(ctx, "a", s.read); v != want || !errors.Is(err, failure) {
					t.Errorf("Get = %d, %v", v, err)
				}
			})
			synctest.Wait()
		}
		get(first, 0, context.Canceled)
		get(t.Context(), 2, nil)
		impatient, cancel := context.WithCancel(t.Context())
		get(impatient, 0, context.Canceled)
		cancel()
		synctest.Wait()
		hangUp()
		synctest.Wait()
		close(s.let)
		all.Wait()
	})
}

// Who asks after something was forgotten does not get what was being read before.
func TestAForgottenReadingIsNotShared(t *testing.T) {
	for name, forget := range map[string]func(*cache.Cache[int]){
		"by its key":   func(c *cache.Cache[int]) { c.Forget("a") },
		"by its value": func(c *cache.Cache[int]) { c.ForgetFunc(func(int) bool { return false }) },
		"with all":     func(c *cache.Cache[int]) { c.ForgetAll() },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := cache.New[int](10, cache.For(time.Minute), time.Now)
				s := &slow{let: make(chan struct{})}
				var all sync.WaitGroup
				get := func(want int) {
					all.Go(func() {
						if v, err := c.Get(t.Context(), "a", s.read); v != want || err != nil {
							t.Errorf("Get = %d, %v, want %d", v, err, want)
						}
					})
					synctest.Wait()
				}
				get(1)
				forget(c)
				get(2)
				close(s.let)
				all.Wait()
				get(2)
				all.Wait()
			})
		})
	}
}

func TestAPanicOfAReadingIsItsCallers(t *testing.T) {
	c := cache.New[int](10, cache.For(time.Minute), time.Now)
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic is gone")
			}
		}()
		c.Get(t.Context(), "a", func(context.Context, string) (int, error) { panic("broken") })
	}()
	s := &source{values: map[string]int{"a": 1}}
	if v, err := c.Get(t.Context(), "a", s.one); v != 1 || err != nil {
		t.Errorf("Get = %d, %v", v, err)
	}
}

// Many who ask at once for much the same read each value once.
func TestGetAllReadsAValueOnceForAllWhoAskAtOnce(t *testing.T) {
	const askers, keys = 50, 40
	c := cache.New[int](keys, cache.For(time.Minute), time.Now)
	var mu sync.Mutex
	read := make(map[string]int)
	var asking sync.WaitGroup
	for asker := range askers {
		asking.Go(func() {
			var wanted []string
			for i := range keys - 10 {
				wanted = append(wanted, fmt.Sprint((i+asker)%keys))
			}
			wanted = append(wanted, "nobody")
			got, err := c.GetAll(t.Context(), wanted, func(_ context.Context, missing []string) (map[string]int, error) {
				mu.Lock()
				defer mu.Unlock()
				values := make(map[string]int)
				for _, key := range missing {
					read[key]++
					if n, err := strconv.Atoi(key); err == nil {
						values[key] = n
					}
				}
				return values, nil
			})
			if err != nil || len(got) != keys-10 {
				t.Errorf("%d values, %v", len(got), err)
			}
			for key, n := range got {
				if key != fmt.Sprint(n) {
					t.Errorf("%s is %d", key, n)
				}
			}
		})
	}
	asking.Wait()
	for key, n := range read {
		if n != 1 && key != "nobody" {
			t.Errorf("%s was read %d times", key, n)
		}
	}
}

// A reading whose caller has hung up is done by one who waited for it.
func TestGetAllDoesNotSufferFromOneWhoHangsUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := cache.New[int](10, cache.For(time.Minute), time.Now)
		ctx, hangUp := context.WithCancel(t.Context())
		var both sync.WaitGroup
		both.Go(func() {
			_, err := c.GetAll(ctx, []string{"a", "b"}, func(ctx context.Context, _ []string) (map[string]int, error) {
				<-ctx.Done()
				return nil, ctx.Err()
			})
			if !errors.Is(err, context.Canceled) {
				t.Errorf("the first got %v", err)
			}
		})
		synctest.Wait()
		both.Go(func() {
			got, err := c.GetAll(t.Context(), []string{"b", "c"}, func(_ context.Context, missing []string) (map[string]int, error) {
				values := make(map[string]int)
				for _, key := range missing {
					values[key] = 1
				}
				return values, nil
			})
			if err != nil || len(got) != 2 {
				t.Errorf("the second got %v, %v", got, err)
			}
		})
		synctest.Wait()
		hangUp()
		both.Wait()
	})
}

// A store that does not answer within its own deadline costs all who ask at once one such deadline, also where they ask for
// other values besides.
func TestAStoreThatIsAwayIsWaitedForOnce(t *testing.T) {
	const patience = 5 * time.Second
	// away is what a store with a deadline of its own answers.
	away := func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		<-ctx.Done()
		return fmt.Errorf("the store is away: %w", ctx.Err())
	}
	for name, get := range map[string]func(ctx context.Context, c *cache.Cache[int], i int) error{
		"one value": func(ctx context.Context, c *cache.Cache[int], _ int) error {
			_, err := c.Get(ctx, "a", func(ctx context.Context, _ string) (int, error) { return 0, away(ctx) })
			return err
		},
		"many values": func(ctx context.Context, c *cache.Cache[int], i int) error {
			_, err := c.GetAll(ctx, []string{"a", fmt.Sprint(i)}, func(ctx context.Context, _ []string) (map[string]int, error) { return nil, away(ctx) })
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := cache.New[int](100, cache.For(time.Minute), time.Now)
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				var all sync.WaitGroup
				for i := range 8 {
					all.Go(func() {
						began := time.Now()
						err := get(ctx, c, i)
						if took := time.Since(began); !errors.Is(err, context.DeadlineExceeded) || took > patience {
							t.Errorf("after %s: %v", took, err)
						}
					})
				}
				all.Wait()
			})
		})
	}
}
