package presence

import (
	"maps"
	"slices"
	"sync"
	"time"
)

// attendees are the users with a stream open in this process, each until a while after the last of them.
type attendees struct {
	grace time.Duration
	// changed is called, with mu held, when a user has come or gone.
	changed func(userID string)

	mu     sync.Mutex
	users  map[string]*attendance
	closed bool
}

// attendance is one user's streams.
type attendance struct {
	streams int
	// leaving runs while no stream is open and the user still counts as online.
	leaving *time.Timer
}

// Enter notes a stream of the user; leave notes its end, once however often it is called.
func (s *attendees) Enter(userID string) (leave func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.users[userID]
	if a == nil {
		a = &attendance{}
		s.users[userID] = a
		s.changed(userID)
	}
	a.streams++
	if a.leaving != nil {
		a.leaving.Stop()
		a.leaving = nil
	}
	return sync.OnceFunc(func() { s.leave(userID, a) })
}

func (s *attendees) leave(userID string, a *attendance) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a.streams--
	if a.streams > 0 || s.closed {
		return
	}
	var timer *time.Timer
	timer = time.AfterFunc(s.grace, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		// Somebody who came back has stopped this timer, perhaps too late.
		if a.leaving == timer && !s.closed {
			delete(s.users, userID)
			s.changed(userID)
		}
	})
	a.leaving = timer
}

// ids is called with mu held.
func (s *attendees) ids() []string { return slices.Collect(maps.Keys(s.users)) }

// stop ends the timers. It is called with mu held.
func (s *attendees) stop() {
	s.closed = true
	for _, a := range s.users {
		if a.leaving != nil {
			a.leaving.Stop()
		}
	}
}

// difference returns who has come to be online and who is no longer, in order, and notes in told that it is told.
func difference(told map[string]bool, online func(userID string) bool, changed map[string]bool) (came, went []string) {
	for id := range changed {
		switch is := online(id); {
		case is && !told[id]:
			told[id] = true
			came = append(came, id)
		case !is && told[id]:
			delete(told, id)
			went = append(went, id)
		}
	}
	slices.Sort(came)
	slices.Sort(went)
	return came, went
}
