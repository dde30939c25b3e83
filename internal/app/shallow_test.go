package app_test

import (
	"runtime"
	"strings"
	"testing"
	"time"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/app/apptest"
)

// A stack of 16 KiB shrinks when less than a quarter of it is used. net/http, connect and the runtime take most of that, so
// what waits for as long as a stream is open has few calls of ours below it.
func TestAStreamThatWaitsIsShallow(t *testing.T) {
	const deepest = 17
	s := apptest.Start(t)
	raw := openRaw(t, s, s.Club(t, 1, apptest.ConnectBinary)[0].AccessToken, &v1.SubscribeRequest{})
	defer raw.Close()
	raw.next(t)
	deadline := time.Now().Add(10 * time.Second)
	for {
		if calls := waitingStream(); len(calls) > deepest {
			t.Fatalf("%d calls, at most %d are allowed:\n%s", len(calls), deepest, strings.Join(calls, "\n"))
		} else if len(calls) > 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("no stream waits")
		}
		time.Sleep(time.Millisecond)
	}
}

// waitingStream returns the calls on the stack of a stream that waits, the innermost first; none where there is no such stream.
func waitingStream() []string {
	stacks := make([]byte, 4<<20)
	for stack := range strings.SplitSeq(string(stacks[:runtime.Stack(stacks, true)]), "\n\n") {
		lines := strings.Split(stack, "\n")
		if !strings.Contains(lines[0], "[select") || !strings.Contains(stack, "realtime.(*stream).run(") || strings.Contains(stack, "offstack.Do(") {
			continue
		}
		var calls []string
		for _, line := range lines[1:] {
			if !strings.HasPrefix(line, "\t") && !strings.HasPrefix(line, "created by ") {
				calls = append(calls, line)
			}
		}
		return calls
	}
	return nil
}
