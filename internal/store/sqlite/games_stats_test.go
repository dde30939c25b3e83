package sqlite

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
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
	must(t, s.computeRatings(t.Context()))
	for player, p := range want {
		got, err := one(s.read(t.Context()), ratingBefore, scanRating, player, int64(latest), "")
		must(t, err)
		if got.Rating != p.Rating || !got.LastPlayedAt.Equal(p.LastPlayedAt) {
			t.Fatalf("%s is rated %+v, want %+v", player, got, p)
		}
	}
}

// Correcting an old game writes no more rows than correcting a new one, however many were played since, and the ratings that
// follow from it are computed in writes of a bounded size.
func TestACorrectionHoldsUpNoOtherWrite(t *testing.T) {
	s := open(t)
	const n = 10_000
	start := time.Date(2026, 1, 1, 10, 0, 0, 0, time.UTC)
	results := make(map[string]record.Result, n)
	game := func(i int, winner scoring.Team) games.Game {
		player := func(k int) string { return fmt.Sprint("player ", (i*7+k*(1+i%3))%29) }
		return games.Game{
			ID: fmt.Sprintf("%05d", i), Version: 1, Status: games.Completed, CompletedAt: start.Add(time.Duration(i) * time.Minute),
			Team1: []string{player(0), player(1)}, Team2: []string{player(2), player(3)}, Winner: winner,
		}
	}
	must(t, s.write(t.Context(), func(tx *tx) error {
		for i := range n {
			g := game(i, scoring.Team1)
			results[g.ID], _ = g.Result()
			if i == 0 {
				values, err := gameValues(g)
				if err != nil {
					return err
				}
				if _, err := tx.exec(insertGame, values...); err != nil {
					return err
				}
			}
			if err := tx.addResult(results[g.ID]); err != nil {
				return err
			}
		}
		_, err := tx.exec(oweRatings, int64(earliest), "")
		return err
	}))
	// changed counts the rows that f writes.
	changed := func(f func() error) int {
		t.Helper()
		rows := func() (n int) {
			must(t, s.write(t.Context(), func(tx *tx) (err error) {
				n, err = one(tx, `SELECT total_changes()`, scalar[int])
				return err
			}))
			return n
		}
		before := rows()
		must(t, f())
		return rows() - before
	}
	must(t, s.computeRatings(t.Context()))
	wrote := changed(func() error {
		g, err := s.UpdateGame(t.Context(), "00000", func(g *games.Game) error { g.Winner = scoring.Team2; return nil })
		results[g.ID], _ = g.Result()
		return err
	})
	if wrote > 20 {
		t.Errorf("a correction before %d games writes %d rows", n-1, wrote)
	}
	steps := 0
	for more := true; more; steps++ {
		wrote := changed(func() error {
			return s.write(t.Context(), func(tx *tx) (err error) { more, err = tx.rateSome(); return err })
		})
		if wrote > ratePage+1 {
			t.Errorf("%d rows are written at once", wrote)
		}
	}
	if steps < n*4/ratePage {
		t.Errorf("the ratings were computed in %d steps", steps)
	}
	wantRatings(t, s, results)
}

// Whoever asks while the ratings are computed by somebody else is answered with the new ones.
func TestRatingsAreCountedForAllWhoAsk(t *testing.T) {
	s := open(t)
	must(t, s.write(t.Context(), func(tx *tx) error {
		for i := range ratePage {
			r := record.Result{
				GameID: fmt.Sprint(i), CompletedAt: time.UnixMicro(int64(i + 1)).UTC(), Team1: []string{"a"}, Team2: []string{"b"}, Winner: scoring.Team1,
			}
			if err := tx.addResult(r); err != nil {
				return err
			}
		}
		_, err := tx.exec(oweRatings, int64(earliest), "")
		return err
	}))
	var all sync.WaitGroup
	got := make([]int, 16)
	for i := range got {
		all.Go(func() {
			stats, err := s.Stats(t.Context(), "a")
			if err != nil {
				t.Error(err)
			}
			got[i] = stats.Rating
		})
	}
	all.Wait()
	if last := slices.Max(got); slices.Min(got) != last || last <= 1500 {
		t.Errorf("the ratings are %v", got)
	}
}

// What is skipped of a list of games is skipped in an index, without reading the games.
func TestPagesOfGamesSkipInAnIndex(t *testing.T) {
	s := open(t)
	for _, q := range []query{
		gamesComing, gamesPast, gamesComingInState, gamesPastInState, gamesComingOnCourt, gamesPastOnCourt,
		countGamesDated, countGamesInState, countGamesOnCourt,
	} {
		for _, step := range plan(t, s, q) {
			if !strings.Contains(step, "USING COVERING INDEX") {
				t.Errorf("%s\n%s", step, q)
			}
		}
	}
}

// The games of a user are found by the user's places in them.
func TestGamesOfAUserAreFoundByTheirPlaces(t *testing.T) {
	s := open(t)
	for _, q := range []query{gamesComingOfUser, gamesPastOfUser, countGamesOfUser, gamesToCome} {
		steps := plan(t, s, q)
		if len(steps) != 2 || !strings.Contains(steps[0], "SEARCH p USING PRIMARY KEY (user_id=?") || !strings.Contains(steps[1], "SEARCH g USING PRIMARY KEY (id=?)") {
			t.Errorf("%s\n%s", steps, q)
		}
	}
}

func TestStoredGamesAreListedByTheirPeopleAndCourts(t *testing.T) {
	s := openVersion(t, 16, `
		INSERT INTO games VALUES ('a', 'ongoing', 5, 3, 1, 0, '{"id":"a","status":"ongoing","court_id":"1",
			"participants":[{"user":"u"},{"user":"v"}],"waiting":[{"user":"w"}]}'),
			('b', 'scheduled', 6, 1, 0, 0, '{"id":"b","status":"scheduled","participants":[{"user":"v"}]}');`)
	for _, c := range []struct {
		filter games.Filter
		want   []string
	}{
		{games.Filter{UserID: "v"}, []string{"a", "b"}}, {games.Filter{UserID: "w"}, []string{"a"}}, {games.Filter{CourtID: "1"}, []string{"a"}},
	} {
		c.filter.Limit = 10
		found, _, err := s.ListGames(t.Context(), c.filter)
		must(t, err)
		var ids []string
		for _, g := range found {
			ids = append(ids, g.ID)
		}
		if !slices.Equal(ids, c.want) {
			t.Errorf("%+v: %v, want %v", c.filter, ids, c.want)
		}
	}
}

// Games that were completed before it was kept how they ended were played out, and their ratings stay.
func TestStoredGamesWerePlayedOut(t *testing.T) {
	s := openVersion(t, 16, `
		INSERT INTO games VALUES ('over', 'completed', 5, 3, 0, 0, '{"id":"over","status":"completed","team1":["a"],"team2":["b"],
			"winner":1,"version":3,"completed_at":"1970-01-01T00:00:00.000007Z"}'),
			('next', 'scheduled', 5, 1, 0, 0, '{"id":"next","status":"scheduled","version":1}');
		INSERT INTO game_results VALUES ('a', 7, 'over', 1, 1, 25, 3, 0, 30, 5), ('b', 7, 'over', 2, 1, 3, 25, 0, 20, 5);`)
	for id, want := range map[string]games.End{"over": games.PlayedOut, "next": ""} {
		if g, err := s.Game(t.Context(), id); err != nil || g.End != want {
			t.Errorf("%s ended %q, %v; want %q", id, g.End, err, want)
		}
	}
	got, err := s.Stats(t.Context(), "a")
	must(t, err)
	if got.Rating != 1800 || got.Wins != 1 {
		t.Errorf("the figures are %+v", got)
	}
}
