package events_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/app"
	"github.com/dongbaejul/dongbaejul/internal/app/apptest"
)

// broadcast tells everybody n things, numbered from the first.
func broadcast(t *testing.T, m *apptest.Member, first, n int) {
	t.Helper()
	for i := first; i < first+n; i++ {
		if _, err := m.Notifications.Broadcast(t.Context(), &v1.BroadcastRequest{Title: fmt.Sprint(i)}); err != nil {
			t.Fatal(err)
		}
	}
}

func told(seq int64) *v1.SubscribeRequest {
	return &v1.SubscribeRequest{NotificationSeq: proto.Int64(seq)}
}

func isNotification(e *v1.Event) bool { return e.GetNotification() != nil }

// wantNotifications takes notifications and fails on the first that is not the next.
func wantNotifications(t *testing.T, s *apptest.Stream, from, to int64) {
	t.Helper()
	for seq := from; seq <= to; seq++ {
		n := s.Until(t, "a notification", isNotification).GetNotification()
		if n.GetSeq() != seq || n.GetTitle() != fmt.Sprint(seq) || n.GetKind() != v1.NotificationKind_NOTIFICATION_KIND_BROADCAST {
			t.Fatalf("got %v, want %d", n, seq)
		}
	}
}

func TestNotificationsResumeAtTheirCursor(t *testing.T) {
	for _, over := range apptest.Transports() {
		t.Run(over.Name, func(t *testing.T) {
			s := apptest.Start(t)
			club := s.Club(t, 2, over)
			live := club[1].Subscribe(t, &v1.SubscribeRequest{})
			live.Hello(t)
			broadcast(t, club[0], 1, 5)
			wantNotifications(t, live, 1, 5)
			live.Cut()
			broadcast(t, club[0], 6, 2)

			resumed := club[1].Subscribe(t, told(5))
			if seq := resumed.Hello(t).GetHeads().GetNotificationSeq(); seq != 7 {
				t.Errorf("the head is %d", seq)
			}
			wantNotifications(t, resumed, 6, 7)
			wantNotifications(t, club[1].Subscribe(t, told(0)), 1, 7)
			broadcast(t, club[0], 8, 1)
			wantNotifications(t, resumed, 8, 8)

			s.Restart(t)
			again := club[1].Subscribe(t, told(7))
			broadcast(t, club[0], 9, 1)
			wantNotifications(t, again, 8, 9)
		})
	}
}

func TestWithoutACursorNotificationsAreFollowedFromNowOn(t *testing.T) {
	s := apptest.Start(t)
	club := s.Club(t, 2, apptest.ConnectJSON)
	broadcast(t, club[0], 1, 3)
	stream := club[1].Subscribe(t, &v1.SubscribeRequest{})
	stream.Hello(t)
	broadcast(t, club[0], 4, 1)
	wantNotifications(t, stream, 4, 4)
}

func TestANotificationCursorAheadGetsResyncRequired(t *testing.T) {
	s := apptest.Start(t)
	club := s.Club(t, 2, apptest.ConnectJSON)
	broadcast(t, club[0], 1, 3)
	want := &v1.ResyncRequired{Reason: v1.ResyncReason_RESYNC_REASON_CURSOR_AHEAD, Seq: 3}
	stream := club[1].Subscribe(t, told(4))
	got := stream.Until(t, "resync_required", func(e *v1.Event) bool { return e.GetResyncRequired() != nil }).GetResyncRequired()
	if !proto.Equal(got, want) {
		t.Errorf("the stream says %v", got)
	}
	broadcast(t, club[0], 4, 1)
	wantNotifications(t, stream, 4, 4)

	res, err := club[1].Events.Poll(t.Context(), &v1.PollRequest{NotificationSeq: proto.Int64(5)})
	if err != nil {
		t.Fatal(err)
	}
	want.Seq = 4
	for _, e := range res.GetEvents() {
		if proto.Equal(e.GetResyncRequired(), want) {
			return
		}
	}
	t.Errorf("the poll says %v", res)
}

func TestMoreNotificationsThanWantedAreReadAnew(t *testing.T) {
	s := apptest.Start(t)
	club := s.Club(t, 2, apptest.ConnectJSON)
	broadcast(t, club[0], 1, 4)
	want := &v1.ResyncRequired{Reason: v1.ResyncReason_RESYNC_REASON_BACKLOG_TOO_LARGE, Seq: 4}
	stream := club[1].Subscribe(t, &v1.SubscribeRequest{NotificationSeq: new(int64(0)), MaxBacklog: new(int32(3))})
	got := stream.Until(t, "resync_required", func(e *v1.Event) bool { return e.GetResyncRequired() != nil }).GetResyncRequired()
	if !proto.Equal(got, want) {
		t.Errorf("got %v", got)
	}
	wantNotifications(t, club[1].Subscribe(t, &v1.SubscribeRequest{NotificationSeq: new(int64(1)), MaxBacklog: new(int32(3))}), 2, 4)
}

func TestPollWaitsForNotifications(t *testing.T) {
	s := apptest.Start(t)
	club := s.Club(t, 2, apptest.ConnectJSON)
	broadcast(t, club[0], 1, 2)
	if got := pollUntil(t, club[1], 0); !slices.Equal(got, []int64{1, 2}) {
		t.Errorf("got %v", got)
	}
	// What comes while it waits, and before it does: the poll ends with it either way.
	polled := make(chan []int64, 1)
	go func() { polled <- pollUntil(t, club[1], 2) }()
	broadcast(t, club[0], 3, 1)
	if got := <-polled; !slices.Equal(got, []int64{3}) {
		t.Errorf("got %v", got)
	}
}

// pollUntil polls until there is a notification after a number.
func pollUntil(t *testing.T, m *apptest.Member, after int64) (got []int64) {
	for len(got) == 0 {
		res, err := m.Events.Poll(t.Context(), &v1.PollRequest{NotificationSeq: proto.Int64(after), WaitMs: 20_000})
		if err != nil {
			t.Error(err)
			return nil
		}
		for _, e := range res.GetEvents() {
			if n := e.GetNotification(); n != nil {
				got = append(got, n.GetSeq())
			}
		}
	}
	return got
}

func TestHeartbeatsTellTheNotificationHead(t *testing.T) {
	s := apptest.Start(t, func(c *app.Config) { c.StreamHeartbeat = 100 * time.Millisecond })
	club := s.Club(t, 2, apptest.ConnectJSON)
	stream := club[1].Subscribe(t, &v1.SubscribeRequest{})
	broadcast(t, club[0], 1, 3)
	stream.Until(t, "a heartbeat at 3", func(e *v1.Event) bool { return e.GetHeartbeat().GetHeads().GetNotificationSeq() == 3 })
}

// The narrow stream follows its caller too, for their rights; their notifications are not its business.
func TestARoomsStreamHasNoNotifications(t *testing.T) {
	s := apptest.Start(t)
	club := s.Club(t, 2, apptest.ConnectJSON)
	room := club[0].Group(t, club[1:]...).GetId()
	stream, err := club[1].Chat.WatchRoom(t.Context(), &v1.WatchRoomRequest{RoomId: room})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = stream.Close() }()
	next := func() []*v1.ChatEvent {
		t.Helper()
		if !stream.Receive() {
			t.Fatal(stream.Err())
		}
		return stream.Msg().GetEvents()
	}
	next()
	broadcast(t, club[0], 1, 1)
	send(t, club[0], room, 1, 1)
	for {
		for _, e := range next() {
			switch {
			case e.GetPayload() == nil:
				t.Fatal("an event that a room's stream does not have")
			case e.GetMessage() != nil:
				return
			}
		}
	}
}
