package scoring

// FinalScore returns the score of a decided match as it is announced, and its winner: the sets won by each team, or the points where
// the rules have a single set. An undecided match returns an *Error with reason MatchUndecided.
func (m Match) FinalScore() (Score, Team, error) {
	winner := m.Winner()
	if winner == NoTeam {
		return Score{}, NoTeam, m.undecided()
	}
	if m.Rules.BestOf == 1 {
		return m.Sets[0], winner, nil
	}
	return m.SetsWon(), winner, nil
}

// CheckFinal compares a final score and a winner that somebody stated with the sets. nil and NoTeam stand for "not stated". A match
// of a single set may also be stated in sets, 1–0. The *Error that it returns has reason MatchUndecided, FinalScoreContradicted or
// WinnerContradicted.
func (m Match) CheckFinal(stated *Score, winner Team) error {
	final, won, err := m.FinalScore()
	if err != nil {
		return err
	}
	if stated != nil && *stated != final && *stated != m.SetsWon() {
		return m.finalContradicted(*stated, final)
	}
	if winner != NoTeam && winner != won {
		return m.winnerContradicted(winner, won)
	}
	return nil
}
