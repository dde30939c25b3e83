package scoring

// FinalScore returns the score of a decided match as it is announced, and its winner: the sets won by each team, or the points where
// the rules have a single set. An undecided match returns an *Error with reason MatchUndecided.
func (m Match) FinalScore() (Score, Team, error) {
	winner := m.Winner()
	if winner == NoTeam {
		return Score{}, NoTeam, m.undecided()
	}
	return m.Standing(), winner, nil
}

// Standing returns the score as it would be announced if the match ended now: the sets won by each team, or the points where the
// rules have a single set.
func (m Match) Standing() Score {
	if m.Rules.BestOf != 1 {
		return m.SetsWon()
	}
	return m.Points()
}

// CheckFinal compares a final score and a winner that somebody stated with the sets. nil and NoTeam stand for "not stated". A match
// of a single set may also be stated in sets, 1–0. The *Error that it returns has reason MatchUndecided, FinalScoreContradicted or
// WinnerContradicted.
func (m Match) CheckFinal(stated *Score, winner Team) error {
	final, won, err := m.FinalScore()
	if err != nil {
		return err
	}
	if err := m.checkStated(stated, final); err != nil {
		return err
	}
	if winner != NoTeam && winner != won {
		return m.winnerContradicted(winner, won)
	}
	return nil
}

// CheckStopped compares a final score that somebody stated of a match that ended before it was decided with the sets; nil stands for
// "not stated". The *Error that it returns has reason MatchDecided or FinalScoreContradicted.
func (m Match) CheckStopped(stated *Score) error {
	if m.Decided() {
		return m.decided()
	}
	return m.checkStated(stated, m.Standing())
}

// checkStated returns an error unless stated is nil, the final score, or that score in sets.
func (m Match) checkStated(stated *Score, final Score) error {
	if stated != nil && *stated != final && *stated != m.SetsWon() {
		return m.finalContradicted(*stated, final)
	}
	return nil
}
