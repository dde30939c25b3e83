package mongodb

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/dongbaejul/dongbaejul/internal/chat"
)

// membershipDoc is one document that memberships reads, of one kind.
type membershipDoc struct {
	Pending *entryDoc  `bson:"pending"`
	In      *memberDoc `bson:"in"`
	Global  *roomDoc   `bson:"global"`
}

// memberships returns the rooms a user is in, as of now, and the ids of the global rooms they are not in. One command reads first
// what is pending about the user, then the rest.
func (s *Store) memberships(ctx context.Context, userID string) (in []memberDoc, missing []string, err error) {
	pipeline := as("pending", match(append(isPending(), bson.E{Key: "settles", Value: userID})))
	pipeline = with(pipeline, "room_members", as("in", match(bson.D{{Key: "user_id", Value: userID}, {Key: "has_left", Value: false}})))
	pipeline = with(pipeline, "rooms", as("global", match(bson.D{{Key: "type", Value: string(chat.Global)}}),
		bson.D{{Key: "$project", Value: bson.D{{Key: "_id", Value: 1}, {Key: "draft", Value: 1}}}}))
	for {
		found, err := aggregate[membershipDoc](ctx, s.chat.log, pipeline)
		if err != nil {
			return nil, nil, err
		}
		var pending []entryDoc
		in, missing = nil, nil
		for _, d := range found {
			switch {
			case d.Pending != nil:
				pending = append(pending, *d.Pending)
			case d.In != nil:
				in = append(in, *d.In)
			case d.Global != nil && !d.Global.Draft:
				missing = append(missing, d.Global.ID)
			}
		}
		if len(pending) == 0 {
			missing = slices.DeleteFunc(missing, func(id string) bool {
				return slices.ContainsFunc(in, func(m memberDoc) bool { return m.RoomID == id })
			})
			in, err = s.withRooms(ctx, in)
			return in, missing, err
		}
		if err := s.settleEach(ctx, pending); err != nil {
			return nil, nil, err
		}
	}
}

// Heads implements chat.Store.
func (s *Store) Heads(ctx context.Context, userID string) (_ []chat.Head, missing []string, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	in, missing, err := s.memberships(ctx, userID)
	if err != nil {
		return nil, nil, err
	}
	heads, err := s.headsOf(ctx, convert(in, memberDoc.room))
	if err != nil {
		return nil, nil, err
	}
	return convert(in, func(m memberDoc) chat.Head {
		return chat.Head{RoomID: m.RoomID, LastSeq: heads[m.RoomID], JoinedSeq: m.JoinedSeq, SeesAfter: m.SeesAfter}
	}), missing, nil
}

func (d memberDoc) room() string { return d.RoomID }

// Rooms implements chat.Store. To sort the rooms of a user by their last messages it reads those of all of them.
func (s *Store) Rooms(ctx context.Context, userID, after string, limit int) (page []chat.Summary, more bool, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	in, _, err := s.memberships(ctx, userID)
	if err != nil {
		return nil, false, err
	}
	all, err := s.summaries(ctx, in)
	if err != nil {
		return nil, false, err
	}
	slices.SortFunc(all, newestFirst)
	if after != "" {
		i := slices.IndexFunc(all, func(sum summary) bool { return sum.Room.ID == after })
		if i < 0 {
			return nil, false, errNotFound
		}
		all = all[i+1:]
	}
	if more = len(all) > limit; more {
		all = all[:limit]
	}
	page, err = s.completed(ctx, all)
	return page, more, err
}

// Summary implements chat.Store.
func (s *Store) Summary(ctx context.Context, roomID, userID string) (_ chat.Summary, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	m, err := s.member(ctx, roomID, userID)
	if err != nil {
		return chat.Summary{}, err
	}
	all, err := s.summaries(ctx, []memberDoc{m})
	if err != nil {
		return chat.Summary{}, err
	}
	if len(all) == 0 {
		return chat.Summary{}, errNotFound
	}
	page, err := s.completed(ctx, all)
	if err != nil {
		return chat.Summary{}, err
	}
	return page[0], nil
}

// summary is a room for one of its members, with when it was last active.
type summary struct {
	chat.Summary
	member memberDoc
	active int64
}

// summaries returns rooms with their last messages, in no order.
func (s *Store) summaries(ctx context.Context, in []memberDoc) ([]summary, error) {
	if len(in) == 0 {
		return nil, nil
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
	members := make(map[string]memberDoc, len(in))
	for _, m := range in {
		members[m.RoomID] = m
	}
	all := make([]summary, len(rooms))
	for i, r := range rooms {
		m := members[r.ID]
		all[i] = summary{chat.Summary{Room: r.room(heads[r.ID]), ReadSeq: m.ReadSeq}, m, r.CreatedAt}
		if d, ok := last[r.ID]; ok {
			all[i].active = d.At
			if d.Seq > m.SeesAfter {
				e := d.entry()
				all[i].Last = &e
			}
		}
	}
	return all, nil
}

// completed adds what is unread, and who is in the rooms.
func (s *Store) completed(ctx context.Context, all []summary) ([]chat.Summary, error) {
	if len(all) == 0 {
		return nil, nil
	}
	in, heads := make([]memberDoc, len(all)), make(map[string]int64, len(all))
	for i, sum := range all {
		in[i], heads[sum.Room.ID] = sum.member, sum.Room.LastSeq
	}
	unread, err := s.unread(ctx, in, heads)
	if err != nil {
		return nil, err
	}
	found, err := list[memberDoc](ctx, s.chat.members.Collection, bson.D{
		{Key: "room_id", Value: bson.D{{Key: "$in", Value: convert(in, memberDoc.room)}}}, {Key: "has_left", Value: false},
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(found, func(a, b memberDoc) int {
		return cmp.Or(cmp.Compare(a.JoinedAt, b.JoinedAt), cmp.Compare(a.UserID, b.UserID))
	})
	members := make(map[string][]chat.Member, len(all))
	for _, m := range found {
		members[m.RoomID] = append(members[m.RoomID], m.member())
	}
	page := make([]chat.Summary, len(all))
	for i, sum := range all {
		page[i] = sum.Summary
		page[i].Unread, page[i].Members = unread[sum.Room.ID], members[sum.Room.ID]
	}
	return page, nil
}

// newestFirst compares rooms by their newest message or, without one, their creation.
func newestFirst(a, b summary) int {
	return cmp.Or(cmp.Compare(b.active, a.active), cmp.Compare(b.Room.ID, a.Room.ID))
}

// lastMessages returns the newest message of each room that has one, given where the logs end. Most logs end with one: it looks
// at the ends of all of them, and, where those hold none, at longer ones, so that the rounds do not depend on how many rooms
// there are.
func (s *Store) lastMessages(ctx context.Context, heads map[string]int64) (map[string]entryDoc, error) {
	last := make(map[string]entryDoc, len(heads))
	ends := maps.Clone(heads)
	for size := window(1); len(ends) > 0; size *= 4 {
		var ranges bson.A
		for id, end := range ends {
			ranges = append(ranges, append(bson.D{{Key: "room_id", Value: id}}, append(isMessage(), between(end-size+1, end))...))
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
		maps.DeleteFunc(ends, func(id string, end int64) bool {
			_, ok := last[id]
			return ok || end <= size
		})
		for id := range ends {
			ends[id] -= size
		}
	}
	return last, nil
}

// unread counts, for each of a user's memberships, the messages of others after the read position that are not deleted, up to
// where the logs end.
func (s *Store) unread(ctx context.Context, in []memberDoc, heads map[string]int64) (map[string]chat.Unread, error) {
	var ranges bson.A
	for _, m := range in {
		if head := heads[m.RoomID]; head > m.ReadSeq {
			ranges = append(ranges, append(bson.D{{Key: "room_id", Value: m.RoomID}},
				append(isMessage(), between(m.ReadSeq+1, min(head, m.ReadSeq+chat.MaxUnreadEntries)),
					bson.E{Key: "deleted_at", Value: int64(0)}, bson.E{Key: "actor", Value: bson.D{{Key: "$ne", Value: m.UserID}}})...))
		}
	}
	counts := make(map[string]int, len(ranges))
	if ranges != nil {
		found, err := aggregate[struct {
			RoomID string `bson:"_id"`
			N      int    `bson:"n"`
		}](ctx, s.chat.log, mongo.Pipeline{
			{{Key: "$match", Value: bson.D{{Key: "$or", Value: ranges}}}},
			{{Key: "$group", Value: bson.D{{Key: "_id", Value: "$room_id"}, {Key: "n", Value: bson.D{{Key: "$sum", Value: 1}}}}}},
		})
		if err != nil {
			return nil, err
		}
		for _, room := range found {
			counts[room.RoomID] = room.N
		}
	}
	unread := make(map[string]chat.Unread, len(in))
	for _, m := range in {
		unread[m.RoomID] = chat.NewUnread(counts[m.RoomID], m.ReadSeq, heads[m.RoomID])
	}
	return unread, nil
}

// Unread implements chat.Store.
func (s *Store) Unread(ctx context.Context, roomID, userID string) (_ chat.Unread, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	m, last, err := s.memberAndHead(ctx, roomID, userID)
	if err != nil {
		return chat.Unread{}, err
	}
	unread, err := s.unread(ctx, []memberDoc{m}, map[string]int64{roomID: last})
	return unread[roomID], err
}
