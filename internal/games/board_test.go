package games

import (
	"testing"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/clubtime"
)

func TestDaysAndWeeksOfTheClub(t *testing.T) {
	const form = "2006-01-02 Mon 15:04 -0700"
	zone := clubtime.Zone()
	for _, c := range []struct{ at, day, nextDay, week, nextWeek string }{
		{"2026-11-23T10:00:00Z", "2026-11-23 Mon 00:00 +0900", "2026-11-24 Tue 00:00 +0900", "2026-11-23 Mon 00:00 +0900", "2026-11-30 Mon 00:00 +0900"},
		{"2026-11-22T14:59:59Z", "2026-11-22 Sun 00:00 +0900", "2026-11-23 Mon 00:00 +0900", "2026-11-16 Mon 00:00 +0900", "2026-11-23 Mon 00:00 +0900"},
		{"2026-11-22T15:00:00Z", "2026-11-23 Mon 00:00 +0900", "2026-11-24 Tue 00:00 +0900", "2026-11-23 Mon 00:00 +0900", "2026-11-30 Mon 00:00 +0900"},
		{"2026-12-31T16:00:00Z", "2027-01-01 Fri 00:00 +0900", "2027-01-02 Sat 00:00 +0900", "2026-12-28 Mon 00:00 +0900", "2027-01-04 Mon 00:00 +0900"},
	} {
		at, err := time.Parse(time.RFC3339, c.at)
		if err != nil {
			t.Fatal(err)
		}
		from, to := day(at, zone)
		monday, next := week(at, zone)
		for i, got := range []time.Time{from, to, monday, next} {
			if want := []string{c.day, c.nextDay, c.week, c.nextWeek}[i]; got.Format(form) != want {
				t.Errorf("at %s: %s, want %s", c.at, got.Format(form), want)
			}
		}
	}
	if zone.String() != "Asia/Seoul" {
		t.Errorf("the club's clock is that of %s", zone)
	}
}

func TestKoreanTime(t *testing.T) {
	if got := koreanTime(now.In(clubtime.Zone())); got != "11월 23일(월) 19:00" {
		t.Error(got)
	}
}
