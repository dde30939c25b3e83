package shared

import (
	"context"
	"slices"
	"sync"
	"time"
)

// Presence knows who has a stream open, in one process. It may be used concurrently.
type Presence struct {
	grace, window time.Duration
	tell          func(online, offline []string)

	mu    sync.Mutex
	users map[string]*attendance
	// changed are those whose state may differ from what was told last.
	changed map[string]bool
	flush   *time.Timer
	closed  bool
}

// attendance is one user's streams.
type attendance struct {
	streams int
	// leaving runs while no stream is open and the user still counts as online.
	leaving *time.Timer
	// told is whether the others think the user is online.
	told bool
}

// NewPresence makes a presence that calls tell with who came and went, at most once in window. A user goes offline when no
// stream of theirs has been open for grace.
func NewPresence(grace, window time.Duration, tell func(online, offline []string)) *Presence {
	return &Presence{
		grace: grace, window: window, tell: tell, users: make(map[string]*attendance), changed: make(map[string]bool),
	}
}

// Enter notes a stream of the user; leave notes its end, once however often it is called.
func (p *Presence) Enter(userID string) (leave func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	a := p.users[userID]
	if a == nil {
		a = &attendance{}
		p.users[userID] = a
		p.note(userID)
	}
	a.streams++
	if a.leaving != nil {
		a.leaving.Stop()
		a.leaving = nil
	}
	return sync.OnceFunc(func() { p.leave(userID, a) })
}

func (p *Presence) leave(userID string, a *attendance) {
	p.mu.Lock()
	defer p.mu.Unlock()
	a.streams--
	if a.streams > 0 || p.closed {
		return
	}
	var timer *time.Timer
	timer = time.AfterFunc(p.grace, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		// Somebody who came back has stopped this timer, perhaps too late.
		if a.leaving == timer {
			a.leaving = nil
			p.note(userID)
		}
	})
	a.leaving = timer
}

// Online gives the ids of who is online, in no order.
func (p *Presence) Online(context.Context) ([]string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := make([]string, 0, len(p.users))
	for id, a := range p.users {
		if a.online() {
			out = append(out, id)
		}
	}
	return out, nil
}

// Close ends the timers; nothing is told any more.
func (p *Presence) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	if p.flush != nil {
		p.flush.Stop()
	}
	for _, a := range p.users {
		if a.leaving != nil {
			a.leaving.Stop()
		}
	}
}

func (a *attendance) online() bool { return a.streams > 0 || a.leaving != nil }

// note has a change told with the others of its window.
func (p *Presence) note(userID string) {
	if p.closed {
		return
	}
	p.changed[userID] = true
	if p.flush == nil {
		p.flush = time.AfterFunc(p.window, p.tellChanges)
	}
}

func (p *Presence) tellChanges() {
	p.mu.Lock()
	var online, offline []string
	for id := range p.changed {
		a := p.users[id]
		if a == nil {
			continue
		}
		switch is := a.online(); {
		case is && !a.told:
			a.told = true
			online = append(online, id)
		case !is:
			if a.told {
				offline = append(offline, id)
			}
			delete(p.users, id)
		}
	}
	clear(p.changed)
	p.flush = nil
	closed := p.closed
	p.mu.Unlock()
	if closed || len(online)+len(offline) == 0 {
		return
	}
	slices.Sort(online)
	slices.Sort(offline)
	p.tell(online, offline)
}
