package games

import (
	"fmt"
	"slices"

	"github.com/dongbaejul/dongbaejul/internal/fault"
)

var (
	errTeamSize = fault.New(fault.Invalid, "TEAM_SIZE",
		"팀의 인원이 경기 종류와 맞지 않습니다.", "A team does not have the number of players that the game is for.")
	errNotJoined = fault.New(fault.Invalid, "NOT_A_PARTICIPANT",
		"경기에 참가한 회원만 팀에 넣을 수 있습니다.", "Only participants of the game can be in a team.")
	errTwice = fault.New(fault.Invalid, "PLAYER_TWICE",
		"같은 회원이 두 번 들어 있습니다.", "The same member is in the teams twice.")
)

// setTeams says who plays with whom.
func (g *Game) setTeams(team1, team2 []string) error {
	if err := g.in(Scheduled); err != nil {
		return err
	}
	for i, team := range [][]string{team1, team2} {
		if err := g.checkTeam(fmt.Sprintf("team%d", i+1), team); err != nil {
			return err
		}
	}
	for i, id := range team2 {
		if slices.Contains(team1, id) {
			return errTwice.WithField(fmt.Sprintf("team2[%d]", i)).WithMeta("user_id", id)
		}
	}
	if slices.Equal(team1, g.Team1) && slices.Equal(team2, g.Team2) {
		return errUnchanged
	}
	g.Team1, g.Team2 = team1, team2
	return nil
}

func (g *Game) checkTeam(field string, team []string) error {
	if size := g.Type.TeamSize(); len(team) != size {
		return errTeamSize.WithText(
			fmt.Sprintf("이 경기는 한 팀에 %d명이 필요합니다(현재 %d명).", size, len(team)),
			fmt.Sprintf("A team of this game has %d players, not %d.", size, len(team))).WithField(field)
	}
	for i, id := range team {
		at := fmt.Sprintf("%s[%d]", field, i)
		if g.standing(id) != joined {
			return errNotJoined.WithField(at).WithMeta("user_id", id)
		}
		if slices.Contains(team[:i], id) {
			return errTwice.WithField(at).WithMeta("user_id", id)
		}
	}
	return nil
}
