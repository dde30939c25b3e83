package games

import (
	"fmt"
	"slices"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/games/scoring"
	"github.com/dongbaejul/dongbaejul/internal/users"
)

// dateGrace is how far in the past the date of a game may be when it is set: the time it takes to fill in a form.
const dateGrace = time.Minute

var (
	errPast = fault.New(fault.Invalid, "GAME_DATE_PAST",
		"지난 시각으로는 경기를 잡을 수 없습니다.", "A game cannot be set for a time that has passed.").WithField("game_date")
	errTooFewPlaces = fault.New(fault.Precondition, "FEWER_PLACES_THAN_PARTICIPANTS",
		"이미 참가한 인원보다 적게 줄일 수 없습니다.", "More people than that have joined already.")
)

// edit is what is to be changed of a game; nil leaves it.
type edit struct {
	title, description, location *string
	date                         *time.Time
	minutes                      *int
	maxParticipants              *int
	skillLevel                   *users.SkillLevel
	gameType                     *Type
	rules                        *scoring.Rules
}

// checkDate refuses a time that has passed.
func checkDate(date, now time.Time) error {
	if date.Before(now.Add(-dateGrace)) {
		return errPast
	}
	return nil
}

// edit changes a scheduled game. Places that are new go to the waiting list; another number of players makes teams void. Those
// in the game are told, but for who did it.
func (g *Game) edit(e edit, by string, now time.Time) error {
	if err := g.in(Scheduled); err != nil {
		return err
	}
	before := *g
	set(&g.Title, e.title)
	set(&g.Description, e.description)
	set(&g.Location, e.location)
	set(&g.Minutes, e.minutes)
	set(&g.MaxParticipants, e.maxParticipants)
	set(&g.SkillLevel, e.skillLevel)
	set(&g.Type, e.gameType)
	set(&g.Rules, e.rules)
	if e.date != nil && !e.date.Equal(g.Date) {
		if err := checkDate(*e.date, now); err != nil {
			return err
		}
		g.Date = *e.date
		g.errand(setReminder, nil)
	}
	if joined := len(g.Participants); g.MaxParticipants < joined {
		return errTooFewPlaces.WithText(
			fmt.Sprintf("이미 참가한 인원(%d명)보다 적게 줄일 수 없습니다.", joined),
			fmt.Sprintf("%d people have joined already.", joined)).WithField("max_participants")
	}
	if g.Type.TeamSize() != before.Type.TeamSize() {
		g.Team1, g.Team2 = nil, nil
	}
	if unchangedBut(before, *g, func(*Game) {}) {
		return errUnchanged
	}
	promoted := g.promote()
	g.errand(tellChanged, slices.DeleteFunc(g.people(by), func(id string) bool { return slices.Contains(promoted, id) }))
	return nil
}

// cancel ends a game that is not over. Those in it are told, but for who did it. A cancelled game stays as it is.
func (g *Game) cancel(by string, now time.Time) error {
	if g.Status == Cancelled {
		return errUnchanged
	}
	if err := g.in(Scheduled, Ongoing); err != nil {
		return err
	}
	g.Status, g.CancelledAt = Cancelled, now
	g.errand(tellCancelled, g.people(by))
	return nil
}

// people returns the ids of the participants and of who waits, but for one.
func (g *Game) people(but string) []string {
	return slices.DeleteFunc(g.People(), func(id string) bool { return id == but })
}

func set[T any](field *T, to *T) {
	if to != nil {
		*field = *to
	}
}
