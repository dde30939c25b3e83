package games

import (
	"fmt"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/notifications"
)

// notices are what an errand has to tell, of the game as it is now.
func (s *Service) notices(g *Game, e Errand) []notifications.Notice {
	n := notifications.Notice{Key: e.Key, GameID: g.ID}
	what := fmt.Sprintf("「%s」 %s", g.Title, koreanTime(g.Date.In(s.zone)))
	switch e.Kind {
	case tellPromoted:
		n.Kind, n.Title = notifications.KindPromoted, "대기 순서가 되어 경기 참가가 확정되었습니다"
	case tellChanged:
		n.Kind, n.Title = notifications.KindGameChanged, "참가 신청한 경기의 내용이 바뀌었습니다"
	case tellCancelled:
		n.Kind, n.Title = notifications.KindGameCancelled, "참가 신청한 경기가 취소되었습니다"
	case tellStarting:
		n.Kind, n.Title = notifications.KindGameStarting, "한 시간 뒤에 경기가 있습니다"
	}
	n.Body = what
	notices := make([]notifications.Notice, len(e.To))
	for i, id := range e.To {
		n.UserID = id
		notices[i] = n
	}
	return notices
}

var weekdays = [...]string{"일", "월", "화", "수", "목", "금", "토"}

// koreanTime writes a time as "11월 26일(목) 19:30".
func koreanTime(t time.Time) string {
	return fmt.Sprintf("%d월 %d일(%s) %s", t.Month(), t.Day(), weekdays[t.Weekday()], t.Format("15:04"))
}
