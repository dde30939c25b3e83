package mongodb

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// maxMarks is how many processes leave the mark of their last write in a document. A process writes a document once at a time,
// and looks for its mark before it writes again, so that one mark for each suffices however often the document is written.
const maxMarks = 32

// markWriter is how many bytes of a mark say which store it is from; the others count.
const markWriter = 8

// newMark returns a mark of a write of this store.
func (s *Store) newMark() bson.ObjectID {
	mark := s.writer
	binary.BigEndian.PutUint32(mark[markWriter:], s.marks.Add(1))
	return mark
}

// newWriter returns what the marks of one store begin with.
func newWriter() (writer bson.ObjectID) {
	_, _ = rand.Read(writer[:markWriter])
	return writer
}

// withMark returns marks with a newer one, in the place of that of the same writer, and at most maxMarks.
func withMark(marks []bson.ObjectID, mark bson.ObjectID) []bson.ObjectID {
	marks = slices.DeleteFunc(slices.Clone(marks), func(m bson.ObjectID) bool { return bytes.Equal(m[:markWriter], mark[:markWriter]) })
	return append(marks[max(0, len(marks)-maxMarks+1):], mark)
}

// Head is what documents begin with that are inserted by key and changed by change. It is exported for BSON, which takes
// nothing else along.
type Head struct {
	ID string `bson:"_id"`
	// Version counts the changes, from 1.
	Version int64 `bson:"version"`
	// Marks name the last write of each of the last writers, the newest last. By its mark a writer who has got no answer sees
	// what has come of it.
	Marks []bson.ObjectID `bson:"marks"`
}

func (h *Head) header() *Head { return h }

// newHead is the head of a document that is new.
func newHead(id string, mark bson.ObjectID) Head {
	return Head{ID: id, Version: 1, Marks: []bson.ObjectID{mark}}
}

// marked reports whether a write is among the last ones.
func (h *Head) marked(mark bson.ObjectID) bool { return slices.Contains(h.Marks, mark) }

// document is a pointer to a document that begins with a head.
type document[D any] interface {
	*D
	header() *Head
}

// byID is the filter of one document, and anyID that of several.
func byID(id string) bson.D { return bson.D{{Key: "_id", Value: id}} }

func anyID(ids []string) bson.D { return bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: ids}}}} }

// beyond is the filter of what comes after a value and an ID in the order of a field and _id, or before them if the direction is
// -1. The bound on the field, to which others are added, is what an index is searched by: a $or alone is not.
func beyond(field string, value any, id string, direction int, others ...bson.E) bson.D {
	from, after := "$gte", "$gt"
	if direction < 0 {
		from, after = "$lte", "$lt"
	}
	return bson.D{
		{Key: field, Value: append(bson.D{{Key: from, Value: value}}, others...)},
		{Key: "$or", Value: bson.A{
			bson.D{{Key: field, Value: bson.D{{Key: after, Value: value}}}},
			bson.D{{Key: "_id", Value: bson.D{{Key: after, Value: id}}}},
		}},
	}
}

// collection keeps documents that begin with a head.
type collection[D any, P document[D]] struct {
	*Collection
	store   *Store
	changes *lanes[*changing[D]]
}

func newCollection[D any, P document[D]](s *Store, name string) *collection[D, P] {
	c := &collection[D, P]{Collection: s.collection(name), store: s}
	c.changes = newLanes(&s.working, c.serve)
	return c
}

// get returns one document; errNotFound where there is none.
func (c *collection[D, P]) get(ctx context.Context, id string) (D, error) {
	return one[D](ctx, c.Collection, byID(id))
}

// some returns those of ids that exist, in no order.
func (c *collection[D, P]) some(ctx context.Context, ids []string) ([]D, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	return list[D](ctx, c.Collection, anyID(ids))
}

// insert keeps a new document, whose head it completes; an error that is taken where it has a key that another has.
func (c *collection[D, P]) insert(ctx context.Context, d P) error {
	h := d.header()
	*h = newHead(h.ID, c.store.newMark())
	for n := 0; ; n++ {
		_, err := c.InsertOne(ctx, d)
		if isDuplicate(err) && n > 0 {
			// What has taken the key may be what was inserted before, of which no answer came.
			return c.ours(ctx, *h, err)
		}
		if err == nil || !again(ctx, n, err) {
			return err
		}
	}
}

// ours returns nil where the document is the one that was inserted with the head h, and otherwise err.
func (c *collection[D, P]) ours(ctx context.Context, h Head, err error) error {
	d, found := c.get(ctx, h.ID)
	switch {
	case found == nil && P(&d).header().marked(h.Marks[0]):
		return nil
	case found == nil || errors.Is(found, errNotFound):
		return err
	}
	return found
}

// insertOr keeps a new document. Where one has the key already, it returns that, as find finds it, with created false.
func (c *collection[D, P]) insertOr(ctx context.Context, d P, find func(context.Context) (D, error)) (kept D, created bool, err error) {
	for n := 0; ; n++ {
		if err := c.insert(ctx, d); !isDuplicate(err) {
			return *d, err == nil, err
		}
		kept, err := find(ctx)
		// What has the key can be refused before a majority has it and it can be read, or be gone by now.
		if !errors.Is(err, errNotFound) {
			return kept, false, err
		}
		if err := pause(ctx, n); err != nil {
			return kept, false, err
		}
	}
}

// changedBy is the part of an update that does to heads what a change does, as a writer of its own: it takes one of maxMarks
// places, so it is not for what is done to one document often.
func changedBy(mark bson.ObjectID) bson.D {
	return bson.D{
		{Key: "$inc", Value: bson.D{{Key: "version", Value: int64(1)}}},
		{Key: "$push", Value: bson.D{{Key: "marks", Value: bson.D{
			{Key: "$each", Value: bson.A{mark}}, {Key: "$slice", Value: -maxMarks},
		}}}},
	}
}

// put keeps a document in the place of whatever has its id.
func put(ctx context.Context, c table, id string, d any) error {
	return repeat(ctx, func() error {
		_, err := c.ReplaceOne(ctx, byID(id), d, options.Replace().SetUpsert(true))
		if isDuplicate(err) {
			// Another has put one there at the same moment, which is there to be replaced now.
			_, err = c.ReplaceOne(ctx, byID(id), d, options.Replace().SetUpsert(true))
		}
		return err
	})
}

// deleteAll deletes the documents that filter lets through, and tells how many of them the last try has deleted.
func deleteAll(ctx context.Context, c table, filter bson.D) (n int, err error) {
	err = repeat(ctx, func() error {
		result, err := c.DeleteMany(ctx, filter)
		if err == nil {
			n = int(result.DeletedCount)
		}
		return err
	})
	return n, err
}

// existing makes errExists of an error that is taken.
func existing(err error) error {
	if isDuplicate(err) {
		return errExists
	}
	return err
}
