package games

import (
	"fmt"
	"slices"
)

// Errand is what is to be done because of a change that is stored: telling people, or setting the reminder. It is stored with
// the change and taken off when it is done, so that it is done at least once whatever crashes; what it does, it may do
// again.
type Errand struct {
	// Key names it: unique over all games and changes.
	Key  string     `json:"key"`
	Kind ErrandKind `json:"kind"`
	// To are user ids.
	To []string `json:"to,omitempty"`
}

// ErrandKind is what is to be done.
type ErrandKind string

const (
	tellPromoted  ErrandKind = "promoted"
	tellRemoved   ErrandKind = "removed"
	tellChanged   ErrandKind = "changed"
	tellCancelled ErrandKind = "cancelled"
	// tellStarting is never stored: Remind has it done.
	tellStarting ErrandKind = "starting"
	// setReminder makes those in the game be told an hour before it.
	setReminder ErrandKind = "reminder"
)

// maxErrands bounds the errands of one kind that a game has: while people cannot be told, games go on.
const maxErrands = 8

// errand adds an errand of the change that is being made. One to tell nobody is left out. The newest of a kind takes over from
// the oldest where there are too many: it says what is true now, and those who are to be told of both are told once.
func (g *Game) errand(kind ErrandKind, to []string) {
	if kind != setReminder && len(to) == 0 {
		return
	}
	errands, of := slices.Clone(g.Errands), 0
	for i := len(errands) - 1; i >= 0; i-- {
		if errands[i].Kind != kind {
			continue
		}
		if of++; of < maxErrands {
			continue
		}
		for _, id := range errands[i].To {
			if !slices.Contains(to, id) {
				to = append(slices.Clip(to), id)
			}
		}
		errands = slices.Delete(errands, i, i+1)
	}
	g.Errands = append(errands, Errand{Key: fmt.Sprintf("%s/%s/%d", kind, g.ID, g.Version+1), Kind: kind, To: to})
}
