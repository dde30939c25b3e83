package notifications_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/identity"
	"github.com/dongbaejul/dongbaejul/internal/notifications"
)

// told makes a user with n notifications of the keys 1 … n.
func (f *fixture) told(t *testing.T, userID string, n int) {
	t.Helper()
	f.member(t, userID)
	for i := range n {
		f.tell(t, notice(userID, fmt.Sprint(i+1)))
	}
}

func TestListNotifications(t *testing.T) {
	f := open(t)
	f.told(t, "u", 25)
	f.told(t, "v", 1)
	if _, err := f.MarkNotificationsRead(as(t, "u", identity.Member), &v1.MarkNotificationsReadRequest{UpTo: proto.Int64(10)}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		req         *v1.ListNotificationsRequest
		first, last int64
		info        *v1.PaginationInfo
	}{
		{&v1.ListNotificationsRequest{}, 25, 6, &v1.PaginationInfo{Total: 25, Page: 1, Pages: 2, Limit: 20}},
		{&v1.ListNotificationsRequest{Page: proto.Int32(2)}, 5, 1, &v1.PaginationInfo{Total: 25, Page: 2, Pages: 2, Limit: 20}},
		{
			&v1.ListNotificationsRequest{Page: proto.Int32(2), Limit: proto.Int32(10), Unread: proto.Bool(true)},
			15, 11, &v1.PaginationInfo{Total: 15, Page: 2, Pages: 2, Limit: 10},
		},
		{&v1.ListNotificationsRequest{Page: proto.Int32(3)}, 0, 0, &v1.PaginationInfo{Total: 25, Page: 3, Pages: 2, Limit: 20}},
	} {
		got, err := f.ListNotifications(as(t, "u", identity.Member), c.req)
		if err != nil {
			t.Fatal(err)
		}
		var seqs, want []int64
		for _, n := range got.GetNotifications() {
			seqs = append(seqs, n.GetSeq())
			if n.GetRead() != (n.GetSeq() <= 10) {
				t.Errorf("%d is read: %t", n.GetSeq(), n.GetRead())
			}
		}
		for n := c.first; n >= c.last && n > 0; n-- {
			want = append(want, n)
		}
		if !slices.Equal(seqs, want) || !proto.Equal(got.GetPagination(), c.info) || got.GetUnreadCount() != 15 {
			t.Errorf("%v returns %v, %v, %d unread", c.req, seqs, got.GetPagination(), got.GetUnreadCount())
		}
	}
}

func TestANotificationAsItIsSeen(t *testing.T) {
	f := open(t)
	f.member(t, "u")
	n := notice("u", "a")
	n.RoomID, n.MessageID = "r", "m"
	f.tell(t, n)
	got, err := f.ListNotifications(as(t, "u", identity.Member), &v1.ListNotificationsRequest{})
	if err != nil {
		t.Fatal(err)
	}
	seen := got.GetNotifications()[0]
	if seen.GetId() == "" || time.Since(seen.GetCreatedAt().AsTime()) > time.Minute {
		t.Errorf("got %v", seen)
	}
	want := &v1.Notification{
		Id: seen.GetId(), Seq: 1, Kind: v1.NotificationKind_NOTIFICATION_KIND_COMMENT, Title: "새 댓글", Body: "저도요!",
		CreatedAt: seen.GetCreatedAt(), Target: &v1.Notification_Message{Message: &v1.MessageTarget{RoomId: "r", MessageId: "m"}},
	}
	if !proto.Equal(seen, want) {
		t.Errorf("got %v, want %v", seen, want)
	}
}

func TestWhatANotificationIsAbout(t *testing.T) {
	f := open(t)
	f.member(t, "u")
	for i, c := range []struct {
		about func(n *notifications.Notice)
		want  *v1.Notification
	}{
		{func(*notifications.Notice) {}, &v1.Notification{}},
		{func(n *notifications.Notice) { n.GameID = "g" }, &v1.Notification{Target: &v1.Notification_Game{Game: &v1.GameTarget{GameId: "g"}}}},
		{func(n *notifications.Notice) { n.PostID = "p" }, &v1.Notification{Target: &v1.Notification_Post{Post: &v1.PostTarget{PostId: "p"}}}},
		{func(n *notifications.Notice) { n.PostID, n.CommentID = "p", "c" }, &v1.Notification{
			Target: &v1.Notification_Post{Post: &v1.PostTarget{PostId: "p", CommentId: "c"}},
		}},
		{func(n *notifications.Notice) { n.RoomID, n.MessageID = "r", "m" }, &v1.Notification{
			Target: &v1.Notification_Message{Message: &v1.MessageTarget{RoomId: "r", MessageId: "m"}},
		}},
	} {
		n := notice("u", fmt.Sprint("about ", i))
		c.about(&n)
		f.tell(t, n)
		got, err := f.ListNotifications(as(t, "u", identity.Member), &v1.ListNotificationsRequest{})
		if err != nil {
			t.Fatal(err)
		}
		if seen := (&v1.Notification{Target: got.GetNotifications()[0].GetTarget()}); !proto.Equal(seen, c.want) {
			t.Errorf("it is about %v, want %v", seen, c.want)
		}
	}
}

// A list that grows while it is read neither skips nor repeats.
func TestAListIsReadBeforeASeq(t *testing.T) {
	f := open(t)
	f.told(t, "u", 7)
	ctx := as(t, "u", identity.Member)
	var seqs []int64
	for before := (*int64)(nil); ; {
		got, err := f.ListNotifications(ctx, &v1.ListNotificationsRequest{BeforeSeq: before, Limit: proto.Int32(3)})
		if err != nil {
			t.Fatal(err)
		}
		if (got.GetPagination() == nil) != (before != nil) {
			t.Errorf("before %v: %v", before, got.GetPagination())
		}
		for _, n := range got.GetNotifications() {
			seqs = append(seqs, n.GetSeq())
		}
		if !got.GetHasMore() {
			break
		}
		before = proto.Int64(seqs[len(seqs)-1])
		f.tell(t, notice("u", fmt.Sprint("meanwhile ", *before)))
	}
	if want := []int64{7, 6, 5, 4, 3, 2, 1}; !slices.Equal(seqs, want) {
		t.Errorf("read %v, want %v", seqs, want)
	}
	_, err := f.ListNotifications(ctx, &v1.ListNotificationsRequest{Page: proto.Int32(1), BeforeSeq: proto.Int64(3)})
	wantFault(t, err, fault.Invalid, "PAGE_OR_CURSOR")
}

func TestMarkNotificationsRead(t *testing.T) {
	f := open(t)
	f.told(t, "u", 5)
	f.told(t, "v", 5)
	mine, theirs := f.log(t, "u"), f.log(t, "v")
	ctx := as(t, "u", identity.Member)
	for _, c := range []struct {
		req  *v1.MarkNotificationsReadRequest
		left int32
	}{
		{&v1.MarkNotificationsReadRequest{NotificationIds: []string{mine[4].ID, mine[1].ID}}, 3},
		{&v1.MarkNotificationsReadRequest{UpTo: proto.Int64(2)}, 2},
		{&v1.MarkNotificationsReadRequest{UpTo: proto.Int64(0)}, 2},
		{&v1.MarkNotificationsReadRequest{NotificationIds: []string{mine[3].ID}, UpTo: proto.Int64(3)}, 0},
		{&v1.MarkNotificationsReadRequest{UpTo: proto.Int64(1000)}, 0},
	} {
		got, err := f.MarkNotificationsRead(ctx, c.req)
		if err != nil {
			t.Fatal(err)
		}
		if got.GetUnreadCount() != c.left || got.GetMessage() != "success" {
			t.Errorf("%v returns %v, want %d left", c.req, got, c.left)
		}
	}
	_, err := f.MarkNotificationsRead(ctx, &v1.MarkNotificationsReadRequest{NotificationIds: []string{mine[0].ID, theirs[0].ID}})
	wantFault(t, err, fault.NotFound, "NOTIFICATION_NOT_FOUND")
	for _, n := range f.log(t, "v") {
		if !n.ReadAt.IsZero() {
			t.Errorf("another user's %d is read", n.Seq)
		}
	}
}

func TestBroadcast(t *testing.T) {
	f := open(t)
	f.member(t, "u")
	f.member(t, "manager")
	f.member(t, "muted", muting(notifications.KindBroadcast))
	send := func(title string, role identity.Role, requestID *string) error {
		_, err := f.Broadcast(as(t, "manager", role), &v1.BroadcastRequest{Title: title, Body: "내용", RequestId: requestID})
		return err
	}
	want := func(userID string, titles ...string) {
		t.Helper()
		var got []string
		for _, n := range f.said(t, userID) {
			got = append(got, n.GetTitle())
			if n.GetKind() != v1.NotificationKind_NOTIFICATION_KIND_BROADCAST || n.GetBody() != "내용" {
				t.Errorf("%s was told %+v", userID, n)
			}
		}
		if !slices.Equal(got, titles) {
			t.Errorf("%s was told %q, want %q", userID, got, titles)
		}
	}
	wantFault(t, send("권한 없음", identity.Member, nil), fault.Denied, "PERMISSION_DENIED")
	first := "request 1"
	for _, id := range []*string{nil, nil, &first, &first} {
		if err := send("공지", identity.Manager, id); err != nil {
			t.Fatal(err)
		}
	}
	wantFault(t, send("다른 공지", identity.Manager, &first), fault.Invalid, "REQUEST_ID_REUSED")
	want("u", "공지", "공지", "공지")
	want("manager", "공지", "공지", "공지")
	want("muted")

	// Who comes later is not told of what was sent.
	f.member(t, "newcomer")
	if err := send("공지", identity.Manager, &first); err != nil {
		t.Fatal(err)
	}
	want("newcomer")
	if _, err := f.Broadcast(as(t, "u", identity.Admin), &v1.BroadcastRequest{Title: "다른 사람", Body: "내용", RequestId: &first}); err != nil {
		t.Fatal(err)
	}
	want("newcomer", "다른 사람")
}

// halfway fails to add what is beyond the first few, once.
type halfway struct {
	notifications.Store
	failed bool
}

func (h *halfway) AppendNotifications(ctx context.Context, ns []notifications.Notification) ([]notifications.Notification, error) {
	if h.failed {
		return h.Store.AppendNotifications(ctx, ns)
	}
	h.failed = true
	added, err := h.Store.AppendNotifications(ctx, ns[:2])
	return added, errors.Join(err, errors.New("the store has gone away"))
}

func TestABroadcastCutShortIsFinishedByItsRepetition(t *testing.T) {
	f := open(t, func(c *notifications.Config) { c.Store = &halfway{Store: c.Store} })
	all := []string{"a", "b", "c", "manager"}
	for _, id := range all {
		f.member(t, id)
	}
	req := &v1.BroadcastRequest{Title: "공지", Body: "내용", RequestId: proto.String("request 1")}
	if _, err := f.Broadcast(as(t, "manager", identity.Manager), req); err == nil {
		t.Fatal("a store that fails was not told of")
	}
	if _, err := f.Broadcast(as(t, "manager", identity.Manager), req); err != nil {
		t.Fatal(err)
	}
	for _, id := range all {
		if n := len(f.log(t, id)); n != 1 {
			t.Errorf("%s was told %d times", id, n)
		}
	}
}

func TestABroadcastCutShortIsSentInTheEnd(t *testing.T) {
	f := open(t, func(c *notifications.Config) { c.Store = &halfway{Store: c.Store} })
	all := []string{"a", "b", "c", "manager"}
	for _, id := range all {
		f.member(t, id)
	}
	if _, err := f.Broadcast(as(t, "manager", identity.Manager), &v1.BroadcastRequest{Title: "공지"}); err == nil {
		t.Fatal("a store that fails was not told of")
	}
	for range 2 {
		if err := f.SendUnsent(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	for _, id := range all {
		if n := len(f.log(t, id)); n != 1 {
			t.Errorf("%s was told %d times", id, n)
		}
	}
}

func TestWhoIsNotSignedInGetsNothing(t *testing.T) {
	f := open(t)
	ctx := t.Context()
	for name, call := range map[string]func() error{
		"list":       func() error { _, err := f.ListNotifications(ctx, &v1.ListNotificationsRequest{}); return err },
		"read":       func() error { _, err := f.MarkNotificationsRead(ctx, &v1.MarkNotificationsReadRequest{}); return err },
		"broadcast":  func() error { _, err := f.Broadcast(ctx, &v1.BroadcastRequest{}); return err },
		"register":   func() error { _, err := f.RegisterDevice(ctx, &v1.RegisterDeviceRequest{}); return err },
		"unregister": func() error { _, err := f.UnregisterDevice(ctx, &v1.UnregisterDeviceRequest{}); return err },
	} {
		if err := call(); !errors.Is(err, fault.Unauthenticated) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestDeleteOldKeepsWhatIsNew(t *testing.T) {
	f := open(t)
	const day = 24 * time.Hour
	var all []notifications.Notification
	for i, age := range []time.Duration{91 * day, 91 * day, 89 * day, 0} {
		n := notifications.Notification{ID: fmt.Sprint(i), CreatedAt: time.Now().Add(-age), Notice: notice("u", fmt.Sprint(i))}
		if i != 1 {
			n.ReadAt = time.Now()
		}
		all = append(all, n)
	}
	if _, err := f.store.AppendNotifications(t.Context(), all); err != nil {
		t.Fatal(err)
	}
	for _, first := range []int64{2, 3} {
		if err := f.DeleteOld(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := f.log(t, "u"); got[0].Seq != first {
			t.Errorf("the log begins at %d, want %d", got[0].Seq, first)
		}
		if _, err := f.MarkNotificationsRead(as(t, "u", identity.Member), &v1.MarkNotificationsReadRequest{UpTo: proto.Int64(2)}); err != nil {
			t.Fatal(err)
		}
	}
}
