package chat

import (
	"context"
	"log/slog"

	"github.com/dongbaejul/dongbaejul/internal/realtime"
)

// Log is a room's log as the streams of one of its members read it.
type Log struct {
	service *Service
	roomID  string
	// seesAfter is the member's.
	seesAfter int64
}

// Log returns the log of a room for a member with this SeesAfter. Whether they are in the room is not asked here.
func (s *Service) Log(roomID string, seesAfter int64) Log {
	return Log{service: s, roomID: roomID, seesAfter: seesAfter}
}

// After implements realtime.Source.
func (l Log) After(ctx context.Context, seq int64, limit int) ([]realtime.Hint, error) {
	entries, targets, err := l.service.Store.Log(ctx, l.roomID, max(seq, l.seesAfter), limit)
	if err != nil {
		return nil, err
	}
	for i, t := range targets {
		if t != nil && t.Seq <= l.seesAfter {
			targets[i] = hidden(*t)
		}
	}
	return l.service.hints(ctx, entries, targets)
}

// hidden is a message for those who may not read it.
func hidden(m Entry) *Entry { return &Entry{RoomID: m.RoomID, Seq: m.Seq, ID: m.ID, Kind: m.Kind} }

// announce tells streams of entries that are none of an edit or a deletion.
func (s *Service) announce(ctx context.Context, entries ...Entry) {
	s.announceWith(ctx, entries, make([]*Entry, len(entries)))
}

// announceAmended tells streams of an edit or a deletion. Of a message that somebody in the room may not read, each stream reads
// by itself what its member may know.
func (s *Service) announceAmended(ctx context.Context, done Amended) {
	if done.Hidden {
		s.announceHead(ctx, done.Entry.RoomID, done.Entry.Seq)
		return
	}
	s.announceWith(ctx, []Entry{done.Entry}, []*Entry{&done.Message})
}

// announceWith tells streams of entries, whatever has become of the call that stored them. Where the names for an event cannot
// be had, streams read the entry from the store.
func (s *Service) announceWith(ctx context.Context, entries []Entry, targets []*Entry) {
	ctx = context.WithoutCancel(ctx)
	for _, e := range entries {
		if e.Kind == KindLeft {
			s.typing.stop(ctx, e.RoomID, e.User)
		}
	}
	hints, err := s.hints(ctx, entries, targets)
	if err != nil {
		s.Logger.WarnContext(ctx, "entries of a room are announced without what they say", slog.Any("error", err))
		for _, e := range entries {
			s.announceHead(ctx, e.RoomID, e.Seq)
		}
		return
	}
	for _, h := range hints {
		s.Bus.Publish(ctx, h)
	}
}

// announceHead tells streams that a room's log has come to seq: those that have not, read it from the store.
func (s *Service) announceHead(ctx context.Context, roomID string, seq int64) {
	s.Bus.Publish(context.WithoutCancel(ctx), realtime.Hint{Topic: realtime.Room(roomID), Seq: seq})
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
			Topic: realtime.Room(e.RoomID), Seq: e.Seq, Event: realtime.NewEvent(s.toEvent(e, targets[i], names)),
		}
	}
	return out, nil
}
