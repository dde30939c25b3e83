package main

import (
	"os"
	"testing"
	"time"
)

// Signals that come before anything was done about the first are two all the same.
func TestTwoSignalsAtOnce(t *testing.T) {
	signals := make(chan os.Signal, 2)
	signals <- os.Interrupt
	signals <- os.Interrupt
	ended := make(chan struct{})
	ctx := untilSignal(signals, func() { close(ended) })
	select {
	case <-ended:
	case <-time.After(30 * time.Second):
		t.Fatal("the second signal is ignored")
	}
	if ctx.Err() == nil {
		t.Error("the first signal is ignored")
	}
}
