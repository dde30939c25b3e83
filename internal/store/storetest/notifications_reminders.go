package storetest

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/notifications"
	"github.com/dongbaejul/dongbaejul/internal/store"
)

func reminder(id string, due time.Time) notifications.Reminder {
	return notifications.Reminder{ID: id, Due: due, Kind: "game", Subject: "about " + id}
}

// keptReminder is r as a store returns it.
func keptReminder(r notifications.Reminder) notifications.Reminder {
	r.Due = kept(r.Due)
	return r
}

var reminderCases = []testCase{
	{"NextReminder is the earliest", func(t *testing.T, s store.Store) {
		next := func(want time.Time) {
			t.Helper()
			got, err := s.NextReminder(t.Context())
			must(t, err)
			equal(t, "the next time", got, kept(want))
		}
		_, err := s.NextReminder(t.Context())
		wantKind(t, err, fault.NotFound)
		must(t, s.PutReminder(t.Context(), reminder("a", noon.Add(2*time.Hour))))
		must(t, s.PutReminder(t.Context(), reminder("b", noon.Add(time.Hour))))
		next(noon.Add(time.Hour))
		must(t, s.PutReminder(t.Context(), reminder("b", noon.Add(3*time.Hour))))
		next(noon.Add(2 * time.Hour))
		must(t, s.DeleteReminder(t.Context(), "a"))
		must(t, s.DeleteReminder(t.Context(), "unknown"))
		next(noon.Add(3 * time.Hour))
	}},
	{"ClaimReminder returns what is due, the earliest first", func(t *testing.T, s store.Store) {
		for i, id := range []string{"c", "a", "b"} {
			must(t, s.PutReminder(t.Context(), reminder(id, noon.Add(time.Duration(i)*time.Minute))))
		}
		at, until := noon.Add(time.Minute), noon.Add(time.Hour)
		for i, id := range []string{"c", "a"} {
			got, err := s.ClaimReminder(t.Context(), at, until, "token "+id)
			must(t, err)
			equal(t, "the claim", got, notifications.Claim{
				Reminder: keptReminder(reminder(id, noon.Add(time.Duration(i)*time.Minute))), Token: "token " + id, Attempt: 1,
			})
		}
		_, err := s.ClaimReminder(t.Context(), at, until, "too early")
		wantKind(t, err, fault.NotFound)
		next, err := s.NextReminder(t.Context())
		must(t, err)
		equal(t, "the next time", next, kept(noon.Add(2*time.Minute)))
	}},
	{"A claim holds until it ends", func(t *testing.T, s store.Store) {
		must(t, s.PutReminder(t.Context(), reminder("a", noon)))
		claim := func(at time.Time, token string, attempt int) {
			t.Helper()
			got, err := s.ClaimReminder(t.Context(), at, at.Add(time.Minute), token)
			if attempt == 0 {
				wantKind(t, err, fault.NotFound)
				return
			}
			must(t, err)
			equal(t, "the claim", got, notifications.Claim{Reminder: keptReminder(reminder("a", noon)), Token: token, Attempt: attempt})
		}
		claim(noon.Add(-time.Microsecond), "early", 0)
		claim(noon, "first", 1)
		claim(noon.Add(time.Minute-time.Microsecond), "while it holds", 0)
		claim(noon.Add(time.Minute), "second", 2)
		must(t, s.FinishReminder(t.Context(), "a", "first"))
		must(t, s.FinishReminder(t.Context(), "a", ""))
		claim(noon.Add(time.Hour), "third", 3)
		must(t, s.FinishReminder(t.Context(), "a", "third"))
		_, err := s.NextReminder(t.Context())
		wantKind(t, err, fault.NotFound)
	}},
	{"PutReminder begins again", func(t *testing.T, s store.Store) {
		must(t, s.PutReminder(t.Context(), reminder("a", noon)))
		_, err := s.ClaimReminder(t.Context(), noon, noon.Add(time.Hour), "first")
		must(t, err)
		moved := notifications.Reminder{ID: "a", Due: noon.Add(time.Minute), Kind: "other", Subject: "another"}
		must(t, s.PutReminder(t.Context(), moved))
		// Whoever was delivering it ends after that.
		must(t, s.FinishReminder(t.Context(), "a", "first"))
		must(t, s.FinishReminder(t.Context(), "a", ""))
		got, err := s.ClaimReminder(t.Context(), noon.Add(time.Minute), noon.Add(time.Hour), "second")
		must(t, err)
		equal(t, "the claim", got, notifications.Claim{Reminder: keptReminder(moved), Token: "second", Attempt: 1})
	}},
	{"ClaimReminder returns each to one of many", func(t *testing.T, s store.Store) {
		const reminders = 20
		for i := range reminders {
			must(t, s.PutReminder(t.Context(), reminder(fmt.Sprint(i), noon.Add(time.Duration(i)*time.Second))))
		}
		var mu sync.Mutex
		claimed := map[string]int{}
		together(t, 8, func(w int) error {
			for i := 0; ; i++ {
				c, err := s.ClaimReminder(t.Context(), noon.Add(time.Minute), noon.Add(time.Hour), fmt.Sprint(w, "/", i))
				if errors.Is(err, fault.NotFound) {
					return nil
				}
				if err != nil {
					return err
				}
				mu.Lock()
				claimed[c.ID]++
				mu.Unlock()
			}
		})
		equal(t, "how many were claimed", len(claimed), reminders)
		for id, n := range claimed {
			equal(t, "how often "+id+" was claimed", n, 1)
		}
	}},
}
