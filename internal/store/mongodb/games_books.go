package mongodb

import (
	"context"
	"errors"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// ledgerID is of the one document of its collection.
const ledgerID = "games"

// books keep the ledger of figures, which follows from the games and can be computed from them again. The write that changes a game's
// result marks the game as uncounted. Whoever wants the figures first brings in what is marked: reads the ledger, then the
// marked games, writes the ledger that follows unless another has been written since, and takes off the marks it has seen
// unless the results have changed again. So whoever crashes, or goes on with what was true long ago: the result of a game
// without a mark is in the ledger once, as it is now; that of a marked one may be there, as it is or was, or not.
type books struct {
	store *Store
	*Collection
	// keep is how many results stay apart.
	keep int
	// asking has one lane, so that of all who want the figures at once one looks.
	asking *lanes[*asking]
	// last is the ledger that was read or written last. Only who serves the lane has it.
	last *ledger
}

// asking is one caller's wish for the figures.
type asking struct {
	ticket
	// rebuild is whether they are to be computed from the games alone.
	rebuild bool
	found   *ledger
	err     error
}

func newBooks(s *Store) *books {
	b := &books{store: s, Collection: s.collection("figures"), keep: keepResults}
	b.asking = newLanes(&s.working, b.serve)
	return b
}

// ask returns a ledger with everything that was completed and corrected before it was called.
func (b *books) ask(ctx context.Context, rebuild bool) (*ledger, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	a := &asking{ticket: newTicket(ctx), rebuild: rebuild}
	if err := b.asking.join(ledgerID, a); err != nil {
		return nil, err
	}
	if err := a.wait(ctx); err != nil {
		return nil, err
	}
	return a.found, a.err
}

func (b *books) serve(_ string, batch []*asking) {
	found, err := (*ledger)(nil), errRebuild
	if !slices.ContainsFunc(batch, func(a *asking) bool { return a.rebuild }) {
		found, err = b.current()
	}
	if errors.Is(err, errRebuild) {
		found, err = b.rebuild()
	}
	for _, a := range batch {
		a.found, a.err = found, err
		a.answer()
	}
}

// current brings the ledger up to date; errRebuild where that cannot be done.
func (b *books) current() (*ledger, error) {
	ctx, end := b.store.batch(b.store.patience)
	defer end()
	for t := (tries{}); ; {
		// In this order: what is not uncounted any more is in the ledger by now.
		uncounted, edition, err := b.uncountedAndEdition(ctx)
		if err != nil {
			return nil, err
		}
		now, err := b.read(ctx, edition)
		if err != nil || len(uncounted) == 0 {
			return now, err
		}
		// Again: a result that is newer than one read now is not in the ledger.
		if uncounted, err = b.uncounted(ctx); err != nil {
			return nil, err
		}
		next, err := now.with(uncounted, b.keep)
		if err != nil {
			return nil, err
		}
		if done, err := b.put(ctx, &t, now.edition, next, uncounted); done || err != nil {
			return next, err
		}
	}
}

// rebuild computes the ledger from the games alone. That may take longer than its callers wait; the next will find it done.
func (b *books) rebuild() (*ledger, error) {
	ctx, end := b.store.batch(b.store.longPatience())
	defer end()
	for t := (tries{}); ; {
		edition, err := b.edition(ctx)
		if err != nil {
			return nil, err
		}
		// After the edition, and before the games: all these are in the ledger with the results that they have now.
		uncounted, err := b.uncounted(ctx)
		if err != nil {
			return nil, err
		}
		next, err := b.goThrough(ctx)
		if err != nil {
			return nil, err
		}
		if done, err := b.put(ctx, &t, edition, next, uncounted); done || err != nil {
			return next, err
		}
	}
}

// put writes a ledger in the place of the one of an edition, and takes the marks off the games that are new in it. Where that
// is not to be had, since another process was first or it is not known what has come of it, it waits.
func (b *books) put(ctx context.Context, t *tries, edition bson.ObjectID, next *ledger, counted []gameDoc) (done bool, err error) {
	next.edition = bson.NewObjectID()
	kept, err := b.write(ctx, edition, ledgerDocOf(next))
	switch {
	case kept:
		b.last = next
		return true, b.unmark(ctx, counted)
	case err == nil:
		return false, t.race(ctx)
	case t.trouble(ctx, err):
		err = nil
	}
	return false, err
}

// uncounted returns the games whose results are not known to be in the ledger: those that have changed since somebody wanted
// the figures. Only their results are read.
func (b *books) uncounted(ctx context.Context) ([]gameDoc, error) {
	return list[gameDoc](ctx, b.store.games.Collection, anyUncounted,
		options.Find().SetProjection(bson.D{{Key: "result", Value: 1}, {Key: "uncounted", Value: 1}}))
}

// uncountedAndEdition is uncounted and then edition, by one command.
func (b *books) uncountedAndEdition(ctx context.Context) (uncounted []gameDoc, edition bson.ObjectID, err error) {
	found, err := aggregate[struct {
		Game   *gameDoc   `bson:"game"`
		Ledger *ledgerDoc `bson:"ledger"`
	}](ctx, b.store.games.Collection, with(
		as("game", match(anyUncounted), bson.D{{Key: "$project", Value: bson.D{{Key: "result", Value: 1}, {Key: "uncounted", Value: 1}}}}),
		"figures", as("ledger", match(byID(ledgerID)), bson.D{{Key: "$project", Value: bson.D{{Key: "edition", Value: 1}}}})))
	for _, d := range found {
		if d.Game != nil {
			uncounted = append(uncounted, *d.Game)
		}
		if d.Ledger != nil {
			edition = d.Ledger.Edition
		}
	}
	return uncounted, edition, err
}

// unmark takes the marks off games unless there are newer ones. An update that overtakes it writes the mark it has read, and
// the result is counted again in its own place.
func (b *books) unmark(ctx context.Context, counted []gameDoc) error {
	var changes []mongo.WriteModel
	for _, g := range counted {
		changes = append(changes, mongo.NewUpdateOneModel().
			SetFilter(append(byID(g.ID), bson.E{Key: "uncounted.since", Value: g.Uncounted.Since})).SetUpdate(unset("uncounted")))
	}
	return bulk(ctx, b.store.games.Collection, changes)
}

// edition tells which ledger there is; zero where there is none.
func (b *books) edition(ctx context.Context) (bson.ObjectID, error) {
	d, err := one[ledgerDoc](ctx, b.Collection, byID(ledgerID), options.FindOne().SetProjection(bson.D{{Key: "edition", Value: 1}}))
	if errors.Is(err, errNotFound) {
		return bson.ObjectID{}, nil
	}
	return d.Edition, err
}

// read returns the ledger, of which edition was the newest; errRebuild where there is none.
func (b *books) read(ctx context.Context, edition bson.ObjectID) (*ledger, error) {
	switch {
	case edition.IsZero():
		return nil, errRebuild
	case b.last != nil && b.last.edition == edition:
		return b.last, nil
	}
	d, err := one[ledgerDoc](ctx, b.Collection, byID(ledgerID))
	if err != nil {
		return nil, err
	}
	l, err := d.ledger()
	if err != nil {
		return nil, err
	}
	b.last = l
	return l, nil
}

// write writes a ledger in the place of the one of an edition, where that is still there; zero is that there is none.
func (b *books) write(ctx context.Context, edition bson.ObjectID, d ledgerDoc) (kept bool, err error) {
	if edition.IsZero() {
		_, err := b.InsertOne(ctx, d)
		if isDuplicate(err) {
			return false, nil
		}
		return err == nil, err
	}
	result, err := b.ReplaceOne(ctx, append(byID(ledgerID), bson.E{Key: "edition", Value: edition}), d)
	return err == nil && result.MatchedCount == 1, err
}

// goThrough makes a ledger of all completed games.
func (b *books) goThrough(ctx context.Context) (l *ledger, err error) {
	err = repeat(ctx, func() error {
		l, err = b.goThroughOnce(ctx)
		return err
	})
	return l, err
}

func (b *books) goThroughOnce(ctx context.Context) (*ledger, error) {
	cursor, err := b.store.games.Find(ctx, anyResult, options.Find().SetProjection(bson.D{{Key: "result", Value: 1}}).
		SetSort(bson.D{{Key: "result.at", Value: 1}, {Key: "_id", Value: 1}}))
	if err != nil {
		return nil, err
	}
	defer func() { _ = cursor.Close(ctx) }()
	l := newLedger()
	for cursor.Next(ctx) {
		var g gameDoc
		if err := cursor.Decode(&g); err != nil {
			return nil, err
		}
		if err := l.add(g, b.keep); err != nil {
			return nil, err
		}
	}
	if err := cursor.Err(); err != nil {
		return nil, err
	}
	return l, l.sum()
}
