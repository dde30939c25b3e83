package rating_test

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/dongbaejul/dongbaejul/internal/games/rating"
)

const tolerance = 1e-9

func near(a, b rating.Rating) bool {
	return math.Abs(a.Mu-b.Mu) < tolerance && math.Abs(a.Sigma-b.Sigma) < tolerance
}

// Numbers published for the same update by the OpenSkill projects: the test suite of its Bradley–Terry full model for newcomers, and
// the two-team example of its manual. That one is of the Plackett–Luce model, Algorithm 4 of the paper, which for two teams is the
// same as Algorithm 1.
func TestUpdateAgainstPublishedNumbers(t *testing.T) {
	for _, tt := range []struct {
		name                      string
		winners, losers           []rating.Rating
		afterWinners, afterLosers []rating.Rating
	}{
		{
			name:         "newcomers, singles",
			winners:      []rating.Rating{rating.Start()},
			losers:       []rating.Rating{rating.Start()},
			afterWinners: []rating.Rating{{Mu: 27.63523138347365, Sigma: 8.065506316323548}},
			afterLosers:  []rating.Rating{{Mu: 22.36476861652635, Sigma: 8.065506316323548}},
		},
		{
			name:    "doubles",
			winners: []rating.Rating{{Mu: 25, Sigma: 25.0 / 3}, {Mu: 32.444, Sigma: 5.123}},
			losers:  []rating.Rating{{Mu: 43.381, Sigma: 2.421}, {Mu: 25.188, Sigma: 6.211}},
			afterWinners: []rating.Rating{
				{Mu: 28.669648436582808, Sigma: 8.071520788025197}, {Mu: 33.83086971107981, Sigma: 5.062772998705765}},
			afterLosers: []rating.Rating{
				{Mu: 43.071274808241974, Sigma: 2.4166900452721256}, {Mu: 23.149503312339064, Sigma: 6.1378606973362135}},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			afterWinners, afterLosers := rating.Update(tt.winners, tt.losers)
			for i, want := range tt.afterWinners {
				if !near(afterWinners[i], want) {
					t.Errorf("winner %d: %+v, want %+v", i, afterWinners[i], want)
				}
			}
			for i, want := range tt.afterLosers {
				if !near(afterLosers[i], want) {
					t.Errorf("loser %d: %+v, want %+v", i, afterLosers[i], want)
				}
			}
		})
	}
}

func drawTeam(t *rapid.T, name string) []rating.Rating {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) rating.Rating {
		return rating.Rating{
			Mu:    rapid.Float64Range(-20, 70).Draw(t, "mu"),
			Sigma: rapid.Float64Range(0.5, 25.0/3).Draw(t, "sigma"),
		}
	}), 1, 3).Draw(t, name)
}

// What the algorithm promises of one game.
func TestUpdateProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		winners, losers := drawTeam(t, "winners"), drawTeam(t, "losers")
		afterWinners, afterLosers := rating.Update(winners, losers)

		// Weighted by certainty, what the winners gain is what the losers lose: Ω_i/σ_i² is the same on both sides, and so is each
		// player's share of it.
		gain := func(before, after rating.Rating) float64 {
			return (after.Mu - before.Mu) / (before.Sigma * before.Sigma)
		}
		want := gain(winners[0], afterWinners[0])
		check := func(before, after []rating.Rating, direction float64) {
			for i, b := range before {
				a := after[i]
				if direction*(a.Mu-b.Mu) < 0 {
					t.Fatalf("Mu moves the wrong way: %+v to %+v", b, a)
				}
				if direction*float64(a.Display()-b.Display()) < 0 {
					t.Fatalf("the number shown moves the wrong way: %d to %d", b.Display(), a.Display())
				}
				if !(a.Sigma > 0 && a.Sigma <= b.Sigma) {
					t.Fatalf("Sigma grows or vanishes: %+v to %+v", b, a)
				}
				if g := gain(b, a); math.Abs(direction*g-want) > tolerance {
					t.Fatalf("gain %v, want ±%v", g, want)
				}
			}
		}
		check(winners, afterWinners, +1)
		check(losers, afterLosers, -1)
	})
}

// An upset moves ratings more than the expected result, and a surer rating moves less.
func TestUpdateWeighsEvidence(t *testing.T) {
	strong, weak := rating.Rating{Mu: 30, Sigma: 4}, rating.Rating{Mu: 20, Sigma: 4}
	expected, _ := rating.Update([]rating.Rating{strong}, []rating.Rating{weak})
	upset, _ := rating.Update([]rating.Rating{weak}, []rating.Rating{strong})
	if won, upsetWon := expected[0].Mu-strong.Mu, upset[0].Mu-weak.Mu; won >= upsetWon {
		t.Errorf("the favourite gains %v, the underdog %v", won, upsetWon)
	}
	pair, _ := rating.Update([]rating.Rating{{Mu: 25, Sigma: 2}, {Mu: 25, Sigma: 8}}, []rating.Rating{strong, weak})
	if sure, unsure := pair[0].Mu-25, pair[1].Mu-25; sure >= unsure {
		t.Errorf("the surer partner gains %v, the other %v", sure, unsure)
	}
}

func TestUpdateOfLopsidedTeamsStaysFinite(t *testing.T) {
	for _, gap := range []float64{1e3, 1e6, 1e300} {
		for _, mu := range []float64{gap, -gap} {
			winners, losers := rating.Update([]rating.Rating{{Mu: mu, Sigma: 1}}, []rating.Rating{{Mu: -mu, Sigma: 1}})
			for _, r := range append(winners, losers...) {
				if math.IsNaN(r.Mu) || math.IsInf(r.Mu, 0) || !(r.Sigma > 0 && r.Sigma <= 1) {
					t.Errorf("gap %v: %+v", 2*mu, r)
				}
			}
		}
	}
}

func TestRested(t *testing.T) {
	const day, year = 24 * time.Hour, 365 * 24 * time.Hour
	settled := rating.Rating{Mu: 30, Sigma: 3}
	for _, tt := range []struct {
		idle  time.Duration
		sigma float64
	}{
		{-year, 3},
		{0, 3},
		{year, 5},
		{100 * year, 25.0 / 3},
	} {
		if got := settled.Rested(tt.idle); !near(got, rating.Rating{Mu: 30, Sigma: tt.sigma}) {
			t.Errorf("after %v: %+v, want Sigma %v", tt.idle, got, tt.sigma)
		}
	}
	if got := rating.Start().Rested(year); got != rating.Start() {
		t.Errorf("a newcomer's rating becomes %+v", got)
	}
	// Away twice is away for the sum of both.
	if twice, once := settled.Rested(9*day).Rested(30*day), settled.Rested(39*day); !near(twice, once) {
		t.Errorf("9 and 30 days give %+v, 39 days %+v", twice, once)
	}
}

func TestDisplay(t *testing.T) {
	for _, tt := range []struct {
		rating rating.Rating
		want   int
	}{
		{rating.Start(), 1500},
		{rating.Rating{Mu: 25, Sigma: 2}, 1500},
		{rating.Rating{Mu: 27.63523138347365, Sigma: 8}, 1658},
		{rating.Rating{Mu: -3, Sigma: 8}, 0},
	} {
		if got := tt.rating.Display(); got != tt.want {
			t.Errorf("%+v shows %d, want %d", tt.rating, got, tt.want)
		}
	}
}
