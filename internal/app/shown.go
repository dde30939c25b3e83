package app

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/realtime"
	"github.com/dongbaejul/dongbaejul/internal/users"
)

const (
	// lookupTimeout is for looking up who hides that they are online, and lookupAgain how soon it is tried again.
	lookupTimeout = 5 * time.Second
	lookupAgain   = time.Second
)

// shownPresence is who is online as members may see it: every active member who is, but those who hide it. It tells the
// streams of this process who comes and goes. Who is truly online is presence's to know, and decides who is notified.
type shownPresence struct {
	onlineUsers
	// streams are those of this process.
	streams realtime.Bus
	log     *slog.Logger

	// turn is held while users are looked up and streams are told, so that they are told of changes in their order.
	turn sync.Mutex

	mu sync.Mutex
	// people is nil before open, and after close.
	people *users.Service
	// told are those whom streams were told to be online, and listed those whom Online has returned.
	told, listed map[string]bool
}

func newShownPresence(streams realtime.Bus, log *slog.Logger) *shownPresence {
	return &shownPresence{streams: streams, log: log, told: make(map[string]bool), listed: make(map[string]bool)}
}

// open begins to tell streams, also when somebody begins or ceases to hide.
func (s *shownPresence) open(people *users.Service, changes bus) {
	s.mu.Lock()
	s.people = people
	s.mu.Unlock()
	changes.Tap(realtime.Access, func(h realtime.Hint) { go s.update([]string{h.Key}) }, func() { go s.updateAll() })
	s.updateAll()
}

func (s *shownPresence) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.people = nil
}

func (s *shownPresence) isOpen() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.people != nil
}

// changed is called with those who have truly come and gone.
func (s *shownPresence) changed(online, offline []string) { s.update(slices.Concat(online, offline)) }

// Online returns the ids of those who are shown as online, in no order.
func (s *shownPresence) Online(ctx context.Context) ([]string, error) {
	online, err := s.onlineUsers.Online(ctx)
	if err != nil {
		return nil, err
	}
	// Noted before it is looked up who hides: who begins to hide meanwhile is told of.
	added := s.list(online)
	shown, err := s.shown(ctx, online)
	s.unlist(slices.DeleteFunc(added, func(id string) bool { return slices.Contains(shown, id) }))
	return shown, err
}

// list notes that ids are returned by Online, and returns those that were not before.
func (s *shownPresence) list(ids []string) (added []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range ids {
		if !s.listed[id] {
			s.listed[id] = true
			added = append(added, id)
		}
	}
	return added
}

func (s *shownPresence) unlist(ids []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range ids {
		delete(s.listed, id)
	}
}

// shown returns those of ids who do not hide.
func (s *shownPresence) shown(ctx context.Context, ids []string) ([]string, error) {
	s.mu.Lock()
	directory := s.people
	s.mu.Unlock()
	if directory == nil {
		return nil, nil
	}
	people, err := directory.Users(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("look up who hides: %w", err)
	}
	shown := make([]string, 0, len(ids))
	for _, id := range ids {
		if u, ok := people[id]; ok && u.Status == users.Active && !u.Preferences.HideOnline {
			shown = append(shown, id)
		}
	}
	return shown, nil
}

// updateAll tells streams what has changed of anybody.
func (s *shownPresence) updateAll() {
	online, err := s.onlineUsers.Online(context.Background())
	if err != nil {
		s.later(nil, err)
		return
	}
	s.mu.Lock()
	online = slices.AppendSeq(online, maps.Keys(s.told))
	online = slices.AppendSeq(online, maps.Keys(s.listed))
	s.mu.Unlock()
	s.update(online)
}

// update tells streams which of ids are shown as online now and were not, and the other way round.
func (s *shownPresence) update(ids []string) {
	if len(ids) == 0 || !s.isOpen() {
		return
	}
	s.turn.Lock()
	defer s.turn.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), lookupTimeout)
	defer cancel()
	online, err := s.onlineUsers.Online(ctx)
	if err == nil {
		online = slices.DeleteFunc(online, func(id string) bool { return !slices.Contains(ids, id) })
		online, err = s.shown(ctx, online)
	}
	if err != nil {
		s.later(ids, err)
		return
	}
	if event := s.difference(ids, online); len(event.GetOnline())+len(event.GetOffline()) > 0 {
		s.streams.Publish(ctx, realtime.Hint{Topic: realtime.Presence, Event: realtime.NewEvent(&v1.Event{
			Payload: &v1.Event_Presence{Presence: event},
		})})
	}
}

// difference returns what streams are to be told of ids, of whom those in online are shown as online, and notes that they are.
func (s *shownPresence) difference(ids, online []string) *v1.Presence {
	s.mu.Lock()
	defer s.mu.Unlock()
	event := &v1.Presence{}
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	for _, id := range ids {
		switch is := slices.Contains(online, id); {
		case is && !s.told[id]:
			s.told[id] = true
			event.Online = append(event.Online, id)
		case !is && (s.told[id] || s.listed[id]):
			delete(s.told, id)
			delete(s.listed, id)
			event.Offline = append(event.Offline, id)
		}
	}
	return event
}

// later tries again to tell of ids, or of everybody where none are named.
func (s *shownPresence) later(ids []string, err error) {
	s.log.Warn("cannot tell streams who is online", slog.Any("error", err))
	time.AfterFunc(lookupAgain, func() {
		if ids == nil {
			s.updateAll()
		} else {
			s.update(ids)
		}
	})
}
