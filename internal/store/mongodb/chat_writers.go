package mongodb

import (
	"context"
	"errors"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
)

// writing is somebody who adds to a room's log: a message, or what decide makes of what is there.
type writing struct {
	ticket
	message entryDoc
	// decide makes the entry numbered next of all that is before it. nil for a message.
	decide decision
	// about is the filter of a message that decide wants, found that message, or nil where there is none, and seesAfter the
	// entry up to which somebody who is in the room may not read.
	about     bson.D
	found     *entryDoc
	seesAfter int64

	// kept is what was added, or, of a message, what was there already.
	kept  entryDoc
	added bool
	err   error
}

// decision returns the entry to add, or nil where there is nothing to add. It may be asked again.
type decision func(ctx context.Context, next int64) (*entryDoc, error)

// write adds to a room's log, one after another with all others of this process.
func (s *Store) write(ctx context.Context, roomID string, w *writing) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	w.ticket = newTicket(ctx)
	if err := s.chat.writers.join(roomID, w); err != nil {
		return err
	}
	if err := w.wait(ctx); err != nil {
		return err
	}
	return w.err
}

// serveRoom adds to a room's log for all who wait: messages that come one after another at once.
func (s *Store) serveRoom(roomID string, batch []*writing) {
	ctx, end := s.batch(s.patience)
	defer end()
	for len(batch) > 0 {
		n := 0
		for n < len(batch) && batch[n].decide == nil {
			n++
		}
		if n > 0 {
			s.appendAll(ctx, roomID, batch[:n])
		} else {
			n = 1
			if batch[0].err = batch[0].start(); batch[0].err == nil {
				batch[0].kept, batch[0].added, batch[0].err = s.add(ctx, roomID, batch[0])
			}
			s.note(ctx)
			batch[0].answer()
		}
		batch = batch[n:]
	}
}

// appendAll adds messages, numbered in their order, and answers.
func (s *Store) appendAll(ctx context.Context, roomID string, batch []*writing) {
	rest := make([]*writing, 0, len(batch))
	for _, w := range batch {
		if w.err = w.start(); w.err == nil {
			rest = append(rest, w)
		} else {
			w.answer()
		}
	}
	lost := 0
	for n := 0; len(rest) > 0; n++ {
		done, err := s.appendNext(ctx, roomID, rest)
		s.note(ctx)
		for _, w := range rest[:done] {
			w.added = true
			w.answer()
		}
		rest = rest[done:]
		switch {
		case err == nil:
			continue
		case isDuplicate(err):
			// The first is looked at, and the others are tried again.
			err = s.known(ctx, rest[0], lost > 0)
			s.note(ctx)
			if errors.Is(err, errNotFound) {
				// It is the number that was taken.
				err = pause(ctx, n)
				break
			}
			if err == nil || errors.Is(err, errExists) {
				rest, err, n = alike(rest, err), nil, 0
			}
		case again(ctx, lost, err):
			lost++
			rest, err = s.unwritten(ctx, rest)
		}
		if err != nil {
			for _, w := range rest {
				w.err = err
				w.answer()
			}
			return
		}
	}
}

// appendNext returns messages the next numbers and adds them in order, until one has a key that is taken. It tells how many were
// added.
func (s *Store) appendNext(ctx context.Context, roomID string, batch []*writing) (int, error) {
	end, err := s.end(ctx, roomID)
	if err != nil {
		return 0, err
	}
	docs := make([]any, len(batch))
	at := end.at
	for i, w := range batch {
		w.kept = w.message
		w.kept.Seq = end.seq + 1 + int64(i)
		at = w.kept.notBefore(at)
		docs[i] = w.kept
	}
	_, err = s.chat.log.InsertMany(ctx, docs)
	if failed, ok := errors.AsType[mongo.BulkWriteException](err); ok && failed.WriteConcernError == nil && isDuplicate(err) {
		return failed.WriteErrors[0].Index, err
	}
	if err != nil {
		return 0, err
	}
	s.chat.heads.note(roomID, end.seq+int64(len(batch)))
	return len(batch), nil
}

// known finds the message that is in the way of w's: the one with its key, or, with errExists, one with its ID. errNotFound
// where there is none. Where an answer was lost, the one with both is w's own.
func (s *Store) known(ctx context.Context, w *writing, lost bool) error {
	if err := s.settleRoom(ctx, w.message.RoomID); err != nil {
		return err
	}
	found, err := one[entryDoc](ctx, s.chat.log, withTempID(w.message))
	if err == nil {
		w.kept, w.added = found, lost && found.ID == w.message.ID
		return nil
	}
	if !errors.Is(err, errNotFound) {
		return err
	}
	if _, err := one[entryDoc](ctx, s.chat.log, byID(w.message.ID)); err != nil {
		return err
	}
	return errExists
}

// alike answers the first of those who wait, and the others with the same key like it, and returns who is left.
func alike(batch []*writing, err error) (rest []*writing) {
	first := batch[0]
	first.err = err
	for _, w := range batch[1:] {
		if err == nil && w.message.Actor == first.message.Actor && w.message.TempID == first.message.TempID {
			w.kept = first.kept
			w.answer()
		} else {
			rest = append(rest, w)
		}
	}
	first.answer()
	return rest
}

// withTempID is the filter of the message with the key of m.
func withTempID(m entryDoc) bson.D {
	return append(bson.D{{Key: "room_id", Value: m.RoomID}, {Key: "actor", Value: m.Actor}, {Key: "temp_id", Value: m.TempID}}, isMessage()...)
}

// unwritten answers those whose messages were written by a try of which no answer came, and returns the others.
func (s *Store) unwritten(ctx context.Context, batch []*writing) ([]*writing, error) {
	ids := make([]string, len(batch))
	for i, w := range batch {
		ids[i] = w.message.ID
	}
	found, err := list[entryDoc](ctx, s.chat.log, anyID(ids))
	s.note(ctx)
	if err != nil {
		return batch, err
	}
	written := make(map[string]entryDoc, len(found))
	for _, d := range found {
		written[d.ID] = d
	}
	var rest []*writing
	for _, w := range batch {
		d, ok := written[w.message.ID]
		if !ok || d.RoomID != w.message.RoomID || d.Actor != w.message.Actor || d.TempID != w.message.TempID || !d.isMessage() {
			rest = append(rest, w)
			continue
		}
		w.kept, w.added = d, true
		w.answer()
	}
	return rest, nil
}

// add adds the entry that decide makes of all that is before it, unless that is nothing. Where another entry gets its number
// first, decide is asked again: it may see another state now.
func (s *Store) add(ctx context.Context, roomID string, w *writing) (kept entryDoc, added bool, err error) {
	// lost are the entries of which no answer came.
	var lost []entryDoc
	for n := 0; ; n++ {
		seen, err := s.look(ctx, look{roomID: roomID, end: true, message: w.about, seesAfter: w.about != nil})
		if err != nil {
			return entryDoc{}, false, err
		}
		w.found, w.seesAfter = seen.message, seen.seesAfter
		if d, err := s.recovered(ctx, lost); !errors.Is(err, errNotFound) {
			return d, err == nil, err
		}
		e, err := w.decide(ctx, seen.end.seq+1)
		if err != nil || e == nil {
			return entryDoc{}, false, err
		}
		e.notBefore(seen.end.at)
		_, err = s.chat.log.InsertOne(ctx, e)
		switch {
		case err == nil:
			s.chat.heads.note(roomID, e.Seq)
			// It is done. What follows from it, the next reader does where this fails.
			_ = s.settle(ctx, *e)
			return *e, true, nil
		case isDuplicate(err):
			d, err := one[entryDoc](ctx, s.chat.log, byID(e.ID))
			if err == nil && !isOneOf(lost, d) {
				return entryDoc{}, false, errExists
			}
			if err != nil && !errors.Is(err, errNotFound) {
				return entryDoc{}, false, err
			}
			if err := pause(ctx, n); err != nil {
				return entryDoc{}, false, err
			}
		case again(ctx, len(lost), err):
			lost = append(lost, *e)
		default:
			return entryDoc{}, false, err
		}
	}
}

// recovered returns the one of the entries that was written; errNotFound where none was.
func (s *Store) recovered(ctx context.Context, lost []entryDoc) (entryDoc, error) {
	for _, e := range lost {
		d, err := one[entryDoc](ctx, s.chat.log, byID(e.ID))
		switch {
		case errors.Is(err, errNotFound):
			// It may be a later one, which need not have the same id.
		case err != nil:
			return entryDoc{}, err
		case d.RoomID == e.RoomID && d.Seq == e.Seq:
			return e, nil
		}
	}
	return entryDoc{}, errNotFound
}

func isOneOf(entries []entryDoc, d entryDoc) bool {
	for _, e := range entries {
		if e.ID == d.ID && e.RoomID == d.RoomID && e.Seq == d.Seq {
			return true
		}
	}
	return false
}
