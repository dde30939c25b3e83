package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"maps"
	"reflect"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/games"
	"github.com/dongbaejul/dongbaejul/internal/games/rating"
	"github.com/dongbaejul/dongbaejul/internal/games/record"
	"github.com/dongbaejul/dongbaejul/internal/games/scoring"
	"github.com/dongbaejul/dongbaejul/internal/users"
)

const (
	insertResult query = `INSERT INTO game_results (user_id, completed_at, game_id, team, winner, points_for, points_against, mvp,
		rated, mu, sigma) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0)`
	deleteResult query = `DELETE FROM game_results WHERE user_id = ? AND completed_at = ? AND game_id = ?`
	setRating    query = `UPDATE game_results SET (mu, sigma) = (?4, ?5)
		WHERE user_id = ?1 AND completed_at = ?2 AND game_id = ?3 AND (mu <> ?4 OR sigma <> ?5)`

	ratingBefore query = `SELECT mu, sigma, completed_at FROM game_results
		WHERE user_id = ?1 AND (completed_at, game_id) < (?2, ?3) AND rated = 1 ORDER BY completed_at DESC, game_id DESC LIMIT 1`
	resultsFrom query = `SELECT completed_at, game_id, team, user_id, winner FROM game_results
		WHERE (completed_at, game_id) >= (?1, ?2) AND rated = 1 ORDER BY completed_at, game_id, team, user_id LIMIT ?3`

	ratingsDue query = `SELECT completed_at, game_id FROM game_ratings_due WHERE one = 1`
	oweRatings query = `INSERT INTO game_ratings_due (one, completed_at, game_id) VALUES (1, ?1, ?2)
		ON CONFLICT (one) DO UPDATE SET (completed_at, game_id) = (?1, ?2) WHERE (?1, ?2) < (completed_at, game_id)`
	moveRatingsDue  query = `UPDATE game_ratings_due SET (completed_at, game_id) = (?1, ?2) WHERE one = 1`
	clearRatingsDue query = `DELETE FROM game_ratings_due`

	playerStats query = `SELECT count(*), coalesce(sum(team = winner), 0), coalesce(sum(points_for), 0),
		coalesce(sum(points_against), 0), coalesce(sum(mvp), 0), coalesce(max(completed_at), 0) FROM game_results WHERE user_id = ?`
	countJoined query = `SELECT count(*) FROM game_joined WHERE user_id = ?`

	deleteAllJoined  query = `DELETE FROM game_joined`
	deleteAllResults query = `DELETE FROM game_results`
	nextGame         query = `SELECT document FROM games WHERE id > ? ORDER BY id LIMIT 1`
)

// record brings the results from what a game's was to what it is. The ratings of all that were played from then on are owed:
// they are computed when they are asked for, so that no other write waits for them.
func (t *tx) record(before, after derived) error {
	if before.completed == after.completed && reflect.DeepEqual(before.result, after.result) {
		return nil
	}
	if before.completed {
		for player := range before.result.Players() {
			if _, err := t.exec(deleteResult, player, toMicros(before.result.CompletedAt), before.result.GameID); err != nil {
				return err
			}
		}
	}
	if after.completed {
		if err := t.addResult(after.result); err != nil {
			return err
		}
	}
	from := after.result
	if before.completed && (!after.completed || before.result.CompletedAt.Before(from.CompletedAt)) {
		from = before.result
	}
	_, err := t.exec(oweRatings, toMicros(from.CompletedAt), from.GameID)
	return err
}

func (t *tx) addResult(r record.Result) error {
	if err := r.Validate(); err != nil {
		return err
	}
	for player := range r.Players() {
		var one record.Stats
		one = one.After(r, player)
		if _, err := t.exec(insertResult, player, toMicros(r.CompletedAt), r.GameID, int(r.TeamOf(player)), int(r.Winner),
			one.PointsFor, one.PointsAgainst, one.MVPs, !r.Unrated); err != nil {
			return err
		}
	}
	return nil
}

// ratePage is how many results are rated in one write at most, which other writes may wait for.
const ratePage = 512

// due is the first game whose ratings are to be computed.
type due struct {
	at     time.Time
	gameID string
}

func scanDue(rows *sql.Rows) (d due, err error) {
	err = rows.Scan((*instant)(&d.at), &d.gameID)
	return d, err
}

// computeRatings computes the ratings that are owed, some at a time. What it has done when ctx ends is kept.
func (s *Store) computeRatings(ctx context.Context) error {
	select {
	case s.rating <- struct{}{}:
	case <-ctx.Done():
		return s.failed(ctx, ctx.Err())
	}
	defer func() { <-s.rating }()
	for more := true; more; {
		err := s.write(ctx, func(t *tx) (err error) {
			more, err = t.rateSome()
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// rateSome computes the ratings after some of the games that they are owed for, and reports whether there are more.
func (t *tx) rateSome() (more bool, err error) {
	from, err := one(t, ratingsDue, scanDue)
	if errors.Is(err, fault.NotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	rows, err := list(t, resultsFrom, scanResult, toMicros(from.at), from.gameID, ratePage)
	if err != nil {
		return false, err
	}
	played := together(rows)
	more = len(rows) == ratePage
	if more {
		// The rows of the last game may not all be there: it comes next.
		last := played[len(played)-1]
		played = played[:len(played)-1]
		_, err = t.exec(moveRatingsDue, toMicros(last.CompletedAt), last.GameID)
	} else {
		_, err = t.exec(clearRatingsDue)
	}
	if err != nil {
		return false, err
	}
	ratings := make(map[string]rating.Player)
	for _, r := range played {
		if err := t.rateGame(ratings, r); err != nil {
			return false, err
		}
	}
	return more, nil
}

// rateGame computes the ratings after one game. ratings are those after the games before it that were come by.
func (t *tx) rateGame(ratings map[string]rating.Player, r record.Result) error {
	for player := range r.Players() {
		if _, ok := ratings[player]; ok {
			continue
		}
		before, err := one(t, ratingBefore, scanRating, player, toMicros(r.CompletedAt), r.GameID)
		switch {
		case err == nil:
			ratings[player] = before
		case !errors.Is(err, fault.NotFound):
			return err
		}
	}
	after, err := rating.After(ratings, r)
	if err != nil {
		return err
	}
	for player, p := range after {
		if _, err := t.exec(setRating, player, toMicros(r.CompletedAt), r.GameID, p.Mu, p.Sigma); err != nil {
			return err
		}
	}
	maps.Copy(ratings, after)
	return nil
}

// playerResult is a row of game_results as ratings need it: a result with one player.
func scanResult(rows *sql.Rows) (r record.Result, err error) {
	var player string
	var team int
	err = rows.Scan((*instant)(&r.CompletedAt), &r.GameID, &team, &player, (*int)(&r.Winner))
	if scoring.Team(team) == scoring.Team1 {
		r.Team1 = []string{player}
	} else {
		r.Team2 = []string{player}
	}
	return r, err
}

// together makes one result of the rows of each game.
func together(rows []record.Result) []record.Result {
	var games []record.Result
	for _, r := range rows {
		if n := len(games); n > 0 && games[n-1].GameID == r.GameID && games[n-1].CompletedAt.Equal(r.CompletedAt) {
			games[n-1].Team1 = append(games[n-1].Team1, r.Team1...)
			games[n-1].Team2 = append(games[n-1].Team2, r.Team2...)
			continue
		}
		games = append(games, r)
	}
	return games
}

func scanRating(rows *sql.Rows) (p rating.Player, err error) {
	err = rows.Scan(&p.Mu, &p.Sigma, (*instant)(&p.LastPlayedAt))
	return p, err
}

// Stats implements users.Store. The first to ask after a game was completed or corrected has the ratings computed that follow from it.
func (s *Store) Stats(ctx context.Context, id string) (stats users.Stats, err error) {
	err = s.rated(ctx, func(src source) (err error) {
		stats, err = one(src, playerStats, scanStats, id)
		if err != nil {
			return err
		}
		for q, figure := range map[query]*int{
			countJoined: &stats.GamesJoined, countPostsBy: &stats.Posts, countCommentsBy: &stats.Comments,
		} {
			if *figure, err = one(src, q, scalar[int], id); err != nil {
				return err
			}
		}
		stats.Rating, err = ratingOf(src, id)
		return err
	})
	if err != nil {
		return users.Stats{}, err
	}
	return stats, nil
}

// Ratings implements games.Store.
func (s *Store) Ratings(ctx context.Context, userIDs []string) (map[string]int, error) {
	ratings := make(map[string]int, len(userIDs))
	err := s.rated(ctx, func(src source) (err error) {
		for _, id := range userIDs {
			if ratings[id], err = ratingOf(src, id); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return ratings, nil
}

// rated calls f with a snapshot that has the ratings of all that was stored when it was called. It may call f twice.
func (s *Store) rated(ctx context.Context, f func(source) error) error {
	var owed bool
	read := func(src source) error {
		due, err := list(src, ratingsDue, scanDue)
		if err != nil {
			return err
		}
		owed = len(due) > 0
		return f(src)
	}
	if err := s.snapshot(ctx, read); err != nil || !owed {
		return err
	}
	if err := s.computeRatings(ctx); err != nil {
		return err
	}
	return s.snapshot(ctx, read)
}

// ratingOf returns the rating that members see of a user; a newcomer's for users without a rated game.
func ratingOf(src source, userID string) (int, error) {
	last, err := one(src, ratingBefore, scanRating, userID, int64(latest), "")
	if errors.Is(err, fault.NotFound) {
		return rating.Start().Display(), nil
	}
	return last.Display(), err
}

func scanStats(rows *sql.Rows) (st users.Stats, err error) {
	err = rows.Scan(&st.GamesPlayed, &st.Wins, &st.PointsFor, &st.PointsAgainst, &st.MVPs, (*instant)(&st.LastPlayedAt))
	st.Losses = st.GamesPlayed - st.Wins
	return st, err
}

// RebuildStats implements games.Store.
func (s *Store) RebuildStats(ctx context.Context) error {
	return s.write(ctx, func(t *tx) error {
		for _, q := range []query{deleteAllJoined, deleteAllResults} {
			if _, err := t.exec(q); err != nil {
				return err
			}
		}
		for id := ""; ; {
			g, err := one(t, nextGame, scanGame, id)
			if errors.Is(err, fault.NotFound) {
				_, err := t.exec(oweRatings, int64(earliest), "")
				return err
			}
			if err != nil {
				return err
			}
			if err := t.countIn(g); err != nil {
				return err
			}
			id = g.ID
		}
	})
}

// countIn adds a game to the figures of its players, but for their ratings.
func (t *tx) countIn(g games.Game) error {
	who, err := idList(g.Joined())
	if err != nil {
		return err
	}
	if _, err := t.exec(insertJoined, g.ID, who); err != nil {
		return err
	}
	if r, completed := g.Result(); completed {
		return t.addResult(r)
	}
	return nil
}
