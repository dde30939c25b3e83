package games

import "fmt"

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
	tellChanged   ErrandKind = "changed"
	tellCancelled ErrandKind = "cancelled"
	// tellStarting is never stored: Remind has it done.
	tellStarting ErrandKind = "starting"
	// setReminder makes those in the game be told an hour before it.
	setReminder ErrandKind = "reminder"
)

// errand adds an errand of the change that is being made. One to tell nobody is left out.
func (g *Game) errand(kind ErrandKind, to []string) {
	if kind != setReminder && len(to) == 0 {
		return
	}
	g.Errands = append(g.Errands, Errand{Key: fmt.Sprintf("%s/%s/%d", kind, g.ID, g.Version+1), Kind: kind, To: to})
}
