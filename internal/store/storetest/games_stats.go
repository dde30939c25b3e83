package storetest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/games"
	"github.com/dongbaejul/dongbaejul/internal/games/rating"
	"github.com/dongbaejul/dongbaejul/internal/games/record"
	"github.com/dongbaejul/dongbaejul/internal/games/scoring"
	"github.com/dongbaejul/dongbaejul/internal/store"
	"github.com/dongbaejul/dongbaejul/internal/users"
)

var players = []string{"a", "b", "c", "d", "e", "f", "g"}

// complete ends a game that the two teams have won and lost.
func completeGame(at time.Time, winner scoring.Team, loserPoints int, team1, team2 []string) func(*games.Game) {
	return func(g *games.Game) {
		g.Rules, _ = scoring.KR1x25.Rules()
		g.Team1, g.Team2, g.MVP = team1, team2, team1[0]
		g.Participants = nil
		for _, id := range append(append([]string{}, team1...), team2...) {
			g.Participants = append(g.Participants, games.Place{UserID: id, JoinedAt: noon})
		}
		g.Sets = []scoring.Score{{Team1: 25, Team2: loserPoints}}
		if winner == scoring.Team2 {
			g.Sets = []scoring.Score{{Team1: loserPoints, Team2: 25}}
		}
		g.Status, g.End, g.CompletedAt, g.Winner, g.FinalScore = games.Completed, games.PlayedOut, at, winner, g.Sets[0]
	}
}

// ended is completeGame of a game that ended before the match was decided.
func ended(end games.End, change func(*games.Game)) func(*games.Game) {
	return func(g *games.Game) {
		change(g)
		g.End = end
		if end == games.Abandoned {
			g.Winner = scoring.NoTeam
		}
	}
}

// figures fails unless everybody's are those that follow from the games.
func figures(t testing.TB, s store.Store) {
	t.Helper()
	all, _, err := s.ListGames(t.Context(), games.Filter{Limit: 1000})
	must(t, err)
	joined := map[string]int{}
	var results []record.Result
	for _, g := range all {
		for _, id := range g.Joined() {
			joined[id]++
		}
		if r, ok := g.Result(); ok {
			results = append(results, r)
		}
	}
	stats, err := record.Fold(results)
	must(t, err)
	ratings, err := rating.Fold(results)
	must(t, err)
	rated, err := s.Ratings(t.Context(), slices.Concat(players, []string{"stranger"}))
	must(t, err)
	equal(t, "a stranger's rating", rated["stranger"], rating.Start().Display())
	for _, id := range players {
		of := stats[id]
		want := users.Stats{
			GamesJoined: joined[id], GamesPlayed: of.GamesPlayed, Wins: of.Wins, Losses: of.Losses, MVPs: of.MVPs,
			PointsFor: of.PointsFor, PointsAgainst: of.PointsAgainst, LastPlayedAt: of.LastPlayedAt, Rating: rating.Start().Display(),
		}
		if p, played := ratings[id]; played {
			want.Rating = p.Display()
		}
		got, err := s.Stats(t.Context(), id)
		must(t, err)
		equal(t, "the figures of "+id, got, want)
		equal(t, "the rating of "+id, rated[id], want.Rating)
	}
}

var gameStatsCases = []testCase{
	{"GamesPlayed returns what was completed within spans", func(t *testing.T, s store.Store) {
		start := kept(noon)
		minutes := func(n int) time.Time { return start.Add(time.Duration(n) * time.Minute) }
		play := func(id string, from, to int, end games.End, team1, team2 []string) {
			t.Helper()
			_, _, err := s.CreateGame(t.Context(), game(id))
			must(t, err)
			change := completeGame(minutes(to), scoring.Team1, 9, team1, team2)
			_, err = s.UpdateGame(t.Context(), id, func(g *games.Game) error {
				ended(end, change)(g)
				g.StartedAt = minutes(from)
				return nil
			})
			must(t, err)
		}
		play("early", 0, 20, games.PlayedOut, []string{"a"}, []string{"b"})
		play("doubles", 5, 30, games.Retired, []string{"c", "d"}, []string{"e", "f"})
		play("late", 60, 80, games.PlayedOut, []string{"a"}, []string{"b"})
		play("abandoned", 0, 25, games.Abandoned, []string{"g"}, []string{"h"})
		_, _, err := s.CreateGame(t.Context(), game("scheduled"))
		must(t, err)
		early := games.Played{GameID: "early", StartedAt: minutes(0), CompletedAt: minutes(20), Players: []string{"a", "b"}}
		doubles := games.Played{GameID: "doubles", StartedAt: minutes(5), CompletedAt: minutes(30), Players: []string{"c", "d", "e", "f"}}
		late := games.Played{GameID: "late", StartedAt: minutes(60), CompletedAt: minutes(80), Players: []string{"a", "b"}}
		for _, tt := range []struct {
			spans []games.Span
			want  []games.Played
		}{
			{nil, nil},
			{[]games.Span{{From: minutes(20), To: minutes(30)}}, []games.Played{doubles, early}},
			{[]games.Span{{From: minutes(20), To: minutes(20)}}, []games.Played{early}},
			{[]games.Span{{From: minutes(20).Add(time.Microsecond), To: minutes(30).Add(-time.Microsecond)}}, nil},
			{[]games.Span{{From: minutes(0), To: minutes(20)}, {From: minutes(10), To: minutes(21)}, {From: minutes(79), To: minutes(200)}}, []games.Played{early, late}},
		} {
			got, err := s.GamesPlayed(t.Context(), tt.spans, 10)
			must(t, err)
			slices.SortFunc(got, func(a, b games.Played) int { return strings.Compare(a.GameID, b.GameID) })
			equal(t, fmt.Sprint("within ", tt.spans), got, tt.want)
		}
		got, err := s.GamesPlayed(t.Context(), []games.Span{{From: minutes(0), To: minutes(100)}}, 2)
		must(t, err)
		equal(t, "how many there are at most", len(got), 2)
	}},
	{"Joining counts unless the game is cancelled", func(t *testing.T, s store.Store) {
		createGames(t, s, game("1"), game("2"))
		for _, id := range []string{"1", "2"} {
			updateGame(t, s, id, func(g *games.Game) {
				g.Participants = []games.Place{{UserID: "a", JoinedAt: noon}, {UserID: "b", JoinedAt: noon}}
				g.Waiting = []games.Place{{UserID: "c", JoinedAt: noon}}
			})
		}
		figures(t, s)
		updateGame(t, s, "1", func(g *games.Game) { g.Participants = append(g.Participants[1:], g.Waiting...) })
		figures(t, s)
		updateGame(t, s, "2", func(g *games.Game) { g.Status = games.Cancelled })
		figures(t, s)
		got, err := s.Stats(t.Context(), "b")
		must(t, err)
		equal(t, "the figures", got, users.Stats{GamesJoined: 1, Rating: 1500})
	}},
	{"A completed game counts once, however often it is changed", func(t *testing.T, s store.Store) {
		createGames(t, s, game("1"))
		win := completeGame(noon, scoring.Team1, 20, []string{"a", "b"}, []string{"c", "d"})
		updateGame(t, s, "1", win)
		figures(t, s)
		got, err := s.Stats(t.Context(), "a")
		must(t, err)
		equal(t, "the figures of a winner", got, users.Stats{
			GamesJoined: 1, GamesPlayed: 1, Wins: 1, MVPs: 1, PointsFor: 25, PointsAgainst: 20, Rating: got.Rating, LastPlayedAt: kept(noon),
		})
		if got.Rating <= 1500 {
			t.Errorf("a winner is rated %d", got.Rating)
		}
		updateGame(t, s, "1", win)
		again, err := s.Stats(t.Context(), "a")
		must(t, err)
		equal(t, "the figures after the same again", again, got)
		updateGame(t, s, "1", func(g *games.Game) { g.Description = "x" })
		figures(t, s)
	}},
	{"A correction changes the figures of its game and the ratings after it", func(t *testing.T, s store.Store) {
		for i := range 4 {
			id := fmt.Sprint(i)
			createGames(t, s, game(id))
			updateGame(t, s, id, completeGame(noon.Add(time.Duration(i)*time.Hour), scoring.Team1, 20, players[i:i+2], players[i+2:i+4]))
		}
		figures(t, s)
		before, err := s.Stats(t.Context(), "g")
		must(t, err)
		updateGame(t, s, "0", completeGame(noon, scoring.Team2, 3, players[0:2], players[2:4]))
		figures(t, s)
		after, err := s.Stats(t.Context(), "g")
		must(t, err)
		if before.Rating == after.Rating {
			t.Errorf("somebody who played later against players of a corrected game is still rated %d", after.Rating)
		}
	}},
	{"A retired game counts and moves no rating, a walkover and an abandoned one count nowhere", func(t *testing.T, s store.Store) {
		createGames(t, s, game("1"), game("2"), game("3"), game("4"))
		first := completeGame(noon, scoring.Team1, 20, []string{"a"}, []string{"b"})
		updateGame(t, s, "1", first)
		rated, err := s.Stats(t.Context(), "a")
		must(t, err)
		// Long after the first, so that whose rating rested meanwhile would show.
		second := completeGame(noon.Add(1000*time.Hour), scoring.Team1, 20, []string{"a"}, []string{"c"})
		updateGame(t, s, "2", ended(games.Retired, second))
		figures(t, s)
		got, err := s.Stats(t.Context(), "a")
		must(t, err)
		equal(t, "the figures of who won by a retirement", got, users.Stats{
			GamesJoined: 2, GamesPlayed: 2, Wins: 2, MVPs: 2, PointsFor: 50, PointsAgainst: 40, Rating: rated.Rating,
			LastPlayedAt: kept(noon.Add(1000 * time.Hour)),
		})
		updateGame(t, s, "3", ended(games.Walkover, second))
		updateGame(t, s, "4", ended(games.Abandoned, second))
		again, err := s.Stats(t.Context(), "a")
		must(t, err)
		equal(t, "the figures after what counts nowhere", again, got)
		updateGame(t, s, "4", completeGame(noon.Add(2000*time.Hour), scoring.Team2, 3, []string{"a"}, []string{"c"}))
		figures(t, s)
		must(t, s.RebuildStats(t.Context()))
		figures(t, s)
		for _, end := range []games.End{games.Walkover, games.Retired, games.PlayedOut, games.Abandoned, games.PlayedOut} {
			updateGame(t, s, "1", ended(end, first))
			figures(t, s)
		}
	}},
	{"Figures follow from the games, completed and corrected in any order", func(t *testing.T, s store.Store) {
		const n = 40
		rng := rand.New(rand.NewPCG(3, 5))
		for i := range n {
			createGames(t, s, game(fmt.Sprint(i)))
		}
		for step := range 3 * n {
			order := rng.Perm(len(players))
			pick := func(from, to int) (ids []string) {
				for _, i := range order[from:to] {
					ids = append(ids, players[i])
				}
				return ids
			}
			size := 1 + rng.IntN(2)
			change := completeGame(noon.Add(time.Duration(rng.IntN(30))*24*time.Hour),
				scoring.Team(1+rng.IntN(2)), rng.IntN(25), pick(0, size), pick(size, 2*size))
			if end := []games.End{games.PlayedOut, games.PlayedOut, games.Retired, games.Walkover, games.Abandoned}[rng.IntN(5)]; end != games.PlayedOut {
				change = ended(end, change)
			}
			updateGame(t, s, fmt.Sprint(rng.IntN(n)), change)
			if step%20 == 0 {
				figures(t, s)
			}
		}
		figures(t, s)
		must(t, s.RebuildStats(t.Context()))
		figures(t, s)
	}},
	{"Figures survive many games that are completed at once", func(t *testing.T, s store.Store) {
		const n = 24
		for i := range n {
			createGames(t, s, game(fmt.Sprint(i)))
		}
		together(t, 8, func(w int) error {
			for i := w; i < n; i += 8 {
				change := completeGame(noon.Add(time.Duration(i%5)*time.Hour), scoring.Team(1+i%2), i, players[:2], players[2:4])
				if _, err := s.UpdateGame(t.Context(), fmt.Sprint(i), func(g *games.Game) error {
					change(g)
					return nil
				}); err != nil {
					return err
				}
			}
			return nil
		})
		figures(t, s)
	}},
	{"RebuildStats changes nothing", func(t *testing.T, s store.Store) {
		must(t, s.RebuildStats(t.Context()))
		createGames(t, s, game("1"), game("2"), game("3"))
		updateGame(t, s, "1", completeGame(noon, scoring.Team1, 20, []string{"a", "b"}, []string{"c", "d"}))
		updateGame(t, s, "2", completeGame(noon, scoring.Team2, 24, []string{"a"}, []string{"d"}))
		updateGame(t, s, "3", func(g *games.Game) { g.Status = games.Cancelled })
		must(t, s.RebuildStats(t.Context()))
		figures(t, s)
		got := gameOf(t, s, "1")
		equal(t, "the version", got.Version, 2)
	}},
}
