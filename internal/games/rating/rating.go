// Package rating estimates how strong players are from the games they won and lost, in singles and in doubles. It is pure: no I/O, no
// clock, no state; everything in it may be called concurrently.
//
// A rating is a belief about a player's skill, a normal distribution with mean Mu and standard deviation Sigma. A game moves it by
// Algorithm 1, the Bradley–Terry model with full pairs, of R. C. Weng and C.-J. Lin, "A Bayesian Approximation Method for Online
// Ranking", Journal of Machine Learning Research 12 (2011), 267–300. Only who won counts, not by how much: points are easily run up
// against a partner's weaker side, and a margin that pays invites it.
//
// The one rule everything leans on: ratings follow from the completed games alone. So everybody starts with the same rating, whatever
// level they claim for themselves: a claim can be edited, and then the past could not be computed again.
package rating

import (
	"math"
	"time"
)

// The scale is the customary one, on which a newcomer is believed to be anywhere from 0 to 2·startMu.
const (
	startMu    = 25.0
	startSigma = startMu / 3

	// beta is the standard deviation of a player's form from game to game (β in the paper).
	beta = startSigma / 2

	// kappa bounds from below what one game leaves of a variance (κ, equations 28 and 44).
	kappa = 0.0001

	// idleVariancePerDay is how much surer we stop being of a player who is away: a year takes a Sigma of 3 to 5.
	idleVariancePerDay = (5*5 - 3*3) / 365.0

	// displayScale makes a newcomer's Mu the 1500 that players know from other ratings.
	displayScale = 1500 / startMu
)

// Rating is what the results so far say about a player's skill.
type Rating struct {
	Mu    float64 // the best guess; higher is stronger
	Sigma float64 // how far off it may be, more than 0; the true skill is within 2·Sigma of Mu about 19 times in 20
}

// Start returns the rating of somebody who has not played.
func Start() Rating { return Rating{Mu: startMu, Sigma: startSigma} }

// Display returns the number that members see: 1500 for a newcomer, and never below 0. It follows Mu alone, so that winning never
// lowers it and losing never raises it; with the customary Mu−3·Sigma, a new player who loses would rise as Sigma shrinks.
func (r Rating) Display() int { return max(0, int(math.Round(displayScale*r.Mu))) }

// Rested returns the rating after a time without games: the guess stays, and grows less sure, though never less than a newcomer's.
func (r Rating) Rested(idle time.Duration) Rating {
	if idle <= 0 || r.Sigma >= startSigma {
		return r
	}
	days := idle.Hours() / 24
	r.Sigma = min(math.Sqrt(r.Sigma*r.Sigma+days*idleVariancePerDay), startSigma)
	return r
}

// Update returns the ratings of both teams after a game, in the order given. Each team has at least one player; teams may differ in
// size. No winner's Mu falls, no loser's rises, and nobody's Sigma grows.
//
// In the paper's terms this is Algorithm 1 for k = 2 teams, with γ_q = σ_i/c_iq. Its team skill update yields Ω_i = σ_i²/c·(s − p̂) and
// Δ_i = γ_q·σ_i²/c²·p̂_iq·p̂_qi; its individual skill update yields a player the share σ_ij²/σ_i² of both, so that σ_i² cancels out.
func Update(winners, losers []Rating) (afterWinners, afterLosers []Rating) {
	muW, varianceW := sum(winners)
	muL, varianceL := sum(losers)
	c := math.Sqrt(varianceW + varianceL + 2*beta*beta)

	// surprise is the chance that the losers had: p̂_qi for the winners i, and so 1 − p̂_iq; for the losers it is p̂_iq itself.
	surprise := 1 / (1 + math.Exp((muW-muL)/c))

	return move(winners, math.Sqrt(varianceW), c, surprise, +1), move(losers, math.Sqrt(varianceL), c, surprise, -1)
}

// sum returns the mean and the variance of a team's skill, the sum of its players'.
func sum(team []Rating) (mu, variance float64) {
	for _, player := range team {
		mu += player.Mu
		variance += player.Sigma * player.Sigma
	}
	return mu, variance
}

// move returns a team's ratings after a game; direction is +1 for the winners and -1 for the losers.
func move(team []Rating, teamSigma, c, surprise, direction float64) []Rating {
	gamma := teamSigma / c
	after := make([]Rating, len(team))
	for i, player := range team {
		variance := player.Sigma * player.Sigma
		left := 1 - gamma*variance/(c*c)*surprise*(1-surprise)
		after[i] = Rating{
			Mu:    player.Mu + direction*variance/c*surprise,
			Sigma: player.Sigma * math.Sqrt(max(left, kappa)),
		}
	}
	return after
}
