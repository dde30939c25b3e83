package main

import (
	"io"
	"time"

	"github.com/jedib0t/go-pretty/v6/progress"
)

// bars show how far things have come, on a terminal only.
type bars struct {
	writer progress.Writer
	done   chan struct{}
}

// bar is one of them. A nil one shows nothing.
type bar struct{ tracker *progress.Tracker }

// newBars begins to draw on a terminal; elsewhere it draws nothing.
func newBars(w io.Writer) *bars {
	if !isTerminal(w) {
		return &bars{}
	}
	b := &bars{writer: progress.NewWriter(), done: make(chan struct{})}
	b.writer.SetOutputWriter(w)
	b.writer.SetUpdateFrequency(100 * time.Millisecond)
	b.writer.SetStyle(progress.StyleBlocks)
	style := b.writer.Style()
	style.Visibility.ETA = true
	style.Options.TimeInProgressPrecision, style.Options.TimeDonePrecision = time.Second, 10*time.Millisecond
	b.writer.SetTrackerLength(30)
	b.writer.SetTrackerPosition(progress.PositionRight)
	go func() {
		defer close(b.done)
		b.writer.Render()
	}()
	return b
}

// log writes a line above the bars; nil where none are drawn.
func (b *bars) log() func(line string) {
	if b.writer == nil {
		return nil
	}
	return func(line string) { b.writer.Log("%s", line) }
}

func (b *bars) add(name string) *bar { return b.addIn(name, progress.UnitsDefault) }

// addBytes adds the bar of something that is counted in bytes.
func (b *bars) addBytes(name string) *bar { return b.addIn(name, progress.UnitsBytes) }

func (b *bars) addIn(name string, units progress.Units) *bar {
	if b.writer == nil {
		return nil
	}
	t := &progress.Tracker{Message: clean(name), Units: units, AutoStopDisabled: true}
	b.writer.AppendTracker(t)
	return &bar{tracker: t}
}

// stop draws them a last time.
func (b *bars) stop() {
	if b.writer != nil {
		b.writer.Stop()
		<-b.done
	}
}

func (b *bar) expect(total int) {
	if b != nil {
		b.tracker.UpdateTotal(int64(total))
	}
}

func (b *bar) step() {
	if b != nil {
		b.tracker.Increment(1)
	}
}

func (b *bar) set(done int64) {
	if b != nil {
		b.tracker.SetValue(done)
	}
}

func (b *bar) end() {
	if b != nil {
		b.tracker.MarkAsDone()
	}
}
