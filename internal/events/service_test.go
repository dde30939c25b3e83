package events_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"connectrpc.com/connect"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/protobuf/proto"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/app"
	"github.com/dongbaejul/dongbaejul/internal/app/apptest"
)

// send sends n messages, numbered from the first.
func send(t *testing.T, m *apptest.Member, room string, first, n int) {
	t.Helper()
	for i := first; i < first+n; i++ {
		if _, err := m.Chat.SendMessage(t.Context(), &v1.SendMessageRequest{RoomId: room, TempId: fmt.Sprint(i), Content: fmt.Sprint(i)}); err != nil {
			t.Fatal(err)
		}
	}
}

func isMessage(e *v1.Event) bool { return e.GetMessage() != nil }

// wantMessages takes messages from a stream and fails on the first that is not the next.
func wantMessages(t *testing.T, s *apptest.Stream, from, to int64) {
	t.Helper()
	for seq := from; seq <= to; seq++ {
		if got := s.Until(t, "a message", isMessage).GetMessage().GetSeq(); got != seq {
			t.Fatalf("got %d, want %d", got, seq)
		}
	}
}

func cursor(room string, seq int64) *v1.SubscribeRequest {
	return &v1.SubscribeRequest{Rooms: []*v1.RoomCursor{{RoomId: room, Seq: seq}}}
}

func TestAStreamBeginsWithHelloAndResumesAtItsCursor(t *testing.T) {
	t.Parallel()
	for _, over := range apptest.Transports() {
		t.Run(over.Name, func(t *testing.T) {
			s := apptest.Start(t)
			club := s.Club(t, 2, over)
			room := club[0].Group(t, club[1:]...).GetId()
			send(t, club[0], room, 1, 250)

			hello := club[1].Subscribe(t, &v1.SubscribeRequest{}).Hello(t)
			if hello.GetHeartbeatInterval().AsDuration() != 15*time.Second || hello.GetServerTime() == nil ||
				len(hello.GetHeads().GetRooms()) != 1 || hello.GetHeads().GetRooms()[0].GetSeq() != 250 {
				t.Errorf("hello %v", hello)
			}
			stream := club[1].Subscribe(t, cursor(room, 20))
			wantMessages(t, stream, 21, 250)
			send(t, club[0], room, 251, 10)
			wantMessages(t, stream, 251, 260)

			s.Restart(t)
			again := club[1].Subscribe(t, cursor(room, 260))
			again.Hello(t)
			send(t, club[0], room, 261, 5)
			wantMessages(t, again, 261, 265)
		})
	}
}

func TestRoomsNotNamedAreFollowedFromNowOn(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t)
	club := s.Club(t, 2, apptest.ConnectJSON)
	room := club[0].Group(t, club[1:]...).GetId()
	send(t, club[0], room, 1, 5)
	stream := club[1].Subscribe(t, &v1.SubscribeRequest{})
	stream.Hello(t)
	send(t, club[0], room, 6, 1)
	wantMessages(t, stream, 6, 6)
}

func TestANewRoomIsToldOfAndFollowedFromItsBeginning(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t)
	club := s.Club(t, 3, apptest.ConnectJSON)
	stream := club[1].Subscribe(t, &v1.SubscribeRequest{})
	stream.Hello(t)
	room := club[0].Group(t, club[1]).GetId()
	joined := stream.Until(t, "room_joined", func(e *v1.Event) bool { return e.GetRoomJoined() != nil })
	if joined.GetRoomJoined().GetRoom().GetId() != room {
		t.Errorf("got %v", joined)
	}
	send(t, club[0], room, 1, 3)
	wantMessages(t, stream, 1, 3)

	old := club[0].Group(t, club[2]).GetId()
	send(t, club[0], old, 1, 3)
	if _, err := club[0].Chat.InviteMembers(t.Context(), &v1.InviteMembersRequest{RoomId: old, Participants: []string{club[1].ID}}); err != nil {
		t.Fatal(err)
	}
	stream.Until(t, "room_joined", func(e *v1.Event) bool { return e.GetRoomJoined().GetRoom().GetId() == old })
	stream.Until(t, "their coming in", func(e *v1.Event) bool { return e.GetMemberJoined().GetSeq() == 4 })
	send(t, club[0], old, 4, 1)
	wantMessages(t, stream, 5, 5)

	if _, err := club[1].Chat.LeaveRoom(t.Context(), &v1.LeaveRoomRequest{RoomId: old}); err != nil {
		t.Fatal(err)
	}
	stream.Until(t, "room_left", func(e *v1.Event) bool { return e.GetRoomLeft().GetRoomId() == old })
	send(t, club[0], old, 5, 1)
	send(t, club[0], room, 4, 1)
	if got := stream.Until(t, "a message", isMessage).GetMessage().GetRoomId(); got != room {
		t.Error("a room that was left is still followed")
	}
}

func TestACursorThatCannotBeServedGetsResyncRequired(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t)
	club := s.Club(t, 2, apptest.ConnectJSON)
	room, others := club[0].Group(t, club[1:]...).GetId(), club[0].Group(t).GetId()
	send(t, club[0], room, 1, 3)
	stream := club[1].Subscribe(t, &v1.SubscribeRequest{Rooms: []*v1.RoomCursor{
		{RoomId: room, Seq: 99}, {RoomId: others, Seq: 0}, {RoomId: "no-such-room", Seq: 1},
	}})
	got := map[string]v1.ResyncReason{}
	for len(got) < 3 {
		resync := stream.Until(t, "resync_required", func(e *v1.Event) bool { return e.GetResyncRequired() != nil }).GetResyncRequired()
		got[resync.GetRoomId()] = resync.GetReason()
	}
	if got[room] != v1.ResyncReason_RESYNC_REASON_CURSOR_AHEAD || got[others] != v1.ResyncReason_RESYNC_REASON_NOT_FOUND ||
		got["no-such-room"] != v1.ResyncReason_RESYNC_REASON_NOT_FOUND {
		t.Errorf("got %v", got)
	}
	send(t, club[0], room, 4, 1)
	wantMessages(t, stream, 4, 4)
}

func TestABacklogLargerThanWantedIsReadAnew(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t)
	club := s.Club(t, 2, apptest.ConnectJSON)
	room := club[0].Group(t, club[1:]...).GetId()
	send(t, club[0], room, 1, 12)
	isResync := func(e *v1.Event) bool { return e.GetResyncRequired() != nil }
	want := &v1.ResyncRequired{Reason: v1.ResyncReason_RESYNC_REASON_BACKLOG_TOO_LARGE, RoomId: room, Seq: 12}
	open := func(seq int64) *v1.SubscribeRequest {
		return &v1.SubscribeRequest{Rooms: []*v1.RoomCursor{{RoomId: room, Seq: seq}}, MaxBacklog: new(int32(10))}
	}

	stream := club[1].Subscribe(t, open(1))
	if got := stream.Until(t, "resync_required", isResync).GetResyncRequired(); !proto.Equal(got, want) {
		t.Errorf("got %v", got)
	}
	send(t, club[0], room, 13, 1)
	wantMessages(t, stream, 13, 13)

	within := club[1].Subscribe(t, open(3))
	wantMessages(t, within, 4, 13)

	polled, err := club[1].Events.Poll(t.Context(), &v1.PollRequest{Rooms: []*v1.RoomCursor{{RoomId: room, Seq: 2}}, MaxBacklog: new(int32(10))})
	if err != nil {
		t.Fatal(err)
	}
	want.Seq = 13
	if i := slices.IndexFunc(polled.GetEvents(), isResync); i < 0 || !proto.Equal(polled.GetEvents()[i].GetResyncRequired(), want) ||
		slices.ContainsFunc(polled.GetEvents(), isMessage) {
		t.Errorf("Poll: %v", polled.GetEvents())
	}

	watched, err := club[1].Chat.WatchRoom(t.Context(), &v1.WatchRoomRequest{RoomId: room, AfterSeq: new(int64(2)), MaxBacklog: new(int32(10))})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = watched.Close() }()
	for watched.Receive() {
		for _, e := range watched.Msg().GetEvents() {
			if e.GetMessage() != nil {
				t.Fatalf("WatchRoom: %v", e)
			}
			if got := e.GetResyncRequired(); got != nil {
				if !proto.Equal(got, want) {
					t.Errorf("WatchRoom: %v", got)
				}
				return
			}
		}
	}
	t.Errorf("WatchRoom ended: %v", watched.Err())
}

func TestPollSeesWhatSubscribeSees(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t)
	club := s.Club(t, 2, apptest.ConnectJSON)
	room := club[0].Group(t, club[1:]...).GetId()
	stream := club[1].Subscribe(t, cursor(room, 0))
	stream.Hello(t)
	var writing sync.WaitGroup
	writing.Go(func() { send(t, club[0], room, 1, 300) })

	var polled []string
	for last := int64(0); last < 300; {
		res, err := club[1].Events.Poll(t.Context(), &v1.PollRequest{Rooms: []*v1.RoomCursor{{RoomId: room, Seq: last}}, WaitMs: 10_000})
		if err != nil {
			t.Fatal(err)
		}
		if res.GetEvents()[0].GetHello() == nil {
			t.Fatal("an answer does not begin with hello")
		}
		for _, e := range res.GetEvents() {
			if m := e.GetMessage(); m != nil {
				polled = append(polled, m.GetId())
				last = m.GetSeq()
			}
		}
	}
	writing.Wait()
	var streamed []string
	for range 300 {
		streamed = append(streamed, stream.Until(t, "a message", isMessage).GetMessage().GetId())
	}
	if !slices.Equal(polled, streamed) {
		t.Error("a poll and a stream saw different messages")
	}
	began := time.Now()
	if _, err := club[1].Events.Poll(t.Context(), &v1.PollRequest{Rooms: []*v1.RoomCursor{{RoomId: room, Seq: 300}}, WaitMs: 0}); err != nil || time.Since(began) > 5*time.Second {
		t.Errorf("a poll that does not wait took %s: %v", time.Since(began), err)
	}
}

func TestPresence(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t)
	club := s.Club(t, 3, apptest.ConnectJSON)
	watcher := club[0].Subscribe(t, &v1.SubscribeRequest{})
	snapshot := watcher.Until(t, "the snapshot", func(e *v1.Event) bool { return e.GetPresence().GetSnapshot() })
	if !slices.Equal(snapshot.GetPresence().GetOnline(), []string{club[0].ID}) {
		t.Errorf("snapshot %v", snapshot)
	}
	phone, desk := club[1].Subscribe(t, &v1.SubscribeRequest{}), club[1].Subscribe(t, &v1.SubscribeRequest{})
	watcher.Until(t, "coming", func(e *v1.Event) bool { return slices.Contains(e.GetPresence().GetOnline(), club[1].ID) })
	phone.Hello(t)
	desk.Hello(t)
	phone.Cut()
	if m, err := club[0].Users.GetMember(t.Context(), &v1.GetMemberRequest{MemberId: club[1].ID}); err != nil || !m.GetMember().GetOnline() {
		t.Errorf("with a stream open: %v, %v", m, err)
	}
	began := time.Now()
	desk.Cut()
	watcher.Until(t, "going", func(e *v1.Event) bool { return slices.Contains(e.GetPresence().GetOffline(), club[1].ID) })
	if took := time.Since(began); took < 9*time.Second {
		t.Errorf("offline after %s", took)
	}
	_, err := club[2].Users.UpdateProfile(t.Context(), &v1.UpdateProfileRequest{Preferences: &v1.Preferences{
		Privacy: &v1.PrivacyPreferences{ShowOnlineStatus: new(false)},
	}})
	if err != nil {
		t.Fatal(err)
	}
	hidden := club[2].Subscribe(t, &v1.SubscribeRequest{})
	online := hidden.Until(t, "the snapshot", func(e *v1.Event) bool { return e.GetPresence().GetSnapshot() }).GetPresence().GetOnline()
	if slices.Contains(online, club[2].ID) {
		t.Error("who hides is shown")
	}
	desk = club[1].Subscribe(t, &v1.SubscribeRequest{})
	watcher.Until(t, "coming after who hides", func(e *v1.Event) bool {
		if slices.Contains(e.GetPresence().GetOnline(), club[2].ID) || slices.Contains(e.GetPresence().GetOffline(), club[2].ID) {
			t.Error("who hides is told of")
		}
		return slices.Contains(e.GetPresence().GetOnline(), club[1].ID)
	})
	desk.Cut()
}

func TestWhoHidesGoesOfflineForTheOthersWithAStreamOpen(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t)
	club := s.Club(t, 2, apptest.ConnectJSON)
	watcher, shy := club[0].Subscribe(t, &v1.SubscribeRequest{}), club[1].Subscribe(t, &v1.SubscribeRequest{})
	shy.Hello(t)
	show := func(shown bool) {
		t.Helper()
		if _, err := club[1].Users.UpdateProfile(t.Context(), &v1.UpdateProfileRequest{Preferences: &v1.Preferences{
			Privacy: &v1.PrivacyPreferences{ShowOnlineStatus: &shown},
		}}); err != nil {
			t.Fatal(err)
		}
	}
	watcher.Until(t, "coming", func(e *v1.Event) bool { return slices.Contains(e.GetPresence().GetOnline(), club[1].ID) })
	show(false)
	watcher.Until(t, "hiding", func(e *v1.Event) bool { return slices.Contains(e.GetPresence().GetOffline(), club[1].ID) })
	show(true)
	watcher.Until(t, "showing", func(e *v1.Event) bool { return slices.Contains(e.GetPresence().GetOnline(), club[1].ID) })
}

func TestStreamsEndWhenTheRightToBeThereEnds(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		code connect.Code
		do   func(ctx context.Context, admin, m *apptest.Member) error
	}{
		"logout": {connect.CodeUnauthenticated, func(ctx context.Context, _, m *apptest.Member) error {
			_, err := m.Auth.Logout(ctx, &v1.LogoutRequest{})
			return err
		}},
		"the session revoked elsewhere": {connect.CodeUnauthenticated, func(ctx context.Context, _, m *apptest.Member) error {
			sessions, err := m.Auth.ListSessions(ctx, &v1.ListSessionsRequest{})
			if err != nil {
				return err
			}
			_, err = m.Auth.RevokeSession(ctx, &v1.RevokeSessionRequest{SessionId: sessions.GetSessions()[0].GetId()})
			return err
		}},
		"suspension": {connect.CodePermissionDenied, func(ctx context.Context, admin, m *apptest.Member) error {
			_, err := admin.Users.UpdateMember(ctx, &v1.UpdateMemberRequest{MemberId: m.ID, Status: new(v1.UserStatus_USER_STATUS_SUSPENDED)})
			return err
		}},
		"deletion of the account": {connect.CodePermissionDenied, func(ctx context.Context, _, m *apptest.Member) error {
			_, err := m.Users.DeleteAccount(ctx, &v1.DeleteAccountRequest{})
			return err
		}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			s := apptest.Start(t)
			people := s.People(t)
			admin, m := s.SignIn(t, people[0], apptest.ConnectJSON), s.SignIn(t, people[9], apptest.GRPC)
			room := admin.Group(t, m).GetId()
			stream := m.Subscribe(t, &v1.SubscribeRequest{})
			stream.Hello(t)
			watch, err := m.Chat.WatchRoom(t.Context(), &v1.WatchRoomRequest{RoomId: room})
			if err != nil || !watch.Receive() {
				t.Fatal(err, watch.Err())
			}
			if err := c.do(t.Context(), admin, m); err != nil {
				t.Fatal(err)
			}
			if err := stream.End(t, 2*time.Second); connect.CodeOf(err) != c.code {
				t.Errorf("the stream ended with %v, want %v", err, c.code)
			}
			for watch.Receive() {
			}
			if err := watch.Err(); connect.CodeOf(err) != c.code {
				t.Errorf("the room's stream ended with %v, want %v", err, c.code)
			}
			if _, err := m.Users.GetProfile(t.Context(), &v1.GetProfileRequest{}); connect.CodeOf(err) != c.code {
				t.Errorf("a call got %v, want %v", err, c.code)
			}
			if _, err := admin.Users.GetProfile(t.Context(), &v1.GetProfileRequest{}); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestAStreamEndsWhenItsTokenExpires(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, func(c *app.Config) { c.JWTExpiresIn = 3 * time.Second })
	m := s.Club(t, 1, apptest.ConnectJSON)[0]
	stream := m.Subscribe(t, &v1.SubscribeRequest{})
	stream.Hello(t)
	if err := stream.End(t, 5*time.Second); connect.CodeOf(err) != connect.CodeUnauthenticated {
		t.Errorf("got %v", err)
	}
}

func TestHeartbeatsTellTheHeads(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, func(c *app.Config) { c.StreamHeartbeat = 100 * time.Millisecond })
	club := s.Club(t, 2, apptest.ConnectJSON)
	room := club[0].Group(t, club[1:]...).GetId()
	stream := club[1].Subscribe(t, &v1.SubscribeRequest{})
	send(t, club[0], room, 1, 3)
	stream.Until(t, "a heartbeat at 3", func(e *v1.Event) bool {
		heads := e.GetHeartbeat().GetHeads().GetRooms()
		return len(heads) == 1 && heads[0].GetSeq() == 3
	})
}

func TestShutdownTellsStreamsWhenToComeBack(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t)
	club := s.Club(t, 2, apptest.ConnectJSON)
	streams := []*apptest.Stream{club[0].Subscribe(t, &v1.SubscribeRequest{}), club[1].Subscribe(t, &v1.SubscribeRequest{})}
	polled := make(chan error, 1)
	go func() {
		_, err := club[0].Events.Poll(context.Background(), &v1.PollRequest{WaitMs: 30_000})
		polled <- err
	}()
	for _, stream := range streams {
		stream.Hello(t)
	}
	began := time.Now()
	s.Stop()
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("closing took %s with open streams", took)
	}
	for _, stream := range streams {
		err := stream.End(t, time.Second)
		if connect.CodeOf(err) != connect.CodeUnavailable || retryDelay(err) <= 0 {
			t.Errorf("a stream ended with %v, delay %s", err, retryDelay(err))
		}
	}
	if err := <-polled; connect.CodeOf(err) != connect.CodeUnavailable {
		t.Errorf("a poll ended with %v", err)
	}
}

func retryDelay(err error) time.Duration {
	failure, ok := errors.AsType[*connect.Error](err)
	if !ok {
		return 0
	}
	for _, d := range failure.Details() {
		if v, err := d.Value(); err == nil {
			if info, ok := v.(*errdetails.RetryInfo); ok {
				return info.GetRetryDelay().AsDuration()
			}
		}
	}
	return 0
}

func TestADevicesNewestStreamReplacesItsOldOne(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t)
	m := s.Club(t, 1, apptest.ConnectJSON)[0]
	old := m.Subscribe(t, &v1.SubscribeRequest{DeviceId: new("phone")})
	old.Hello(t)
	other := m.Subscribe(t, &v1.SubscribeRequest{DeviceId: new("tablet")})
	other.Hello(t)
	fresh := m.Subscribe(t, &v1.SubscribeRequest{DeviceId: new("phone")})
	fresh.Hello(t)
	if err := old.End(t, 2*time.Second); connect.CodeOf(err) != connect.CodeFailedPrecondition {
		t.Errorf("the old stream ended with %v", err)
	}
	room := m.Group(t).GetId()
	for _, stream := range []*apptest.Stream{other, fresh} {
		stream.Until(t, "room_joined", func(e *v1.Event) bool { return e.GetRoomJoined().GetRoom().GetId() == room })
	}
}
