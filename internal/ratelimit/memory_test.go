package ratelimit

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

func TestLimitsForgetWhatIsIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limits := NewMemory(1000)
		lim := Limit{Requests: 5, Per: time.Minute}
		for i := range 500 {
			if _, err := limits.Take(t.Context(), fmt.Sprint(i), lim); err != nil {
				t.Fatal(err)
			}
		}
		if got := limits.windows.Len(); got != 500 {
			t.Fatalf("%d keys are kept before their time is over", got)
		}
		time.Sleep(lim.Per)
		for range 500 {
			if _, err := limits.Take(t.Context(), "new", lim); err != nil {
				t.Fatal(err)
			}
		}
		if got := limits.windows.Len(); got != 1 {
			t.Errorf("%d keys are kept, of one that counts", got)
		}
	})
}

func TestAWindowIsBounded(t *testing.T) {
	w := &window{}
	lim := Limit{Requests: 1_000_000, Per: 1000 * time.Second}
	for now := time.Duration(0); now < 3*lim.Per; now += time.Second / 10 {
		w.take(now, 1, lim)
		if len(w.spans) > maxSpans+2 {
			t.Fatalf("%d spans after %v", len(w.spans), now)
		}
	}
}
