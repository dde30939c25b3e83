package chat_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/proto"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/app/apptest"
)

// wantReason holds an error to its code and its reason.
func wantReason(t *testing.T, err error, code connect.Code, reason, what string) {
	t.Helper()
	wantCode(t, err, code, what)
	if got := reasonOf(err); got != reason {
		t.Errorf("%s: the reason is %q, want %q", what, got, reason)
	}
}

func reasonOf(err error) string { return apptest.InfoOf(err).GetReason() }

func metadataOf(err error) map[string]string { return apptest.InfoOf(err).GetMetadata() }

func invite(t *testing.T, by *apptest.Member, room string, people ...*apptest.Member) error {
	t.Helper()
	var ids []string
	for _, m := range people {
		ids = append(ids, m.ID)
	}
	_, err := by.Chat.InviteMembers(t.Context(), &v1.InviteMembersRequest{RoomId: room, Participants: ids})
	return err
}

func leaveRoom(t *testing.T, m *apptest.Member, room string) {
	t.Helper()
	if _, err := m.Chat.LeaveRoom(t.Context(), &v1.LeaveRoomRequest{RoomId: room}); err != nil {
		t.Fatal(err)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func refuseDirectMessages(t *testing.T, m *apptest.Member) {
	t.Helper()
	_, err := m.Users.UpdateProfile(t.Context(), &v1.UpdateProfileRequest{Preferences: &v1.Preferences{
		Privacy: &v1.PrivacyPreferences{AllowDirectMessages: new(false)},
	}})
	must(t, err)
}

// seesNothingBefore holds a member to what they may read of a room: nothing up to the message old, everything from new on.
func seesNothingBefore(t *testing.T, m *apptest.Member, room string, old, first *v1.Message) {
	t.Helper()
	ctx := t.Context()
	res, err := m.Chat.ListMessages(ctx, &v1.ListMessagesRequest{RoomId: room})
	must(t, err)
	oldest := res.GetMessages()[len(res.GetMessages())-1]
	if oldest.GetId() != first.GetId() || res.GetHasMore() {
		t.Errorf("history begins with %v, more %t, want %v", oldest, res.GetHasMore(), first)
	}
	for _, req := range []*v1.ListMessagesRequest{{RoomId: room, Before: &old.Id}, {RoomId: room, After: &old.Id}} {
		_, err = m.Chat.ListMessages(ctx, req)
		wantReason(t, err, connect.CodeNotFound, "MESSAGE_NOT_FOUND", "a page next to what they may not read")
	}
	if page, more := history(t, m, &v1.ListMessagesRequest{RoomId: room, Before: &first.Id}); len(page) > 0 || more {
		t.Errorf("before the first message there are %v, more %t", page, more)
	}
	_, err = m.Chat.SendMessage(ctx, &v1.SendMessageRequest{RoomId: room, TempId: "answer", Content: "답", ReplyTo: &old.Id})
	wantReason(t, err, connect.CodeInvalidArgument, "REPLY_TARGET_NOT_FOUND", "an answer to what they may not read")
	_, err = m.Chat.MarkRead(ctx, &v1.MarkReadRequest{RoomId: room, MessageIds: []string{old.GetId()}})
	wantReason(t, err, connect.CodeNotFound, "MESSAGE_NOT_FOUND", "reading up to what they may not read")
	_, err = m.Chat.EditMessage(ctx, &v1.EditMessageRequest{RoomId: room, MessageId: old.GetId(), Content: "고침"})
	wantReason(t, err, connect.CodeNotFound, "MESSAGE_NOT_FOUND", "changing what they may not read")
	_, err = m.Chat.DeleteMessage(ctx, &v1.DeleteMessageRequest{RoomId: room, MessageId: old.GetId()})
	wantReason(t, err, connect.CodeNotFound, "MESSAGE_NOT_FOUND", "deleting what they may not read")

	for _, seq := range []int64{0, old.GetSeq() - 1} {
		cursor := []*v1.RoomCursor{{RoomId: room, Seq: seq}}
		stream := m.Subscribe(t, &v1.SubscribeRequest{Rooms: cursor})
		stream.Hello(t)
		resync := stream.Until(t, "resync_required", func(e *v1.Event) bool { return e.GetResyncRequired() != nil }).GetResyncRequired()
		if resync.GetReason() != v1.ResyncReason_RESYNC_REASON_CURSOR_EXPIRED || resync.GetRoomId() != room || resync.GetSeq() < old.GetSeq() {
			t.Errorf("a stream after %d is told %v", seq, resync)
		}
		got := stream.Until(t, "a message", func(e *v1.Event) bool { return e.GetMessage() != nil }).GetMessage()
		if got.GetId() != first.GetId() {
			t.Errorf("a stream after %d begins with %v", seq, got)
		}
		stream.Cut()
		poll, err := m.Events.Poll(ctx, &v1.PollRequest{Rooms: cursor})
		must(t, err)
		for _, e := range poll.GetEvents() {
			if e.GetMessage() != nil && e.GetMessage().GetSeq() <= old.GetSeq() {
				t.Errorf("a poll after %d brings %v", seq, e)
			}
		}
		watch, err := m.Chat.WatchRoom(ctx, &v1.WatchRoomRequest{RoomId: room, AfterSeq: &seq})
		must(t, err)
		for found := false; !found && watch.Receive(); {
			for _, e := range watch.Msg().GetEvents() {
				if e.GetMessage() != nil {
					found = true
					if e.GetMessage().GetId() != first.GetId() {
						t.Errorf("WatchRoom after %d begins with %v", seq, e)
					}
					break
				}
			}
		}
		_ = watch.Close()
	}
}

// An answer can be lost, and the call comes again.
func TestARepeatedLeaveOrRemovalChangesNothing(t *testing.T) {
	s := apptest.Start(t)
	_, club := apart(t, s.Club(t, 12, apptest.ConnectBinary))
	a, b, c, d, stranger := club[0], club[1], club[2], club[3], club[4]
	room := a.Group(t, b, c, d).GetId()
	leave := func(m *apptest.Member) error {
		_, err := m.Chat.LeaveRoom(t.Context(), &v1.LeaveRoomRequest{RoomId: room})
		return err
	}
	remove := func(by, who *apptest.Member) (*v1.Room, error) {
		res, err := by.Chat.RemoveMember(t.Context(), &v1.RemoveMemberRequest{RoomId: room, UserId: who.ID})
		return res.GetRoom(), err
	}
	must(t, leave(b))
	_, err := remove(a, c)
	must(t, err)
	before := roomOf(t, a, room)
	must(t, leave(b))
	must(t, leave(c))
	for _, gone := range []*apptest.Member{c, b} {
		after, err := remove(a, gone)
		must(t, err)
		if !proto.Equal(after, before) {
			t.Errorf("the room is %v, and was %v", after, before)
		}
	}
	_, err = remove(d, c)
	wantReason(t, err, connect.CodePermissionDenied, "MAY_NOT_REMOVE", "somebody who may not")
	_, err = remove(b, c)
	wantReason(t, err, connect.CodeNotFound, "ROOM_NOT_FOUND", "somebody who has left")
	_, err = remove(a, stranger)
	wantReason(t, err, connect.CodeNotFound, "MEMBER_NOT_IN_ROOM", "somebody who was never there")
	wantReason(t, leave(stranger), connect.CodeNotFound, "ROOM_NOT_FOUND", "leaving what one was never in")
	_, err = c.Chat.JoinRoom(t.Context(), &v1.JoinRoomRequest{RoomId: room})
	wantReason(t, err, connect.CodePermissionDenied, "REMOVED_FROM_ROOM", "coming back after leaving once more")
}

func TestAGroupIsReadFromJoiningOn(t *testing.T) {
	s := apptest.Start(t)
	club := s.Club(t, 3, apptest.ConnectBinary)
	a, b, c := club[0], club[1], club[2]
	room := a.Group(t, b).GetId()
	old := send(t, a, room, "old", "비밀")
	own := send(t, b, room, "own", "내 말")
	stream := c.Subscribe(t, &v1.SubscribeRequest{})
	stream.Hello(t)

	must(t, invite(t, a, room, c))
	joined := stream.Until(t, "room_joined", func(e *v1.Event) bool { return e.GetRoomJoined() != nil }).GetRoomJoined().GetRoom()
	if joined.GetLastMessage() != nil || joined.GetUnreadCount() != 0 {
		t.Errorf("who is invited is shown %v", joined)
	}
	// What happens to an older message is in the log, without the message.
	for _, change := range []func() error{
		func() error {
			_, err := a.Chat.EditMessage(t.Context(), &v1.EditMessageRequest{RoomId: room, MessageId: old.GetId(), Content: "더 비밀"})
			return err
		},
		func() error {
			_, err := b.Chat.DeleteMessage(t.Context(), &v1.DeleteMessageRequest{RoomId: room, MessageId: own.GetId()})
			return err
		},
	} {
		must(t, change())
	}
	first := send(t, a, room, "new", "어서 와")
	for _, e := range []*v1.Event{stream.Next(t), stream.Next(t), stream.Next(t), stream.Next(t)} {
		if strings.Contains(e.String(), "비밀") {
			t.Errorf("who was invited is sent %v", e)
		}
		for _, m := range []*v1.Message{e.GetMessageEdited().GetMessage(), e.GetMessageDeleted().GetMessage()} {
			if m != nil && (m.GetSender() != nil || m.GetContent() != "" || m.GetId() == "") {
				t.Errorf("of an older message is told %v", m)
			}
		}
	}
	if got := roomOf(t, c, room); got.GetUnreadCount() != 1 || got.GetLastMessage().GetId() != first.GetId() {
		t.Errorf("after the first message the room is %v", got)
	}
	seesNothingBefore(t, c, room, old, first)

	// Who was there from the beginning is told of all of it.
	all := a.Subscribe(t, &v1.SubscribeRequest{Rooms: []*v1.RoomCursor{{RoomId: room, Seq: 0}}})
	all.Until(t, "the edit", func(e *v1.Event) bool { return e.GetMessageEdited().GetMessage().GetContent() == "더 비밀" })

	leaveRoom(t, b, room)
	missed := send(t, a, room, "missed", "b 없는 사이에")
	if _, err := b.Chat.JoinRoom(t.Context(), &v1.JoinRoomRequest{RoomId: room}); err != nil {
		t.Fatal(err)
	}
	if got := roomOf(t, b, room); got.GetUnreadCount() != 0 || got.GetLastMessage() != nil {
		t.Errorf("who comes back is shown %v", got)
	}
	again := send(t, a, room, "again", "다시 왔네")
	seesNothingBefore(t, b, room, missed, again)
	_, err := b.Chat.DeleteMessage(t.Context(), &v1.DeleteMessageRequest{RoomId: room, MessageId: own.GetId()})
	wantCode(t, err, connect.CodeNotFound, "deleting one's own message from before")
}

func TestAGlobalRoomIsReadWhole(t *testing.T) {
	s := apptest.Start(t)
	admin := s.Club(t, 1, apptest.ConnectJSON)[0]
	res, err := admin.Chat.CreateRoom(t.Context(), &v1.CreateRoomRequest{Name: "전체", Type: v1.RoomType_ROOM_TYPE_GLOBAL})
	must(t, err)
	room := res.GetRoom().GetId()
	first := send(t, admin, room, "1", "회칙")
	late := s.SignIn(t, s.People(t)[7], apptest.ConnectJSON)
	if page, _ := history(t, late, &v1.ListMessagesRequest{RoomId: room}); !slices.Equal(page, []string{"회칙"}) {
		t.Errorf("who came later reads %v", page)
	}
	if got := roomOf(t, late, room); got.GetLastMessage().GetId() != first.GetId() || got.GetUnreadCount() != 0 {
		t.Errorf("who came later is shown %v", got)
	}
}

func TestMembersAreRemoved(t *testing.T) {
	s := apptest.Start(t)
	club := s.Club(t, 7, apptest.ConnectJSON)
	moderator, creator, b, c, d := club[0], club[4], club[5], club[6], club[3]
	room := creator.Group(t, b, c, moderator).GetId()
	remove := func(by, who *apptest.Member) (*v1.Room, error) {
		res, err := by.Chat.RemoveMember(t.Context(), &v1.RemoveMemberRequest{RoomId: room, UserId: who.ID})
		return res.GetRoom(), err
	}
	_, err := remove(b, c)
	wantReason(t, err, connect.CodePermissionDenied, "MAY_NOT_REMOVE", "a member removing another")
	_, err = remove(creator, creator)
	wantCode(t, err, connect.CodeInvalidArgument, "removing oneself")
	_, err = remove(d, b)
	wantCode(t, err, connect.CodeNotFound, "removing from outside")
	_, err = remove(creator, d)
	wantReason(t, err, connect.CodeNotFound, "MEMBER_NOT_IN_ROOM", "removing somebody who is not in the room")

	gone, others := b.Subscribe(t, &v1.SubscribeRequest{}), c.Subscribe(t, &v1.SubscribeRequest{})
	gone.Hello(t)
	others.Hello(t)
	left, err := remove(creator, b)
	if err != nil || len(left.GetParticipants()) != 3 {
		t.Fatalf("removed: %v, %v", left, err)
	}
	gone.Until(t, "room_left", func(e *v1.Event) bool { return e.GetRoomLeft().GetRoomId() == room })
	others.Until(t, "member_left", func(e *v1.Event) bool {
		return e.GetMemberLeft().GetUser().GetUserId() == b.ID && e.GetMemberLeft().GetRemovedBy().GetUserId() == creator.ID
	})
	_, err = b.Chat.ListMessages(t.Context(), &v1.ListMessagesRequest{RoomId: room})
	wantCode(t, err, connect.CodeNotFound, "reading after being removed")
	_, err = b.Chat.JoinRoom(t.Context(), &v1.JoinRoomRequest{RoomId: room})
	wantReason(t, err, connect.CodePermissionDenied, "REMOVED_FROM_ROOM", "coming back alone")
	wantReason(t, invite(t, c, room, b), connect.CodePermissionDenied, "REMOVED_FROM_ROOM", "being brought back by a member")
	must(t, invite(t, moderator, room, b))
	if got := roomOf(t, b, room); len(got.GetParticipants()) != 4 {
		t.Errorf("brought back into %v", got)
	}
	if _, err := remove(moderator, creator); err != nil {
		t.Errorf("a moderator removing the creator: %v", err)
	}
	_, err = moderator.Chat.LeaveRoom(t.Context(), &v1.LeaveRoomRequest{RoomId: room})
	must(t, err)
	others.Until(t, "the moderator leaving", func(e *v1.Event) bool {
		return e.GetMemberLeft().GetUser().GetUserId() == moderator.ID && e.GetMemberLeft().GetRemovedBy() == nil
	})

	res, err := moderator.Chat.CreateRoom(t.Context(), &v1.CreateRoomRequest{Type: v1.RoomType_ROOM_TYPE_PRIVATE, Participants: []string{b.ID}})
	must(t, err)
	room = res.GetRoom().GetId()
	_, err = remove(moderator, b)
	wantReason(t, err, connect.CodeFailedPrecondition, "NOT_A_GROUP_ROOM", "removing from a private room")
}

func TestNobodyIsPutBackIntoWhatTheyLeft(t *testing.T) {
	s := apptest.Start(t)
	club := s.Club(t, 4, apptest.ConnectJSON)
	a, b, c, d := club[0], club[1], club[2], club[3]
	room := a.Group(t, b, c).GetId()
	leaveRoom(t, b, room)
	wantReason(t, invite(t, a, room, b), connect.CodeFailedPrecondition, "MEMBER_LEFT_ROOM", "putting somebody back")
	wantReason(t, invite(t, a, room, d, b), connect.CodeFailedPrecondition, "MEMBER_LEFT_ROOM", "putting somebody back among others")
	if got := roomOf(t, a, room); len(got.GetParticipants()) != 2 || roomOf(t, b, room) != nil || roomOf(t, d, room) != nil {
		t.Errorf("the room holds %v", got.GetParticipants())
	}
	if _, err := b.Chat.JoinRoom(t.Context(), &v1.JoinRoomRequest{RoomId: room}); err != nil {
		t.Errorf("coming back alone: %v", err)
	}
	must(t, invite(t, a, room, b, d))
}

func TestAGroupOfTwoIsAPrivateTalk(t *testing.T) {
	s := apptest.Start(t)
	club := s.Club(t, 4, apptest.ConnectJSON)
	a, shy, c, d := club[1], club[2], club[3], club[0]
	refuseDirectMessages(t, shy)
	ctx := t.Context()
	_, err := a.Chat.CreateRoom(ctx, &v1.CreateRoomRequest{Name: "둘이", Type: v1.RoomType_ROOM_TYPE_GROUP, Participants: []string{shy.ID}})
	wantReason(t, err, connect.CodePermissionDenied, "DIRECT_MESSAGES_OFF", "a group of two")
	alone := a.Group(t).GetId()
	wantReason(t, invite(t, a, alone, shy), connect.CodePermissionDenied, "DIRECT_MESSAGES_OFF", "inviting one")
	must(t, invite(t, a, alone, shy, c))

	room := a.Group(t, shy, c).GetId()
	send(t, a, room, "1", "셋이서")
	leaveRoom(t, c, room)
	_, err = a.Chat.SendMessage(ctx, &v1.SendMessageRequest{RoomId: room, TempId: "2", Content: "이제 둘"})
	wantReason(t, err, connect.CodePermissionDenied, "DIRECT_MESSAGES_OFF", "writing to who is left")
	send(t, shy, room, "3", "나는 돼")
	must(t, invite(t, a, room, d))
	send(t, a, room, "4", "다시 셋")

	// Between those who take them nothing changes.
	pair := a.Group(t, c).GetId()
	send(t, a, pair, "1", "안녕")
}

func TestRequestIDsOfPrivateRooms(t *testing.T) {
	s := apptest.Start(t)
	club := s.Club(t, 4, apptest.ConnectJSON)
	a, b, c := club[1], club[2], club[3]
	private := func(id string, with *apptest.Member) *v1.CreateRoomRequest {
		return &v1.CreateRoomRequest{Type: v1.RoomType_ROOM_TYPE_PRIVATE, Participants: []string{with.ID}, RequestId: &id}
	}
	group := func(id string) *v1.CreateRoomRequest {
		return &v1.CreateRoomRequest{Name: "모임", Type: v1.RoomType_ROOM_TYPE_GROUP, Participants: []string{b.ID}, RequestId: &id}
	}
	first, err := a.Chat.CreateRoom(t.Context(), private("r1", b))
	must(t, err)
	refuseDirectMessages(t, b)
	again, err := a.Chat.CreateRoom(t.Context(), private("r1", b))
	if err != nil || again.GetRoom().GetId() != first.GetRoom().GetId() {
		t.Errorf("repeated: %v, %v", again, err)
	}
	_, err = a.Chat.CreateRoom(t.Context(), private("r1", c))
	wantReason(t, err, connect.CodeInvalidArgument, "REQUEST_ID_REUSED", "another person under the same request_id")
	if rooms, err := c.Chat.ListRooms(t.Context(), &v1.ListRoomsRequest{}); err != nil || len(rooms.GetRooms()) > 0 {
		t.Errorf("the other person is in %v, %v", rooms, err)
	}
	_, err = c.Chat.CreateRoom(t.Context(), private("r1", a))
	must(t, err)
	_, err = c.Chat.CreateRoom(t.Context(), group("r1"))
	wantReason(t, err, connect.CodeInvalidArgument, "REQUEST_ID_REUSED", "a group under the request_id of a private room")
	_, err = a.Chat.CreateRoom(t.Context(), private("r2", c))
	must(t, err)
}

func TestRoomsAreListedInPages(t *testing.T) {
	s := apptest.Start(t)
	club := s.Club(t, 2, apptest.ConnectJSON)
	a, b := club[0], club[1]
	var want []string
	for range 5 {
		want = append(want, a.Group(t, b).GetId())
	}
	slices.Reverse(want)
	send(t, b, want[4], "1", "안녕")
	want = append([]string{want[4]}, want[:4]...)
	var got []string
	req := &v1.ListRoomsRequest{Limit: new(int32(2))}
	for {
		page, err := a.Chat.ListRooms(t.Context(), req)
		must(t, err)
		for _, r := range page.GetRooms() {
			got = append(got, r.GetId())
			if len(r.GetParticipants()) != 2 {
				t.Errorf("the room %v", r)
			}
		}
		if !page.GetHasMore() {
			break
		}
		req.After = &got[len(got)-1]
	}
	if !slices.Equal(got, want) {
		t.Errorf("listed %v, want %v", got, want)
	}
	_, err := a.Chat.ListRooms(t.Context(), &v1.ListRoomsRequest{After: new("unknown")})
	wantReason(t, err, connect.CodeNotFound, "ROOM_NOT_FOUND", "what comes after no room")
}

func TestAnAnswerOfRoomsIsBounded(t *testing.T) {
	s := apptest.Start(t)
	club := s.Club(t, 2, apptest.ConnectBinary)
	long := strings.Repeat("말", 10_000)
	const rooms = 40
	for range rooms {
		send(t, club[0], club[0].Group(t, club[1]).GetId(), "1", long)
	}
	seen := map[string]bool{}
	req := &v1.ListRoomsRequest{}
	for pages := 1; ; pages++ {
		page, err := club[1].Chat.ListRooms(t.Context(), req)
		must(t, err)
		size := 0
		for _, r := range page.GetRooms() {
			seen[r.GetId()] = true
			size += len(r.GetLastMessage().GetContent())
			req.After = &r.Id
		}
		if size > 1<<20+len(long) {
			t.Errorf("page %d holds %d bytes", pages, size)
		}
		if !page.GetHasMore() {
			if pages == 1 {
				t.Error("all came in one answer")
			}
			break
		}
	}
	if len(seen) != rooms {
		t.Errorf("%d of %d rooms were listed", len(seen), rooms)
	}
}

func TestAMemberRemovesOverREST(t *testing.T) {
	s := apptest.Start(t)
	club := s.Club(t, 3, apptest.ConnectJSON)
	room := club[0].Group(t, club[1:]...).GetId()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodDelete,
		fmt.Sprintf("%s/api/v1/chat/rooms/%s/members/%s", s.URL, room, club[1].ID), nil)
	must(t, err)
	req.Header.Set("Authorization", "Bearer "+club[0].AccessToken)
	res, err := http.DefaultClient.Do(req)
	must(t, err)
	_ = res.Body.Close()
	if res.StatusCode != http.StatusOK || len(roomOf(t, club[0], room).GetParticipants()) != 2 {
		t.Errorf("answered %s", res.Status)
	}
}

func TestWhoIsNoMemberAnyMoreLeavesTheirRooms(t *testing.T) {
	s := apptest.Start(t)
	club := s.Club(t, 6, apptest.ConnectJSON)
	admin, stays, erased, withdrawn, suspended := club[0], club[1], club[3], club[4], club[5]
	ctx := t.Context()
	group := stays.Group(t, erased, withdrawn, suspended).GetId()
	res, err := admin.Chat.CreateRoom(ctx, &v1.CreateRoomRequest{Name: "전체", Type: v1.RoomType_ROOM_TYPE_GLOBAL})
	must(t, err)
	global := res.GetRoom().GetId()
	res, err = stays.Chat.CreateRoom(ctx, &v1.CreateRoomRequest{Type: v1.RoomType_ROOM_TYPE_PRIVATE, Participants: []string{erased.ID}})
	must(t, err)
	private := res.GetRoom().GetId()
	stream := stays.Subscribe(t, &v1.SubscribeRequest{})
	stream.Hello(t)
	left := func(who *apptest.Member) {
		t.Helper()
		rooms := map[string]bool{}
		for len(rooms) < 2 {
			e := stream.Until(t, "member_left", func(e *v1.Event) bool { return e.GetMemberLeft() != nil }).GetMemberLeft()
			if e.GetUser().GetUserId() != who.ID || e.GetRemovedBy() != nil {
				t.Fatalf("%v", e)
			}
			rooms[e.GetRoomId()] = true
		}
		if !rooms[group] || !rooms[global] {
			t.Errorf("%s has left %v", who.Name, rooms)
		}
	}
	status := func(who *apptest.Member, status v1.UserStatus) {
		t.Helper()
		_, err := admin.Users.UpdateMember(ctx, &v1.UpdateMemberRequest{MemberId: who.ID, Status: &status})
		must(t, err)
	}

	_, err = erased.Users.DeleteAccount(ctx, &v1.DeleteAccountRequest{})
	must(t, err)
	left(erased)
	if got := roomOf(t, stays, private); len(got.GetParticipants()) != 2 {
		t.Errorf("the private room is %v", got)
	}

	status(suspended, v1.UserStatus_USER_STATUS_SUSPENDED)
	status(withdrawn, v1.UserStatus_USER_STATUS_WITHDRAWN)
	left(withdrawn)
	if got := roomOf(t, stays, group); len(got.GetParticipants()) != 1 {
		t.Errorf("the group is %v", got)
	}
	status(suspended, v1.UserStatus_USER_STATUS_ACTIVE)
	status(withdrawn, v1.UserStatus_USER_STATUS_ACTIVE)
	people := s.People(t)
	back := s.SignIn(t, people[4], apptest.ConnectJSON)
	if got := roomOf(t, back, group); got != nil {
		t.Errorf("who had withdrawn is in %v", got)
	}
	if got := roomOf(t, back, global); got == nil {
		t.Error("who had withdrawn is not in the global room again")
	}
	if got := roomOf(t, s.SignIn(t, people[5], apptest.ConnectJSON), group); got == nil || len(got.GetParticipants()) != 2 {
		t.Errorf("who was suspended is in %v", got)
	}
}

func TestEachGlobalRoomHasANameOfItsOwn(t *testing.T) {
	club := apptest.Start(t).Club(t, 3, apptest.ConnectBinary)
	create := func(m *apptest.Member, name string) (*v1.Room, error) {
		res, err := m.Chat.CreateRoom(t.Context(), &v1.CreateRoomRequest{Name: name, Type: v1.RoomType_ROOM_TYPE_GLOBAL})
		return res.GetRoom(), err
	}
	first, err := create(club[0], "Club 전체")
	must(t, err)
	if again, err := create(club[0], "Club 전체"); err != nil || again.GetId() != first.GetId() {
		t.Errorf("the same request again: %v, %v", again, err)
	}
	for _, name := range []string{"club 전체", "ＣＬＵＢ 전체", "Club  전체", "Club \u3000전체"} {
		_, err := create(club[0], name)
		wantReason(t, err, connect.CodeAlreadyExists, "ROOM_NAME_TAKEN", name)
	}
	_, err = create(club[0], "다른 방")
	must(t, err)
	if _, err := club[0].Chat.CreateRoom(t.Context(), &v1.CreateRoomRequest{
		Name: "Club 전체", Type: v1.RoomType_ROOM_TYPE_GROUP, Participants: []string{club[1].ID},
	}); err != nil {
		t.Errorf("a group of that name: %v", err)
	}
	// A refusal does not use up the request's id.
	req := &v1.CreateRoomRequest{Name: "CLUB 전체", Type: v1.RoomType_ROOM_TYPE_GLOBAL, RequestId: proto.String("r1")}
	_, err = club[0].Chat.CreateRoom(t.Context(), req)
	wantReason(t, err, connect.CodeAlreadyExists, "ROOM_NAME_TAKEN", "with a request_id")
	req.Name = "또 다른 방"
	_, err = club[0].Chat.CreateRoom(t.Context(), req)
	must(t, err)
}

// A client repeats a call that it has got no answer to while the server still works at the first.
func TestLeavingARoomManyTimesAtOnce(t *testing.T) {
	club := apptest.Start(t).Club(t, 2, apptest.ConnectBinary)
	for range 10 {
		room := club[0].Group(t, club[1]).GetId()
		var leaving sync.WaitGroup
		for range 10 {
			leaving.Go(func() {
				if _, err := club[1].Chat.LeaveRoom(t.Context(), &v1.LeaveRoomRequest{RoomId: room}); err != nil {
					t.Error(err)
				}
			})
		}
		leaving.Wait()
	}
}
