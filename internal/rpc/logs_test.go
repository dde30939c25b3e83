package rpc_test

import (
	"bytes"
	"encoding/json"
	"sync"
	"testing"
	"time"
)

// logs is what was logged. It may be used concurrently.
type logs struct {
	mu    sync.Mutex
	lines []byte
}

func (l *logs) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, p...)
	return len(p), nil
}

func (l *logs) text() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return string(l.lines)
}

func (l *logs) records(t *testing.T) []map[string]any {
	t.Helper()
	var records []map[string]any
	for line := range bytes.Lines([]byte(l.text())) {
		var record map[string]any
		if err := json.Unmarshal(line, &record); err != nil {
			t.Fatal(err)
		}
		records = append(records, record)
	}
	return records
}

// call waits for the line about the n-th call to end, from 1: it is written after the client has its answer.
func (l *logs) call(t *testing.T, n int) map[string]any {
	t.Helper()
	var found map[string]any
	eventually(t, func() bool {
		seen := 0
		for _, record := range l.records(t) {
			if record["msg"] == "call" {
				if seen++; seen == n {
					found = record
				}
			}
		}
		return found != nil
	})
	return found
}

// eventually waits for ok to hold.
func eventually(t *testing.T, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for !ok() {
		if time.Now().After(deadline) {
			t.Fatal("it did not happen in time")
		}
		time.Sleep(time.Millisecond)
	}
}
