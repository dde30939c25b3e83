package mongodb

import (
	"context"
	"fmt"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// changing is one caller's change of a document.
type changing[D any] struct {
	ticket
	f      func(*D) error
	result D
	err    error
}

// change changes one document by f and returns the result, whose version is one more than that of the document f was given. f
// may run more than once, and its error ends the change with nothing changed. errNotFound where there is no such document,
// an error that is taken where the result has a key that another has. The head does not change by f.
//
// All who want to change a document at once share one reading and one writing of it, in the order they came; so f runs on
// another goroutine, though not after change has returned.
func (c *collection[D, P]) change(ctx context.Context, id string, f func(*D) error) (D, error) {
	var none D
	if err := ctx.Err(); err != nil {
		return none, err
	}
	r := &changing[D]{ticket: newTicket(ctx), f: f}
	if err := c.changes.join(id, r); err != nil {
		return none, err
	}
	if err := r.wait(ctx); err != nil {
		return none, err
	}
	if r.err != nil {
		return none, r.err
	}
	return r.result, nil
}

// serve answers all who want to change one document.
func (c *collection[D, P]) serve(id string, batch []*changing[D]) {
	ctx, end := c.store.batch(c.store.patience)
	c.changeAll(ctx, id, batch)
	end()
	for _, r := range batch {
		r.answer()
	}
}

// changeAll sets result and err of all in the batch.
func (c *collection[D, P]) changeAll(ctx context.Context, id string, batch []*changing[D]) {
	err := c.attempts(ctx, id, batch)
	switch {
	case err == nil:
	case isDuplicate(err) && len(batch) > 1:
		// One of them takes another's key, and the others must not suffer.
		for _, r := range batch {
			c.changeAll(ctx, id, []*changing[D]{r})
		}
	default:
		for _, r := range batch {
			r.err = err
		}
	}
}

// attempts reads, changes and writes the document until nobody else has written it in between. An error is everybody's.
func (c *collection[D, P]) attempts(ctx context.Context, id string, batch []*changing[D]) error {
	var lost []outcome[D]
	for n := 0; ; n++ {
		raw, err := one[bson.Raw](ctx, c.Collection, byID(id))
		if err != nil {
			return err
		}
		now, err := headOf(raw)
		if err != nil {
			return err
		}
		if known, err := settle(lost, now); known != nil || err != nil {
			known.answer(batch)
			return err
		}
		next, err := c.apply(raw, batch)
		if err != nil {
			return err
		}
		if next.document == nil {
			// Nothing is to be written, and what everybody saw is true.
			next.answer(batch)
			return nil
		}
		next.base = now.Marks
		result, err := c.ReplaceOne(ctx, append(byID(id), bson.E{Key: "version", Value: now.Version}), next.document)
		switch {
		case err == nil && result.MatchedCount == 1:
			next.answer(batch)
			return nil
		case rolledBack(err):
			// Another was first here too.
			if err := pause(ctx, n); err != nil {
				return err
			}
		case err != nil && !again(ctx, len(lost), err):
			return err
		case err != nil:
			lost = append(lost, *next)
		default:
			// Another process was first.
			if err := pause(ctx, n); err != nil {
				return err
			}
		}
	}
}

// outcome is what comes of a batch when its document is written.
type outcome[D any] struct {
	// document is nil where nothing is to be written.
	document bson.Raw
	// mark is the write's, and base are those of the document that it was to replace.
	mark    bson.ObjectID
	base    []bson.ObjectID
	results []D
	errs    []error
}

// answer does nothing for nil.
func (o *outcome[D]) answer(batch []*changing[D]) {
	if o == nil {
		return
	}
	for i, r := range batch {
		r.result, r.err = o.results[i], o.errs[i]
	}
}

// settle finds out what has come of writes that got no answer, of which one at most can have been done: the one that was,
// or nil where none was and, since the document is another one by now, none can be any more or harm. errUnknown where that
// cannot be told, since maxMarks other processes have written since.
func settle[D any](lost []outcome[D], now Head) (*outcome[D], error) {
	for i := range lost {
		if now.marked(lost[i].mark) {
			return &lost[i], nil
		}
	}
	if len(now.Marks) < maxMarks {
		return nil, nil // no mark was ever dropped
	}
	for i := range lost {
		// Marks are dropped in the order they were written: while an older one is there, a newer one would be too.
		if !slices.ContainsFunc(lost[i].base, now.marked) {
			return nil, errUnknown
		}
	}
	return nil, nil
}

// apply changes a document by all in the batch, one after another. Each is given a copy of its own, so that one that fails
// half-way leaves nothing.
func (c *collection[D, P]) apply(raw bson.Raw, batch []*changing[D]) (*outcome[D], error) {
	o := &outcome[D]{mark: c.store.newMark(), results: make([]D, len(batch)), errs: make([]error, len(batch))}
	kept, err := headOf(raw)
	if err != nil {
		return nil, err
	}
	marks := withMark(kept.Marks, o.mark)
	for i, r := range batch {
		var d D
		if err := bson.Unmarshal(raw, &d); err != nil {
			return nil, err
		}
		if o.errs[i] = r.run(func() error { return r.f(&d) }); o.errs[i] != nil {
			continue
		}
		*P(&d).header() = Head{ID: kept.ID, Version: kept.Version + 1, Marks: marks}
		changed, err := bson.Marshal(&d)
		if err != nil {
			o.errs[i] = err
			continue
		}
		// What the caller gets is what a later read returns, and nothing that f holds.
		if err := bson.Unmarshal(changed, &o.results[i]); err != nil {
			return nil, err
		}
		raw, o.document = changed, changed
		kept.Version++
	}
	return o, nil
}

func headOf(raw bson.Raw) (Head, error) {
	var h Head
	if err := bson.Unmarshal(raw, &h); err != nil {
		return Head{}, err
	}
	if h.Version == 0 || len(h.Marks) == 0 {
		return Head{}, fmt.Errorf("mongodb: document %q has no version or no mark", h.ID)
	}
	return h, nil
}
