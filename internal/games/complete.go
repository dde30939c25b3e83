package games

import (
	"cmp"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/games/scoring"
)

var (
	errMVP = fault.New(fault.Invalid, "MVP_DID_NOT_PLAY",
		"MVP는 이 경기에서 뛴 선수여야 합니다.", "The best player must be one who played.").WithField("mvp")
	errWinnerRequired = fault.New(fault.Invalid, "WINNER_REQUIRED",
		"기권이나 부전승으로 끝난 경기는 이긴 팀을 골라 주세요.",
		"A game that ended by retirement or walkover needs its winner.").WithField("winner")
	errWinnerAbandoned = fault.New(fault.Invalid, string(scoring.WinnerContradicted),
		"중단된 경기에는 이긴 팀이 없습니다.", "An abandoned game has no winner.").WithField("winner")
	errOtherResult = ofStatus[Completed].WithText(
		"이미 다른 결과로 끝난 경기입니다.", "The game is over already, with another result.")
)

// result is what somebody states of a game that is over; what is zero or nil is not stated, but for end.
type result struct {
	end    End
	final  *scoring.Score
	winner scoring.Team
	mvp    string
	noted  *GameStats
}

// check refuses a winner who is missing, or cannot be.
func (r result) check() error {
	switch {
	case r.end == Abandoned && r.winner != scoring.NoTeam:
		return errWinnerAbandoned
	case (r.end == Retired || r.end == Walkover) && r.winner == scoring.NoTeam:
		return errWinnerRequired
	}
	return nil
}

// of returns the final score and the winner of a match that ended so. They follow from the sets where those decide it; where it
// ended before, the score is as far as it came, and the winner is as stated.
func (r result) of(match scoring.Match) (scoring.Score, scoring.Team, error) {
	if r.end == PlayedOut {
		if err := match.CheckFinal(r.final, r.winner); err != nil {
			return scoring.Score{}, scoring.NoTeam, scoreFault(err)
		}
		return match.FinalScore()
	}
	if err := match.CheckStopped(r.final); err != nil {
		return scoring.Score{}, scoring.NoTeam, scoreFault(err)
	}
	return match.Standing(), r.winner, nil
}

// complete ends a game, and refuses what contradicts its sets. In a game of one set that nobody kept the score of, the final score
// is that set. Only a walkover may end one that has not started, which then has the rules club where it has none of its own. The
// same again changes nothing.
func (g *Game) complete(r result, club scoring.Rules, now time.Time) error {
	if err := r.check(); err != nil {
		return err
	}
	if g.Status == Completed {
		return g.repeated(r)
	}
	if g.Status != Scheduled || r.end != Walkover {
		if err := g.in(Ongoing); err != nil {
			return err
		}
	}
	if len(g.Team1) == 0 {
		return errNoTeams
	}
	match, err := r.sheet(scoring.Match{Rules: cmp.Or(g.Rules, club), Sets: g.Sets})
	if err != nil {
		return err
	}
	final, winner, err := r.of(match)
	if err != nil {
		return err
	}
	if r.mvp != "" && (r.end == Walkover || !g.plays(r.mvp)) {
		return errMVP
	}
	g.Rules, g.Sets = match.Rules, match.Sets
	g.End, g.FinalScore, g.Winner, g.MVP = r.end, final, winner, r.mvp
	if r.noted != nil {
		g.GameStats = *r.noted
	}
	g.Status, g.CompletedAt = Completed, now
	return nil
}

// sheet returns the score sheet that a result is stated of, which is match unless nobody kept its one set.
func (r result) sheet(match scoring.Match) (scoring.Match, error) {
	if r.final == nil || r.end == Walkover || len(match.Sets) > 0 || match.Rules.BestOf != 1 {
		return match, nil
	}
	match, _, err := match.SetScore(1, r.final.Team1, r.final.Team2)
	if err != nil {
		return scoring.Match{}, scoreFaultIn("final_score.", err)
	}
	return match, nil
}

// repeated distinguishes a call that comes again from one that states another result.
func (g *Game) repeated(r result) error {
	_, winner, err := r.of(g.match())
	same := err == nil && r.end == g.End && winner == g.Winner &&
		(r.mvp == "" || r.mvp == g.MVP) && (r.noted == nil || *r.noted == g.GameStats)
	if !same {
		return errOtherResult.WithMeta("status", string(g.Status))
	}
	return errUnchanged
}
