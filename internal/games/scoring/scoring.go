// Package scoring holds badminton's scoring rules as pure functions on data: which scores a set can show, when a set and a match
// are over, who won, and which updates of a score sheet are legal. It does no I/O, keeps no state, and everything in it may be
// called concurrently.
//
// The one rule everything leans on: every rally is worth one point to the side that wins it, and no rally is played once a set or a
// match is over. A score is legal exactly when some sequence of rallies leads to it.
//
// What the Laws of Badminton call a "game" is called a "set" here, because a "game" of this club is the whole meeting of two teams.
package scoring

import "fmt"

// Bounds of custom rules. They keep score sheets readable and every table in this package small.
const (
	MaxBestOf   = 9
	MaxPointsTo = 99
	MaxWinBy    = 10
	MaxCap      = 199 // for clubs that play on until somebody is clear: no real set gets there
)

// Team names one side of the net.
type Team int

// The two teams. NoTeam stands for "nobody yet".
const (
	NoTeam Team = iota
	Team1
	Team2
)

// Score is a pair of counts, one for each team: the points of a set, or the sets of a match.
type Score struct {
	Team1 int `json:"team1"`
	Team2 int `json:"team2"`
}

// Of returns what team has; it is 0 for NoTeam.
func (s Score) Of(team Team) int {
	switch team {
	case Team1:
		return s.Team1
	case Team2:
		return s.Team2
	default:
		return 0
	}
}

// Leader returns the team that has more, or NoTeam when they are level.
func (s Score) Leader() Team {
	switch {
	case s.Team1 > s.Team2:
		return Team1
	case s.Team2 > s.Team1:
		return Team2
	default:
		return NoTeam
	}
}

// String writes the score the way it is called, team 1 first: "21–19".
func (s Score) String() string { return fmt.Sprintf("%d–%d", s.Team1, s.Team2) }

func (s Score) high() int { return max(s.Team1, s.Team2) }
func (s Score) low() int  { return min(s.Team1, s.Team2) }

// Rules says how sets and matches are won. The zero value is not valid; see Validate.
//
// A set is won by the side that first has PointsTo points or more and leads by WinBy, or that first has Cap points. With WinBy 1
// that is the side that first has PointsTo points, and Cap never matters. A match is won by the side that first wins more than half
// of BestOf sets.
//
// Every method takes for granted that the rules are valid; with others the answers mean nothing, but no method panics.
type Rules struct {
	BestOf   int `json:"best_of"`   // sets in the longest match: odd, 1..MaxBestOf
	PointsTo int `json:"points_to"` // points that win a set: 1..MaxPointsTo
	WinBy    int `json:"win_by"`    // lead that a winner at PointsTo or more needs: 1..MaxWinBy, and no more than PointsTo
	Cap      int `json:"cap"`       // points that win a set whatever the lead: PointsTo..MaxCap
}

// Validate returns an *Error with reason RulesInvalid that names the first field out of its bounds, or nil.
func (r Rules) Validate() error {
	maxWinBy := min(MaxWinBy, r.PointsTo)
	switch {
	case r.BestOf < 1 || r.BestOf > MaxBestOf || r.BestOf%2 == 0:
		return outOfBounds("best_of", "홀수이고 ", "odd and ", 1, MaxBestOf)
	case r.PointsTo < 1 || r.PointsTo > MaxPointsTo:
		return outOfBounds("points_to", "", "", 1, MaxPointsTo)
	case r.WinBy < 1 || r.WinBy > maxWinBy:
		return outOfBounds("win_by", "", "", 1, maxWinBy)
	case r.Cap < r.PointsTo || r.Cap > MaxCap:
		return outOfBounds("cap", "", "", r.PointsTo, MaxCap)
	}
	return nil
}

// SetsToWin returns how many sets win the match.
func (r Rules) SetsToWin() int { return r.BestOf/2 + 1 }

// limit is the most points a side can have in a set.
func (r Rules) limit() int {
	if r.WinBy == 1 {
		return r.PointsTo
	}
	return r.Cap
}
