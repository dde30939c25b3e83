package games

import (
	"errors"
	"slices"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/games/scoring"
)

// keptCorrections is how many corrections a game keeps, the latest; of earlier ones it keeps how many there were.
const keptCorrections = 100

// setScore sets the score of one set. A score that is lowered is a correction, as is any change of a completed game. One that was
// played out must stay decided; another one counts as played out once its sets decide it.
func (g *Game) setScore(set int, score scoring.Score, by string, now time.Time) error {
	if err := g.in(Ongoing, Completed); err != nil {
		return err
	}
	match, change, err := g.match().SetScore(set, score.Team1, score.Team2)
	if err != nil {
		return scoreFault(err)
	}
	if !change.Changed() && change.Dropped == 0 && len(match.Sets) == len(g.Sets) {
		return errUnchanged
	}
	g.Sets = match.Sets
	if g.Status == Completed {
		if err := g.settle(match); err != nil {
			return err
		}
	}
	if g.Status == Ongoing && !change.Correction() {
		return nil
	}
	g.correct(Correction{Set: set, From: change.Before, To: change.After, By: by, At: now})
	return nil
}

// settle brings the result of a completed game in line with its corrected sets.
func (g *Game) settle(match scoring.Match) (err error) {
	if g.End != PlayedOut && !match.Decided() {
		g.FinalScore = match.Standing()
		return nil
	}
	if g.FinalScore, g.Winner, err = match.FinalScore(); err != nil {
		return scoreFault(err)
	}
	g.End = PlayedOut
	return nil
}

// correct adds a correction to the history, in the place of the earliest where that is full.
func (g *Game) correct(c Correction) {
	if drop := len(g.Corrections) + 1 - keptCorrections; drop > 0 {
		g.Corrections = g.Corrections[drop:]
		g.CorrectionsDropped += drop
	}
	g.Corrections = append(slices.Clone(g.Corrections), c)
}

// corrected counts all corrections there have been.
func (g *Game) corrected() int { return g.CorrectionsDropped + len(g.Corrections) }

// scoreFault returns what a broken rule of scoring is to a caller.
func scoreFault(err error) error { return scoreFaultIn("", err) }

// scoreFaultIn is scoreFault for fields of a part of the request, such as "scoring.".
func scoreFaultIn(part string, err error) error {
	broken, ok := errors.AsType[*scoring.Error](err)
	if !ok {
		return err
	}
	if broken.Reason == scoring.MatchUndecided || broken.Reason == scoring.MatchDecided {
		return fault.New(fault.Precondition, string(broken.Reason), broken.Korean, broken.English)
	}
	return fault.New(fault.Invalid, string(broken.Reason), broken.Korean, broken.English).WithField(part + broken.Field)
}
