package sqlite

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/games"
	"github.com/dongbaejul/dongbaejul/internal/games/rating"
	"github.com/dongbaejul/dongbaejul/internal/games/record"
	"github.com/dongbaejul/dongbaejul/internal/games/scoring"
)

// The ratings that are kept are those of rating.Fold to the last bit, also of more games than are read at a time.
func TestRatingsAreThoseOfTheirFold(t *testing.T) {
	s := open(t)
	const n = ratePage/4 + 50
	start := time.Date(2026, 1, 1, 10, 0, 0, 0, time.UTC)
	results := make(map[string]record.Result, n)
	complete := func(i int, winner scoring.Team, at time.Time) error {
		g, err := s.UpdateGame(t.Context(), fmt.Sprint(i), func(g *games.Game) error {
			player := func(k int) string { return fmt.Sprint("player ", (i*7+k*(1+i%3))%29) }
			g.Team1, g.Team2 = []string{player(0), player(1)}, []string{player(2), player(3)}
			if i == 0 {
				// So that what is read at a time ends within a game.
				g.Team1, g.Team2 = g.Team1[:1], g.Team2[:1]
			}
			g.Status, g.CompletedAt, g.Winner = games.Completed, at, winner
			return nil
		})
		results[g.ID], _ = g.Result()
		return err
	}
	must(t, s.write(t.Context(), func(tx *tx) error {
		for i := range n {
			values, err := gameValues(games.Game{ID: fmt.Sprint(i), Version: 1, Status: games.Scheduled})
			if err != nil {
				return err
			}
			if _, err := tx.exec(insertGame, values...); err != nil {
				return err
			}
		}
		return nil
	}))
	for i := range n {
		must(t, complete(i, scoring.Team(1+i%2), start.Add(time.Duration(i/2)*time.Hour)))
	}
	wantRatings(t, s, results)
	for _, i := range []int{n / 2, 3, n - 1} {
		must(t, complete(i, scoring.Team(2-i%2), start.Add(time.Duration((i*5)%n)*time.Hour)))
	}
	wantRatings(t, s, results)
	must(t, s.RebuildStats(t.Context()))
	wantRatings(t, s, results)
}

func wantRatings(t *testing.T, s *Store, results map[string]record.Result) {
	t.Helper()
	want, err := rating.Fold(slices.Collect(maps.Values(results)))
	must(t, err)
	for player, p := range want {
		got, err := one(s.read(t.Context()), ratingBefore, scanRating, player, int64(latest), "")
		must(t, err)
		if got.Rating != p.Rating || !got.LastPlayedAt.Equal(p.LastPlayedAt) {
			t.Fatalf("%s is rated %+v, want %+v", player, got, p)
		}
	}
}
