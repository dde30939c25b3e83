package mongodb

import (
	"context"
	"errors"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/dongbaejul/dongbaejul/internal/games/rating"
	"github.com/dongbaejul/dongbaejul/internal/users"
)

// ledgerID is of the one document of its collection.
const ledgerID = "games"

// books keep the ledger of figures. The games are the truth. A game whose result changes says in the same write that it is
// uncounted, and whoever wants the figures first counts what is: it writes the ledger anew, and only then takes that mark off
// the game, unless the result has changed again. So all that no mark is on is in the ledger once, whatever crashes, and what
// is marked may be there already or not.
//
// A game that is marked gives way to no other: the ledger it is counted in was read before the game, and is only written
// where nobody has written another since.
type books struct {
	store *Store
	*mongo.Collection
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
	// anew is that they are to be computed from the games alone.
	anew  bool
	found *ledger
	err   error
}

func newBooks(s *Store) *books {
	b := &books{store: s, Collection: s.db.Collection("figures"), keep: keepResults}
	b.asking = newLanes(&s.working, b.serve)
	return b
}

// ask gives a ledger with everything that was completed and corrected before it was called.
func (b *books) ask(ctx context.Context, anew bool) (*ledger, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	a := &asking{ticket: newTicket(), anew: anew}
	if err := b.asking.join(ledgerID, a); err != nil {
		return nil, err
	}
	if err := a.wait(ctx); err != nil {
		return nil, err
	}
	return a.found, a.err
}

func (b *books) serve(_ string, batch []*asking) {
	// Going through all games, which is seldom, may take longer than one caller waits. The next will find it done.
	ctx, cancel := context.WithTimeout(context.Background(), max(longPatience, b.store.patience))
	defer cancel()
	ctx, over := b.store.causal(ctx)
	defer over()
	anew := false
	for _, a := range batch {
		anew = anew || a.anew
	}
	found, err := b.current(ctx, anew)
	for _, a := range batch {
		a.found, a.err = found, err
		a.answer()
	}
}

// current brings the ledger up to date.
func (b *books) current(ctx context.Context, anew bool) (*ledger, error) {
	for n := 0; ; n++ {
		// In this order: what is not uncounted any more is in the ledger by now.
		uncounted, err := b.uncounted(ctx)
		if err != nil {
			return nil, err
		}
		edition, err := b.edition(ctx)
		if err != nil {
			return nil, err
		}
		var now *ledger
		if !anew && !edition.IsZero() {
			if now, err = b.read(ctx, edition); err != nil {
				return nil, err
			}
			if len(uncounted) == 0 {
				return now, nil
			}
			edition = now.edition
		}
		next, err := b.count(ctx, edition, now)
		switch {
		case err == nil && next != nil:
			return next, nil
		case err != nil && !again(ctx, n, err):
			return nil, err
		case err == nil:
			// Another process was first.
			if err := pause(ctx, n); err != nil {
				return nil, err
			}
		}
	}
}

// count writes the ledger that follows the one of an edition, which is now or, where that is nil, not to be used. It gives
// nil where another has been written since.
func (b *books) count(ctx context.Context, edition bson.ObjectID, now *ledger) (next *ledger, err error) {
	// Read after the edition: a result that is newer than one read here is not in it.
	uncounted, err := b.uncounted(ctx)
	if err != nil {
		return nil, err
	}
	if now != nil {
		if next, err = now.with(uncounted, b.keep); err != nil {
			return nil, err
		}
	}
	if next == nil {
		if next, err = b.goThrough(ctx); err != nil {
			return nil, err
		}
	}
	next.edition = bson.NewObjectID()
	if kept, err := b.write(ctx, edition, next); !kept || err != nil {
		return nil, err
	}
	b.last = next
	return next, b.unmark(ctx, uncounted)
}

// uncounted gives the games whose results are not known to be in the ledger: those that have changed since somebody wanted
// the figures. Only their results are read.
func (b *books) uncounted(ctx context.Context) ([]gameDoc, error) {
	return list[gameDoc](ctx, b.store.games.Collection, anyUncounted,
		options.Find().SetProjection(bson.D{{Key: "result", Value: 1}, {Key: "uncounted", Value: 1}}))
}

// unmark takes the marks off games unless there are newer ones. An update that overtakes it writes the mark it has read, and
// the result is counted again in its own place.
func (b *books) unmark(ctx context.Context, counted []gameDoc) error {
	if len(counted) == 0 {
		return nil
	}
	changes := make([]mongo.WriteModel, len(counted))
	for i, g := range counted {
		changes[i] = mongo.NewUpdateOneModel().
			SetFilter(append(byID(g.ID), bson.E{Key: "uncounted.since", Value: g.Uncounted.Since})).
			SetUpdate(bson.D{{Key: "$unset", Value: bson.D{{Key: "uncounted", Value: ""}}}})
	}
	return repeat(ctx, func() error {
		_, err := b.store.games.BulkWrite(ctx, changes, options.BulkWrite().SetOrdered(false))
		return err
	})
}

// edition tells which ledger there is; zero where there is none.
func (b *books) edition(ctx context.Context) (bson.ObjectID, error) {
	d, err := one[ledgerDoc](ctx, b.Collection, byID(ledgerID), options.FindOne().SetProjection(bson.D{{Key: "edition", Value: 1}}))
	if errors.Is(err, errNotFound) {
		return bson.ObjectID{}, nil
	}
	return d.Edition, err
}

// read gives the ledger of an edition, or a later one.
func (b *books) read(ctx context.Context, edition bson.ObjectID) (*ledger, error) {
	if b.last != nil && b.last.edition == edition {
		return b.last, nil
	}
	d, err := one[ledgerDoc](ctx, b.Collection, byID(ledgerID))
	if err != nil {
		return nil, err
	}
	b.last, err = d.ledger()
	return b.last, err
}

// write writes a ledger in the place of the one of an edition, where that is still there; zero is that there is none.
func (b *books) write(ctx context.Context, edition bson.ObjectID, next *ledger) (kept bool, err error) {
	d := ledgerDocOf(next)
	if edition.IsZero() {
		_, err := b.InsertOne(ctx, d)
		if taken(err) {
			return false, nil
		}
		return err == nil, err
	}
	result, err := b.ReplaceOne(ctx, append(byID(ledgerID), bson.E{Key: "edition", Value: edition}), d)
	return err == nil && result.MatchedCount == 1, err
}

// goThrough makes a ledger of all completed games.
func (b *books) goThrough(ctx context.Context) (*ledger, error) {
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

// Stats is of users.Store. What is counted at different places may differ by what is written in between.
func (s *Store) Stats(ctx context.Context, id string) (_ users.Stats, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	l, err := s.books.ask(ctx, false)
	if err != nil {
		return users.Stats{}, err
	}
	of, rated := l.now.stats[id], rating.Start()
	if p, played := l.now.ratings[id]; played {
		rated = p.Rating
	}
	stats := users.Stats{
		GamesPlayed: of.GamesPlayed, Wins: of.Wins, Losses: of.Losses, MVPs: of.MVPs, PointsFor: of.PointsFor,
		PointsAgainst: of.PointsAgainst, Rating: rated.Display(), LastPlayedAt: of.LastPlayedAt,
	}
	if stats.GamesJoined, err = count(ctx, s.games.Collection, bson.D{{Key: "joined", Value: id}}); err != nil {
		return users.Stats{}, err
	}
	stats.Posts, stats.Comments, err = s.countWritten(ctx, id)
	return stats, err
}

// RebuildStats is of games.Store.
func (s *Store) RebuildStats(ctx context.Context) (err error) {
	ctx, end := s.beginLong(ctx, longPatience, &err)
	defer end()
	_, err = s.books.ask(ctx, true)
	return err
}
