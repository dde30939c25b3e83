package mongodb

import (
	"context"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/dongbaejul/dongbaejul/internal/games"
)

var gameIndexes = []index{
	// The court and the players of a game that is being played are in no other that is.
	{collection: "games", name: "games_holds", keys: bson.D{{Key: "holds", Value: 1}}, unique: true, where: anyHold},
	{collection: "games", name: "games_by_date", keys: bson.D{
		{Key: "date", Value: 1}, {Key: "_id", Value: 1}, {Key: "status", Value: 1}, {Key: "waiting_count", Value: 1},
	}},
	{collection: "games", name: "games_by_status", keys: bson.D{
		{Key: "status", Value: 1}, {Key: "date", Value: 1}, {Key: "_id", Value: 1}, {Key: "version", Value: 1},
	}},
	{collection: "games", name: "games_by_person", keys: bson.D{
		{Key: "people", Value: 1}, {Key: "date", Value: 1}, {Key: "_id", Value: 1}, {Key: "status", Value: 1},
	}},
	{collection: "games", name: "games_by_court", keys: bson.D{
		{Key: "court_id", Value: 1}, {Key: "date", Value: 1}, {Key: "_id", Value: 1}, {Key: "status", Value: 1},
	}},
	{collection: "games", name: gamesWithErrands, keys: bson.D{{Key: "_id", Value: 1}, {Key: "errands.key", Value: 1}}, where: anyErrand},
	{collection: "games", name: "games_joined", keys: bson.D{{Key: "joined", Value: 1}}},
	{collection: "games", name: "games_completed", keys: bson.D{{Key: "result.at", Value: 1}, {Key: "_id", Value: 1}}, where: anyResult},
	{collection: "games", name: "games_uncounted", keys: bson.D{{Key: "uncounted.from", Value: 1}}, where: anyUncounted},
	{collection: "courts", name: "courts_listed", keys: bson.D{{Key: "created_at", Value: 1}, {Key: "_id", Value: 1}}},
	// As many courts exist as there are slots.
	{collection: "courts", name: "courts_slots", keys: bson.D{{Key: "slot", Value: 1}}, unique: true, where: anySlot},
}

const gamesWithErrands = "games_with_errands"

// What an index holds only where it is there, and what a query must say so that such an index is used.
var (
	anySlot      = bson.D{{Key: "slot", Value: bson.D{{Key: "$gt", Value: 0}}}}
	anyHold      = bson.D{{Key: "holds", Value: bson.D{{Key: "$gt", Value: ""}}}}
	anyErrand    = bson.D{{Key: "errands.key", Value: bson.D{{Key: "$gt", Value: ""}}}}
	anyResult    = bson.D{{Key: "result.at", Value: bson.D{{Key: "$exists", Value: true}}}}
	anyUncounted = bson.D{{Key: "uncounted.from", Value: bson.D{{Key: "$exists", Value: true}}}}
)

// gameCollections are those of games.
type gameCollections struct {
	games  *collection[gameDoc, *gameDoc]
	courts *collection[courtDoc, *courtDoc]
	// courtCreator assigns slots to courts, which are one group.
	courtCreator *creator[courtDoc, *courtDoc]
	books        *books
}

func (s *Store) openGames() {
	s.games, s.courts = newCollection[gameDoc](s, "games"), newCollection[courtDoc](s, "courts")
	slots := func(ctx context.Context, _ string) (numbers, error) { return s.courtSlots(ctx) }
	s.courtCreator = newCreator(s.courts, slots, func(d *courtDoc, slot int) { d.Slot = slot }, games.ErrTooManyCourts)
	s.books = newBooks(s)
}

// CreateGame implements games.Store.
func (s *Store) CreateGame(ctx context.Context, g games.Game) (_ games.Game, created bool, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	d, err := gameDoc{}.with(g)
	if err != nil {
		return games.Game{}, false, err
	}
	kept, created, err := s.games.insertOr(ctx, &d, func(ctx context.Context) (gameDoc, error) { return s.games.get(ctx, g.ID) })
	if err != nil {
		return games.Game{}, false, err
	}
	return kept.game(), created, nil
}

// Game implements games.Store.
func (s *Store) Game(ctx context.Context, gameID string) (_ games.Game, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	d, err := s.games.get(ctx, gameID)
	return d.game(), err
}

// GamesByID implements games.Store.
func (s *Store) GamesByID(ctx context.Context, gameIDs []string) (_ []games.Game, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	found, err := s.games.some(ctx, gameIDs)
	return convert(found, gameDoc.game), err
}

// UpdateGame implements games.Store.
func (s *Store) UpdateGame(ctx context.Context, gameID string, f func(*games.Game) error) (_ games.Game, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	for n := 0; ; n++ {
		var holds []string
		d, err := s.games.change(ctx, gameID, func(d *gameDoc) error {
			g := d.game()
			err := f(&g)
			if err != nil {
				return err
			}
			g.ID = gameID
			*d, err = d.with(g)
			holds = d.Holds
			return err
		})
		if !isDuplicate(err) {
			return d.game(), err
		}
		if err := s.held(ctx, gameID, holds); err != nil {
			return games.Game{}, err
		}
		// It has been let go of since, or a majority does not know yet who has it.
		if err := pause(ctx, n); err != nil {
			return games.Game{}, err
		}
	}
}

// held fails with a *games.Held where another game has one of the keys.
func (s *Store) held(ctx context.Context, gameID string, keys []string) error {
	others, err := list[gameDoc](ctx, s.games.Collection, bson.D{
		{Key: "holds", Value: bson.D{{Key: "$in", Value: keys}, {Key: "$gt", Value: ""}}}, {Key: "_id", Value: bson.D{{Key: "$ne", Value: gameID}}},
	}, options.Find().SetProjection(bson.D{{Key: "holds", Value: 1}}))
	if err != nil {
		return err
	}
	for _, key := range keys {
		for _, other := range others {
			if slices.Contains(other.Holds, key) {
				return &games.Held{Key: key, GameID: other.ID}
			}
		}
	}
	return nil
}

// DropErrands implements games.Store. An update that overtakes it writes what it has read, and may bring an errand back.
func (s *Store) DropErrands(ctx context.Context, gameID string, keys []string) (err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	done := bson.D{{Key: "key", Value: bson.D{{Key: "$in", Value: append([]string{}, keys...)}}}}
	return repeat(ctx, func() error {
		result, err := s.games.UpdateOne(ctx, byID(gameID), bson.D{{Key: "$pull", Value: bson.D{{Key: "errands", Value: done}}}})
		if err == nil && result.MatchedCount == 0 {
			return errNotFound
		}
		return err
	})
}

// GamesWithErrands implements games.Store.
func (s *Store) GamesWithErrands(ctx context.Context, afterID string, limit int) (_ []games.Game, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	if limit <= 0 {
		return nil, nil
	}
	// Without the hint, a server that knows its ids best goes through all games by them.
	found, err := list[gameDoc](ctx, s.games.Collection,
		append(bson.D{{Key: "_id", Value: bson.D{{Key: "$gt", Value: afterID}}}}, anyErrand...),
		options.Find().SetSort(bson.D{{Key: "_id", Value: 1}}).SetLimit(int64(limit)).SetHint(gamesWithErrands))
	return convert(found, gameDoc.game), err
}

// GamesToCome implements games.Store.
func (s *Store) GamesToCome(ctx context.Context, userID string) (_ []string, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	found, err := list[gameDoc](ctx, s.games.Collection, bson.D{
		{Key: "people", Value: userID}, {Key: "status", Value: string(games.Scheduled)},
	}, options.Find().SetProjection(bson.D{{Key: "_id", Value: 1}}))
	return convert(found, func(d gameDoc) string { return d.ID }), err
}

// gameMigrations are those of games.
var gameMigrations = []migration{{"game_people", listGamePeople}, {"court_slots", assignCourtSlots}}

// listGamePeople adds the people of a game to those that were stored without. It is no change of the game. One that changes
// meanwhile gets its people by that.
func listGamePeople(ctx context.Context, s *Store) error {
	fields := bson.D{{Key: "version", Value: 1}, {Key: "participants", Value: 1}, {Key: "waiting", Value: 1}}
	return eachPage(ctx, s.games.Collection, fields, func(d gameDoc) string { return d.ID }, func(page []gameDoc) error {
		for _, d := range page {
			g := d.game()
			people := g.People()
			if len(people) == 0 {
				continue
			}
			err := repeat(ctx, func() error {
				_, err := s.games.UpdateOne(ctx, append(byID(d.ID), bson.E{Key: "version", Value: d.Version}),
					bson.D{{Key: "$set", Value: bson.D{{Key: "people", Value: people}}}})
				return err
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
}
