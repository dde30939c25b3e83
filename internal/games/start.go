package games

import (
	"time"

	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/games/scoring"
)

var errNoTeams = fault.New(fault.Precondition, "TEAMS_NOT_SET",
	"먼저 팀을 정해 주세요.", "Set the teams first.")

// start begins a game on a court, which is then held by it, as are its players. Its rules are fixed from now on: club, where
// it has none of its own.
func (g *Game) start(court Court, club scoring.Rules, now time.Time) error {
	if err := g.in(Scheduled); err != nil {
		return err
	}
	if len(g.Team1) == 0 {
		return errNoTeams
	}
	if g.Rules == (scoring.Rules{}) {
		g.Rules = club
	}
	g.Status, g.StartedAt = Ongoing, now
	g.CourtID, g.CourtName = court.ID, court.Name
	return nil
}
