package games

import (
	"time"

	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/identity"
)

var (
	errNotOrganiser = fault.New(fault.Denied, "NOT_THE_ORGANISER",
		"경기를 만든 회원이나 운영진만 할 수 있습니다.", "Only who announced the game, or a manager, may do this.")
	errNotInGame = fault.New(fault.Denied, "NOT_IN_THE_GAME",
		"경기를 만든 회원, 참가자, 운영진만 할 수 있습니다.", "Only who announced the game, its participants, or a manager may do this.")
	errNotPlaying = fault.New(fault.Denied, "NOT_A_PLAYER",
		"경기를 만든 회원, 이 경기의 선수, 운영진만 할 수 있습니다.", "Only who announced the game, its players, or a manager may do this.")
	errNotItsDay = fault.New(fault.Precondition, "NOT_THE_DAY_OF_THE_GAME",
		"경기 당일에만 할 수 있습니다. 다른 날에는 운영진에게 부탁해 주세요.",
		"This can be done on the day of the game only. Ask a manager on any other day.")
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

// mayRun is for setting teams: all who have joined may.
func (g *Game) mayRun(c identity.Caller) error {
	if g.standing(c.UserID) == joined || g.mayOrganise(c) == nil {
		return nil
	}
	return errNotInGame
}

// mayPlay is for starting and completing a game. Players' figures follow from it, so of those who have joined only the players
// may.
func (g *Game) mayPlay(c identity.Caller) error {
	if err := g.mayRun(c); err != nil {
		return err
	}
	if len(g.Team1) == 0 || g.plays(c.UserID) || g.mayOrganise(c) == nil {
		return nil
	}
	return errNotPlaying
}

// mayScore is for setting a score, which in a game that is over puts right what players' figures follow from.
func (g *Game) mayScore(c identity.Caller) error {
	if err := g.mayPlay(c); err != nil || g.Status != Completed || c.May(identity.ManageGames) {
		return err
	}
	return errManagersOnly
}

// nightGrace is how long after the day on which it was started a game may be scored and completed: it may be late.
const nightGrace = 6 * time.Hour

// onItsDay fails where a scheduled game is not dated today, by the club's clock. A manager may start it on any day.
func (g *Game) onItsDay(c identity.Caller, now time.Time, zone *time.Location) error {
	from, to := day(g.Date, zone)
	if g.Status != Scheduled || c.May(identity.ManageGames) || !now.Before(from) && now.Before(to) {
		return nil
	}
	return errNotItsDay
}

// untilMorning fails where an ongoing game was not started today or last night, by the club's clock. A manager may score and
// complete it for as long as it is ongoing.
func (g *Game) untilMorning(c identity.Caller, now time.Time, zone *time.Location) error {
	_, to := day(g.StartedAt, zone)
	if g.Status != Ongoing || c.May(identity.ManageGames) || now.Before(to.Add(nightGrace)) {
		return nil
	}
	return errNotItsDay
}
