package mongodb

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/dongbaejul/dongbaejul/internal/chat"
)

// settleRoom does what is pending in a room. Whoever reads what follows from the log calls it before: what he has seen in
// the log by then has been done to all that he reads after.
func (s *Store) settleRoom(ctx context.Context, roomID string) error {
	return s.settleAll(ctx, append(isPending(), bson.E{Key: "room_id", Value: roomID}))
}

// settleRooms is settleRoom for several.
func (s *Store) settleRooms(ctx context.Context, roomIDs []string) error {
	if len(roomIDs) == 0 {
		return nil
	}
	return s.settleAll(ctx, append(isPending(), bson.E{Key: "room_id", Value: bson.D{{Key: "$in", Value: roomIDs}}}))
}

func (s *Store) settleAll(ctx context.Context, filter bson.D) error {
	pending, err := list[entryDoc](ctx, s.chat.log, filter)
	if err != nil {
		return err
	}
	return s.settleEach(ctx, pending)
}

// settleEach does what pending entries tell of, in their order.
func (s *Store) settleEach(ctx context.Context, pending []entryDoc) error {
	slices.SortFunc(pending, func(a, b entryDoc) int { return cmp.Compare(a.Seq, b.Seq) })
	for _, e := range pending {
		if err := s.settle(ctx, e); err != nil {
			return err
		}
	}
	return nil
}

// settle does what a pending entry tells of. It may be done by several at once, again, and late: each document remembers
// the last entry that has changed it, and who added the next one about the same thing has settled this one before.
func (s *Store) settle(ctx context.Context, e entryDoc) error {
	over := mongo.NewUpdateOneModel().SetFilter(byID(e.ID)).SetUpdate(unset("pending", "change", "rest", "settles"))
	var err error
	switch chat.Kind(e.Kind) {
	case chat.KindEdited, chat.KindDeleted:
		if e.Change == nil {
			return fmt.Errorf("mongodb: entry %s is pending and changes nothing", e.ID)
		}
		// Both are in one collection, and written by one command in this order.
		return repeat(ctx, func() error {
			_, err := s.chat.log.BulkWrite(ctx, []mongo.WriteModel{settledMessage(e), over})
			return err
		})
	case chat.KindJoined:
		if err = s.writeRest(ctx, e); err == nil {
			err = s.settleJoined(ctx, e)
		}
	case chat.KindLeft:
		err = repeat(ctx, func() error {
			_, err := s.chat.members.UpdateOne(ctx, before(memberKey(e.RoomID, e.User), "as_of", e.Seq),
				set(bson.D{{Key: "has_left", Value: true}, {Key: "removed", Value: e.Actor != e.User}, {Key: "as_of", Value: e.Seq}}))
			return err
		})
	}
	if err != nil {
		return err
	}
	return bulk(ctx, s.chat.log, []mongo.WriteModel{over})
}

// before is the filter of a document that the entry seq has not changed yet, nor a later one.
func before(id, field string, seq int64) bson.D {
	return append(byID(id), bson.E{Key: field, Value: bson.D{{Key: "$not", Value: bson.D{{Key: "$gte", Value: seq}}}}})
}

func set(fields any) bson.D { return bson.D{{Key: "$set", Value: fields}} }

// settledMessage makes of a message what an entry says.
func settledMessage(e entryDoc) *mongo.UpdateOneModel {
	return mongo.NewUpdateOneModel().SetFilter(before(e.Target, "amended_seq", e.Seq)).SetUpdate(set(bson.D{
		{Key: "content", Value: e.Change.Content}, {Key: "attachments", Value: e.Change.Attachments},
		{Key: "edited_at", Value: e.Change.EditedAt}, {Key: "deleted_at", Value: e.Change.DeletedAt},
		{Key: "amended_seq", Value: e.Seq},
	}))
}

// joined are the entries that were added in one step, beginning with e.
func joined(e entryDoc) []entryDoc { return append([]entryDoc{e}, e.Rest...) }

// writeRest writes the entries that e holds, in order, each unless it is there: their places are theirs.
func (s *Store) writeRest(ctx context.Context, e entryDoc) error {
	rest := e.Rest
	for n := 0; len(rest) > 0; {
		docs := make([]any, len(rest))
		for i := range rest {
			docs[i] = rest[i]
		}
		_, err := s.chat.log.InsertMany(ctx, docs)
		failed, ok := errors.AsType[mongo.BulkWriteException](err)
		switch {
		case err == nil:
			rest = nil
		case ok && failed.WriteConcernError == nil && isDuplicate(err):
			// Others do the same.
			rest = rest[failed.WriteErrors[0].Index+1:]
		case !again(ctx, n, err):
			return err
		default:
			n++
		}
	}
	return nil
}

// settleJoined makes members of those who have joined by e and the entries it holds. They see and have to read what comes after
// their entries.
func (s *Store) settleJoined(ctx context.Context, e entryDoc) error {
	var upserts, updates []mongo.WriteModel
	for _, e := range joined(e) {
		filter := before(memberKey(e.RoomID, e.User), "as_of", e.Seq)
		now := set(bson.D{
			{Key: "joined_at", Value: e.At}, {Key: "joined_seq", Value: e.Seq - 1}, {Key: "sees_after", Value: e.Seq - 1},
			{Key: "read_seq", Value: e.Seq - 1}, {Key: "has_left", Value: false}, {Key: "removed", Value: false}, {Key: "as_of", Value: e.Seq},
		})
		first := bson.E{Key: "$setOnInsert", Value: bson.D{{Key: "room_id", Value: e.RoomID}, {Key: "user_id", Value: e.User}}}
		upserts = append(upserts, mongo.NewUpdateOneModel().SetUpsert(true).SetFilter(filter).SetUpdate(append(now, first)))
		updates = append(updates, mongo.NewUpdateOneModel().SetFilter(filter).SetUpdate(now))
	}
	err := bulk(ctx, s.chat.members.Collection, upserts)
	if isDuplicate(err) {
		// A document is there that the filter did not let through: it is as of a later entry, or was written in between.
		err = bulk(ctx, s.chat.members.Collection, updates)
	}
	return err
}

// bulk writes what may be written twice and in any order.
func bulk(ctx context.Context, c table, models []mongo.WriteModel) error {
	if len(models) == 0 {
		return nil
	}
	return repeat(ctx, func() error {
		_, err := c.BulkWrite(ctx, models, options.BulkWrite().SetOrdered(false))
		return err
	})
}
