package testkit

import (
	"bytes"
	"sync"
	"testing"
	"time"
)

const (
	// patience is how long something may take that should come soon, and pollEvery how often it is looked for.
	patience  = 30 * time.Second
	pollEvery = 5 * time.Millisecond
)

// Eventually waits until something is so. The test fails where that takes long.
func Eventually(t testing.TB, what string, is func() bool) {
	t.Helper()
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	deadline := time.After(patience)
	for !is() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatal("waited in vain: ", what)
		}
	}
}

// Log is text that can be read while it is written. The zero value is empty.
type Log struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *Log) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

// String is what has been written so far.
func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
