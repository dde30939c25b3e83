package mongodb

import (
	"cmp"
	"context"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/dongbaejul/dongbaejul/internal/chat"
)

// memberships are the rooms a user is in, as of now.
func (s *Store) memberships(ctx context.Context, userID string) ([]memberDoc, error) {
	if err := s.settleUser(ctx, userID); err != nil {
		return nil, err
	}
	in, err := list[memberDoc](ctx, s.chat.members.Collection, bson.D{{Key: "user_id", Value: userID}, {Key: "has_left", Value: false}})
	if err != nil {
		return nil, err
	}
	return s.withRooms(ctx, in)
}

// Heads is of chat.Store.
func (s *Store) Heads(ctx context.Context, userID string) (_ []chat.Head, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	in, err := s.memberships(ctx, userID)
	if err != nil {
		return nil, err
	}
	heads, err := s.headsOf(ctx, convert(in, memberDoc.room))
	if err != nil {
		return nil, err
	}
	return convert(in, func(m memberDoc) chat.Head {
		return chat.Head{RoomID: m.RoomID, LastSeq: heads[m.RoomID], JoinedSeq: m.JoinedSeq}
	}), nil
}

func (d memberDoc) room() string { return d.RoomID }

// Rooms is of chat.Store.
func (s *Store) Rooms(ctx context.Context, userID string) (_ []chat.Summary, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	in, err := s.memberships(ctx, userID)
	if err != nil || len(in) == 0 {
		return nil, err
	}
	ids := convert(in, memberDoc.room)
	rooms, err := s.chat.rooms.some(ctx, ids)
	if err != nil {
		return nil, err
	}
	heads, err := s.headsOf(ctx, ids)
	if err != nil {
		return nil, err
	}
	if err := s.settleRooms(ctx, ids); err != nil {
		return nil, err
	}
	last, err := s.lastMessages(ctx, heads)
	if err != nil {
		return nil, err
	}
	unread, err := s.unread(ctx, in, heads)
	if err != nil {
		return nil, err
	}
	read := make(map[string]int64, len(in))
	for _, m := range in {
		read[m.RoomID] = m.ReadSeq
	}
	var all []chat.Summary
	for _, r := range rooms {
		sum := chat.Summary{Room: r.room(heads[r.ID]), ReadSeq: read[r.ID], Unread: unread[r.ID]}
		if m, ok := last[r.ID]; ok {
			e := m.entry()
			sum.Last = &e
		}
		all = append(all, sum)
	}
	slices.SortFunc(all, newestFirst)
	return all, nil
}

// newestFirst compares rooms by their newest message or, without one, their creation.
func newestFirst(a, b chat.Summary) int {
	active := func(s chat.Summary) int64 {
		if s.Last != nil {
			return micros(s.Last.At)
		}
		return micros(s.Room.CreatedAt)
	}
	return cmp.Or(cmp.Compare(active(b), active(a)), cmp.Compare(b.Room.ID, a.Room.ID))
}

// lastMessages gives the newest message of each room that has one, given where the logs end.
func (s *Store) lastMessages(ctx context.Context, heads map[string]int64) (map[string]entryDoc, error) {
	var ranges bson.A
	for id, head := range heads {
		ranges = append(ranges, append(bson.D{{Key: "room_id", Value: id}}, append(isMessage(), between(head-window(1)+1, head))...))
	}
	last := make(map[string]entryDoc, len(heads))
	if ranges == nil {
		return last, nil
	}
	// A few documents for each room, the newest of which is given.
	found, err := aggregate[entryDoc](ctx, s.chat.log, mongo.Pipeline{
		{{Key: "$match", Value: bson.D{{Key: "$or", Value: ranges}}}},
		{{Key: "$sort", Value: bson.D{{Key: "seq", Value: -1}}}},
		{{Key: "$group", Value: bson.D{{Key: "_id", Value: "$room_id"}, {Key: "last", Value: bson.D{{Key: "$first", Value: "$$ROOT"}}}}}},
		{{Key: "$replaceRoot", Value: bson.D{{Key: "newRoot", Value: "$last"}}}},
	})
	if err != nil {
		return nil, err
	}
	for _, m := range found {
		last[m.RoomID] = m
	}
	for id, head := range heads {
		if _, ok := last[id]; ok {
			continue
		}
		// Much else has happened since, or nobody has ever said anything.
		found, err := s.messagesUpTo(ctx, id, head-window(1), 1)
		if err != nil {
			return nil, err
		}
		if len(found) > 0 {
			last[id] = found[0]
		}
	}
	return last, nil
}

// unread counts, for each of a user's memberships, the messages of others after the read position that are not deleted, up to
// where the logs end. Rooms that have none are left out.
func (s *Store) unread(ctx context.Context, in []memberDoc, heads map[string]int64) (map[string]int, error) {
	var ranges bson.A
	for _, m := range in {
		if head := heads[m.RoomID]; head > m.ReadSeq {
			ranges = append(ranges, append(bson.D{{Key: "room_id", Value: m.RoomID}}, append(isMessage(), between(m.ReadSeq+1, head),
				bson.E{Key: "deleted_at", Value: int64(0)}, bson.E{Key: "actor", Value: bson.D{{Key: "$ne", Value: m.UserID}}})...))
		}
	}
	unread := make(map[string]int, len(ranges))
	if ranges == nil {
		return unread, nil
	}
	found, err := aggregate[struct {
		RoomID string `bson:"_id"`
		N      int    `bson:"n"`
	}](ctx, s.chat.log, mongo.Pipeline{
		{{Key: "$match", Value: bson.D{{Key: "$or", Value: ranges}}}},
		{{Key: "$group", Value: bson.D{{Key: "_id", Value: "$room_id"}, {Key: "n", Value: bson.D{{Key: "$sum", Value: 1}}}}}},
	})
	for _, room := range found {
		unread[room.RoomID] = room.N
	}
	return unread, err
}

// Unread is of chat.Store.
func (s *Store) Unread(ctx context.Context, roomID, userID string) (_ int, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	m, err := s.member(ctx, roomID, userID)
	if err != nil {
		return 0, err
	}
	last, err := s.head(ctx, roomID)
	if err != nil {
		return 0, err
	}
	unread, err := s.unread(ctx, []memberDoc{m}, map[string]int64{roomID: last})
	return unread[roomID], err
}
