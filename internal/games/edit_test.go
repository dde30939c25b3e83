package games

import (
	"errors"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/games/scoring"
	"github.com/dongbaejul/dongbaejul/internal/users"
)

func TestEdit(t *testing.T) {
	rules, _ := scoring.One21.Rules()
	later := now.Add(48 * time.Hour)
	g := gameOf("a", "creator")
	g.Team1, g.Team2 = []string{"a"}, []string{"creator"}
	g.Waiting = []Place{{UserID: "w"}}
	e := edit{
		title: new("금요 단식"), description: new("설명"), date: &later, minutes: new(60), maxParticipants: new(8),
		skillLevel: new(users.Expert), gameType: new(Singles), rules: &rules,
	}
	if err := g.edit(e, "creator", now); err != nil {
		t.Fatal(err)
	}
	want := gameOf("a", "creator")
	want.Title, want.Description, want.Date, want.Minutes, want.MaxParticipants = "금요 단식", "설명", later, 60, 8
	want.SkillLevel, want.Type, want.Rules = users.Expert, Singles, rules
	want.Participants = append(want.Participants, Place{UserID: "w"})
	want.Waiting = []Place{}
	want.Errands = []Errand{
		{Key: "reminder/game/4", Kind: setReminder},
		{Key: "promoted/game/4", Kind: tellPromoted, To: []string{"w"}},
		{Key: "changed/game/4", Kind: tellChanged, To: []string{"a"}},
	}
	if !reflect.DeepEqual(g, want) {
		t.Errorf("got  %+v\nwant %+v", g, want)
	}
}

func TestEditsThatAreRefused(t *testing.T) {
	at := func(d time.Duration) *time.Time { return new(now.Add(d)) }
	for _, c := range []struct {
		name   string
		edit   edit
		kind   fault.Kind
		reason string
		field  string
	}{
		{"a date that has passed", edit{date: at(-time.Hour)}, fault.Invalid, "GAME_DATE_PAST", "game_date"},
		{"a date just beyond the grace", edit{date: at(-dateGrace - 1)}, fault.Invalid, "GAME_DATE_PAST", "game_date"},
		{"a date within the grace", edit{date: at(-dateGrace)}, 0, "", ""},
		{"fewer places than participants", edit{maxParticipants: new(2)}, fault.Precondition, "FEWER_PLACES_THAN_PARTICIPANTS", "max_participants"},
		{"just as many places as participants", edit{maxParticipants: new(3)}, 0, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := gameOf("a", "b", "c").edit(c.edit, "creator", now)
			if c.reason == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			wantFault(t, err, c.kind, c.reason, c.field)
		})
	}
	wantStates(t, func(g *Game) error { return g.edit(edit{title: new("x")}, "creator", now) }, Scheduled)
}

func TestEditsThatChangeNothing(t *testing.T) {
	g := gameOf("a")
	for _, e := range []edit{{}, {title: new(g.Title), date: new(g.Date.In(time.Local)), gameType: new(Doubles)}} {
		if err := g.edit(e, "creator", now.Add(72*time.Hour)); !errors.Is(err, errUnchanged) {
			t.Errorf("%+v: %v", e, err)
		}
	}
}

func TestTeamsStayWhereTheirSizeDoes(t *testing.T) {
	g := gameOf("a", "b", "c", "d")
	g.Team1, g.Team2 = []string{"a", "b"}, []string{"c", "d"}
	if err := g.edit(edit{gameType: new(MixedDoubles)}, "creator", now); err != nil || g.Team1 == nil {
		t.Errorf("%v, teams %v and %v", err, g.Team1, g.Team2)
	}
	if err := g.edit(edit{gameType: new(Singles)}, "creator", now); err != nil || g.Team1 != nil || g.Team2 != nil {
		t.Errorf("%v, teams %v and %v", err, g.Team1, g.Team2)
	}
}

func TestCancel(t *testing.T) {
	for _, status := range []Status{Scheduled, Ongoing} {
		g := gameOf("a", "b")
		g.Status, g.Waiting = status, []Place{{UserID: "w"}}
		if err := g.cancel("b", now); err != nil {
			t.Fatal(err)
		}
		if g.Status != Cancelled || !g.CancelledAt.Equal(now) || g.Joined() != nil {
			t.Errorf("cancelled as %+v", g)
		}
		if len(g.Errands) != 1 || g.Errands[0].Kind != tellCancelled || !slices.Equal(g.Errands[0].To, []string{"a", "w"}) {
			t.Errorf("errands %+v", g.Errands)
		}
	}
	wantStates(t, func(g *Game) error { return g.cancel("b", now) }, Scheduled, Ongoing, Cancelled)
	again := gameOf("a", "b")
	again.Status = Cancelled
	before := copyOf(t, again)
	if err := again.cancel("b", now); !errors.Is(err, errUnchanged) || !reflect.DeepEqual(again, before) {
		t.Errorf("cancelled again: %v, %+v", err, again)
	}
	if g := gameOf("b"); g.cancel("b", now) != nil || g.Errands != nil {
		t.Errorf("who is alone in a game is told of their own cancelling: %+v", g.Errands)
	}
}
