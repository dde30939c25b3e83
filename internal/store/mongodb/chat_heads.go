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
	Rest   []bson.Raw `bson:"rest"`
}

// last is the number of the last entry that was added in one step with this one.
func (d endDoc) last() int64 { return d.Seq + int64(len(d.Rest)) }

// ends are the fields of endDoc.
func ends() bson.D {
	return bson.D{{Key: "room_id", Value: 1}, {Key: "seq", Value: 1}, {Key: "rest", Value: 1}}
}

// from is the filter of a room's entries from a number on.
func from(roomID string, seq int64) bson.D {
	return bson.D{{Key: "room_id", Value: roomID}, {Key: "seq", Value: bson.D{{Key: "$gte", Value: seq}}}}
}

// head gives the number of a log's last entry, 0 for an empty one; errNotFound where there is no room.
//
// MongoDB finds the last one of a room at once, but servers that are compatible with it may sort all of the room for that. A
// log has no gaps, so that its end can be looked for between two numbers as well.
func (s *Store) head(ctx context.Context, roomID string) (int64, error) {
	hint := s.chat.heads.of(roomID)
	if hint == 0 {
		var err error
		if hint, err = s.gallop(ctx, roomID); err != nil {
			return 0, err
		}
	}
	if hint == 0 {
		_, err := s.room(ctx, roomID)
		return 0, err
	}
	d, err := one[endDoc](ctx, s.chat.log, from(roomID, hint),
		options.FindOne().SetSort(bson.D{{Key: "seq", Value: -1}}).SetProjection(ends()))
	if errors.Is(err, errNotFound) {
		// The database is not what it was: somebody has restored an earlier one.
		s.chat.heads.seqs.Remove(roomID)
		return 0, errAway.WithCause(fmt.Errorf("mongodb: entry %d of room %s is gone", hint, roomID))
	}
	if err != nil {
		return 0, err
	}
	s.chat.heads.note(roomID, d.Seq)
	return d.last(), nil
}

// probes is how many entries are looked for at once, and span how many lie at most between what gallop gives and the end.
const (
	probes = 64
	span   = 256
)

// gallop gives a number that a log has come to, at most span before its end; 0 for an empty log.
func (s *Store) gallop(ctx context.Context, roomID string) (int64, error) {
	var powers []int64
	for i := range 62 {
		powers = append(powers, 1<<i)
	}
	low, err := s.highest(ctx, roomID, powers)
	if err != nil || low == 0 {
		return 0, err
	}
	for high := 2 * low; high-low > span; {
		step := max((high-low)/probes, 1)
		var between []int64
		for seq := low + step; seq < high; seq += step {
			between = append(between, seq)
		}
		found, err := s.highest(ctx, roomID, between)
		if err != nil {
			return 0, err
		}
		low = max(low, found)
		high = min(high, low+step)
	}
	return low, nil
}

// highest gives the highest of seqs that a log has; 0 where it has none of them.
func (s *Store) highest(ctx context.Context, roomID string, seqs []int64) (int64, error) {
	found, err := list[endDoc](ctx, s.chat.log, bson.D{
		{Key: "room_id", Value: roomID}, {Key: "seq", Value: bson.D{{Key: "$in", Value: seqs}}},
	}, options.Find().SetProjection(ends()))
	var high int64
	for _, d := range found {
		high = max(high, d.Seq)
	}
	return high, err
}

// begun gives those of the rooms whose logs are not empty.
func (s *Store) begun(ctx context.Context, roomIDs []string) (begun []string, err error) {
	var unknown []string
	for _, id := range roomIDs {
		if s.chat.heads.of(id) > 0 {
			begun = append(begun, id)
		} else {
			unknown = append(unknown, id)
		}
	}
	if unknown == nil {
		return begun, nil
	}
	found, err := list[endDoc](ctx, s.chat.log, bson.D{
		{Key: "room_id", Value: bson.D{{Key: "$in", Value: unknown}}}, {Key: "seq", Value: int64(1)},
	}, options.Find().SetProjection(ends()))
	return append(begun, convert(found, func(d endDoc) string { return d.RoomID })...), err
}

// headsOf gives the numbers of the last entries of rooms that are there; those of empty logs are left out.
func (s *Store) headsOf(ctx context.Context, roomIDs []string) (map[string]int64, error) {
	heads := make(map[string]int64, len(roomIDs))
	var ranges bson.A
	begun, err := s.begun(ctx, roomIDs)
	if err != nil {
		return nil, err
	}
	for _, id := range begun {
		hint := s.chat.heads.of(id)
		if hint == 0 {
			if hint, err = s.gallop(ctx, id); err != nil {
				return nil, err
			}
		}
		ranges = append(ranges, from(id, hint))
	}
	if ranges == nil {
		return heads, nil
	}
	found, err := list[endDoc](ctx, s.chat.log, bson.D{{Key: "$or", Value: ranges}}, options.Find().SetProjection(ends()))
	if err != nil {
		return nil, err
	}
	for _, d := range found {
		heads[d.RoomID] = max(heads[d.RoomID], d.last())
		s.chat.heads.note(d.RoomID, d.Seq)
	}
	return heads, nil
}
