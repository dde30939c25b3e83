package scoring_test

import (
	"errors"
	"fmt"

	"github.com/dongbaejul/dongbaejul/internal/games/scoring"
)

func ExampleMatch_SetScore() {
	rules, _ := scoring.BWF3x21.Rules()
	match := scoring.Match{Rules: rules}

	match, _, _ = match.SetScore(1, 21, 19)
	match, change, _ := match.SetScore(1, 20, 19)
	fmt.Println(match.Sets, change.Correction())

	_, _, err := match.SetScore(1, 22, 19)
	var broken *scoring.Error
	if errors.As(err, &broken) {
		fmt.Println(broken.Reason)
		fmt.Println(broken.Korean)
		fmt.Println(broken.English)
	}
	// Output:
	// [20–19] true
	// SCORE_UNREACHABLE
	// 나올 수 없는 점수입니다(22:19). 세트는 21점 이상에서 2점 앞서거나 먼저 30점을 얻은 팀이 이깁니다. 가까운 끝 점수: 21:19, 22:20.
	// 22–19 cannot happen: a set is won at 21 points or more with a lead of 2, or by the first side to 30; it could have ended 21–19 or 22–20
}
