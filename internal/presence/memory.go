// Package presence knows which users have a stream open: in one process, or by Redis over all of them. Both pass one suite, so that one
// process alone behaves as many do.
package presence

import (
	"context"
	"time"
)

// Memory knows who has a stream open, in one process. It may be used concurrently.
type Memory struct {
	attendees
	window time.Duration
	tell   func(online, offline []string)

	// told are those whom the others think online, and noted those of whom that may have changed.
	told, noted map[string]bool
	flush       *time.Timer
}

// NewMemory makes a presence that calls tell with who came and went, at most once in window. A user goes offline when no
// stream of theirs has been open for grace.
func NewMemory(grace, window time.Duration, tell func(online, offline []string)) *Memory {
	p := &Memory{window: window, tell: tell, told: make(map[string]bool), noted: make(map[string]bool)}
	p.attendees = attendees{grace: grace, changed: p.note, users: make(map[string]*attendance)}
	return p
}

// Online returns the ids of who is online, in no order.
func (p *Memory) Online(context.Context) ([]string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.ids(), nil
}

// Close ends the timers; nothing is told any more.
func (p *Memory) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stop()
	if p.flush != nil {
		p.flush.Stop()
	}
}

// note has a change told with the others of its window. It is called with mu held.
func (p *Memory) note(userID string) {
	if p.closed {
		return
	}
	p.noted[userID] = true
	if p.flush == nil {
		p.flush = time.AfterFunc(p.window, p.tellChanges)
	}
}

func (p *Memory) tellChanges() {
	p.mu.Lock()
	came, went := difference(p.told, func(id string) bool { return p.users[id] != nil }, p.noted)
	clear(p.noted)
	p.flush = nil
	closed := p.closed
	p.mu.Unlock()
	if !closed && len(came)+len(went) > 0 {
		p.tell(came, went)
	}
}
