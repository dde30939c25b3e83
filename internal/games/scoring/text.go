package scoring

import (
	"errors"
	"fmt"
	"strings"
)

// The texts of errors. Korean particles that depend on how a number is read aloud are avoided by putting numbers into brackets or
// before a noun.

// korean writes a score as Korean score boards do: "21:19".
func (s Score) korean() string { return fmt.Sprintf("%d:%d", s.Team1, s.Team2) }

// setRule says how a set is won.
func (r Rules) setRule() (korean, english string) {
	if r.limit() == r.PointsTo {
		return fmt.Sprintf("세트는 먼저 %d점을 얻은 팀이 이깁니다(듀스 없음).", r.PointsTo),
			fmt.Sprintf("a set is won by the first side to %d points, with no setting", r.PointsTo)
	}
	return fmt.Sprintf("세트는 %d점 이상에서 %d점 앞서거나 먼저 %d점을 얻은 팀이 이깁니다.", r.PointsTo, r.WinBy, r.Cap),
		fmt.Sprintf("a set is won at %d points or more with a lead of %d, or by the first side to %d", r.PointsTo, r.WinBy, r.Cap)
}

func outOfBounds(field, korean, english string, least, most int) *Error {
	return &Error{
		Reason:  RulesInvalid,
		Field:   field,
		Korean:  fmt.Sprintf("점수 규칙의 %s 값은 %s%d 이상 %d 이하여야 합니다.", field, korean, least, most),
		English: fmt.Sprintf("the scoring rules' %s must be %sfrom %d to %d", field, english, least, most),
	}
}

func (r Rules) unreachable(s Score) *Error {
	if s.low() < 0 {
		return &Error{
			Reason:  ScoreUnreachable,
			Field:   pointsField(s.Team1 < 0),
			Korean:  fmt.Sprintf("나올 수 없는 점수입니다(%s). 점수는 0점부터 셉니다.", s.korean()),
			English: fmt.Sprintf("%v cannot happen: points count from 0", s),
		}
	}
	korean, english := r.setRule()
	var koreanFinals, englishFinals []string
	for _, f := range r.nearestFinal(s) {
		koreanFinals = append(koreanFinals, f.korean())
		englishFinals = append(englishFinals, f.String())
	}
	return &Error{
		Reason: ScoreUnreachable,
		Field:  pointsField(s.Team1 >= s.Team2),
		Korean: fmt.Sprintf("나올 수 없는 점수입니다(%s). %s 가까운 끝 점수: %s.",
			s.korean(), korean, strings.Join(koreanFinals, ", ")),
		English: fmt.Sprintf("%v cannot happen: %s; it could have ended %s", s, english, strings.Join(englishFinals, " or ")),
	}
}

// pointsField names the input of a team's points.
func pointsField(first bool) string {
	if first {
		return "team1_score"
	}
	return "team2_score"
}

func (m Match) numberOutOfRange(number int) *Error {
	return &Error{
		Reason:  SetNumberOutOfRange,
		Field:   "set_number",
		Korean:  fmt.Sprintf("없는 세트 번호입니다(%d). 이 경기의 세트 번호는 1부터 %d까지입니다.", number, m.Rules.BestOf),
		English: fmt.Sprintf("there is no set %d: this match has sets 1 to %d", number, m.Rules.BestOf),
	}
}

func (m Match) afterDecided(number int) *Error {
	won := m.SetsWon()
	return &Error{
		Reason: SetAfterMatchDecided,
		Field:  "set_number",
		Korean: fmt.Sprintf("%d세트는 없습니다. 경기가 %d세트에서 세트 스코어 %s로 끝났습니다.",
			number, len(m.Sets), won.korean()),
		English: fmt.Sprintf("there is no set %d: the match was decided %v in set %d", number, won, len(m.Sets)),
	}
}

// previousUnfinished names the first set that is not over; those before it on the sheet are.
func (m Match) previousUnfinished(number int) *Error {
	unfinished, score := len(m.Sets)+1, Score{}
	if last := len(m.Sets); last > 0 && !m.Rules.SetOver(m.Sets[last-1]) {
		unfinished, score = last, m.Sets[last-1]
	}
	korean, english := m.Rules.setRule()
	return &Error{
		Reason: PreviousSetUnfinished,
		Field:  "set_number",
		Korean: fmt.Sprintf("%d세트를 기록하려면 먼저 %d세트가 끝나야 합니다(현재 %s). %s",
			number, unfinished, score.korean(), korean),
		English: fmt.Sprintf("set %d cannot be scored before set %d is over (%v): %s", number, unfinished, score, english),
	}
}

// correctionBreaksLater says what the corrected sheet would break, which Check has found.
func correctionBreaksLater(number int, score Score, broken error) error {
	var cause *Error
	if !errors.As(broken, &cause) {
		return broken
	}
	return &Error{
		Reason: CorrectionBreaksLater,
		Field:  pointsField(true),
		Korean: fmt.Sprintf("%d세트의 점수 정정(%s)을 받을 수 없습니다. %s 뒤 세트를 0:0으로 되돌린 다음 고쳐 주세요.",
			number, score.korean(), cause.Korean),
		English: fmt.Sprintf("set %d cannot be corrected to %v: %s; take the later sets back to 0–0 first",
			number, score, cause.English),
	}
}

func (m Match) undecided() *Error {
	won := m.SetsWon()
	return &Error{
		Reason: MatchUndecided,
		Field:  "winner",
		Korean: fmt.Sprintf("아직 승부가 나지 않은 경기입니다(세트 스코어 %s). 먼저 이겨야 하는 세트 수는 %d입니다.",
			won.korean(), m.Rules.SetsToWin()),
		English: fmt.Sprintf("nobody has won this match yet (%v in sets): it takes %d", won, m.Rules.SetsToWin()),
	}
}

func (m Match) decided() *Error {
	won := m.SetsWon()
	return &Error{
		Reason:  MatchDecided,
		Field:   "end",
		Korean:  fmt.Sprintf("이미 승부가 난 경기입니다(세트 스코어 %s). 경기를 끝내거나 점수를 고쳐 주세요.", won.korean()),
		English: fmt.Sprintf("the sets have decided this match (%v in sets): complete it, or correct its score", won),
	}
}

func (m Match) finalContradicted(stated, final Score) *Error {
	return &Error{
		Reason:  FinalScoreContradicted,
		Field:   "final_score",
		Korean:  fmt.Sprintf("최종 점수(%s)가 기록된 세트와 다릅니다. 세트에 따르면 %s입니다.", stated.korean(), final.korean()),
		English: fmt.Sprintf("final score %v contradicts the sets, which make it %v", stated, final),
	}
}

func (m Match) winnerContradicted(stated, won Team) *Error {
	return &Error{
		Reason:  WinnerContradicted,
		Field:   "winner",
		Korean:  fmt.Sprintf("승리 팀(%d팀)이 기록된 세트와 다릅니다. 세트에 따르면 %d팀이 이겼습니다.", stated, won),
		English: fmt.Sprintf("winner team %d contradicts the sets, by which team %d won", stated, won),
	}
}
