package record_test

import (
	"errors"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/dongbaejul/dongbaejul/internal/games/record"
	"github.com/dongbaejul/dongbaejul/internal/games/scoring"
)

func at(minute int) time.Time { return time.Date(2026, 3, 1, 19, minute, 0, 0, time.UTC) }

// evening is two doubles and a single.
func evening() []record.Result {
	return []record.Result{
		{GameID: "g1", CompletedAt: at(10), Team1: []string{"kim", "lee"}, Team2: []string{"park", "choi"},
			Points: scoring.Score{Team1: 25, Team2: 19}, Winner: scoring.Team1, MVP: "lee"},
		{GameID: "g2", CompletedAt: at(30), Team1: []string{"park", "lee"}, Team2: []string{"choi", "kim"},
			Points: scoring.Score{Team1: 24, Team2: 25}, Winner: scoring.Team2, MVP: "kim"},
		// Best of three: the winner may have scored fewer points in all.
		{GameID: "g3", CompletedAt: at(50), Team1: []string{"kim"}, Team2: []string{"jung"},
			Points: scoring.Score{Team1: 47, Team2: 56}, Winner: scoring.Team1},
	}
}

func TestFold(t *testing.T) {
	got, err := record.Fold(evening())
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]record.Stats{
		"kim":  {GamesPlayed: 3, Wins: 3, PointsFor: 97, PointsAgainst: 99, MVPs: 1, LastPlayedAt: at(50)},
		"lee":  {GamesPlayed: 2, Wins: 1, Losses: 1, PointsFor: 49, PointsAgainst: 44, MVPs: 1, LastPlayedAt: at(30)},
		"park": {GamesPlayed: 2, Losses: 2, PointsFor: 43, PointsAgainst: 50, LastPlayedAt: at(30)},
		"choi": {GamesPlayed: 2, Wins: 1, Losses: 1, PointsFor: 44, PointsAgainst: 49, LastPlayedAt: at(30)},
		"jung": {GamesPlayed: 1, Losses: 1, PointsFor: 56, PointsAgainst: 47, LastPlayedAt: at(50)},
	}
	if !maps.Equal(got, want) {
		t.Errorf("Fold = %+v\nwant %+v", got, want)
	}
	if got := want["lee"].WinRate(); got != 0.5 {
		t.Errorf("WinRate = %v, want 0.5", got)
	}
	if got := (record.Stats{}).WinRate(); got != 0 {
		t.Errorf("WinRate before the first game = %v", got)
	}
}

func TestAfterLeavesOthersAlone(t *testing.T) {
	before := record.Stats{GamesPlayed: 4, Wins: 1, Losses: 3, LastPlayedAt: at(0)}
	if got := before.After(evening()[0], "jung"); got != before {
		t.Errorf("a game without the player returns %+v, was %+v", got, before)
	}
}

func TestInOrder(t *testing.T) {
	games := []record.Result{
		{GameID: "b", CompletedAt: at(20)},
		{GameID: "c", CompletedAt: at(10), MVP: "first"},
		{GameID: "a", CompletedAt: at(20)},
		{GameID: "c", CompletedAt: at(30), MVP: "again"},
	}
	given := slices.Clone(games)
	var ids []string
	for _, g := range record.InOrder(games) {
		if g.MVP == "again" {
			t.Error("a repeated game is kept where it comes last")
		}
		ids = append(ids, g.GameID)
	}
	if want := []string{"c", "a", "b"}; !slices.Equal(ids, want) {
		t.Errorf("order %v, want %v", ids, want)
	}
	for i := range games {
		if games[i].GameID != given[i].GameID || games[i].MVP != given[i].MVP {
			t.Fatalf("InOrder changed its argument: %v", games)
		}
	}
}

func TestValidate(t *testing.T) {
	for _, g := range evening() {
		if err := g.Validate(); err != nil {
			t.Error(err)
		}
	}
	for _, tt := range []struct {
		says   string
		breaks func(*record.Result)
	}{
		{"no id", func(r *record.Result) { r.GameID = "" }},
		{"no time", func(r *record.Result) { r.CompletedAt = time.Time{} }},
		{"no players", func(r *record.Result) { r.Team1 = nil }},
		{"no players", func(r *record.Result) { r.Team2 = []string{} }},
		{"team 0", func(r *record.Result) { r.Winner = scoring.NoTeam }},
		{"team 3", func(r *record.Result) { r.Winner = 3 }},
		{"count from 0", func(r *record.Result) { r.Points.Team2 = -1 }},
		{"did not play", func(r *record.Result) { r.MVP = "jung" }},
		{"plays twice", func(r *record.Result) { r.Team2 = []string{"park", "kim"} }},
		{"plays twice", func(r *record.Result) { r.Team1 = []string{"lee", "lee"} }},
		{"has no id", func(r *record.Result) { r.Team2 = []string{"park", ""} }},
	} {
		g := evening()[0]
		tt.breaks(&g)
		err := g.Validate()
		if !errors.Is(err, record.ErrInvalid) || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("error %v, want one that says %q", err, tt.says)
		}
	}
	broken := evening()
	broken[1].MVP = "jung"
	if all, err := record.Fold(broken); all != nil || !errors.Is(err, record.ErrInvalid) {
		t.Errorf("Fold of an invalid result = %v, %v", all, err)
	}
}

// Sums balance over the players, come to the same in any order and with games repeated, and equal adding game by game.
func TestFoldProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		games := drawGames(t)
		all, err := record.Fold(games)
		if err != nil {
			t.Fatal(err)
		}

		var sum record.Stats
		for _, s := range all {
			sum.GamesPlayed += s.GamesPlayed
			sum.Wins += s.Wins
			sum.Losses += s.Losses
			sum.PointsFor += s.PointsFor
			sum.PointsAgainst += s.PointsAgainst
			sum.MVPs += s.MVPs
			if s.GamesPlayed != s.Wins+s.Losses {
				t.Fatalf("%+v", s)
			}
		}
		mvps := 0
		for _, g := range games {
			if g.MVP != "" {
				mvps++
			}
		}
		if sum.GamesPlayed != 4*len(games) || sum.Wins != sum.Losses || sum.PointsFor != sum.PointsAgainst || sum.MVPs != mvps {
			t.Fatalf("%d games, %d best players, sum %+v", len(games), mvps, sum)
		}

		shuffled := append(slices.Clone(games), games...)
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		rng.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		again, err := record.Fold(shuffled)
		if err != nil || !maps.Equal(all, again) {
			t.Fatalf("shuffled and doubled: %+v, %v; want %+v", again, err, all)
		}

		step := map[string]record.Stats{}
		for _, i := range rng.Perm(len(games)) {
			for player := range games[i].Players() {
				step[player] = step[player].After(games[i], player)
			}
		}
		if !maps.Equal(all, step) {
			t.Fatalf("game by game: %+v; want %+v", step, all)
		}
	})
}

// drawGames draws doubles among six players.
func drawGames(t *rapid.T) []record.Result {
	games := make([]record.Result, rapid.IntRange(0, 20).Draw(t, "games"))
	for i := range games {
		players := rapid.Permutation([]string{"a", "b", "c", "d", "e", "f"}).Draw(t, "players")
		games[i] = record.Result{
			GameID:      string(rune('A' + i)),
			CompletedAt: at(rapid.IntRange(0, 10).Draw(t, "minute")),
			Team1:       players[:2],
			Team2:       players[2:4],
			Points: scoring.Score{
				Team1: rapid.IntRange(0, 90).Draw(t, "points1"),
				Team2: rapid.IntRange(0, 90).Draw(t, "points2"),
			},
			Winner: rapid.SampledFrom([]scoring.Team{scoring.Team1, scoring.Team2}).Draw(t, "winner"),
			MVP:    rapid.SampledFrom([]string{"", players[0], players[3]}).Draw(t, "mvp"),
		}
	}
	return games
}
