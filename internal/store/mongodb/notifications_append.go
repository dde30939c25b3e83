package mongodb

import (
	"cmp"
	"context"
	"errors"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/dongbaejul/dongbaejul/internal/notifications"
)

// telling is what one caller adds to one user's log, in a lane of the log's.
type telling struct {
	ticket
	docs []*notificationDoc
	err  error
}

// AppendNotifications implements notifications.Store. Each user's log is written for itself, all of them at once.
func (s *Store) AppendNotifications(ctx context.Context, ns []notifications.Notification) (added []notifications.Notification, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	docs := make([]notificationDoc, len(ns))
	logs := make(map[string]*telling)
	mark := bson.NewObjectID()
	for i, n := range ns {
		docs[i] = notificationDocOf(n)
		docs[i].Seq, docs[i].Mark = 0, mark
		log := logs[n.UserID]
		if log == nil {
			log = &telling{ticket: newTicket(ctx)}
			logs[n.UserID] = log
		}
		log.docs = append(log.docs, &docs[i])
	}
	err = s.tell(ctx, logs)
	for i := range docs {
		// What somebody goes on writing for nobody must not be looked at.
		if log := logs[docs[i].UserID]; log.answered() && docs[i].Seq > 0 {
			added = append(added, docs[i].notification())
		}
	}
	return added, err
}

// tell has all logs written, and waits for that.
func (s *Store) tell(ctx context.Context, logs map[string]*telling) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	var failed error
	for userID, log := range logs {
		if err := s.notificationLogs.join(userID, log); err != nil {
			log.err = err
			log.answer()
		}
	}
	for _, log := range logs {
		err := log.wait(ctx)
		if err == nil {
			err = log.err
		}
		if err != nil {
			failed = err
		}
	}
	return failed
}

// serveLog numbers and writes what is waiting for one user's log.
func (s *Store) serveLog(userID string, batch []*telling) {
	ctx, end := s.batch(s.patience)
	var docs []*notificationDoc
	for _, log := range batch {
		if log.err = log.start(); log.err == nil {
			docs = append(docs, log.docs...)
		}
	}
	err := s.appendLog(ctx, userID, docs)
	end()
	for _, log := range batch {
		log.err = cmp.Or(log.err, err)
		log.answer()
	}
}

// appendLog writes the documents whose ids are new, each numbered one more than the log's last, and leaves the others without a
// number. It goes on from where this process saw the log end; where somebody else has taken a number or an id since, it looks
// again.
func (s *Store) appendLog(ctx context.Context, userID string, docs []*notificationDoc) error {
	docs = distinct(docs)
	last := s.notificationEnds.of(userID)
	// What was seen counts for the first try only.
	for t := (tries{}); len(docs) > 0; last = 0 {
		if last == 0 {
			var err error
			if last, err = s.endOfLog(ctx, userID, logBackward); err != nil {
				return err
			}
		}
		for i, d := range docs {
			d.Seq = last + int64(i) + 1
		}
		_, err := s.notifications.InsertMany(ctx, docs, options.InsertMany().SetOrdered(true))
		if err == nil {
			s.notificationEnds.note(userID, last+int64(len(docs)))
			return nil
		}
		left, unseen := s.numbered(ctx, docs)
		docs = left
		switch {
		case unseen != nil:
			return errors.Join(err, unseen)
		case len(docs) == 0:
			return nil
		case isDuplicate(err):
			err = t.race(ctx)
		case t.trouble(ctx, err):
			err = nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// distinct leaves out those that repeat an id.
func distinct(docs []*notificationDoc) (first []*notificationDoc) {
	seen := make(map[string]bool, len(docs))
	for _, d := range docs {
		if !seen[d.ID] {
			seen[d.ID] = true
			first = append(first, d)
		}
	}
	return first
}

// numbered sets the number of each document that this writer has stored, and leaves all others without one. It returns those that
// are not stored by anybody.
func (s *Store) numbered(ctx context.Context, docs []*notificationDoc) (left []*notificationDoc, err error) {
	var ids []string
	for _, d := range docs {
		ids = append(ids, d.ID)
		d.Seq = 0
	}
	found, err := list[notificationDoc](ctx, s.notifications, anyID(ids),
		options.Find().SetProjection(bson.D{{Key: "seq", Value: 1}, {Key: "mark", Value: 1}}))
	if err != nil {
		return nil, err
	}
	stored := make(map[string]notificationDoc, len(found))
	for _, d := range found {
		stored[d.ID] = d
	}
	for _, d := range docs {
		switch there, ok := stored[d.ID]; {
		case !ok:
			left = append(left, d)
		case there.Mark == d.Mark:
			d.Seq = there.Seq
		}
	}
	return left, nil
}
