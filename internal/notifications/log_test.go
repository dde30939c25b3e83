package notifications_test

import (
	"fmt"
	"slices"
	"testing"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/notifications"
	"github.com/dongbaejul/dongbaejul/internal/realtime"
)

// reader follows a user's log from a cursor.
type reader struct {
	*realtime.Reader
	head   int64
	resync *v1.ResyncRequired
}

func (f *fixture) follow(t *testing.T, userID string, after *int64) *reader {
	t.Helper()
	r := &reader{Reader: realtime.NewReader()}
	t.Cleanup(func() { r.Close(f.hub) })
	f.hub.Follow(r.Reader, realtime.User(userID))
	head, events, err := f.FollowLog(t.Context(), r.Reader, userID, realtime.Cursor{After: after})
	if err != nil {
		t.Fatal(err)
	}
	r.head = head
	for _, e := range events {
		r.resync = e.Message().GetResyncRequired()
	}
	return r
}

// want takes what is waiting and fails unless it is the numbers after `after` up to last.
func (r *reader) want(t *testing.T, after, last int64) {
	t.Helper()
	var got, want []int64
	var b realtime.Batch
	for len(r.Ready()) > 0 {
		<-r.Ready()
		if err := r.Take(t.Context(), &b); err != nil {
			t.Fatal(err)
		}
		for _, e := range b.Events {
			got = append(got, e.Message().GetNotification().GetSeq())
		}
	}
	for n := after + 1; n <= last; n++ {
		want = append(want, n)
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestAStreamFollowsFromItsCursor(t *testing.T) {
	f := open(t)
	f.told(t, "u", 5)
	f.told(t, "v", 3)
	zero, two, five := int64(0), int64(2), int64(5)
	for _, c := range []struct {
		cursor *int64
		from   int64
	}{{&zero, 0}, {&two, 2}, {&five, 5}, {nil, 5}} {
		r := f.follow(t, "u", c.cursor)
		if r.head != 5 || r.resync != nil {
			t.Errorf("the head is %d, resync %v", r.head, r.resync)
		}
		r.want(t, c.from, 5)
	}
	readers := []*reader{f.follow(t, "u", &five), f.follow(t, "u", nil)}
	other := f.follow(t, "v", nil)
	f.tell(t, notice("u", "6"), notice("u", "7"))
	for _, r := range readers {
		r.want(t, 5, 7)
	}
	other.want(t, 3, 3)
	if head, err := f.Head(t.Context(), "u"); err != nil || head != 7 {
		t.Errorf("the head is %d, %v", head, err)
	}
}

func TestAStreamFindsWhatTheBusDidNotBring(t *testing.T) {
	f := open(t)
	f.told(t, "u", 1)
	r := f.follow(t, "u", nil)
	var missed []notifications.Notification
	for i := range 250 {
		missed = append(missed, notifications.Notification{ID: fmt.Sprint("missed ", i), Notice: notice("u", fmt.Sprint("missed ", i))})
	}
	if _, err := f.store.AppendNotifications(t.Context(), missed); err != nil {
		t.Fatal(err)
	}
	r.want(t, 0, 0)
	f.tell(t, notice("u", "next"))
	// The hint comes after a hole, and is held for a moment; the heartbeat does not wait for that.
	head, err := f.Head(t.Context(), "u")
	if err != nil {
		t.Fatal(err)
	}
	r.Compare(realtime.User("u"), head)
	r.want(t, 1, 252)
}

func TestACursorThatCannotBeServed(t *testing.T) {
	f := open(t)
	f.told(t, "u", 5)
	six, zero, two := int64(6), int64(0), int64(2)
	check := func(cursor *int64, reason v1.ResyncReason) {
		t.Helper()
		r := f.follow(t, "u", cursor)
		if r.resync.GetReason() != reason || reason != 0 && (r.resync.GetSeq() != r.head || r.resync.GetRoomId() != "") {
			t.Errorf("from %d: %v, want %s", *cursor, r.resync, reason)
		}
		if reason != 0 {
			r.want(t, r.head, r.head)
			f.tell(t, notice("u", fmt.Sprint("after ", r.head)))
			r.want(t, r.head, r.head+1)
		}
	}
	check(&six, v1.ResyncReason_RESYNC_REASON_CURSOR_AHEAD)
	check(&six, v1.ResyncReason_RESYNC_REASON_UNSPECIFIED)

	all := f.log(t, "u")
	if _, _, err := f.store.ReadNotifications(t.Context(), "u", nil, 3, all[0].CreatedAt); err != nil {
		t.Fatal(err)
	}
	// All that is read, 1 to 3, is deleted.
	if _, err := f.store.PruneNotifications(t.Context(), all[5].CreatedAt.AddDate(1, 0, 0), all[0].CreatedAt); err != nil {
		t.Fatal(err)
	}
	check(&zero, v1.ResyncReason_RESYNC_REASON_CURSOR_EXPIRED)
	check(&two, v1.ResyncReason_RESYNC_REASON_CURSOR_EXPIRED)
	three := int64(3)
	f.follow(t, "u", &three).want(t, 3, 8)
}

func TestAnEmptyLogIsFollowed(t *testing.T) {
	f := open(t)
	f.member(t, "u")
	zero, one := int64(0), int64(1)
	fresh, live := f.follow(t, "u", &zero), f.follow(t, "u", nil)
	if ahead := f.follow(t, "u", &one); ahead.resync.GetReason() != v1.ResyncReason_RESYNC_REASON_CURSOR_AHEAD {
		t.Errorf("got %v", ahead.resync)
	}
	f.tell(t, notice("u", "a"))
	fresh.want(t, 0, 1)
	live.want(t, 0, 1)
}
