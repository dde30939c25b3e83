package offstack_test

import (
	"net/http"
	"runtime"
	"strings"
	"testing"

	"github.com/dongbaejul/dongbaejul/internal/offstack"
)

// goroutine is the id of the goroutine that calls.
func goroutine() string {
	var b [64]byte
	return strings.Fields(string(b[:runtime.Stack(b[:], false)]))[1]
}

func TestDoRunsElsewhereAndWaits(t *testing.T) {
	var there string
	offstack.Do(func() { there = goroutine() })
	if here := goroutine(); there == "" || there == here {
		t.Errorf("ran on goroutine %q, called on %q", there, here)
	}
}

func TestAPanicReachesWhoCalled(t *testing.T) {
	panics := func(value any) (caught any) {
		defer func() { caught = recover() }()
		offstack.Do(func() { panic(value) })
		return nil
	}
	p, ok := panics("broken").(*offstack.Panic)
	if !ok || p.Value != "broken" || p.Error() != "panic: broken" || !strings.Contains(string(p.Stack), "offstack_test.go") {
		t.Errorf("%+v", p)
	}
	if got := panics(http.ErrAbortHandler); got != any(http.ErrAbortHandler) {
		t.Errorf("an abort became %v", got)
	}
}

func TestAnExitIsOneOfWhoCalled(t *testing.T) {
	done, after := make(chan struct{}), false
	go func() {
		defer close(done)
		offstack.Do(runtime.Goexit)
		after = true
	}()
	<-done
	if after {
		t.Error("went on as if the work were done")
	}
}
