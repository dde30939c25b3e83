package scoring

// SetWinner returns who has won a set that stands at s. It is NoTeam while the set is in play, and for a score that no sequence of
// rallies can reach.
func (r Rules) SetWinner(s Score) Team {
	winner := s.Leader()
	if winner == NoTeam || s.low() < 0 || r.inPlay(s) {
		return NoTeam
	}
	// The last rally was the winner's: without it the set must still have been in play, or it would have ended there.
	before := s
	if winner == Team1 {
		before.Team1--
	} else {
		before.Team2--
	}
	if !r.inPlay(before) {
		return NoTeam
	}
	return winner
}

// SetOver reports whether a set that stands at s has been won.
func (r Rules) SetOver(s Score) bool { return r.SetWinner(s) != NoTeam }

// Reachable reports whether some sequence of rallies brings a set to s.
func (r Rules) Reachable(s Score) bool {
	return s.low() >= 0 && (r.inPlay(s) || r.SetOver(s))
}

// CheckScore returns an *Error with reason ScoreUnreachable unless Reachable(s). Its text names the nearest scores a set can end at.
func (r Rules) CheckScore(s Score) error {
	if r.Reachable(s) {
		return nil
	}
	return r.unreachable(s)
}

// inPlay reports whether a set that stands at s, which must have no negative count, goes on. Any such score can be reached: below
// PointsTo no order of rallies ends the set; from there on, both sides climb in turn to the lower count, never more than one point
// apart, and the leader then adds a lead that is still short of WinBy.
func (r Rules) inPlay(s Score) bool {
	high := s.high()
	return high < r.PointsTo || high < r.limit() && high-s.low() < r.WinBy
}

// nearestFinal returns final scores near the unreachable score s, with its leader (team 1 when level) as the winner: the one with
// the loser's points as they are, and the one with the winner's points as they are where a set can end at those. They are distinct.
func (r Rules) nearestFinal(s Score) []Score {
	low := min(max(s.low(), 0), r.limit()-1)
	finals := []Score{{Team1: min(max(r.PointsTo, low+r.WinBy), r.limit()), Team2: low}}

	if high := s.high(); high >= r.PointsTo && high <= r.limit() {
		behind := high - r.WinBy
		if high == r.limit() {
			behind = max(behind, low) // at the limit the loser may be closer
		}
		if other := (Score{Team1: high, Team2: behind}); other != finals[0] {
			finals = append(finals, other)
		}
	}
	if s.Leader() == Team2 {
		for i, f := range finals {
			finals[i] = Score{Team1: f.Team2, Team2: f.Team1}
		}
	}
	return finals
}
