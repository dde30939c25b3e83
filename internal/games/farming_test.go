package games

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/clubtime"
	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/games/scoring"
	"github.com/dongbaejul/dongbaejul/internal/identity"
)

// The club's day begins at 15:00 UTC.
func TestAGameIsPlayedOnItsDay(t *testing.T) {
	zone := clubtime.Zone()
	date := time.Date(2026, 11, 24, 19, 0, 0, 0, zone)
	for at, want := range map[time.Time]struct{ start, score bool }{
		date.AddDate(0, -1, 0):                       {false, true},
		time.Date(2026, 11, 23, 23, 59, 59, 0, zone): {false, true},
		time.Date(2026, 11, 24, 0, 0, 0, 0, zone):    {true, true},
		date: {true, true},
		time.Date(2026, 11, 24, 23, 59, 59, 999000, zone): {true, true},
		time.Date(2026, 11, 25, 0, 0, 0, 0, zone):         {false, true},
		time.Date(2026, 11, 25, 5, 59, 59, 0, zone):       {false, true},
		time.Date(2026, 11, 25, 6, 0, 0, 0, zone):         {false, false},
		date.AddDate(0, 1, 0):                             {false, false},
	} {
		scheduled, started := gameOf("a", "b", "c", "d"), ongoing(scoring.KR1x25)
		scheduled.Date, started.Date, started.StartedAt = date, date.AddDate(0, 1, 0), date
		for _, c := range []identity.Caller{
			{UserID: "creator", Role: identity.Member}, {UserID: "a", Role: identity.Member}, {UserID: "manager", Role: identity.Manager},
		} {
			manager := c.Role == identity.Manager
			for what, rule := range map[string]struct {
				err     error
				allowed bool
			}{
				"start": {scheduled.onItsDay(c, at.UTC(), zone), want.start || manager},
				"score": {started.untilMorning(c, at.UTC(), zone), want.score || manager},
			} {
				if (rule.err == nil) != rule.allowed {
					t.Errorf("%s at %v by %s: %v", what, at, c.UserID, rule.err)
				}
				if rule.err != nil {
					wantFault(t, rule.err, fault.Precondition, "NOT_THE_DAY_OF_THE_GAME", "")
				}
			}
		}
	}
}

// While people cannot be told, a game goes on, and what it owes does not grow; nobody is forgotten.
func TestErrandsAreBounded(t *testing.T) {
	g := gameOf("a", "b", "c", "d")
	var promoted []string
	for i := range 500 {
		id := fmt.Sprint("u", i)
		if err := g.join(id, now); err != nil {
			t.Fatal(err)
		}
		if err := g.leave(g.Participants[0].UserID); err != nil {
			t.Fatal(err)
		}
		promoted = append(promoted, id)
		minutes, date := 60+i%2, now.Add(time.Duration(i+1)*time.Hour)
		if err := g.edit(edit{minutes: &minutes, date: &date}, "creator", now); err != nil {
			t.Fatal(err)
		}
		g.Version++
	}
	count := map[ErrandKind]int{}
	var told []string
	keys := map[string]bool{}
	for _, e := range g.Errands {
		count[e.Kind]++
		keys[e.Key] = true
		if e.Kind == tellPromoted {
			told = append(told, e.To...)
		}
	}
	if len(count) != 3 || len(g.Errands) > 3*maxErrands || len(keys) != len(g.Errands) {
		t.Errorf("%d errands: %v", len(g.Errands), count)
	}
	slices.Sort(told)
	slices.Sort(promoted)
	if !slices.Equal(told, promoted) {
		t.Errorf("%d are to be told that they moved up, and %d did", len(told), len(promoted))
	}
}
