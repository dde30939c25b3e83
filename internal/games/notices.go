package games

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/clubtime"
	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/notifications"
)

// notificationKinds is the kind of notification that each kind of errand makes.
var notificationKinds = map[ErrandKind]notifications.Kind{
	tellPromoted: notifications.KindPromoted, tellChanged: notifications.KindGameChanged, tellRemoved: notifications.KindGameChanged,
	tellCancelled: notifications.KindGameCancelled, tellStarting: notifications.KindGameStarting,
}

// notices are what an errand of a game has to tell.
func notices(g *Game, e Errand) []notifications.Notice {
	all := make([]notifications.Notice, len(e.To))
	for i, id := range e.To {
		all[i] = notifications.Notice{UserID: id, Key: e.Key, Kind: notificationKinds[e.Kind], GameID: g.ID}
	}
	return all
}

// titles are what notifications of games begin with.
var titles = map[notifications.Kind]fault.Text{
	notifications.KindPromoted:      {Ko: "대기 순서가 되어 경기 참가가 확정되었습니다", En: "You moved up from the waiting list"},
	notifications.KindGameChanged:   {Ko: "참가 신청한 경기의 내용이 바뀌었습니다", En: "A game you joined has changed"},
	notifications.KindGameCancelled: {Ko: "참가 신청한 경기가 취소되었습니다", En: "A game you joined was cancelled"},
	notifications.KindGameStarting:  {Ko: "한 시간 뒤에 경기가 있습니다", En: "Your game begins in an hour"},
}

// removedTitle is what a notification begins with that tells somebody that they were removed, by its key.
var removedTitle = fault.Text{Ko: "참가 신청한 경기의 명단에서 제외되었습니다", En: "You were removed from a game you joined"}

// Writer finds the words of notifications about games. It implements notifications.Writer.
type Writer struct{ Store Store }

// Kinds implements notifications.Writer.
func (Writer) Kinds() []notifications.Kind {
	kinds := make([]notifications.Kind, 0, len(titles))
	for k := range titles {
		kinds = append(kinds, k)
	}
	return kinds
}

// Words implements notifications.Writer.
func (w Writer) Words(ctx context.Context, ns []notifications.Notification) ([]notifications.Words, error) {
	ids := make(map[string]bool, len(ns))
	for _, n := range ns {
		ids[n.GameID] = true
	}
	found, err := w.Store.GamesByID(ctx, slices.Collect(maps.Keys(ids)))
	if err != nil {
		return nil, err
	}
	games := make(map[string]*Game, len(found))
	for i := range found {
		games[found[i].ID] = &found[i]
	}
	zone := clubtime.Zone()
	words := make([]notifications.Words, len(ns))
	for i, n := range ns {
		words[i].Title = titles[n.Kind]
		if strings.HasPrefix(n.Key, string(tellRemoved)+"/") {
			words[i].Title = removedTitle
		}
		if g := games[n.GameID]; g != nil {
			words[i].Body = g.timeAndPlace(zone)
		} else {
			words[i].Body, words[i].Gone = fault.Text{Ko: "삭제된 경기입니다.", En: "The game was deleted."}, true
		}
	}
	return words, nil
}

// timeAndPlace returns the title, the date and the location of a game.
func (g *Game) timeAndPlace(zone *time.Location) fault.Text {
	at := g.Date.In(zone)
	text := fault.Text{
		Ko: fmt.Sprintf("「%s」 %s", g.Title, koreanTime(at)), En: fmt.Sprintf("%s, %s", g.Title, at.Format("Mon 2 Jan 15:04")),
	}
	if g.Location != "" {
		text.Ko += ", " + g.Location
		text.En += ", " + g.Location
	}
	return text
}

var weekdays = [...]string{"일", "월", "화", "수", "목", "금", "토"}

// koreanTime writes a time as "11월 26일(목) 19:30".
func koreanTime(t time.Time) string {
	return fmt.Sprintf("%d월 %d일(%s) %s", t.Month(), t.Day(), weekdays[t.Weekday()], t.Format("15:04"))
}
