package rating_test

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/dongbaejul/dongbaejul/internal/games/rating"
	"github.com/dongbaejul/dongbaejul/internal/games/record"
	"github.com/dongbaejul/dongbaejul/internal/games/scoring"
)

var ids = []string{"a", "b", "c", "d", "e", "f", "g"}

var season = time.Date(2026, 1, 1, 19, 0, 0, 0, time.UTC)

// drawGames draws singles and doubles among seven players over a season, some completed at the same moment.
func drawGames(t *rapid.T) []record.Result {
	games := make([]record.Result, rapid.IntRange(0, 25).Draw(t, "games"))
	for i := range games {
		players := rapid.Permutation(ids).Draw(t, "players")
		size := rapid.IntRange(1, 2).Draw(t, "size")
		games[i] = record.Result{
			GameID:      fmt.Sprintf("game %02d", i),
			CompletedAt: season.Add(time.Duration(rapid.IntRange(0, 60).Draw(t, "day")) * 24 * time.Hour),
			Team1:       players[:size],
			Team2:       players[size : 2*size],
			Points:      scoring.Score{Team1: 25, Team2: 20},
			Winner:      rapid.SampledFrom([]scoring.Team{scoring.Team1, scoring.Team2}).Draw(t, "winner"),
		}
	}
	return games
}

func mustFold(t rapid.TB, games []record.Result) map[string]rating.Player {
	t.Helper()
	all, err := rating.Fold(games)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestFoldEqualsGameByGame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		games := drawGames(t)
		step := map[string]rating.Player{}
		for _, game := range record.InOrder(games) {
			before := maps.Clone(step)
			after, err := rating.After(step, game)
			if err != nil {
				t.Fatal(err)
			}
			if !maps.Equal(step, before) {
				t.Fatalf("After changed its argument to %+v", step)
			}
			if played := slices.Collect(game.Players()); len(after) != len(played) {
				t.Fatalf("After returns %d ratings for %v", len(after), played)
			}
			maps.Copy(step, after)
		}
		if all := mustFold(t, games); !maps.Equal(all, step) {
			t.Fatalf("game by game %+v, fold %+v", step, all)
		}
	})
}

func TestOrderGivenAndRepeatsDoNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		games := drawGames(t)
		shuffled := append(slices.Clone(games), games...)
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		rng.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		if all, again := mustFold(t, games), mustFold(t, shuffled); !maps.Equal(all, again) {
			t.Fatalf("shuffled %+v, in order %+v", again, all)
		}
	})
}

// Neither which team is called team 1 matters, nor which partner is named first.
func TestSidesDoNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		games := drawGames(t)
		if all, swapped := mustFold(t, games), mustFold(t, mapGames(games, swapTeams)); !maps.Equal(all, swapped) {
			t.Fatalf("swapped %+v, as given %+v", swapped, all)
		}
	})
}

func TestNamesDoNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		games := drawGames(t)
		names := map[string]string{}
		for i, name := range rapid.Permutation(ids).Draw(t, "names") {
			names[ids[i]] = name
		}
		renamed := mustFold(t, mapGames(games, func(r record.Result) record.Result { return rename(r, names) }))
		for id, player := range mustFold(t, games) {
			if got := renamed[names[id]]; got != player {
				t.Fatalf("%s renamed %s: %+v, was %+v", id, names[id], got, player)
			}
		}
	})
}

func TestCountsAreThoseOfStatistics(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		games := drawGames(t)
		all := mustFold(t, games)
		stats, err := record.Fold(games)
		if err != nil || len(stats) != len(all) {
			t.Fatalf("%d players with statistics, %d with ratings, %v", len(stats), len(all), err)
		}
		for id, player := range all {
			if player.Games != stats[id].GamesPlayed || !player.LastPlayedAt.Equal(stats[id].LastPlayedAt) {
				t.Fatalf("%s: %+v, statistics %+v", id, player, stats[id])
			}
		}
	})
}

func mapGames(games []record.Result, f func(record.Result) record.Result) []record.Result {
	mapped := make([]record.Result, len(games))
	for i, g := range games {
		mapped[i] = f(g)
	}
	return mapped
}

func swapTeams(r record.Result) record.Result {
	r.Team1, r.Team2 = slices.Clone(r.Team2), slices.Clone(r.Team1)
	slices.Reverse(r.Team1)
	slices.Reverse(r.Team2)
	r.Points = scoring.Score{Team1: r.Points.Team2, Team2: r.Points.Team1}
	r.Winner = scoring.Team1 + scoring.Team2 - r.Winner
	return r
}

func rename(r record.Result, names map[string]string) record.Result {
	r.Team1, r.Team2 = slices.Clone(r.Team1), slices.Clone(r.Team2)
	for _, team := range [][]string{r.Team1, r.Team2} {
		for i, id := range team {
			team[i] = names[id]
		}
	}
	return r
}

// Games in another order give other ratings, so the order that Fold takes is one that matters.
func TestOrderOfGamesMatters(t *testing.T) {
	first := record.Result{GameID: "1", CompletedAt: season, Team1: []string{"a"}, Team2: []string{"b"}, Winner: scoring.Team1}
	second := record.Result{GameID: "2", CompletedAt: season, Team1: []string{"b"}, Team2: []string{"c"}, Winner: scoring.Team1}
	third := second
	third.GameID = "0"
	if later, sooner := mustFold(t, []record.Result{first, second}), mustFold(t, []record.Result{first, third}); later["b"] == sooner["b"] {
		t.Errorf("the same rating %+v in both orders", later["b"])
	}
}

func TestPlayersRest(t *testing.T) {
	game := func(id string, day int) record.Result {
		return record.Result{GameID: id, CompletedAt: season.AddDate(0, 0, day),
			Team1: []string{"a"}, Team2: []string{"b"}, Winner: scoring.Team1}
	}
	soon := mustFold(t, []record.Result{game("1", 0), game("2", 1)})
	late := mustFold(t, []record.Result{game("1", 0), game("2", 300)})
	if soon["a"].Sigma >= late["a"].Sigma {
		t.Errorf("Sigma %v after a day's rest, %v after 300 days", soon["a"].Sigma, late["a"].Sigma)
	}
}

// A game that reaches After late, by a clock that is behind, neither rests anybody nor turns time back.
func TestAfterWithAnEarlierGame(t *testing.T) {
	before := map[string]rating.Player{"a": {Rating: rating.Rating{Mu: 25, Sigma: 3}, Games: 9, LastPlayedAt: season}}
	after, err := rating.After(before, record.Result{GameID: "1", CompletedAt: season.Add(-time.Hour),
		Team1: []string{"a"}, Team2: []string{"b"}, Winner: scoring.Team1})
	if err != nil {
		t.Fatal(err)
	}
	if a := after["a"]; a.Games != 10 || !a.LastPlayedAt.Equal(season) || a.Sigma > 3 {
		t.Errorf("%+v", a)
	}
}

func TestInvalidResultsAreRefused(t *testing.T) {
	invalid := record.Result{GameID: "1", CompletedAt: season, Team1: []string{"a"}, Team2: []string{"a"}, Winner: scoring.Team1}
	if after, err := rating.After(nil, invalid); after != nil || !errors.Is(err, record.ErrInvalid) {
		t.Errorf("After = %v, %v", after, err)
	}
	if all, err := rating.Fold([]record.Result{invalid}); all != nil || !errors.Is(err, record.ErrInvalid) {
		t.Errorf("Fold = %v, %v", all, err)
	}
}

// A season of doubles in changing pairs among forty people of known strength ranks them nearly right, and knows how sure it is.
func TestRatingsFindTrueSkill(t *testing.T) {
	const people, games = 40, 1200
	rng := rand.New(rand.NewPCG(7, 11))
	skill := make([]float64, people)
	names := make([]string, people)
	for i := range skill {
		skill[i] = rng.NormFloat64() * 6
		names[i] = fmt.Sprintf("p%02d", i)
	}
	results := make([]record.Result, games)
	for i := range results {
		four := rng.Perm(people)[:4]
		gap := skill[four[0]] + skill[four[1]] - skill[four[2]] - skill[four[3]]
		winner := scoring.Team2
		if rng.Float64() < 1/(1+math.Exp(-gap/6)) {
			winner = scoring.Team1
		}
		results[i] = record.Result{
			GameID:      fmt.Sprintf("g%04d", i),
			CompletedAt: season.Add(time.Duration(i) * 2 * time.Hour),
			Team1:       []string{names[four[0]], names[four[1]]},
			Team2:       []string{names[four[2]], names[four[3]]},
			Winner:      winner,
		}
	}
	all := mustFold(t, results)

	byRating := ranks(people, func(i int) float64 { return all[names[i]].Mu })
	bySkill := ranks(people, func(i int) float64 { return skill[i] })
	var squares float64
	for i := range people {
		d := float64(byRating[i] - bySkill[i])
		squares += d * d
	}
	if spearman := 1 - 6*squares/(people*(people*people-1)); spearman < 0.9 {
		t.Errorf("rank correlation with true skill %.3f", spearman)
	}
	for _, id := range names {
		if sigma := all[id].Sigma; sigma > rating.Start().Sigma/2 {
			t.Errorf("%s still has Sigma %.2f after %d games", id, sigma, all[id].Games)
		}
	}
}

// ranks returns the place of each of n by value.
func ranks(n int, value func(int) float64) []int {
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(value(a), value(b)) })
	places := make([]int, n)
	for place, i := range order {
		places[i] = place
	}
	return places
}

// Games that were not played out leave ratings as if they had never been, also of players without another game.
func TestUnratedGamesMoveNoRating(t *testing.T) {
	game := func(id string, day int, unrated bool, a, b string) record.Result {
		return record.Result{
			GameID: id, CompletedAt: time.Date(2026, 1, day, 19, 0, 0, 0, time.UTC), Team1: []string{a}, Team2: []string{b},
			Points: scoring.Score{Team1: 25, Team2: 3}, Winner: scoring.Team1, Unrated: unrated,
		}
	}
	rated := []record.Result{game("1", 1, false, "a", "b"), game("3", 30, false, "a", "c")}
	want, err := rating.Fold(rated)
	if err != nil {
		t.Fatal(err)
	}
	got, err := rating.Fold(append(rated, game("2", 15, true, "b", "a"), game("4", 31, true, "d", "a")))
	if err != nil || !maps.Equal(got, want) {
		t.Errorf("rated %+v, %v; want %+v", got, err, want)
	}
	broken := game("5", 1, true, "a", "a")
	if _, err := rating.After(nil, broken); !errors.Is(err, record.ErrInvalid) {
		t.Errorf("an unrated result that cannot be returns %v", err)
	}
}
