package scoring_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/dongbaejul/dongbaejul/internal/games/scoring"
)

// checkEveryScore compares the package with the simulator for every pair of points up to three above the cap, and three below zero.
func checkEveryScore(t rapid.TB, r scoring.Rules) {
	t.Helper()
	reached := everyScore(r)
	for a := -3; a <= r.Cap+3; a++ {
		for b := -3; b <= r.Cap+3; b++ {
			s := scoring.Score{Team1: a, Team2: b}
			winner, reachable := reached[s]
			if got := r.Reachable(s); got != reachable {
				t.Fatalf("%+v: Reachable(%v) = %v, rallies say %v", r, s, got, reachable)
			}
			if got := r.SetWinner(s); got != winner {
				t.Fatalf("%+v: SetWinner(%v) = %v, rallies say %v", r, s, got, winner)
			}
			err := r.CheckScore(s)
			if (err == nil) != reachable {
				t.Fatalf("%+v: CheckScore(%v) = %v, rallies say reachable=%v", r, s, err, reachable)
			}
			if err != nil {
				checkAdvice(t, err, reached)
			}
		}
	}
}

// checkAdvice fails unless each score that the error says a set could have ended at is one that a set can end at.
func checkAdvice(t rapid.TB, err error, reached map[scoring.Score]scoring.Team) {
	t.Helper()
	_, advice, found := strings.Cut(err.Error(), "could have ended ")
	if !found {
		return // points below 0
	}
	for text := range strings.SplitSeq(advice, " or ") {
		var s scoring.Score
		if _, scanErr := fmt.Sscanf(text, "%d–%d", &s.Team1, &s.Team2); scanErr != nil || reached[s] == scoring.NoTeam {
			t.Fatalf("%q advises %q (%v)", err, text, scanErr)
		}
	}
}

func TestPresetScoresAreThoseRalliesReach(t *testing.T) {
	for _, preset := range scoring.Presets() {
		rules, _ := preset.Rules()
		t.Run(string(preset), func(t *testing.T) { checkEveryScore(t, rules) })
	}
}

func TestCustomScoresAreThoseRalliesReach(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { checkEveryScore(t, drawRules(t)) })
}

// Every list of sets that small rules allow at all is tried, one set longer than the longest match and one point above the cap.
func TestSheetsAreThoseRalliesReach(t *testing.T) {
	for _, r := range []scoring.Rules{
		{BestOf: 1, PointsTo: 3, WinBy: 2, Cap: 6},
		{BestOf: 1, PointsTo: 3, WinBy: 3, Cap: 7},
		{BestOf: 3, PointsTo: 1, WinBy: 1, Cap: 1},
		{BestOf: 3, PointsTo: 2, WinBy: 1, Cap: 2},
		{BestOf: 3, PointsTo: 2, WinBy: 2, Cap: 3},
		{BestOf: 5, PointsTo: 1, WinBy: 1, Cap: 1},
	} {
		reached := everySheet(r)
		var sets []scoring.Score
		var try func()
		try = func() {
			err := scoring.Match{Rules: r, Sets: sets}.Check()
			if (err == nil) != reached[sheetKey(sets)] {
				t.Fatalf("%+v: Check(%v) = %v, rallies say %v", r, sets, err, reached[sheetKey(sets)])
			}
			if len(sets) > r.BestOf || err != nil && len(sets) > 0 && !reached[sheetKey(sets[:len(sets)-1])] {
				return // longer lists only repeat the broken start
			}
			for a := range r.Cap + 2 {
				for b := range r.Cap + 2 {
					sets = append(sets, scoring.Score{Team1: a, Team2: b})
					try()
					sets = sets[:len(sets)-1]
				}
			}
		}
		try()
	}
}

// A match scored rally by rally is accepted at every point and ends with the winner the rallies made.
func TestMatchScoredRallyByRally(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := drawRules(t)
		match := scoring.Match{Rules: r}
		won := map[scoring.Team]int{}
		lean := rapid.IntRange(2, 8).Draw(t, "lean")
		dice := rapid.SliceOfN(rapid.IntRange(0, 9), 40, 40).Draw(t, "dice")
		for set, rallies := 1, 0; won[scoring.Team1]*2 < r.BestOf && won[scoring.Team2]*2 < r.BestOf; set++ {
			for score, over := (scoring.Score{}), false; !over; rallies++ {
				if match.Decided() {
					t.Fatalf("decided at %v with %v", match.Sets, won)
				}
				team := scoring.Team1
				if dice[rallies%len(dice)] < lean {
					team = scoring.Team2
				}
				score, over = rally(r, score, team)
				next, change, err := match.SetScore(set, score.Team1, score.Team2)
				if err != nil {
					t.Fatalf("%+v: set %d at %v after %v: %v", r, set, score, match.Sets, err)
				}
				if !change.Changed() || change.Correction() || change.Set != set || change.After != score {
					t.Fatalf("change %+v for a rally to %v", change, score)
				}
				match = next
				if over {
					won[team]++
				}
			}
		}
		want := scoring.Score{Team1: won[scoring.Team1], Team2: won[scoring.Team2]}
		if got := match.SetsWon(); got != want || match.Winner() != want.Leader() {
			t.Fatalf("%v won by %v, rallies say %v", got, match.Winner(), want)
		}
		if _, winner, err := match.FinalScore(); err != nil || winner != want.Leader() {
			t.Fatalf("FinalScore: winner %v, error %v", winner, err)
		}
	})
}

// Updates in any order, right and wrong ones: each is accepted exactly when the resulting sheet can be reached by rallies.
func TestUpdatesInAnyOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := drawRules(t)
		reached := everyScore(r)
		finals := rapid.Custom(func(t *rapid.T) scoring.Score { return drawScore(t, r) })
		match := scoring.Match{Rules: r}
		t.Repeat(map[string]func(*rapid.T){
			"set": func(t *rapid.T) {
				number := rapid.IntRange(0, min(len(match.Sets)+2, r.BestOf+1)).Draw(t, "number")
				score := finals.Draw(t, "score")
				before := slices.Clone(match.Sets)
				want, legal := expect(r, reached, before, number, score)

				next, change, err := match.SetScore(number, score.Team1, score.Team2)
				if !slices.Equal(match.Sets, before) {
					t.Fatalf("SetScore changed its receiver: %v, was %v", match.Sets, before)
				}
				if (err == nil) != legal {
					t.Fatalf("%+v: set %d to %v on %v: %v, rallies say legal=%v", r, number, score, before, err, legal)
				}
				if err != nil {
					checkTyped(t, err)
					return
				}
				if !slices.Equal(next.Sets, want) {
					t.Fatalf("set %d to %v on %v returns %v, want %v", number, score, before, next.Sets, want)
				}
				if change.Dropped != max(0, len(before)-len(want)) {
					t.Fatalf("dropped %d of %v for %v", change.Dropped, before, want)
				}
				match = next
			},
			"": func(t *rapid.T) {
				if err := match.Check(); err != nil {
					t.Fatalf("%v: %v", match.Sets, err)
				}
			},
		})
	})
}

// drawScore draws scores that are often final, so that matches get somewhere.
func drawScore(t *rapid.T, r scoring.Rules) scoring.Score {
	s := scoring.Score{
		Team1: rapid.IntRange(-1, r.Cap+1).Draw(t, "team1"),
		Team2: rapid.IntRange(-1, r.Cap+1).Draw(t, "team2"),
	}
	switch rapid.IntRange(0, 4).Draw(t, "shape") {
	case 0:
		s = scoring.Score{Team1: r.PointsTo}
	case 1:
		s = scoring.Score{Team2: r.PointsTo}
	case 2:
		s = scoring.Score{}
	}
	return s
}

// expect returns the sheet after an update by the rules of rallies alone, and whether it is a legal one.
func expect(r scoring.Rules, reached map[scoring.Score]scoring.Team, sets []scoring.Score, number int, score scoring.Score) ([]scoring.Score, bool) {
	if number < 1 || number > r.BestOf || number > len(sets)+1 {
		return nil, false
	}
	after := append(slices.Clone(sets), scoring.Score{})[:max(number, len(sets))]
	after[number-1] = score
	for len(after) > number && after[len(after)-1] == (scoring.Score{}) && !legalSheet(r, reached, after) {
		after = after[:len(after)-1]
	}
	return after, legalSheet(r, reached, after)
}

// checkTyped fails unless err names its rule and says it in both languages.
func checkTyped(t rapid.TB, err error) {
	t.Helper()
	var typed *scoring.Error
	if !errors.As(err, &typed) || !errors.Is(err, typed.Reason) {
		t.Fatalf("error %v is not a *scoring.Error with a reason", err)
	}
	if typed.Reason == "" || typed.Field == "" || typed.Korean == "" || typed.English == "" {
		t.Fatalf("error lacks a part: %+v", typed)
	}
}
