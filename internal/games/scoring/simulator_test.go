package scoring_test

import (
	"fmt"

	"pgregory.net/rapid"

	"github.com/dongbaejul/dongbaejul/internal/games/scoring"
)

// rally returns the score after team has won a rally, and whether that point won the set. It states the Laws from the umpire's
// chair, one rally at a time, where the package judges a score at rest; the two are compared with each other.
func rally(r scoring.Rules, s scoring.Score, team scoring.Team) (after scoring.Score, won bool) {
	after = s
	scored, other := &after.Team1, after.Team2
	if team == scoring.Team2 {
		scored, other = &after.Team2, after.Team1
	}
	*scored++
	ahead := *scored >= r.PointsTo && *scored-other >= r.WinBy
	return after, ahead || *scored == r.Cap
}

// everyScore plays all rally sequences of a set, breadth first, and returns each score that they reach with who has won there.
func everyScore(r scoring.Rules) map[scoring.Score]scoring.Team {
	reached := map[scoring.Score]scoring.Team{{}: scoring.NoTeam}
	for queue := []scoring.Score{{}}; len(queue) > 0; queue = queue[1:] {
		for _, team := range []scoring.Team{scoring.Team1, scoring.Team2} {
			after, won := rally(r, queue[0], team)
			if _, seen := reached[after]; seen {
				continue
			}
			reached[after] = scoring.NoTeam
			if won {
				reached[after] = team
			} else {
				queue = append(queue, after)
			}
		}
	}
	return reached
}

// everySheet plays all rally sequences of a match, breadth first, and returns the key of each score sheet on the way. Only rules with
// very few points are small enough.
func everySheet(r scoring.Rules) map[string]bool {
	type state struct {
		sets    []scoring.Score
		setOver bool
		won     map[scoring.Team]int
	}
	reached := map[string]bool{sheetKey(nil): true}
	queue := []state{{setOver: true, won: map[scoring.Team]int{}}}
	visit := func(next state) {
		if key := sheetKey(next.sets); !reached[key] {
			reached[key] = true
			queue = append(queue, next)
		}
	}
	for ; len(queue) > 0; queue = queue[1:] {
		now := queue[0]
		if now.setOver {
			if now.won[scoring.Team1]*2 < r.BestOf && now.won[scoring.Team2]*2 < r.BestOf {
				visit(state{sets: append(now.sets[:len(now.sets):len(now.sets)], scoring.Score{}), won: now.won})
			}
			continue
		}
		last := len(now.sets) - 1
		for _, team := range []scoring.Team{scoring.Team1, scoring.Team2} {
			after, won := rally(r, now.sets[last], team)
			next := state{sets: append(now.sets[:last:last], after), setOver: won, won: now.won}
			if won {
				next.won = map[scoring.Team]int{team: now.won[team] + 1, 3 - team: now.won[3-team]}
			}
			visit(next)
		}
	}
	return reached
}

func sheetKey(sets []scoring.Score) string { return fmt.Sprint(sets) }

// legalSheet judges a score sheet by the scores that the simulator reaches.
func legalSheet(r scoring.Rules, reached map[scoring.Score]scoring.Team, sets []scoring.Score) bool {
	won := map[scoring.Team]int{}
	for i, set := range sets {
		winner, reachable := reached[set]
		if !reachable || winner == scoring.NoTeam && i < len(sets)-1 {
			return false
		}
		if won[scoring.Team1]*2 > r.BestOf || won[scoring.Team2]*2 > r.BestOf {
			return false
		}
		won[winner]++
	}
	return true
}

// drawRules draws a preset or valid custom rules.
func drawRules(t *rapid.T) scoring.Rules {
	if rapid.Bool().Draw(t, "preset") {
		rules, _ := rapid.SampledFrom(scoring.Presets()).Draw(t, "name").Rules()
		return rules
	}
	points := rapid.IntRange(1, 30).Draw(t, "points_to")
	return scoring.Rules{
		BestOf:   rapid.IntRange(0, scoring.MaxBestOf/2).Draw(t, "half")*2 + 1,
		PointsTo: points,
		WinBy:    rapid.IntRange(1, min(points, scoring.MaxWinBy)).Draw(t, "win_by"),
		Cap:      points + rapid.IntRange(0, 12).Draw(t, "above"),
	}
}
