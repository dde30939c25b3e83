package scoring

// Reason is the stable name of a rule that was broken. It is an error, so that errors.Is(err, scoring.ScoreUnreachable) works.
type Reason string

// The reasons.
const (
	RulesInvalid           Reason = "SCORING_RULES_INVALID"       // Rules out of bounds
	ScoreUnreachable       Reason = "SCORE_UNREACHABLE"           // no sequence of rallies leads to the score
	SetNumberOutOfRange    Reason = "SET_NUMBER_OUT_OF_RANGE"     // not 1..BestOf
	PreviousSetUnfinished  Reason = "PREVIOUS_SET_UNFINISHED"     // a set before the one ahead of it is finished
	SetAfterMatchDecided   Reason = "SET_AFTER_MATCH_DECIDED"     // a set after one side has won the match
	CorrectionBreaksLater  Reason = "CORRECTION_BREAKS_LATER_SET" // a corrected set leaves no place for one already scored
	MatchUndecided         Reason = "MATCH_UNDECIDED"             // a result is asked of a match that nobody has won
	MatchDecided           Reason = "MATCH_DECIDED"               // a match is to have ended before it was decided, and the sets decide it
	FinalScoreContradicted Reason = "FINAL_SCORE_CONTRADICTED"    // the final score given is not the one of the sets
	WinnerContradicted     Reason = "WINNER_CONTRADICTED"         // the winner given is not the one of the sets
)

// Error returns the name.
func (r Reason) Error() string { return string(r) }

// Error tells which rule an input breaks, in words for the person who entered it. It unwraps to its Reason.
type Error struct {
	Reason  Reason
	Field   string // the input at fault: best_of, points_to, win_by, cap, set_number, team1_score, team2_score, final_score or winner
	Korean  string // what is wrong and what would be legal
	English string
}

// Error returns the English text.
func (e *Error) Error() string { return e.English }

// Unwrap returns the reason.
func (e *Error) Unwrap() error { return e.Reason }
