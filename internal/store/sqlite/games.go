package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"math"
	"slices"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/games"
	"github.com/dongbaejul/dongbaejul/internal/games/record"
)

const (
	gameByID         query = `SELECT document FROM games WHERE id = ?`
	gamesByID        query = `SELECT document FROM games WHERE id IN (SELECT value FROM json_each(?))`
	gamesWithErrands query = `SELECT document FROM games INDEXED BY games_with_errands
		WHERE errands > 0 AND id > ? ORDER BY id LIMIT ?`

	gamesToCome query = `SELECT g.id FROM game_people p JOIN games g ON g.id = p.game_id
		WHERE p.user_id = ? AND g.status = 'scheduled'`

	insertGame query = `INSERT INTO games (id, status, game_date, version, waiting, errands, document, court_id)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`
	updateGame query = `UPDATE games SET (status, game_date, version, waiting, errands, document, court_id) =
		(?2, ?3, ?4, ?5, ?6, ?7, ?8) WHERE id = ?1`

	holderOf   query = `SELECT game_id FROM game_holds WHERE key = ?`
	insertHold query = `INSERT INTO game_holds (key, game_id) VALUES (?, ?)`
	deleteHold query = `DELETE FROM game_holds WHERE key = ?`

	insertJoined query = `INSERT INTO game_joined (user_id, game_id) SELECT value, ?1 FROM json_each(?2)`
	deleteJoined query = `DELETE FROM game_joined WHERE game_id = ?1 AND user_id IN (SELECT value FROM json_each(?2))`

	insertPeople query = `INSERT INTO game_people (user_id, game_date, game_id) SELECT value, ?2, ?1 FROM json_each(?3)`
	deletePeople query = `DELETE FROM game_people WHERE game_id = ?1 AND game_date = ?2
		AND user_id IN (SELECT value FROM json_each(?3))`
)

func scanGame(rows *sql.Rows) (g games.Game, err error) {
	err = rows.Scan(document{&g})
	return g, err
}

// gameValues are the columns of insertGame and updateGame.
func gameValues(g games.Game) ([]any, error) {
	doc, err := toJSON(g)
	return []any{g.ID, g.Status, toMicros(g.Date), g.Version, len(g.Waiting), len(g.Errands), doc, g.CourtID}, err
}

// storedGame is g as it comes back from the store.
func storedGame(g games.Game) games.Game {
	for _, t := range []*time.Time{&g.Date, &g.CreatedAt, &g.UpdatedAt, &g.StartedAt, &g.CompletedAt, &g.CancelledAt} {
		*t = stored(*t)
	}
	g.Participants, g.Waiting = storedPlaces(g.Participants), storedPlaces(g.Waiting)
	g.Team1, g.Team2, g.Sets = storedList(g.Team1), storedList(g.Team2), storedList(g.Sets)
	g.Corrections, g.Errands = storedList(g.Corrections), storedList(g.Errands)
	for i := range g.Corrections {
		g.Corrections[i].At = stored(g.Corrections[i].At)
	}
	for i := range g.Errands {
		g.Errands[i].To = storedList(g.Errands[i].To)
	}
	return g
}

func storedPlaces(places []games.Place) []games.Place {
	places = storedList(places)
	for i := range places {
		places[i].JoinedAt = stored(places[i].JoinedAt)
	}
	return places
}

// storedList is a copy of a list as it comes back from the store.
func storedList[T any](l []T) []T { return append([]T(nil), l...) }

// derived is what is kept beside a game because of what it is.
type derived struct {
	holds, joined []string
	// people are the participants and those who wait; dated is the game's date.
	people    []string
	dated     int64
	result    record.Result
	completed bool
}

func derive(g games.Game) derived {
	d := derived{holds: g.Holds(), joined: g.Joined(), people: g.People(), dated: toMicros(g.Date)}
	d.result, d.completed = g.Result()
	d.result.Team1, d.result.Team2 = slices.Clone(d.result.Team1), slices.Clone(d.result.Team2)
	return d
}

// CreateGame implements games.Store.
func (s *Store) CreateGame(ctx context.Context, g games.Game) (kept games.Game, created bool, err error) {
	g.Version = 1
	g = storedGame(g)
	values, err := gameValues(g)
	if err != nil {
		return games.Game{}, false, err
	}
	err = s.write(ctx, func(t *tx) error {
		n, err := t.exec(insertGame, values...)
		if err != nil {
			return err
		}
		if created = n == 1; !created {
			kept, err = one(t, gameByID, scanGame, g.ID)
			return err
		}
		kept = g
		return t.deriveGame(g.ID, derived{}, derive(g))
	})
	if err != nil {
		return games.Game{}, false, err
	}
	return kept, created, nil
}

// Game implements games.Store.
func (s *Store) Game(ctx context.Context, gameID string) (games.Game, error) {
	return one(s.read(ctx), gameByID, scanGame, gameID)
}

// GamesByID implements games.Store.
func (s *Store) GamesByID(ctx context.Context, gameIDs []string) ([]games.Game, error) {
	wanted, err := idList(gameIDs)
	if err != nil {
		return nil, err
	}
	return list(s.read(ctx), gamesByID, scanGame, wanted)
}

// UpdateGame implements games.Store.
func (s *Store) UpdateGame(ctx context.Context, gameID string, f func(*games.Game) error) (kept games.Game, err error) {
	err = s.write(ctx, func(t *tx) error {
		g, err := one(t, gameByID, scanGame, gameID)
		if err != nil {
			return err
		}
		before, version := derive(g), g.Version
		if err := f(&g); err != nil {
			return err
		}
		g.ID, g.Version = gameID, version+1
		kept = storedGame(g)
		if err := t.replaceGame(kept); err != nil {
			return err
		}
		return t.deriveGame(gameID, before, derive(kept))
	})
	if err != nil {
		return games.Game{}, err
	}
	return kept, nil
}

// replaceGame writes a game in the place of what has its ID.
func (t *tx) replaceGame(g games.Game) error {
	values, err := gameValues(g)
	if err != nil {
		return err
	}
	_, err = t.exec(updateGame, values...)
	return err
}

// deriveGame brings what is kept beside a game from what it was to what it is.
func (t *tx) deriveGame(gameID string, before, after derived) error {
	if err := t.hold(gameID, before.holds, after.holds); err != nil {
		return err
	}
	if !slices.Equal(before.joined, after.joined) {
		if err := t.signUp(gameID, before.joined, after.joined); err != nil {
			return err
		}
	}
	if err := t.listPeople(gameID, before, after); err != nil {
		return err
	}
	return t.record(before, after)
}

// listPeople updates who is in the lists of a game's people.
func (t *tx) listPeople(gameID string, before, after derived) error {
	leaving, coming := before.people, after.people
	if before.dated == after.dated {
		if slices.Equal(leaving, coming) {
			return nil
		}
		leaving, coming = missing(before.people, after.people), missing(after.people, before.people)
	}
	if err := t.execIDs(deletePeople, leaving, gameID, before.dated); err != nil {
		return err
	}
	return t.execIDs(insertPeople, coming, gameID, after.dated)
}

// signUp updates who has joined a game.
func (t *tx) signUp(gameID string, before, after []string) error {
	if err := t.execIDs(deleteJoined, missing(before, after), gameID); err != nil {
		return err
	}
	return t.execIDs(insertJoined, missing(after, before), gameID)
}

// missing returns those of ids that are not in others.
func missing(ids, others []string) []string {
	has := make(map[string]bool, len(others))
	for _, id := range others {
		has[id] = true
	}
	return slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return has[id] })
}

// hold lets go of what a game holds no longer and takes what it holds now; *games.Held where another game has it.
func (t *tx) hold(gameID string, before, after []string) error {
	for _, key := range missing(before, after) {
		if _, err := t.exec(deleteHold, key); err != nil {
			return err
		}
	}
	for _, key := range missing(after, before) {
		holder, err := one(t, holderOf, scalar[string], key)
		switch {
		case err == nil:
			return &games.Held{Key: key, GameID: holder}
		case !errors.Is(err, fault.NotFound):
			return err
		}
		if _, err := t.exec(insertHold, key, gameID); err != nil {
			return err
		}
	}
	return nil
}

// DropErrands implements games.Store.
func (s *Store) DropErrands(ctx context.Context, gameID string, keys []string) error {
	return s.write(ctx, func(t *tx) error {
		g, err := one(t, gameByID, scanGame, gameID)
		if err != nil {
			return err
		}
		g.Errands = slices.DeleteFunc(g.Errands, func(e games.Errand) bool { return slices.Contains(keys, e.Key) })
		return t.replaceGame(g)
	})
}

// GamesWithErrands implements games.Store.
func (s *Store) GamesWithErrands(ctx context.Context, afterID string, limit int) ([]games.Game, error) {
	return list(s.read(ctx), gamesWithErrands, scanGame, afterID, max(limit, 0))
}

// GamesToCome implements games.Store.
func (s *Store) GamesToCome(ctx context.Context, userID string) ([]string, error) {
	return list(s.read(ctx), gamesToCome, scalar[string], userID)
}

// bound is a time that a list is limited by, or the value given where it is not.
func bound(t time.Time, none int64) int64 {
	if t.IsZero() {
		return none
	}
	return toMicros(t)
}

const (
	earliest = math.MinInt64
	latest   = math.MaxInt64
)
