package record

import (
	"time"

	"github.com/dongbaejul/dongbaejul/internal/games/scoring"
)

// Stats sums up the completed games of one player. The zero value is a player who has not played.
type Stats struct {
	GamesPlayed, Wins, Losses int
	PointsFor, PointsAgainst  int // rallies won and lost by the player's teams
	MVPs                      int // games in which the player was named the best
	LastPlayedAt              time.Time
}

// WinRate returns the share of games won, 0 to 1; it is 0 before the first game.
func (s Stats) WinRate() float64 {
	if s.GamesPlayed == 0 {
		return 0
	}
	return float64(s.Wins) / float64(s.GamesPlayed)
}

// After returns the statistics of player after one more game; a game without the player changes nothing. Games may be added in any
// order, but each only once.
func (s Stats) After(game Result, player string) Stats {
	team := game.TeamOf(player)
	if team == scoring.NoTeam {
		return s
	}
	s.GamesPlayed++
	if team == game.Winner {
		s.Wins++
	} else {
		s.Losses++
	}
	own := game.Points.Of(team)
	s.PointsFor += own
	s.PointsAgainst += game.Points.Team1 + game.Points.Team2 - own
	if player == game.MVP {
		s.MVPs++
	}
	if game.CompletedAt.After(s.LastPlayedAt) {
		s.LastPlayedAt = game.CompletedAt
	}
	return s
}

// Fold returns the statistics of everybody who played in games, by player id. The order of games does not matter, and a game that
// occurs more than once counts once. The first result that does not Validate ends it with that error.
func Fold(games []Result) (map[string]Stats, error) {
	all := make(map[string]Stats)
	for _, game := range InOrder(games) {
		if err := game.Validate(); err != nil {
			return nil, err
		}
		for player := range game.Players() {
			all[player] = all[player].After(game, player)
		}
	}
	return all, nil
}
