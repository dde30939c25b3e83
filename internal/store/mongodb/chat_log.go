package mongodb

import (
	"context"
	"errors"
	"math"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/dongbaejul/dongbaejul/internal/chat"
)

// Append implements chat.Store.
func (s *Store) Append(ctx context.Context, e chat.Entry) (_ chat.Entry, added bool, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	w := &writing{message: messageDocOf(e)}
	if err := s.write(ctx, e.RoomID, w); err != nil {
		return chat.Entry{}, false, err
	}
	return w.kept.entry(), w.added, nil
}

// Amend implements chat.Store.
func (s *Store) Amend(ctx context.Context, e chat.Entry, f func(*chat.Entry) error) (_ chat.Amended, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	var before entryDoc
	w := &writing{about: messageID(e.RoomID, e.Target)}
	w.decide = func(_ context.Context, next int64) (_ *entryDoc, err error) {
		if w.found == nil {
			return nil, errNotFound
		}
		before = *w.found
		m := before.entry()
		if err := w.run(func() error { return f(&m) }); err != nil {
			return nil, err
		}
		d := entryDocOf(e, e.Kind, next)
		d.Pending, d.Change = true, changeDocOf(m)
		return &d, nil
	}
	if err := s.write(ctx, e.RoomID, w); err != nil {
		return chat.Amended{}, err
	}
	return chat.Amended{
		Message: before.amended(*w.kept.Change, w.kept.Seq).entry(), Entry: w.kept.entry(), Hidden: w.seesAfter >= before.Seq,
	}, nil
}

// Log implements chat.Store.
func (s *Store) Log(ctx context.Context, roomID string, after int64, limit int) (_ []chat.Entry, _ []*chat.Entry, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	after = max(after, 0)
	if limit <= 0 || after > math.MaxInt64-int64(limit) {
		return nil, nil, nil
	}
	for n := 0; ; n++ {
		if err := s.settleRoom(ctx, roomID); err != nil {
			return nil, nil, err
		}
		page, messages, err := s.logPage(ctx, roomID, after, limit)
		if err != nil || len(page) == 0 {
			return nil, nil, err
		}
		if messages == nil {
			// It has changed while it was read. Somebody changes one message all the time, and does not go on for ever.
			if err := pause(ctx, n); err != nil {
				return nil, nil, err
			}
			continue
		}
		s.chat.heads.note(roomID, page[len(page)-1].Seq)
		entries, targets := make([]chat.Entry, len(page)), make([]*chat.Entry, len(page))
		for i, d := range page {
			if d.isMessage() {
				d = messages[d.ID]
			}
			entries[i] = d.entry()
			if m, ok := messages[d.Target]; ok && d.amends() {
				target := m.entry()
				targets[i] = &target
			}
		}
		return entries, targets, nil
	}
}

// logPage reads a part of a log, and the messages that are in it or that it is about, as they are at its end or later; nil
// where they are later than the end of the log that was read, or that has holes.
func (s *Store) logPage(ctx context.Context, roomID string, after int64, limit int) ([]entryDoc, map[string]entryDoc, error) {
	// Numbers have no gaps.
	page, err := list[entryDoc](ctx, s.chat.log, bson.D{
		{Key: "room_id", Value: roomID}, {Key: "seq", Value: bson.D{{Key: "$gt", Value: after}, {Key: "$lte", Value: after + int64(limit)}}},
	}, options.Find().SetSort(bson.D{{Key: "seq", Value: 1}}))
	if err != nil || len(page) == 0 {
		return nil, nil, err
	}
	if page[len(page)-1].Seq != after+int64(len(page)) {
		// Some of those who came in together are written later than what came after them.
		return page, nil, nil
	}
	messages := make(map[string]entryDoc)
	for _, d := range page {
		if d.isMessage() {
			messages[d.ID] = d
		}
	}
	// changes are the last ones of each message that are in the page.
	changes := make(map[string]entryDoc)
	for _, d := range page {
		if d.amends() {
			changes[d.Target] = d
		}
	}
	var missing []string
	for id, change := range changes {
		m, ok := messages[id]
		switch {
		case ok && m.AmendedSeq >= change.Seq:
		case ok && change.Change != nil:
			messages[id] = m.amended(*change.Change, change.Seq)
		default:
			// It was read before it was changed, or it is before the page.
			missing = append(missing, id)
		}
	}
	if len(missing) == 0 {
		return page, messages, nil
	}
	found, err := list[entryDoc](ctx, s.chat.log, anyID(missing))
	if err != nil {
		return nil, nil, err
	}
	for _, m := range found {
		if change := changes[m.ID]; m.AmendedSeq < change.Seq && change.Change != nil {
			m = m.amended(*change.Change, change.Seq)
		}
		if end := page[len(page)-1].Seq; m.AmendedSeq > end && len(page) < limit {
			return page, nil, nil
		}
		messages[m.ID] = m
	}
	return page, messages, nil
}

// Messages implements chat.Store.
func (s *Store) Messages(ctx context.Context, roomID string, r chat.Range) (page []chat.Entry, more bool, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	seen, err := s.look(ctx, look{roomID: roomID, end: true})
	if errors.Is(err, errNotFound) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	last := seen.end.seq
	// One more than wanted shows whether there is more.
	var found []entryDoc
	if r.After > 0 {
		found, err = s.messagesAfter(ctx, roomID, max(r.After, r.Above), last, r.Limit+1)
	} else {
		if r.Before > 0 {
			last = min(last, r.Before-1)
		}
		found, err = s.messagesUpTo(ctx, roomID, r.Above, last, r.Limit+1)
	}
	if err != nil {
		return nil, false, err
	}
	if more = len(found) > r.Limit; more {
		found = found[:r.Limit]
	}
	return convert(found, entryDoc.entry), more, nil
}

// messagesUpTo returns at most most messages numbered above above and up to last, the newest first. Most entries are messages: it looks at a
// part of the log that is as long as what is wanted, and a little more, and at longer ones until there is enough. So the
// costs do not depend on how long the log is, whatever order the server reads in.
func (s *Store) messagesUpTo(ctx context.Context, roomID string, above, last int64, most int) ([]entryDoc, error) {
	var found []entryDoc
	for size := window(most); last > above && len(found) < most; size *= 4 {
		part, err := s.messagesBetween(ctx, roomID, max(last-size, above)+1, last, most-len(found), -1)
		if err != nil {
			return nil, err
		}
		found = append(found, part...)
		last -= size
	}
	return found, nil
}

// messagesAfter returns at most most messages numbered above after and up to last, the oldest first.
func (s *Store) messagesAfter(ctx context.Context, roomID string, after, last int64, most int) ([]entryDoc, error) {
	var found []entryDoc
	for size := window(most); after < last && len(found) < most; size *= 4 {
		part, err := s.messagesBetween(ctx, roomID, after+1, min(after+size, last), most-len(found), 1)
		if err != nil {
			return nil, err
		}
		found = append(found, part...)
		after += size
	}
	return found, nil
}

func window(most int) int64 { return int64(most) + 16 }

func (s *Store) messagesBetween(ctx context.Context, roomID string, first, last int64, most, direction int) ([]entryDoc, error) {
	return list[entryDoc](ctx, s.chat.log, append(bson.D{{Key: "room_id", Value: roomID}}, append(isMessage(), between(first, last))...),
		options.Find().SetSort(bson.D{{Key: "seq", Value: direction}}).SetLimit(int64(most)))
}

// between is the condition of entries numbered from first to last.
func between(first, last int64) bson.E {
	return bson.E{Key: "seq", Value: bson.D{{Key: "$gte", Value: first}, {Key: "$lte", Value: last}}}
}

// Message implements chat.Store.
func (s *Store) Message(ctx context.Context, roomID, id string) (_ chat.Entry, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	seen, err := s.look(ctx, look{roomID: roomID, message: messageID(roomID, id)})
	if err == nil && seen.message == nil {
		err = errNotFound
	}
	if err != nil {
		return chat.Entry{}, err
	}
	return seen.message.entry(), nil
}

// UntoldMessages implements chat.Store.
func (s *Store) UntoldMessages(ctx context.Context, afterRoom string, limit int) (_ []chat.Entry, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	page, err := s.untold(ctx, afterRoom, limit)
	if err != nil || len(page) == 0 {
		return nil, err
	}
	var rooms []string
	for _, d := range page {
		if len(rooms) == 0 || rooms[len(rooms)-1] != d.RoomID {
			rooms = append(rooms, d.RoomID)
		}
	}
	if err := s.settleRooms(ctx, rooms); err != nil {
		return nil, err
	}
	page, err = s.untold(ctx, afterRoom, limit)
	return convert(page, entryDoc.entry), err
}

func (s *Store) untold(ctx context.Context, afterRoom string, limit int) ([]entryDoc, error) {
	if limit <= 0 {
		return nil, nil
	}
	return list[entryDoc](ctx, s.chat.log, append(isUntold(), bson.E{Key: "room_id", Value: bson.D{{Key: "$gt", Value: afterRoom}}}),
		options.Find().SetSort(bson.D{{Key: "room_id", Value: 1}, {Key: "seq", Value: 1}}).SetLimit(int64(limit)))
}

// SetMessagesTold implements chat.Store.
func (s *Store) SetMessagesTold(ctx context.Context, roomID string, upTo int64) (err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	return repeat(ctx, func() error {
		_, err := s.chat.log.UpdateMany(ctx, append(isUntold(), bson.E{Key: "room_id", Value: roomID},
			bson.E{Key: "seq", Value: bson.D{{Key: "$lte", Value: upTo}}}), unset("untold"))
		return err
	})
}
