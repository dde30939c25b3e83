package mongodb

import (
	"cmp"
	"context"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/dongbaejul/dongbaejul/internal/chat"
)

func (d memberDoc) member() chat.Member {
	return chat.Member{
		RoomID: d.RoomID, UserID: d.UserID, JoinedAt: fromMicros(d.JoinedAt), JoinedSeq: d.JoinedSeq, SeesAfter: d.SeesAfter,
		ReadSeq: d.ReadSeq, Departure: d.departure(),
	}
}

func (d memberDoc) departure() chat.Departure {
	switch {
	case !d.HasLeft:
		return ""
	case d.Removed:
		return chat.Removed
	}
	return chat.Left
}

// member returns one member of a room, as of now; errNotFound for who is not in it.
func (s *Store) member(ctx context.Context, roomID, userID string) (memberDoc, error) {
	seen, err := s.look(ctx, look{roomID: roomID, member: userID})
	if err != nil {
		return memberDoc{}, err
	}
	return s.memberSeen(ctx, seen)
}

// memberAndHead is member, with the number of the log's last entry.
func (s *Store) memberAndHead(ctx context.Context, roomID, userID string) (memberDoc, int64, error) {
	seen, err := s.look(ctx, look{roomID: roomID, end: true, member: userID})
	if err != nil {
		return memberDoc{}, 0, err
	}
	m, err := s.memberSeen(ctx, seen)
	return m, seen.end.seq, err
}

func (s *Store) memberSeen(ctx context.Context, seen seenRoom) (memberDoc, error) {
	if seen.member == nil || seen.member.HasLeft {
		return memberDoc{}, errNotFound
	}
	if seen.member.Founder {
		if _, err := s.room(ctx, seen.member.RoomID); err != nil {
			return memberDoc{}, err
		}
	}
	return *seen.member, nil
}

// withRooms leaves out those whose room is still a draft.
func (s *Store) withRooms(ctx context.Context, members []memberDoc) ([]memberDoc, error) {
	var uncertain []string
	for _, m := range members {
		if m.Founder && !slices.Contains(uncertain, m.RoomID) {
			uncertain = append(uncertain, m.RoomID)
		}
	}
	if uncertain == nil {
		return members, nil
	}
	rooms, err := s.chat.rooms.some(ctx, uncertain)
	if err != nil {
		return nil, err
	}
	drafts := make(map[string]bool)
	for _, r := range rooms {
		drafts[r.ID] = r.Draft
	}
	members = slices.DeleteFunc(members, func(m memberDoc) bool { return drafts[m.RoomID] })
	if len(members) == 0 {
		return nil, nil
	}
	return members, nil
}

// Member implements chat.Store.
func (s *Store) Member(ctx context.Context, roomID, userID string) (_ chat.Member, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	d, err := s.member(ctx, roomID, userID)
	return d.member(), err
}

// Members implements chat.Store.
func (s *Store) Members(ctx context.Context, roomID string) (_ []chat.Member, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	seen, err := s.look(ctx, look{roomID: roomID, members: true})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(seen.members, func(a, b memberDoc) int {
		return cmp.Or(cmp.Compare(a.JoinedAt, b.JoinedAt), cmp.Compare(a.UserID, b.UserID))
	})
	in, err := s.withRooms(ctx, seen.members)
	return convert(in, memberDoc.member), err
}

// AllMembers implements chat.Store.
func (s *Store) AllMembers(ctx context.Context, roomID string) (_ []chat.Member, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	seen, err := s.look(ctx, look{roomID: roomID, members: true, departed: true})
	if err != nil {
		return nil, err
	}
	all, err := s.withRooms(ctx, seen.members)
	return convert(all, memberDoc.member), err
}

// SomeMembers implements chat.Store. It is asked for each message, and does not look for what a crash has left pending.
func (s *Store) SomeMembers(ctx context.Context, roomID string, limit int) (_ []string, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	found, err := list[memberDoc](ctx, s.chat.members.Collection,
		bson.D{{Key: "room_id", Value: roomID}, {Key: "has_left", Value: false}},
		options.Find().SetLimit(int64(limit)).SetProjection(bson.D{{Key: "user_id", Value: 1}}))
	return convert(found, func(d memberDoc) string { return d.UserID }), err
}

// EnsureGlobalMembership implements chat.Store. Callers ask often and it seldom changes anything, so it looks before it writes.
func (s *Store) EnsureGlobalMembership(ctx context.Context, userID string) (rooms []string, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	_, missing, err := s.memberships(ctx, userID)
	if err != nil || len(missing) == 0 {
		return nil, err
	}
	known, err := s.chat.members.some(ctx, convert(missing, func(id string) string { return memberKey(id, userID) }))
	if err != nil {
		return nil, err
	}
	for _, id := range missing {
		came, err := s.enrol(ctx, id, userID, slices.ContainsFunc(known, func(d memberDoc) bool { return d.RoomID == id }))
		if err != nil {
			return nil, err
		}
		if came {
			rooms = append(rooms, id)
		}
	}
	return rooms, nil
}

// enrol makes a user a member of a room they are not in, or have left. It is false where somebody else was first.
func (s *Store) enrol(ctx context.Context, roomID, userID string, left bool) (bool, error) {
	head, err := s.head(ctx, roomID)
	if err != nil {
		return false, err
	}
	d := memberDoc{
		Head: Head{ID: memberKey(roomID, userID)}, RoomID: roomID, UserID: userID, JoinedAt: toMicros(time.Now()), JoinedSeq: head, ReadSeq: head,
	}
	if !left {
		err := s.chat.members.insert(ctx, &d)
		if isDuplicate(err) {
			return false, nil
		}
		return err == nil, err
	}
	came := false
	err = repeat(ctx, func() error {
		result, err := s.chat.members.UpdateOne(ctx, append(byID(d.ID), bson.E{Key: "has_left", Value: true}), set(bson.D{
			{Key: "joined_at", Value: d.JoinedAt}, {Key: "joined_seq", Value: head}, {Key: "sees_after", Value: int64(0)},
			{Key: "read_seq", Value: head}, {Key: "has_left", Value: false}, {Key: "removed", Value: false},
		}))
		came = err == nil && result.MatchedCount == 1
		return err
	})
	return came, err
}

// Join implements chat.Store.
func (s *Store) Join(ctx context.Context, roomID string, es []chat.Entry, admit func([]chat.Member) error) (added []chat.Entry, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	w := &writing{}
	w.decide = func(ctx context.Context, next int64) (*entryDoc, error) {
		if admit != nil {
			all, err := list[memberDoc](ctx, s.chat.members.Collection, bson.D{{Key: "room_id", Value: roomID}})
			if err != nil {
				return nil, err
			}
			if err := w.run(func() error { return admit(convert(all, memberDoc.member)) }); err != nil {
				return nil, err
			}
		}
		return s.decideJoin(ctx, roomID, es, next)
	}
	if err := s.write(ctx, roomID, w); err != nil || !w.added {
		return nil, err
	}
	return convert(joined(w.kept), entryDoc.entry), nil
}

// decideJoin makes entries of those who are not in the room: one that holds the others.
func (s *Store) decideJoin(ctx context.Context, roomID string, es []chat.Entry, next int64) (*entryDoc, error) {
	in, err := s.whoIsIn(ctx, roomID, es)
	if err != nil {
		return nil, err
	}
	var (
		entries    []entryDoc
		ids, users []string
	)
	named := make(map[string]bool)
	for _, e := range es {
		if in[e.User] {
			continue
		}
		if named[e.ID] {
			return nil, errExists
		}
		in[e.User], named[e.ID] = true, true
		e.RoomID = roomID
		entries = append(entries, entryDocOf(e, chat.KindJoined, next+int64(len(entries))))
		ids, users = append(ids, e.ID), append(users, e.User)
	}
	if len(entries) == 0 {
		return nil, nil
	}
	n, err := count(ctx, s.chat.log, anyID(ids))
	if err != nil {
		return nil, err
	}
	if n > 0 {
		return nil, errExists
	}
	first := entries[0]
	first.Pending, first.Settles, first.Rest = true, users, entries[1:]
	return &first, nil
}

// whoIsIn tells which of those who are to come into a room are in it.
func (s *Store) whoIsIn(ctx context.Context, roomID string, es []chat.Entry) (map[string]bool, error) {
	keys := make([]string, len(es))
	for i, e := range es {
		keys[i] = memberKey(roomID, e.User)
	}
	in := make(map[string]bool, len(es))
	found, err := s.chat.members.some(ctx, keys)
	for _, d := range found {
		in[d.UserID] = !d.HasLeft
	}
	return in, err
}

// Leave implements chat.Store.
func (s *Store) Leave(ctx context.Context, e chat.Entry) (_ chat.Entry, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	w := &writing{decide: func(ctx context.Context, next int64) (*entryDoc, error) {
		m, err := s.chat.members.get(ctx, memberKey(e.RoomID, e.User))
		if err != nil {
			return nil, err
		}
		if m.HasLeft {
			return nil, errNotFound
		}
		d := entryDocOf(e, chat.KindLeft, next)
		d.Pending, d.Settles = true, []string{e.User}
		return &d, nil
	}}
	if err := s.write(ctx, e.RoomID, w); err != nil {
		return chat.Entry{}, err
	}
	return w.kept.entry(), nil
}

// MarkRead implements chat.Store. Most calls find that the position is there already, so it looks before it writes.
func (s *Store) MarkRead(ctx context.Context, roomID, userID string, seq int64) (readSeq int64, moved bool, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	m, last, err := s.memberAndHead(ctx, roomID, userID)
	if err != nil {
		return 0, false, err
	}
	seq = min(seq, last)
	for seq > m.ReadSeq {
		err := repeat(ctx, func() error {
			result, err := s.chat.members.UpdateOne(ctx, append(byID(m.ID),
				bson.E{Key: "has_left", Value: false}, bson.E{Key: "read_seq", Value: bson.D{{Key: "$lt", Value: seq}}}),
				set(bson.D{{Key: "read_seq", Value: seq}}))
			moved = err == nil && result.MatchedCount == 1
			return err
		})
		if err != nil {
			return 0, false, err
		}
		if moved {
			return seq, true, nil
		}
		// Another has moved it further, or the member has left.
		if m, err = s.member(ctx, roomID, userID); err != nil {
			return 0, false, err
		}
	}
	return m.ReadSeq, false, nil
}
