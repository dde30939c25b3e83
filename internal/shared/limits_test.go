package shared_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/limit"
	"github.com/dongbaejul/dongbaejul/internal/shared"
	"github.com/dongbaejul/dongbaejul/internal/shared/sharedtest"
)

func TestLimitsKeepTheContract(t *testing.T) {
	sharedtest.Limits(t, func(t *testing.T, run func(*testing.T, sharedtest.Limiter, func(time.Duration))) {
		synctest.Test(t, func(t *testing.T) { run(t, shared.NewLimits(100), time.Sleep) })
	})
}

func TestLimitsOfMoreKeysThanAreKept(t *testing.T) {
	limits := shared.NewLimits(3)
	lim := limit.Limit{Requests: 1, Per: time.Hour}
	allowed := func(key string) bool {
		result, err := limits.Take(t.Context(), key, lim)
		if err != nil {
			t.Fatal(err)
		}
		return result.Allowed
	}
	for _, step := range []struct {
		key  string
		want bool
	}{
		{"a", true}, {"b", true}, {"c", true}, {"a", false},
		// b is the one asked for longest ago.
		{"d", true}, {"a", false}, {"c", false}, {"d", false}, {"b", true},
	} {
		if got := allowed(step.key); got != step.want {
			t.Fatalf("%s is allowed: %v", step.key, got)
		}
	}
}

func BenchmarkLimits(b *testing.B) {
	limits := shared.NewLimits(10_000)
	lim := limit.Limit{Requests: 1000, Per: 15 * time.Minute}
	keys := make([]string, 200)
	for i := range keys {
		keys[i] = fmt.Sprintf("user/%d", i)
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if _, err := limits.Take(b.Context(), keys[i%len(keys)], lim); err != nil {
			b.Fatal(err)
		}
	}
}
