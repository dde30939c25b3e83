package games

import (
	"time"

	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/games/scoring"
)

var (
	errMVP = fault.New(fault.Invalid, "MVP_DID_NOT_PLAY",
		"MVP는 이 경기에서 뛴 선수여야 합니다.", "The best player must be one who played.").WithField("mvp")
	errOtherResult = ofStatus[Completed].WithText(
		"이미 다른 결과로 끝난 경기입니다.", "The game is over already, with another result.")
)

// result is what somebody states of a game that is over; what is zero or nil is not stated.
type result struct {
	final  *scoring.Score
	winner scoring.Team
	mvp    string
	noted  *Noted
}

// complete ends a game. Its final score and winner follow from its sets, and are refused where they contradict them. In a game
// of one set that nobody kept the score of, the final score is that set. The same again changes nothing.
func (g *Game) complete(r result, now time.Time) error {
	if g.Status == Completed {
		return g.repeated(r)
	}
	if err := g.in(Ongoing); err != nil {
		return err
	}
	match := g.match()
	if len(match.Sets) == 0 && match.Rules.BestOf == 1 && r.final != nil {
		var err error
		if match, _, err = match.SetScore(1, r.final.Team1, r.final.Team2); err != nil {
			return scoreFaultIn("final_score.", err)
		}
	}
	if err := match.CheckFinal(r.final, r.winner); err != nil {
		return scoreFault(err)
	}
	final, winner, err := match.FinalScore()
	if err != nil {
		return scoreFault(err)
	}
	if r.mvp != "" && !g.plays(r.mvp) {
		return errMVP
	}
	g.Sets, g.FinalScore, g.Winner, g.MVP = match.Sets, final, winner, r.mvp
	if r.noted != nil {
		g.Noted = *r.noted
	}
	g.Status, g.CompletedAt = Completed, now
	return nil
}

// repeated tells a call that comes again from one that states another result.
func (g *Game) repeated(r result) error {
	same := g.match().CheckFinal(r.final, r.winner) == nil &&
		(r.mvp == "" || r.mvp == g.MVP) && (r.noted == nil || *r.noted == g.Noted)
	if !same {
		return errOtherResult.WithMeta("status", string(g.Status))
	}
	return errUnchanged
}
