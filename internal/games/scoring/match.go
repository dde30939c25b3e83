package scoring

import "slices"

// Match is the score sheet of one match: the sets begun so far, in order. A set begins when it is given a score, which may be 0–0.
// The zero value with valid Rules is a match not begun.
type Match struct {
	Rules Rules
	Sets  []Score
}

// Change tells what an update did to a match.
type Change struct {
	Set           int   // number of the set, from 1
	Before, After Score // Before is 0–0 where the set began with this update
	Dropped       int   // later sets, all at 0–0, that a correction took back
}

// Changed reports whether the set's score is another than before.
func (c Change) Changed() bool { return c.Before != c.After }

// Correction reports whether a team has fewer points than before. No rally does that: somebody put a mistake right.
func (c Change) Correction() bool {
	return c.After.Team1 < c.Before.Team1 || c.After.Team2 < c.Before.Team2
}

// SetsWon counts the sets each team has won.
func (m Match) SetsWon() Score {
	var won Score
	for _, set := range m.Sets {
		switch m.Rules.SetWinner(set) {
		case Team1:
			won.Team1++
		case Team2:
			won.Team2++
		}
	}
	return won
}

// Points adds up the points of all sets.
func (m Match) Points() Score {
	var sum Score
	for _, set := range m.Sets {
		sum.Team1 += set.Team1
		sum.Team2 += set.Team2
	}
	return sum
}

// Winner returns the team that has won the match, or NoTeam while it is undecided.
func (m Match) Winner() Team {
	won := m.SetsWon()
	if won.high() < m.Rules.SetsToWin() {
		return NoTeam
	}
	return won.Leader()
}

// Decided reports whether a team has won the match.
func (m Match) Decided() bool { return m.Winner() != NoTeam }

// Check returns nil when some sequence of rallies leads to these sets: each score is reachable, a set begins only when the one before
// it is over, and none begins when the match is decided. Otherwise it returns an *Error for the first set that breaks a rule.
func (m Match) Check() error {
	for i, set := range m.Sets {
		played := Match{Rules: m.Rules, Sets: m.Sets[:i]}
		if err := played.checkBegin(i + 1); err != nil {
			return err
		}
		if err := m.Rules.CheckScore(set); err != nil {
			return err
		}
	}
	return nil
}

// SetScore returns the match with set number at the given points, and what that changed. The match itself, which must pass Check, is
// left as it is. Rallies may be skipped: any reachable score of the set may follow any other, and a lower one is a correction.
//
// An earlier set may be corrected too, as long as the sets scored after it can still have been played: it stays finished, and the
// match is not decided before them. Later sets at 0–0 do not stand in the way; they are dropped where they lose their place.
//
// An update that breaks a rule returns an *Error, whose reason is one of SetNumberOutOfRange, SetAfterMatchDecided,
// PreviousSetUnfinished, ScoreUnreachable and CorrectionBreaksLater.
func (m Match) SetScore(number, team1, team2 int) (Match, Change, error) {
	if number < 1 || number > m.Rules.BestOf {
		return m, Change{}, m.numberOutOfRange(number)
	}
	after := Score{Team1: team1, Team2: team2}
	if number > len(m.Sets) {
		return m.beginSet(number, after)
	}
	if err := m.Rules.CheckScore(after); err != nil {
		return m, Change{}, err
	}

	sets := slices.Clone(m.Sets)
	sets[number-1] = after
	next := Match{Rules: m.Rules, Sets: sets}
	err := next.Check()
	for err != nil && len(next.Sets) > number && next.Sets[len(next.Sets)-1] == (Score{}) {
		next.Sets = next.Sets[:len(next.Sets)-1]
		err = next.Check()
	}
	if err != nil {
		return m, Change{}, correctionBreaksLater(number, after, err)
	}
	return next, Change{
		Set:     number,
		Before:  m.Sets[number-1],
		After:   after,
		Dropped: len(m.Sets) - len(next.Sets),
	}, nil
}

func (m Match) beginSet(number int, score Score) (Match, Change, error) {
	if err := m.checkBegin(number); err != nil {
		return m, Change{}, err
	}
	if err := m.Rules.CheckScore(score); err != nil {
		return m, Change{}, err
	}
	next := Match{Rules: m.Rules, Sets: append(slices.Clone(m.Sets), score)}
	return next, Change{Set: number, After: score}, nil
}

// checkBegin returns an error unless set number, which is not on the sheet, may begin now.
func (m Match) checkBegin(number int) error {
	if m.Decided() {
		return m.afterDecided(number)
	}
	if number > len(m.Sets)+1 || number > 1 && !m.Rules.SetOver(m.Sets[number-2]) {
		return m.previousUnfinished(number)
	}
	return nil
}
