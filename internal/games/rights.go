package games

import (
	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/identity"
)

var (
	errNotOrganiser = fault.New(fault.Denied, "NOT_THE_ORGANISER",
		"경기를 만든 회원이나 운영진만 할 수 있습니다.", "Only who announced the game, or a manager, may do this.")
	errNotInGame = fault.New(fault.Denied, "NOT_IN_THE_GAME",
		"경기를 만든 회원, 참가자, 운영진만 할 수 있습니다.", "Only who announced the game, its participants, or a manager may do this.")
	errManagersOnly = fault.New(fault.Denied, "COMPLETED_GAME_CORRECTION",
		"끝난 경기의 점수는 운영진만 정정할 수 있습니다.", "Only a manager may correct the score of a game that is over.")
)

// mayOrganise is for changing and cancelling a game.
func (g *Game) mayOrganise(c identity.Caller) error {
	if c.UserID == g.Creator || c.May(identity.ManageGames) {
		return nil
	}
	return errNotOrganiser
}

// mayRun is for setting teams, starting, scoring and completing. Whoever has joined may, also who is not in a team: it is
// they who sit by the court.
func (g *Game) mayRun(c identity.Caller) error {
	if g.standing(c.UserID) == joined || g.mayOrganise(c) == nil {
		return nil
	}
	return errNotInGame
}

// mayScore is for setting a score, which in a game that is over puts right what players' figures follow from.
func (g *Game) mayScore(c identity.Caller) error {
	if err := g.mayRun(c); err != nil || g.Status != Completed || c.May(identity.ManageGames) {
		return err
	}
	return errManagersOnly
}
