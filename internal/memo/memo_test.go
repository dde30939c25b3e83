package memo_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/memo"
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
	c := memo.New[int](10, time.Second, at.read)
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
	c := memo.New[int](10, time.Minute, time.Now)
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
	c := memo.New[int](10, time.Minute, time.Now)
	if _, err := c.Get(t.Context(), "a", s.one); !errors.Is(err, errMissing) {
		t.Fatal(err)
	}
	s.values["a"] = 1
	if v, err := c.Get(t.Context(), "a", s.one); err != nil || v != 1 {
		t.Errorf("Get = %d, %v", v, err)
	}
	failing := func(context.Context, []string) (map[string]int, error) { return nil, errMissing }
	if _, err := c.GetAll(t.Context(), []string{"a", "b"}, failing); !errors.Is(err, errMissing) {
		t.Errorf("GetAll gives %v", err)
	}
}

// What is read while something is forgotten may be from before the change that was announced.
func TestWhatWasReadBeforeAForgetIsNotKept(t *testing.T) {
	c := memo.New[int](10, time.Minute, time.Now)
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
	c := memo.New[int](2, time.Minute, time.Now)
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
