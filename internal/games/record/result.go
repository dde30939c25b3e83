// Package record holds what a completed game leaves behind, and each player's statistics as a sum over those results. It is pure: no
// I/O, no clock, no state; everything in it may be called concurrently.
//
// The one rule everything leans on: the completed games are the record, and every figure about players follows from them, so that it
// can be thrown away and computed again.
package record

import (
	"cmp"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/games/scoring"
)

// ErrInvalid marks a result that no completed game can have.
var ErrInvalid = errors.New("invalid game result")

// Result is the outcome of one completed game. Where a mistake in the game is put right, its result is another one.
type Result struct {
	GameID       string
	CompletedAt  time.Time
	Team1, Team2 []string // ids of the players, at least one a team, nobody twice
	Points       scoring.Score
	Winner       scoring.Team
	MVP          string // id of a player of either team; empty when nobody was named
	Unrated      bool   // the game was not played out, and no rating follows from it
}

// Validate returns an error that wraps ErrInvalid and says what is wrong with the result, or nil.
func (r Result) Validate() error {
	var wrong string
	switch {
	case r.GameID == "":
		wrong = "it has no id"
	case r.CompletedAt.IsZero():
		wrong = "it has no time of completion"
	case len(r.Team1) == 0 || len(r.Team2) == 0:
		wrong = "a team has no players"
	case r.Winner != scoring.Team1 && r.Winner != scoring.Team2:
		wrong = fmt.Sprintf("team %d cannot have won", r.Winner)
	case r.Points.Team1 < 0 || r.Points.Team2 < 0:
		wrong = fmt.Sprintf("points %v count from 0", r.Points)
	case r.MVP != "" && r.TeamOf(r.MVP) == scoring.NoTeam:
		wrong = fmt.Sprintf("its best player %q did not play", r.MVP)
	default:
		wrong = r.wrongPlayer()
	}
	if wrong == "" {
		return nil
	}
	return fmt.Errorf("%w: game %q: %s", ErrInvalid, r.GameID, wrong)
}

func (r Result) wrongPlayer() string {
	seen := make(map[string]bool, len(r.Team1)+len(r.Team2))
	for player := range r.Players() {
		if player == "" {
			return "a player has no id"
		}
		if seen[player] {
			return fmt.Sprintf("player %q plays twice", player)
		}
		seen[player] = true
	}
	return ""
}

// Players yields the ids of all players, team 1 first.
func (r Result) Players() iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, team := range [][]string{r.Team1, r.Team2} {
			for _, player := range team {
				if !yield(player) {
					return
				}
			}
		}
	}
}

// TeamOf returns the team that player played in, or NoTeam.
func (r Result) TeamOf(player string) scoring.Team {
	switch {
	case slices.Contains(r.Team1, player):
		return scoring.Team1
	case slices.Contains(r.Team2, player):
		return scoring.Team2
	default:
		return scoring.NoTeam
	}
}

// InOrder returns the results as a new slice in the order that folds take them: by time of completion, then by game id. A game that
// occurs more than once is kept once, where it comes first.
func InOrder(games []Result) []Result {
	ordered := slices.Clone(games)
	slices.SortStableFunc(ordered, func(a, b Result) int {
		return cmp.Or(a.CompletedAt.Compare(b.CompletedAt), cmp.Compare(a.GameID, b.GameID))
	})
	seen := make(map[string]bool, len(ordered))
	return slices.DeleteFunc(ordered, func(r Result) bool {
		again := seen[r.GameID]
		seen[r.GameID] = true
		return again
	})
}
