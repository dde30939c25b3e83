package storetest

import (
	"testing"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/notifications"
	"github.com/dongbaejul/dongbaejul/internal/store"
)

func announcement(id string) notifications.Announcement {
	return notifications.Announcement{ID: id, By: "u", Title: "대관 안내", Body: "이번 주는 쉽니다.", CreatedAt: noon}
}

// keptAnnouncement is a as a store returns it.
func keptAnnouncement(a notifications.Announcement) notifications.Announcement {
	a.CreatedAt = kept(a.CreatedAt)
	return a
}

var announcementCases = []testCase{
	{"CreateAnnouncement returns the one that has the ID", func(t *testing.T, s store.Store) {
		want := keptAnnouncement(announcement("a"))
		got, created, err := s.CreateAnnouncement(t.Context(), announcement("a"))
		must(t, err)
		equal(t, "created", created, true)
		equal(t, "the announcement", got, want)
		other := announcement("a")
		other.By, other.Title, other.Body, other.CreatedAt = "v", "다른 제목", "다른 내용", noon.Add(time.Hour)
		got, created, err = s.CreateAnnouncement(t.Context(), other)
		must(t, err)
		equal(t, "created again", created, false)
		equal(t, "the announcement again", got, want)
	}},
	{"Announcements returns those that exist", func(t *testing.T, s store.Store) {
		for _, id := range []string{"a", "b"} {
			_, _, err := s.CreateAnnouncement(t.Context(), announcement(id))
			must(t, err)
		}
		got, err := s.Announcements(t.Context(), []string{"b", "none"})
		must(t, err)
		equal(t, "those asked for", got, []notifications.Announcement{keptAnnouncement(announcement("b"))})
		got, err = s.Announcements(t.Context(), nil)
		must(t, err)
		equal(t, "none", len(got), 0)
	}},
	{"AnnouncementSent is kept", func(t *testing.T, s store.Store) {
		wantKind(t, s.AnnouncementSent(t.Context(), "a", noon), fault.NotFound)
		_, _, err := s.CreateAnnouncement(t.Context(), announcement("a"))
		must(t, err)
		must(t, s.AnnouncementSent(t.Context(), "a", noon.Add(time.Minute)))
		got, _, err := s.CreateAnnouncement(t.Context(), announcement("a"))
		must(t, err)
		equal(t, "when it was sent", got.SentAt, kept(noon.Add(time.Minute)))
	}},
	{"UnsentAnnouncements returns those that are not sent", func(t *testing.T, s store.Store) {
		for i, id := range []string{"sent", "new", "older", "old"} {
			a := announcement(id)
			a.CreatedAt = noon.Add(-time.Duration(i) * time.Hour)
			_, _, err := s.CreateAnnouncement(t.Context(), a)
			must(t, err)
		}
		must(t, s.AnnouncementSent(t.Context(), "sent", noon))
		unsent := func(since time.Time, limit int) (ids []string) {
			t.Helper()
			found, err := s.UnsentAnnouncements(t.Context(), since, limit)
			must(t, err)
			for _, a := range found {
				ids = append(ids, a.ID)
			}
			return ids
		}
		equal(t, "all", unsent(noon.Add(-24*time.Hour), 10), []string{"old", "older", "new"})
		equal(t, "the first", unsent(noon.Add(-24*time.Hour), 1), []string{"old"})
		equal(t, "none asked for", unsent(noon.Add(-24*time.Hour), 0), nil)
		equal(t, "the later ones", unsent(kept(noon).Add(-2*time.Hour), 10), []string{"older", "new"})
	}},
	{"PruneNotifications deletes old announcements", func(t *testing.T, s store.Store) {
		old := announcement("old")
		old.CreatedAt = noon.Add(-time.Microsecond)
		for _, a := range []notifications.Announcement{old, announcement("new")} {
			_, _, err := s.CreateAnnouncement(t.Context(), a)
			must(t, err)
		}
		// As long as a notification of one may be there, which is longer where it is not read.
		_, err := s.PruneNotifications(t.Context(), noon.Add(time.Hour), noon)
		must(t, err)
		for id, there := range map[string]bool{"old": false, "new": true} {
			_, created, err := s.CreateAnnouncement(t.Context(), announcement(id))
			must(t, err)
			equal(t, id+" was there", !created, there)
		}
	}},
}
