package scoring_test

import (
	"slices"
	"testing"

	"github.com/dongbaejul/dongbaejul/internal/games/scoring"
)

// FuzzSetScore throws any three updates at matches under any rules: nothing panics, what is accepted is a legal sheet, what is
// refused changes nothing and says why.
func FuzzSetScore(f *testing.F) {
	f.Add(3, 21, 2, 30, 1, 21, 19, 2, 19, 21, 3, 30, 29)
	f.Add(3, 21, 2, 30, 1, 21, 10, 2, 21, 10, 3, 1, 0)
	f.Add(1, 25, 1, 25, 1, 25, 24, 1, 24, 24, 1, 26, 24)
	f.Add(3, 15, 2, 21, 1, 21, 20, 1, 0, 0, 2, 0, 0)
	f.Add(9, 99, 10, 199, 1, 199, 198, -1, -1, -1, 1<<62, 1<<62, -1<<62)
	f.Add(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
	f.Fuzz(func(t *testing.T, bestOf, pointsTo, winBy, limit, n1, a1, b1, n2, a2, b2, n3, a3, b3 int) {
		rules := scoring.Rules{BestOf: bestOf, PointsTo: pointsTo, WinBy: winBy, Cap: limit}
		valid := rules.Validate() == nil
		match := scoring.Match{Rules: rules}
		for _, u := range [][3]int{{n1, a1, b1}, {n2, a2, b2}, {n3, a3, b3}} {
			before := slices.Clone(match.Sets)
			next, change, err := match.SetScore(u[0], u[1], u[2])
			if err != nil {
				checkTyped(t, err)
			}
			if !slices.Equal(match.Sets, before) || err != nil && !slices.Equal(next.Sets, before) {
				t.Fatalf("update %v changed %v to %v, %v (%v)", u, before, match.Sets, next.Sets, err)
			}
			if !valid {
				continue // only panics count
			}
			if checkErr := next.Check(); checkErr != nil {
				t.Fatalf("update %v of %v made %v: %v", u, before, next.Sets, checkErr)
			}
			if want := (scoring.Score{Team1: u[1], Team2: u[2]}); err == nil && (change.After != want || next.Sets[u[0]-1] != want) {
				t.Fatalf("update %v of %v made %v", u, before, next.Sets)
			}
			match = next
		}
	})
}
