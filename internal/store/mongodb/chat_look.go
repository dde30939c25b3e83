package mongodb

import (
	"context"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
)

// look is what is read of a room by one command. What is pending in the room has been done before it was read, as settleRoom
// does it.
type look struct {
	roomID string
	// end is whether the end of the log is wanted, member whose membership, members whether everybody who is in the room, departed
	// whether also those who have been in it, message which entry of the log, and seesAfter whether the highest SeesAfter of those who are in the room.
	end       bool
	member    string
	members   bool
	departed  bool
	message   bson.D
	seesAfter bool
}

// seenRoom is what a look has found. member and message are nil where they are not there.
type seenRoom struct {
	end       logEnd
	member    *memberDoc
	members   []memberDoc
	message   *entryDoc
	seesAfter int64
}

// lookDoc is one document that a look reads, of one kind.
type lookDoc struct {
	End     *endDoc    `bson:"end"`
	Pending *entryDoc  `bson:"pending"`
	Member  *memberDoc `bson:"member"`
	One     *memberDoc `bson:"one"`
	Message *entryDoc  `bson:"message"`
	Newest  *memberDoc `bson:"newest"`
}

// look reads a room. First the end, then what is pending, then the rest: nothing that it returns is older than the end.
func (s *Store) look(ctx context.Context, l look) (seenRoom, error) {
	for {
		var seen seenRoom
		hint := s.chat.heads.of(l.roomID)
		if l.end && hint == 0 {
			// It is not known where to look for the end.
			var err error
			if seen.end, err = s.end(ctx, l.roomID); err != nil {
				return seenRoom{}, err
			}
		}
		found, err := aggregate[lookDoc](ctx, s.chat.log, l.pipeline(hint))
		if err != nil {
			return seenRoom{}, err
		}
		var pending []entryDoc
		for _, d := range found {
			switch {
			case d.End != nil:
				s.chat.heads.note(l.roomID, d.End.Seq)
				seen.end = logEnd{d.End.last(), d.End.lastAt()}
			case d.Pending != nil:
				pending = append(pending, *d.Pending)
			case d.Member != nil:
				seen.member = d.Member
			case d.One != nil:
				seen.members = append(seen.members, *d.One)
			case d.Message != nil:
				seen.message = d.Message
			case d.Newest != nil:
				seen.seesAfter = d.Newest.SeesAfter
			}
		}
		if l.end && hint > 0 && seen.end.seq == 0 {
			// The database is not what it was: somebody has restored an earlier one.
			s.chat.heads.seqs.Remove(l.roomID)
			return seenRoom{}, errAway.WithCause(fmt.Errorf("mongodb: entry %d of room %s is gone", hint, l.roomID))
		}
		if len(pending) == 0 {
			return seen, nil
		}
		if err := s.settleEach(ctx, pending); err != nil {
			return seenRoom{}, err
		}
	}
}

// pipeline reads the parts of a look one after another.
func (l look) pipeline(hint int64) mongo.Pipeline {
	pending := as("pending", match(append(isPending(), bson.E{Key: "room_id", Value: l.roomID})))
	all := pending
	if l.end && hint > 0 {
		all = with(as("end", match(from(l.roomID, hint)), bson.D{{Key: "$sort", Value: bson.D{{Key: "seq", Value: -1}}}},
			bson.D{{Key: "$limit", Value: 1}}, bson.D{{Key: "$project", Value: ends()}}), "room_log", pending)
	}
	if l.member != "" {
		all = with(all, "room_members", as("member", match(byID(memberKey(l.roomID, l.member)))))
	}
	switch {
	case l.members && l.departed:
		all = with(all, "room_members", as("one", match(bson.D{{Key: "room_id", Value: l.roomID}})))
	case l.members:
		all = with(all, "room_members", as("one", match(l.isIn())))
	}
	if l.message != nil {
		all = with(all, "room_log", as("message", match(l.message)))
	}
	if l.seesAfter {
		all = with(all, "room_members", as("newest", match(append(l.isIn(), bson.E{Key: "sees_after", Value: bson.D{{Key: "$gt", Value: int64(0)}}})),
			bson.D{{Key: "$sort", Value: bson.D{{Key: "sees_after", Value: -1}}}}, bson.D{{Key: "$limit", Value: 1}},
			bson.D{{Key: "$project", Value: bson.D{{Key: "sees_after", Value: 1}}}}))
	}
	return all
}

// isIn lets through who is in the room.
func (l look) isIn() bson.D {
	return bson.D{{Key: "room_id", Value: l.roomID}, {Key: "has_left", Value: false}}
}
