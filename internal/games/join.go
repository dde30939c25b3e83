package games

import (
	"slices"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/fault"
)

// maxWaiting bounds a waiting list, and with it the size of a game.
const maxWaiting = 1000

var errFull = fault.New(fault.Precondition, "GAME_FULL",
	"참가 인원과 대기 명단이 모두 찼습니다.", "The game and its waiting list are full.")

// standing is how somebody stands in a game.
type standing int

const (
	out standing = iota
	joined
	waiting
)

func (g *Game) standing(userID string) standing {
	is := func(p Place) bool { return p.UserID == userID }
	switch {
	case slices.ContainsFunc(g.Participants, is):
		return joined
	case slices.ContainsFunc(g.Waiting, is):
		return waiting
	}
	return out
}

// join signs a user up: first come, first served, then the waiting list. Who is in already stays where they are.
func (g *Game) join(userID string, now time.Time) error {
	if g.standing(userID) != out {
		return errUnchanged
	}
	if err := g.in(Scheduled); err != nil {
		return err
	}
	place := Place{UserID: userID, JoinedAt: now}
	switch {
	case len(g.Participants) < g.MaxParticipants:
		g.Participants = append(g.Participants, place)
	case len(g.Waiting) < maxWaiting:
		g.Waiting = append(g.Waiting, place)
	default:
		return errFull
	}
	return nil
}

// leave takes a user off, and moves the first of the waiting list up. Teams that they were in are to be set again. Who is
// not in it is off already.
func (g *Game) leave(userID string) error {
	if g.standing(userID) == out {
		return errUnchanged
	}
	if err := g.in(Scheduled); err != nil {
		return err
	}
	g.takeOff(userID)
	g.promote()
	return nil
}

// takeOff removes a user from the participants, the waiting list and the teams.
func (g *Game) takeOff(userID string) {
	g.Participants, g.Waiting = without(g.Participants, userID), without(g.Waiting, userID)
	if g.plays(userID) {
		g.Team1, g.Team2 = nil, nil
	}
}

// promote moves people up from the waiting list, in order, while there are places, and has them told. It returns their ids.
func (g *Game) promote() []string {
	n := min(g.MaxParticipants-len(g.Participants), len(g.Waiting))
	if n <= 0 {
		return nil
	}
	up := g.Waiting[:n:n]
	g.Participants = slices.Concat(g.Participants, up)
	g.Waiting = g.Waiting[n:]
	ids := userIDs(up)
	g.errand(tellPromoted, ids)
	return ids
}

// without returns places but for the user's. places itself is left as it is.
func without(places []Place, userID string) []Place {
	return slices.DeleteFunc(slices.Clone(places), func(p Place) bool { return p.UserID == userID })
}
