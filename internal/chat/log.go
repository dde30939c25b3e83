package chat

import (
	"context"
	"log/slog"

	"github.com/dongbaejul/dongbaejul/internal/realtime"
)

// Log is a room's log as streams read it.
type Log struct {
	service *Service
	roomID  string
}

// Log gives the log of a room. Whether the reader may see it is not asked here.
func (s *Service) Log(roomID string) Log { return Log{service: s, roomID: roomID} }

// After implements realtime.Source.
func (l Log) After(ctx context.Context, seq int64, limit int) ([]realtime.Hint, error) {
	entries, targets, err := l.service.Store.Log(ctx, l.roomID, seq, limit)
	if err != nil {
		return nil, err
	}
	return l.service.hints(ctx, entries, targets)
}

// announce tells streams of entries that are none of an edit or a deletion.
func (s *Service) announce(ctx context.Context, entries ...Entry) {
	s.announceWith(ctx, entries, make([]*Entry, len(entries)))
}

// announceWith tells streams of entries. What is stored is stored: where the names for an event cannot be had, streams find
// the entry at the next one, or at a heartbeat.
func (s *Service) announceWith(ctx context.Context, entries []Entry, targets []*Entry) {
	hints, err := s.hints(ctx, entries, targets)
	if err != nil {
		s.Logger.WarnContext(ctx, "an entry of a room is stored but not announced", slog.Any("error", err))
		return
	}
	for _, h := range hints {
		s.Bus.Publish(ctx, h)
	}
}

func (s *Service) hints(ctx context.Context, entries []Entry, targets []*Entry) ([]realtime.Hint, error) {
	people := entries
	for _, t := range targets {
		if t != nil {
			people = append(people[:len(people):len(people)], *t)
		}
	}
	names, err := s.Users.Summaries(ctx, actors(people))
	if err != nil {
		return nil, err
	}
	out := make([]realtime.Hint, len(entries))
	for i, e := range entries {
		out[i] = realtime.Hint{
			Topic: realtime.Room(e.RoomID), Seq: e.Seq, Event: realtime.NewEvent(toEvent(e, targets[i], names)),
		}
	}
	return out, nil
}
