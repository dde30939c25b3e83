package rpc_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/dongbaejul/dongbaejul/internal/testkit"
)

// logs is what was logged.
type logs struct{ testkit.Log }

func (l *logs) records(t *testing.T) []map[string]any {
	t.Helper()
	var records []map[string]any
	for line := range bytes.Lines([]byte(l.String())) {
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
	testkit.Eventually(t, "the line about the call", func() bool {
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
