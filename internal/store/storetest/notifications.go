package storetest

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/notifications"
	"github.com/dongbaejul/dongbaejul/internal/store"
)

// notification is one for a user, with an id of its own.
func notification(userID, id string) notifications.Notification {
	return notifications.Notification{
		ID: id, CreatedAt: noon, Notice: notifications.Notice{
			UserID: userID, Key: "key/" + id, Kind: notifications.KindComment, ActorID: "김민수\"'%",
		},
	}
}

// keptNotification is n as a store returns it with this number.
func keptNotification(n notifications.Notification, seq int64) notifications.Notification {
	n.Seq, n.CreatedAt = seq, kept(n.CreatedAt)
	if !n.ReadAt.IsZero() {
		n.ReadAt = kept(n.ReadAt)
	}
	return n
}

// appendAll adds notifications, all of them new.
func appendAll(t testing.TB, s store.Store, ns ...notifications.Notification) {
	t.Helper()
	added, err := s.AppendNotifications(t.Context(), ns)
	must(t, err)
	equal(t, "how many were added", len(added), len(ns))
}

// appendLog adds n notifications with the ids user/1 … to a user's log.
func appendLog(t testing.TB, s store.Store, userID string, n int) {
	t.Helper()
	var all []notifications.Notification
	for i := range n {
		all = append(all, notification(userID, fmt.Sprintf("%s/%d", userID, i+1)))
	}
	appendAll(t, s, all...)
}

// wantLog fails unless a user's log has just the numbers from first to last; 0 to 0 for none.
func wantLog(t testing.TB, s store.Store, userID string, first, last int64) {
	t.Helper()
	gotFirst, gotLast, err := s.NotificationLog(t.Context(), userID)
	must(t, err)
	equal(t, "the ends of the log", [2]int64{gotFirst, gotLast}, [2]int64{first, last})
	got, err := s.NotificationsAfter(t.Context(), userID, 0, 10_000)
	must(t, err)
	var want []int64
	for n := first; n <= last && n > 0; n++ {
		want = append(want, n)
	}
	equal(t, "the numbers of the log", notificationSeqs(got), want)
}

func notificationSeqs(ns []notifications.Notification) []int64 {
	var all []int64
	for _, n := range ns {
		all = append(all, n.Seq)
	}
	return all
}

var notificationCases = []testCase{
	{"AppendNotifications keeps every field", func(t *testing.T, s store.Store) {
		n := notification("u", "a")
		n.Seq, n.ReadAt = 99, noon.Add(time.Hour)
		n.GameID, n.PostID, n.CommentID, n.RoomID, n.MessageID = "game", "post", "comment", "room", "message"
		want := []notifications.Notification{keptNotification(n, 1)}
		got, err := s.AppendNotifications(t.Context(), []notifications.Notification{n})
		must(t, err)
		equal(t, "what it returns", got, want)
		got, err = s.NotificationsAfter(t.Context(), "u", 0, 10)
		must(t, err)
		equal(t, "what is stored", got, want)
	}},
	{"AppendNotifications numbers each user's log", func(t *testing.T, s store.Store) {
		added, err := s.AppendNotifications(t.Context(), []notifications.Notification{
			notification("u", "a"), notification("v", "b"), notification("u", "c"),
		})
		must(t, err)
		equal(t, "what it returns", added, []notifications.Notification{
			keptNotification(notification("u", "a"), 1), keptNotification(notification("v", "b"), 1),
			keptNotification(notification("u", "c"), 2),
		})
		appendAll(t, s, notification("v", "d"))
		wantLog(t, s, "u", 1, 2)
		wantLog(t, s, "v", 1, 2)
		wantLog(t, s, "nobody", 0, 0)
		added, err = s.AppendNotifications(t.Context(), nil)
		must(t, err)
		equal(t, "what none returns", added, nil)
	}},
	{"AppendNotifications leaves out an ID that is taken", func(t *testing.T, s store.Store) {
		appendAll(t, s, notification("u", "a"))
		again := notification("u", "a")
		again.ActorID = "다른 사람"
		added, err := s.AppendNotifications(t.Context(), []notifications.Notification{
			again, notification("u", "b"), notification("u", "b"), notification("u", "c"),
		})
		must(t, err)
		equal(t, "what was added", added, []notifications.Notification{
			keptNotification(notification("u", "b"), 2), keptNotification(notification("u", "c"), 3),
		})
		added, err = s.AppendNotifications(t.Context(), []notifications.Notification{again})
		must(t, err)
		equal(t, "what was added the second time", added, nil)
		got, err := s.NotificationsAfter(t.Context(), "u", 0, 1)
		must(t, err)
		equal(t, "the first", got[0], keptNotification(notification("u", "a"), 1))
		wantLog(t, s, "u", 1, 3)
	}},
	{"AppendNotifications leaves no gap among many writers", func(t *testing.T, s store.Store) {
		const writers, each = 8, 25
		var mu sync.Mutex
		added := map[string]int{}
		together(t, writers, func(w int) error {
			for i := range each {
				// Half of them are told of by two writers.
				id := fmt.Sprint(i, "/", w/(1+i%2))
				got, err := s.AppendNotifications(t.Context(), []notifications.Notification{notification("u", id), notification("v", "v"+id)})
				if err != nil {
					return err
				}
				mu.Lock()
				for _, n := range got {
					added[n.ID]++
				}
				mu.Unlock()
			}
			return nil
		})
		for id, n := range added {
			equal(t, "how often "+id+" was added", n, 1)
		}
		wantLog(t, s, "u", 1, int64(len(added)/2))
		wantLog(t, s, "v", 1, int64(len(added)/2))
	}},
	{"NotificationsAfter returns a part of the log", func(t *testing.T, s store.Store) {
		appendLog(t, s, "u", 5)
		appendLog(t, s, "v", 7)
		for _, c := range []struct {
			after int64
			limit int
			want  []int64
		}{{0, 3, []int64{1, 2, 3}}, {3, 3, []int64{4, 5}}, {5, 3, nil}, {50, 3, nil}} {
			got, err := s.NotificationsAfter(t.Context(), "u", c.after, c.limit)
			must(t, err)
			equal(t, fmt.Sprint("the numbers after ", c.after), notificationSeqs(got), c.want)
		}
	}},
	{"ListNotifications returns pages, the newest first", func(t *testing.T, s store.Store) {
		appendLog(t, s, "u", 5)
		appendLog(t, s, "v", 2)
		_, _, err := s.ReadNotifications(t.Context(), "u", []string{"u/2", "u/5"}, 0, noon)
		must(t, err)
		for _, c := range []struct {
			filter notifications.Filter
			want   []int64
			total  int
		}{
			{notifications.Filter{Limit: 2}, []int64{5, 4}, 5},
			{notifications.Filter{Limit: 2, Offset: 4}, []int64{1}, 5},
			{notifications.Filter{Limit: 2, Offset: 5}, nil, 5},
			{notifications.Filter{Limit: 2, Unread: true}, []int64{4, 3}, 3},
			{notifications.Filter{Limit: 2, Offset: 2, Unread: true}, []int64{1}, 3},
			{notifications.Filter{Limit: 2, Before: 5}, []int64{4, 3}, 5},
			{notifications.Filter{Limit: 2, Before: 100}, []int64{5, 4}, 5},
			{notifications.Filter{Limit: 2, Before: 1}, nil, 5},
			{notifications.Filter{Limit: 2, Before: 4, Unread: true}, []int64{3, 1}, 3},
			{notifications.Filter{Limit: 2, Before: 1, Unread: true}, nil, 3},
		} {
			page, counts, err := s.ListNotifications(t.Context(), "u", c.filter)
			must(t, err)
			equal(t, fmt.Sprintf("the page of %+v", c.filter), notificationSeqs(page), c.want)
			equal(t, "the counts", counts, notifications.Counts{Total: c.total, Unread: 3})
		}
		page, counts, err := s.ListNotifications(t.Context(), "nobody", notifications.Filter{Limit: 1})
		must(t, err)
		equal(t, "the page of nobody", page, nil)
		equal(t, "the counts of nobody", counts, notifications.Counts{})
	}},

	{"ReadNotifications marks by ID and by number", func(t *testing.T, s store.Store) {
		appendLog(t, s, "u", 6)
		appendLog(t, s, "v", 6)
		before := 6
		read := func(at time.Time, upTo int64, unread int, ids ...string) {
			t.Helper()
			marked, got, err := s.ReadNotifications(t.Context(), "u", ids, upTo, at)
			must(t, err)
			equal(t, "how many were marked", marked, before-unread)
			equal(t, "how many are unread", got, unread)
			before = unread
		}
		later := noon.Add(time.Hour)
		read(noon, 0, 6)
		read(noon, 0, 5, "u/4", "u/4")
		read(later, 2, 3)
		read(later, 2, 2, "u/4", "u/6")
		read(later, 1, 2)
		got, err := s.NotificationsAfter(t.Context(), "u", 0, 10)
		must(t, err)
		for i, want := range []time.Time{kept(later), kept(later), {}, kept(noon), {}, kept(later)} {
			equal(t, fmt.Sprint("when it was read: ", i+1), got[i].ReadAt, want)
		}
		read(later, 1000, 0)
		_, counts, err := s.ListNotifications(t.Context(), "v", notifications.Filter{Limit: 1})
		must(t, err)
		equal(t, "how many another user has unread", counts.Unread, 6)
	}},
	{"ReadNotifications does not find other people's", func(t *testing.T, s store.Store) {
		appendLog(t, s, "u", 2)
		appendLog(t, s, "v", 2)
		for _, ids := range [][]string{{"u/1", "v/1"}, {"unknown"}, {"u/1", "unknown", "u/2"}} {
			_, _, err := s.ReadNotifications(t.Context(), "u", ids, 1, noon)
			wantKind(t, err, fault.NotFound)
		}
		for _, userID := range []string{"u", "v"} {
			_, counts, err := s.ListNotifications(t.Context(), userID, notifications.Filter{Limit: 1})
			must(t, err)
			equal(t, "how many are unread", counts.Unread, 2)
		}
	}},
	{"ReadRoomNotifications marks those of the room", func(t *testing.T, s store.Store) {
		for i, room := range []string{"r", "r", "other", "", "r"} {
			n := notification("u", fmt.Sprint(i+1))
			n.RoomID, n.CreatedAt = room, noon.Add(time.Duration(i)*time.Minute)
			appendAll(t, s, n)
		}
		theirs := notification("v", "6")
		theirs.RoomID = "r"
		appendAll(t, s, theirs)
		_, _, err := s.ReadNotifications(t.Context(), "u", []string{"1"}, 0, noon)
		must(t, err)
		read := func(room string, at time.Time, want int) {
			t.Helper()
			got, err := s.ReadRoomNotifications(t.Context(), "u", room, at)
			must(t, err)
			equal(t, "how many were marked", got, want)
		}
		at := noon.Add(4 * time.Minute)
		read("unknown", at, 0)
		read("r", noon.Add(time.Minute), 0)
		// Not the last, which was created at that time.
		read("r", at, 1)
		read("r", at, 0)
		got, err := s.NotificationsAfter(t.Context(), "u", 0, 10)
		must(t, err)
		for i, want := range []time.Time{kept(noon), kept(at), {}, {}, {}} {
			equal(t, fmt.Sprint("when it was read: ", i+1), got[i].ReadAt, want)
		}
		_, counts, err := s.ListNotifications(t.Context(), "v", notifications.Filter{Limit: 1})
		must(t, err)
		equal(t, "how many another user has unread", counts.Unread, 1)
	}},
	{"UnreadNotifications counts those of each user", func(t *testing.T, s store.Store) {
		appendLog(t, s, "u", 4)
		appendLog(t, s, "v", 2)
		appendLog(t, s, "w", 1)
		_, _, err := s.ReadNotifications(t.Context(), "u", []string{"u/2"}, 0, noon)
		must(t, err)
		_, _, err = s.ReadNotifications(t.Context(), "w", nil, 1, noon)
		must(t, err)
		for _, c := range []struct {
			of   []string
			want map[string]int
		}{
			{nil, map[string]int{}},
			{[]string{"unknown"}, map[string]int{}},
			{[]string{"u", "w", "unknown"}, map[string]int{"u": 3}},
			{[]string{"v", "u"}, map[string]int{"u": 3, "v": 2}},
		} {
			got, err := s.UnreadNotifications(t.Context(), c.of)
			must(t, err)
			equal(t, fmt.Sprint("the counts of ", c.of), got, c.want)
		}
	}},

	{"PruneNotifications deletes from the beginning only", func(t *testing.T, s store.Store) {
		const day = 24 * time.Hour
		cases := []struct {
			user string
			// ages are in days, negative for those that are read.
			ages  []int
			first int64
		}{
			{"all are new", []int{-10, 10, -10}, 1},
			{"old and read ones go", []int{-100, -95, -89, -10}, 3},
			{"an unread one keeps those after it", []int{-100, 95, -95, -10}, 2},
			{"very old ones go unread", []int{400, -400, 370, 300, 10}, 4},
			{"the last one stays", []int{-400, 400, -400}, 3},
			{"also alone", []int{-400}, 1},
		}
		for _, c := range cases {
			var ns []notifications.Notification
			for i, age := range c.ages {
				n := notification(c.user, fmt.Sprint(c.user, i))
				n.CreatedAt = noon.Add(-time.Duration(max(age, -age)) * day)
				if age < 0 {
					n.ReadAt = noon
				}
				ns = append(ns, n)
			}
			appendAll(t, s, ns...)
		}
		for _, want := range []int{2 + 1 + 3 + 2, 0} {
			n, err := s.PruneNotifications(t.Context(), noon.Add(-90*day), noon.Add(-365*day))
			must(t, err)
			equal(t, "how many were deleted", n, want)
		}
		for _, c := range cases {
			last := int64(len(c.ages))
			wantLog(t, s, c.user, c.first, last)
			appendAll(t, s, notification(c.user, c.user+" next"))
			wantLog(t, s, c.user, c.first, last+1)
		}
	}},
	{"PruneNotifications deletes many", func(t *testing.T, s store.Store) {
		const all = 1300
		for part := range slices.Chunk(slices.Collect(numbers(all)), 1000) {
			var ns []notifications.Notification
			for _, i := range part {
				n := notification("u", fmt.Sprint(i))
				n.ReadAt = noon
				ns = append(ns, n)
			}
			appendAll(t, s, ns...)
		}
		n, err := s.PruneNotifications(t.Context(), noon.Add(time.Hour), noon)
		must(t, err)
		equal(t, "how many were deleted", n, all-1)
		wantLog(t, s, "u", all, all)
		page, counts, err := s.ListNotifications(t.Context(), "u", notifications.Filter{Limit: 10})
		must(t, err)
		equal(t, "the page", notificationSeqs(page), []int64{all})
		equal(t, "the counts", counts, notifications.Counts{Total: 1})
	}},
	{"PruneNotifications keeps to the microsecond", func(t *testing.T, s store.Store) {
		for i, at := range []time.Time{noon, noon.Add(time.Microsecond), noon.Add(time.Hour)} {
			n := notification("u", fmt.Sprint(i))
			n.CreatedAt, n.ReadAt = at, at
			appendAll(t, s, n)
		}
		_, err := s.PruneNotifications(t.Context(), noon.Add(time.Microsecond), noon)
		must(t, err)
		wantLog(t, s, "u", 2, 3)
	}},
	{"EraseNotifications forgets a user", func(t *testing.T, s store.Store) {
		appendLog(t, s, "u", 3)
		appendLog(t, s, "v", 2)
		must(t, putDevice(t, s, device("a", "u"), 20))
		must(t, putDevice(t, s, device("b", "v"), 20))
		must(t, s.EraseNotifications(t.Context(), "u"))
		wantLog(t, s, "u", 0, 0)
		wantLog(t, s, "v", 1, 2)
		got, err := s.Devices(t.Context(), []string{"u", "v"})
		must(t, err)
		equal(t, "the devices", got, []notifications.Device{keptDevice(device("b", "v"))})
		must(t, s.EraseNotifications(t.Context(), "u"))
	}},
}

// numbers are 0 … n-1.
func numbers(n int) func(yield func(int) bool) {
	return func(yield func(int) bool) {
		for i := range n {
			if !yield(i) {
				return
			}
		}
	}
}
