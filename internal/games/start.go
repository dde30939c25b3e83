package games

import (
	"fmt"
	"slices"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/games/scoring"
)

var errNoTeams = fault.New(fault.Precondition, "TEAMS_NOT_SET",
	"먼저 팀을 정해 주세요.", "Set the teams first.")

// start begins a game on a court, which is then held by it, as are its players. Its rules are fixed from now on: club, where
// it has none of its own. Teams that nobody has set are balanced by ratings, which may be nil until they are asked for by an
// *unrated.
func (g *Game) start(court Court, club scoring.Rules, ratings map[string]int, now time.Time) error {
	if err := g.in(Scheduled); err != nil {
		return err
	}
	if len(g.Team1) == 0 {
		if err := g.balance(ratings); err != nil {
			return err
		}
	}
	if g.Rules == (scoring.Rules{}) {
		g.Rules = club
	}
	g.Status, g.StartedAt = Ongoing, now
	g.CourtID, g.CourtName = court.ID, court.Name
	return nil
}

// unrated is the error of a rule that needs the ratings of users.
type unrated struct{ userIDs []string }

func (u *unrated) Error() string {
	return fmt.Sprintf("the ratings of %d users are needed", len(u.userIDs))
}

// Unwrap returns the caller's error if the participants keep changing.
func (*unrated) Unwrap() error { return errNoTeams }

// balance sets the teams where as many have joined as play.
func (g *Game) balance(ratings map[string]int) error {
	players, joined := 2*g.Type.TeamSize(), userIDs(g.Participants)
	if len(joined) != players {
		return errNoTeams.WithText(
			fmt.Sprintf("먼저 팀을 정해 주세요. 팀 없이 시작하려면 참가자가 %d명이어야 합니다(현재 %d명).", players, len(joined)),
			fmt.Sprintf("Set the teams first. Without teams a game starts with %d participants, and it has %d.", players, len(joined)))
	}
	for _, id := range joined {
		if _, ok := ratings[id]; !ok {
			return &unrated{joined}
		}
	}
	g.Team1, g.Team2 = balanced(joined, ratings)
	return nil
}

// balanced divides two or four players into teams whose sums of ratings differ least. The first is in team 1; where several
// divisions are as good, with the earliest partner. Nobody's gender is known, so mixed doubles are divided like doubles.
func balanced(players []string, ratings map[string]int) (team1, team2 []string) {
	if len(players) == 2 {
		return players[:1:1], players[1:]
	}
	sum := 0
	for _, id := range players {
		sum += ratings[id]
	}
	least := 0
	for i := 1; i < len(players); i++ {
		pair := ratings[players[0]] + ratings[players[i]]
		difference := max(2*pair-sum, sum-2*pair)
		if team1 != nil && difference >= least {
			continue
		}
		least = difference
		team1 = []string{players[0], players[i]}
		team2 = slices.Concat(players[1:i], players[i+1:])
	}
	return team1, team2
}
