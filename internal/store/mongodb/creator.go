package mongodb

import (
	"context"
	"errors"
)

// numbers are the numbers that the documents of one group have, from 1.
type numbers interface {
	// free returns a number that no document has.
	free() int
	// count returns how many documents have a number.
	count() int
	add(number int)
}

// creator creates documents in groups of limited size. A unique index on the numbers of a group's documents keeps processes that
// create documents at the same time from exceeding the limit. In one process, the requests for a group are served in batches, each
// of which reads the group's numbers once.
type creator[D any, P document[D]] struct {
	docs     *collection[D, P]
	requests *lanes[*creation[D]]
	numbers  func(ctx context.Context, group string) (numbers, error)
	// set sets the number of a document.
	set     func(d *D, number int)
	errFull error
}

// creation is one caller's new document.
type creation[D any] struct {
	ticket
	doc     D
	limit   int
	kept    D
	created bool
	err     error
}

func newCreator[D any, P document[D]](
	docs *collection[D, P], numbers func(ctx context.Context, group string) (numbers, error), set func(d *D, number int), errFull error,
) *creator[D, P] {
	c := &creator[D, P]{docs: docs, numbers: numbers, set: set, errFull: errFull}
	c.requests = newLanes(&docs.store.working, c.serve)
	return c
}

// create creates a document, or returns the one that has its ID. It returns errFull if the group has as many as limit.
func (c *creator[D, P]) create(ctx context.Context, group string, doc D, limit int) (kept D, created bool, err error) {
	if err := ctx.Err(); err != nil {
		return kept, false, err
	}
	r := &creation[D]{ticket: newTicket(ctx), doc: doc, limit: limit}
	if err := c.requests.join(group, r); err != nil {
		return kept, false, err
	}
	if err := r.wait(ctx); err != nil {
		return kept, false, err
	}
	return r.kept, r.created, r.err
}

// group is a group whose documents are being created.
type group struct {
	name string
	// assigned is nil if the numbers must be read.
	assigned numbers
}

// serve creates documents of one group, one after another.
func (c *creator[D, P]) serve(name string, batch []*creation[D]) {
	ctx, end := c.docs.store.batch(c.docs.store.patience)
	g := &group{name: name}
	for _, r := range batch {
		if r.err = r.start(); r.err == nil {
			r.kept, r.created, r.err = c.insert(ctx, g, r.doc, r.limit)
		}
	}
	end()
	for _, r := range batch {
		r.answer()
	}
}

// insert inserts a document with a free number, or returns the one that has its ID. Another process can take the number first.
func (c *creator[D, P]) insert(ctx context.Context, g *group, d D, limit int) (kept D, created bool, err error) {
	for n := 0; ; n++ {
		if g.assigned == nil {
			assigned, err := c.numbers(ctx, g.name)
			if err != nil {
				return kept, false, err
			}
			g.assigned = assigned
		}
		full := g.assigned.count() >= limit
		if !full {
			number := g.assigned.free()
			c.set(&d, number)
			if err := c.docs.insert(ctx, &d); !isDuplicate(err) {
				if err == nil {
					g.assigned.add(number)
				}
				return d, err == nil, err
			}
		}
		found, err := c.docs.get(ctx, P(&d).header().ID)
		switch {
		case !errors.Is(err, errNotFound):
			return found, false, err
		case full:
			return kept, false, c.errFull
		}
		// The document that has the number cannot be read before a majority has it.
		g.assigned = nil
		if err := pause(ctx, n); err != nil {
			return kept, false, err
		}
	}
}
