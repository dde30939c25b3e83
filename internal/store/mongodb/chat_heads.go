package mongodb

import (
	"context"
	"errors"
	"fmt"

	lru "github.com/hashicorp/golang-lru/v2"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// maxHints is of how many rooms a process remembers where the log has ended.
const maxHints = 10_000

// headHints tell how far logs have come at least. They only say from where to look for the end.
type headHints struct{ seqs *lru.Cache[string, int64] }

func newHeadHints() *headHints {
	seqs, err := lru.New[string, int64](maxHints)
	if err != nil {
		panic(fmt.Sprintf("mongodb: a cache of a positive size: %v", err))
	}
	return &headHints{seqs}
}

func (h *headHints) of(roomID string) int64 {
	seq, _ := h.seqs.Get(roomID)
	return seq
}

// note remembers that a log has come to seq. Where two notes cross, the lower one may stay, which costs a little reading.
func (h *headHints) note(roomID string, seq int64) {
	if seq > h.of(roomID) {
		h.seqs.Add(roomID, seq)
	}
}

// endDoc is what the end of a log is told by.
type endDoc struct {
	RoomID string     `bson:"room_id"`
	Seq    int64      `bson:"seq"`
	At     int64      `bson:"at"`
	Rest   []bson.Raw `bson:"rest"`
}

// last is the number of the last entry that was added in one step with this one.
func (d endDoc) last() int64 { return d.Seq + int64(len(d.Rest)) }

// lastAt is the time of that entry.
func (d endDoc) lastAt() int64 {
	if len(d.Rest) > 0 {
		if at, ok := d.Rest[len(d.Rest)-1].Lookup("at").AsInt64OK(); ok {
			return at
		}
	}
	return d.At
}

// ends are the fields of endDoc.
func ends() bson.D {
	return bson.D{{Key: "room_id", Value: 1}, {Key: "seq", Value: 1}, {Key: "at", Value: 1}, {Key: "rest", Value: 1}}
}

// logEnd is the number and the time of a log's last entry; both are 0 for an empty one.
type logEnd struct{ seq, at int64 }

// from is the filter of a room's entries from a number on.
func from(roomID string, seq int64) bson.D {
	return bson.D{{Key: "room_id", Value: roomID}, {Key: "seq", Value: bson.D{{Key: "$gte", Value: seq}}}}
}

// head returns the number of a log's last entry, 0 for an empty one; errNotFound where there is no room.
func (s *Store) head(ctx context.Context, roomID string) (int64, error) {
	end, err := s.end(ctx, roomID)
	return end.seq, err
}

// end returns the end of a room's log; errNotFound where there is no room.
//
// MongoDB finds the last one of a room at once, but servers that are compatible with it may sort all of the room for that. A
// log has no gaps, so that its end can be looked for between two numbers as well.
func (s *Store) end(ctx context.Context, roomID string) (logEnd, error) {
	hint := s.chat.heads.of(roomID)
	if hint == 0 {
		low, err := s.exponentialSearch(ctx, []string{roomID})
		if err != nil {
			return logEnd{}, err
		}
		hint = low[roomID]
	}
	if hint == 0 {
		_, err := s.room(ctx, roomID)
		return logEnd{}, err
	}
	d, err := one[endDoc](ctx, s.chat.log, from(roomID, hint),
		options.FindOne().SetSort(bson.D{{Key: "seq", Value: -1}}).SetProjection(ends()))
	if errors.Is(err, errNotFound) {
		// The database is not what it was: somebody has restored an earlier one.
		s.chat.heads.seqs.Remove(roomID)
		return logEnd{}, errAway.WithCause(fmt.Errorf("mongodb: entry %d of room %s is gone", hint, roomID))
	}
	if err != nil {
		return logEnd{}, err
	}
	s.chat.heads.note(roomID, d.Seq)
	return logEnd{d.last(), d.lastAt()}, nil
}

// probes is how many entries are looked for at once, and span how many lie at most between what exponentialSearch returns and the end.
const (
	probes = 64
	span   = 256
)

// exponentialSearch returns, for each log that is not empty, a number that it has come to, at most span before its end. It asks about all
// rooms at once.
func (s *Store) exponentialSearch(ctx context.Context, roomIDs []string) (map[string]int64, error) {
	var powers []int64
	for i := range 62 {
		powers = append(powers, 1<<i)
	}
	asked := make(map[string][]int64, len(roomIDs))
	for _, id := range roomIDs {
		asked[id] = powers
	}
	low, err := s.highest(ctx, asked)
	if err != nil {
		return nil, err
	}
	high := make(map[string]int64, len(low))
	for id, seq := range low {
		high[id] = 2 * seq
	}
	for {
		clear(asked)
		for id := range low {
			if step := probeStep(low[id], high[id]); high[id]-low[id] > span {
				for seq := low[id] + step; seq < high[id]; seq += step {
					asked[id] = append(asked[id], seq)
				}
			}
		}
		if len(asked) == 0 {
			return low, nil
		}
		found, err := s.highest(ctx, asked)
		if err != nil {
			return nil, err
		}
		for id := range asked {
			step := probeStep(low[id], high[id])
			low[id] = max(low[id], found[id])
			high[id] = min(high[id], low[id]+step)
		}
	}
}

func probeStep(low, high int64) int64 { return max((high-low)/probes, 1) }

// highest returns the highest of the numbers asked for that each log has; rooms that have none of them are left out.
func (s *Store) highest(ctx context.Context, asked map[string][]int64) (map[string]int64, error) {
	high := make(map[string]int64, len(asked))
	if len(asked) == 0 {
		return high, nil
	}
	var rooms bson.A
	for id, seqs := range asked {
		rooms = append(rooms, bson.D{{Key: "room_id", Value: id}, {Key: "seq", Value: bson.D{{Key: "$in", Value: seqs}}}})
	}
	found, err := list[endDoc](ctx, s.chat.log, bson.D{{Key: "$or", Value: rooms}}, options.Find().SetProjection(ends()))
	for _, d := range found {
		high[d.RoomID] = max(high[d.RoomID], d.Seq)
	}
	return high, err
}

// headsOf returns the numbers of the last entries of rooms that are there; those of empty logs are left out.
func (s *Store) headsOf(ctx context.Context, roomIDs []string) (map[string]int64, error) {
	heads := make(map[string]int64, len(roomIDs))
	var ranges bson.A
	unknown := make(map[string]bool)
	for _, id := range roomIDs {
		if hint := s.chat.heads.of(id); hint > 0 {
			ranges = append(ranges, from(id, hint))
		} else {
			// Most of these are empty, so that it is enough to look for the first entry.
			ranges = append(ranges, bson.D{{Key: "room_id", Value: id}, {Key: "seq", Value: int64(1)}})
			unknown[id] = true
		}
	}
	found, err := s.endsIn(ctx, ranges)
	if err != nil {
		return nil, err
	}
	var begun []string
	for id, d := range found {
		if heads[id] = d.last(); unknown[id] {
			begun = append(begun, id)
		} else {
			s.chat.heads.note(id, d.Seq)
		}
	}
	low, err := s.exponentialSearch(ctx, begun)
	if err != nil {
		return nil, err
	}
	ranges = nil
	for id, seq := range low {
		ranges = append(ranges, from(id, seq))
	}
	found, err = s.endsIn(ctx, ranges)
	for id, d := range found {
		heads[id] = d.last()
		s.chat.heads.note(id, d.Seq)
	}
	return heads, err
}

// endsIn returns the last of the entries that ranges let through, of each room that has any.
func (s *Store) endsIn(ctx context.Context, ranges bson.A) (map[string]endDoc, error) {
	if len(ranges) == 0 {
		return nil, nil
	}
	found, err := list[endDoc](ctx, s.chat.log, bson.D{{Key: "$or", Value: ranges}}, options.Find().SetProjection(ends()))
	last := make(map[string]endDoc)
	for _, d := range found {
		if d.Seq >= last[d.RoomID].Seq {
			last[d.RoomID] = d
		}
	}
	return last, err
}
