package games

import (
	"fmt"
	"strings"

	"github.com/dongbaejul/dongbaejul/internal/fault"
)

const (
	courtHold  = "court/"
	playerHold = "player/"
)

// Holds returns the keys of what the game has to itself: while it is being played, its court and its players. A store keeps
// them unique over all games, as part of the game, so that they are taken and let go in the same step as its state changes
// and nothing can be left held by a crash. The court comes first.
func (g *Game) Holds() []string {
	if g.Status != Ongoing {
		return nil
	}
	keys := []string{courtHold + g.CourtID}
	for _, team := range [][]string{g.Team1, g.Team2} {
		for _, id := range team {
			keys = append(keys, playerHold+id)
		}
	}
	return keys
}

// Held is the error of an update that would take what another game holds. It is fault.Exists.
type Held struct {
	// Key is the first of the game's Holds that is taken.
	Key string
	// GameID is of the game that has it.
	GameID string
}

func (h *Held) Error() string { return fmt.Sprintf("%s is held by game %s", h.Key, h.GameID) }

// Unwrap returns the kind.
func (*Held) Unwrap() error { return fault.Exists }

// player returns whose hold it is; false for a court's.
func (h *Held) player() (userID string, ok bool) { return strings.CutPrefix(h.Key, playerHold) }
