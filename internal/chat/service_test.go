package chat_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/proto"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/app/apptest"
	"github.com/dongbaejul/dongbaejul/internal/testkit"
)

func send(t *testing.T, m *apptest.Member, room, tempID, content string) *v1.Message {
	t.Helper()
	res, err := m.Chat.SendMessage(t.Context(), &v1.SendMessageRequest{RoomId: room, TempId: tempID, Content: content})
	if err != nil {
		t.Fatal(err)
	}
	return res.GetMessage()
}

func history(t *testing.T, m *apptest.Member, req *v1.ListMessagesRequest) ([]string, bool) {
	t.Helper()
	res, err := m.Chat.ListMessages(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, msg := range res.GetMessages() {
		out = append(out, msg.GetContent())
	}
	return out, res.GetHasMore()
}

func roomOf(t *testing.T, m *apptest.Member, id string) *v1.Room {
	t.Helper()
	res, err := m.Chat.ListRooms(t.Context(), &v1.ListRoomsRequest{})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range res.GetRooms() {
		if r.GetId() == id {
			return r
		}
	}
	return nil
}

func wantCode(t *testing.T, err error, code connect.Code, what string) {
	t.Helper()
	if connect.CodeOf(err) != code || err == nil {
		t.Errorf("%s: got %v, want %v", what, err, code)
	}
}

func TestHistoryIsReadInPages(t *testing.T) {
	s := apptest.Start(t)
	club := s.Club(t, 2, apptest.ConnectJSON)
	room := club[0].Group(t, club[1:]...).GetId()
	var ids []string
	for i := range 10 {
		ids = append(ids, send(t, club[i%2], room, fmt.Sprint(i), fmt.Sprint(i)).GetId())
	}
	limit := new(int32(4))
	cases := []struct {
		before, after *string
		want          []string
		more          bool
	}{
		{want: []string{"9", "8", "7", "6"}, more: true},
		{before: &ids[6], want: []string{"5", "4", "3", "2"}, more: true},
		{before: &ids[4], want: []string{"3", "2", "1", "0"}},
		{before: &ids[0]},
		{after: &ids[2], want: []string{"6", "5", "4", "3"}, more: true},
		{after: &ids[7], want: []string{"9", "8"}},
	}
	for _, c := range cases {
		got, more := history(t, club[0], &v1.ListMessagesRequest{RoomId: room, Before: c.before, After: c.after, Limit: limit})
		if !slices.Equal(got, c.want) || more != c.more {
			t.Errorf("got %v %v, want %v %v", got, more, c.want, c.more)
		}
	}
}

func TestARepeatedTempIDStoresNothing(t *testing.T) {
	s := apptest.Start(t)
	club := s.Club(t, 2, apptest.ConnectBinary)
	room := club[0].Group(t, club[1:]...).GetId()
	first := send(t, club[0], room, "key", "안녕")
	var sending sync.WaitGroup
	for range 20 {
		sending.Go(func() {
			if again := send(t, club[0], room, "key", "안녕"); again.GetId() != first.GetId() || again.GetSeq() != first.GetSeq() {
				t.Errorf("got %v, want %v", again, first)
			}
		})
	}
	sending.Wait()
	if other := send(t, club[0], room, "key", "다른 말"); other.GetId() != first.GetId() || other.GetContent() != "안녕" {
		t.Errorf("other text under the same key returns %v", other)
	}
	if other := send(t, club[1], room, "key", "나도"); other.GetSeq() != first.GetSeq()+1 {
		t.Errorf("another sender's message has seq %d after %d", other.GetSeq(), first.GetSeq())
	}
}

func TestEditsAndDeletionsAreInTheLogAndInHistory(t *testing.T) {
	s := apptest.Start(t)
	club := s.Club(t, 6, apptest.ConnectJSON)
	admin, author, other := club[0], club[4], club[5]
	room := author.Group(t, other, admin).GetId()
	stream := other.Subscribe(t, &v1.SubscribeRequest{})
	stream.Hello(t)
	m := send(t, author, room, "1", "처음")

	edited, err := author.Chat.EditMessage(t.Context(), &v1.EditMessageRequest{RoomId: room, MessageId: m.GetId(), Content: "고침"})
	if err != nil || edited.GetMessage().GetContent() != "고침" || edited.GetMessage().GetEditedAt() == nil || edited.GetMessage().GetSeq() != m.GetSeq() {
		t.Fatalf("edited: %v, %v", edited, err)
	}
	_, err = other.Chat.EditMessage(t.Context(), &v1.EditMessageRequest{RoomId: room, MessageId: m.GetId(), Content: "남의 말"})
	wantCode(t, err, connect.CodePermissionDenied, "editing another's message")
	_, err = other.Chat.DeleteMessage(t.Context(), &v1.DeleteMessageRequest{RoomId: room, MessageId: m.GetId()})
	wantCode(t, err, connect.CodePermissionDenied, "deleting another's message")
	for range 2 {
		deleted, err := admin.Chat.DeleteMessage(t.Context(), &v1.DeleteMessageRequest{RoomId: room, MessageId: m.GetId()})
		if err != nil || !deleted.GetMessage().GetDeleted() || deleted.GetMessage().GetContent() != "" {
			t.Fatalf("deleted: %v, %v", deleted, err)
		}
	}
	_, err = author.Chat.EditMessage(t.Context(), &v1.EditMessageRequest{RoomId: room, MessageId: m.GetId(), Content: "다시"})
	wantCode(t, err, connect.CodeFailedPrecondition, "editing a deleted message")

	seq := m.GetSeq()
	stream.Until(t, "the message", func(e *v1.Event) bool { return e.GetMessage().GetSeq() == seq })
	stream.Until(t, "its edit", func(e *v1.Event) bool {
		return e.GetMessageEdited().GetSeq() == seq+1 && e.GetMessageEdited().GetMessage().GetContent() == "고침"
	})
	stream.Until(t, "its deletion", func(e *v1.Event) bool {
		return e.GetMessageDeleted().GetSeq() == seq+2 && e.GetMessageDeleted().GetDeletedBy().GetUserId() == admin.ID
	})
	if got, _ := history(t, other, &v1.ListMessagesRequest{RoomId: room}); !slices.Equal(got, []string{""}) {
		t.Errorf("history holds %q", got)
	}
	if last := send(t, other, room, "2", "다음"); last.GetSeq() != seq+3 {
		t.Errorf("a repeated deletion is in the log: the next message has seq %d, want %d", last.GetSeq(), seq+3)
	}
}

func TestUnreadCountsFollowReadPositions(t *testing.T) {
	s := apptest.Start(t)
	club := s.Club(t, 3, apptest.ConnectJSON)
	room := club[0].Group(t, club[1:]...).GetId()
	var sent []*v1.Message
	for i := range 4 {
		sent = append(sent, send(t, club[i%2], room, fmt.Sprint(i), fmt.Sprint(i)))
	}
	unread := func(m *apptest.Member) int32 { return roomOf(t, m, room).GetUnreadCount() }
	if got := []int32{unread(club[0]), unread(club[1]), unread(club[2])}; !slices.Equal(got, []int32{2, 2, 4}) {
		t.Errorf("unread %v, want 2 2 4: one's own are never unread", got)
	}
	stream := club[0].Subscribe(t, &v1.SubscribeRequest{})
	stream.Hello(t)
	read, err := club[2].Chat.MarkRead(t.Context(), &v1.MarkReadRequest{RoomId: room, MessageIds: []string{sent[0].GetId(), sent[2].GetId()}})
	if err != nil || read.GetUnreadCount() != 1 {
		t.Errorf("after three of four: %v, %v", read, err)
	}
	stream.Until(t, "the read position", func(e *v1.Event) bool {
		return e.GetRead().GetUserId() == club[2].ID && e.GetRead().GetSeq() == sent[2].GetSeq()
	})
	for _, back := range []int64{0, sent[1].GetSeq()} {
		if again, err := club[2].Chat.MarkRead(t.Context(), &v1.MarkReadRequest{RoomId: room, UpTo: &back}); err != nil || again.GetUnreadCount() != 1 {
			t.Errorf("going back to %d: %v, %v", back, again, err)
		}
	}
	res, err := club[0].Chat.ListMessages(t.Context(), &v1.ListMessagesRequest{RoomId: room})
	if err != nil {
		t.Fatal(err)
	}
	var by []int32
	for _, m := range res.GetMessages() {
		by = append(by, m.GetUnreadBy())
	}
	if !slices.Equal(by, []int32{2, 1, 1, 1}) {
		t.Errorf("안 읽음 %v, want 2 1 1 1, the newest first", by)
	}
	beyond := int64(1 << 40)
	if all, err := club[2].Chat.MarkRead(t.Context(), &v1.MarkReadRequest{RoomId: room, UpTo: &beyond}); err != nil || all.GetUnreadCount() != 0 {
		t.Errorf("reading beyond the end: %v, %v", all, err)
	}
	send(t, club[0], room, "later", "나중")
	if got := unread(club[2]); got != 1 {
		t.Errorf("a message after a position beyond the end counts %d", got)
	}
}

func TestRooms(t *testing.T) {
	s := apptest.Start(t)
	club := s.Club(t, 6, apptest.ConnectJSON)
	admin, a, b, outsider := club[0], club[3], club[4], club[5]
	ctx := t.Context()

	t.Run("a private room is the same for the same two", func(t *testing.T) {
		var rooms []string
		for _, pair := range [][2]*apptest.Member{{a, b}, {b, a}, {a, b}} {
			res, err := pair[0].Chat.CreateRoom(ctx, &v1.CreateRoomRequest{Type: v1.RoomType_ROOM_TYPE_PRIVATE, Participants: []string{pair[1].ID}})
			if err != nil {
				t.Fatal(err)
			}
			rooms = append(rooms, res.GetRoom().GetId())
		}
		if rooms[0] != rooms[1] || rooms[0] != rooms[2] {
			t.Errorf("rooms %v", rooms)
		}
		_, err := a.Chat.LeaveRoom(ctx, &v1.LeaveRoomRequest{RoomId: rooms[0]})
		wantCode(t, err, connect.CodeFailedPrecondition, "leaving a private room")
		_, err = a.Chat.InviteMembers(ctx, &v1.InviteMembersRequest{RoomId: rooms[0], Participants: []string{outsider.ID}})
		wantCode(t, err, connect.CodeFailedPrecondition, "inviting to a private room")
	})

	t.Run("who is not in a room learns nothing of it", func(t *testing.T) {
		room := a.Group(t, b).GetId()
		m := send(t, a, room, "1", "비밀")
		for _, id := range []string{room, "no-such-room"} {
			_, err := outsider.Chat.ListMessages(ctx, &v1.ListMessagesRequest{RoomId: id})
			wantCode(t, err, connect.CodeNotFound, "ListMessages")
			_, err = outsider.Chat.SendMessage(ctx, &v1.SendMessageRequest{RoomId: id, TempId: "1", Content: "x"})
			wantCode(t, err, connect.CodeNotFound, "SendMessage")
			_, err = outsider.Chat.JoinRoom(ctx, &v1.JoinRoomRequest{RoomId: id})
			wantCode(t, err, connect.CodeNotFound, "JoinRoom")
			_, err = outsider.Chat.LeaveRoom(ctx, &v1.LeaveRoomRequest{RoomId: id})
			wantCode(t, err, connect.CodeNotFound, "LeaveRoom")
			_, err = outsider.Chat.InviteMembers(ctx, &v1.InviteMembersRequest{RoomId: id, Participants: []string{outsider.ID}})
			wantCode(t, err, connect.CodeNotFound, "InviteMembers")
			_, err = outsider.Chat.EditMessage(ctx, &v1.EditMessageRequest{RoomId: id, MessageId: m.GetId(), Content: "x"})
			wantCode(t, err, connect.CodeNotFound, "EditMessage")
			_, err = outsider.Chat.DeleteMessage(ctx, &v1.DeleteMessageRequest{RoomId: id, MessageId: m.GetId()})
			wantCode(t, err, connect.CodeNotFound, "DeleteMessage")
			_, err = outsider.Chat.MarkRead(ctx, &v1.MarkReadRequest{RoomId: id, MessageIds: []string{m.GetId()}})
			wantCode(t, err, connect.CodeNotFound, "MarkRead")
			_, err = outsider.Chat.SetTyping(ctx, &v1.SetTypingRequest{RoomId: id, IsTyping: true})
			wantCode(t, err, connect.CodeNotFound, "SetTyping")
			stream, err := outsider.Chat.WatchRoom(ctx, &v1.WatchRoomRequest{RoomId: id})
			if err == nil {
				for stream.Receive() {
					t.Errorf("WatchRoom sent %v", stream.Msg())
				}
				err = stream.Err()
			}
			wantCode(t, err, connect.CodeNotFound, "WatchRoom")
		}
		if roomOf(t, outsider, room) != nil {
			t.Error("it is in their list")
		}
	})

	t.Run("leaving, coming back and inviting are in the log", func(t *testing.T) {
		room := a.Group(t, b).GetId()
		stream := b.Subscribe(t, &v1.SubscribeRequest{})
		stream.Hello(t)
		if _, err := a.Chat.LeaveRoom(ctx, &v1.LeaveRoomRequest{RoomId: room}); err != nil {
			t.Fatal(err)
		}
		_, err := a.Chat.ListMessages(ctx, &v1.ListMessagesRequest{RoomId: room})
		wantCode(t, err, connect.CodeNotFound, "reading after leaving")
		back, err := a.Chat.JoinRoom(ctx, &v1.JoinRoomRequest{RoomId: room})
		if err != nil || len(back.GetRoom().GetParticipants()) != 2 {
			t.Fatalf("coming back: %v, %v", back, err)
		}
		again, err := a.Chat.JoinRoom(ctx, &v1.JoinRoomRequest{RoomId: room})
		if err != nil || again.GetRoom().GetLastSeq() != back.GetRoom().GetLastSeq() {
			t.Errorf("joining twice: %v, %v", again, err)
		}
		invited, err := b.Chat.InviteMembers(ctx, &v1.InviteMembersRequest{RoomId: room, Participants: []string{outsider.ID, a.ID}})
		if err != nil || len(invited.GetRoom().GetParticipants()) != 3 || invited.GetRoom().GetLastSeq() != 3 {
			t.Fatalf("inviting: %v, %v", invited, err)
		}
		stream.Until(t, "member_left", func(e *v1.Event) bool {
			return e.GetMemberLeft().GetUser().GetUserId() == a.ID && e.GetMemberLeft().GetSeq() == 1
		})
		stream.Until(t, "member_joined", func(e *v1.Event) bool {
			return e.GetMemberJoined().GetUser().GetUserId() == a.ID && e.GetMemberJoined().GetSeq() == 2
		})
		stream.Until(t, "the invited", func(e *v1.Event) bool {
			joined := e.GetMemberJoined()
			return joined.GetUser().GetUserId() == outsider.ID && joined.GetInvitedBy().GetUserId() == b.ID && joined.GetSeq() == 3
		})
	})

	t.Run("a global room has every member, also one who comes later", func(t *testing.T) {
		_, err := a.Chat.CreateRoom(ctx, &v1.CreateRoomRequest{Name: "전체", Type: v1.RoomType_ROOM_TYPE_GLOBAL})
		wantCode(t, err, connect.CodePermissionDenied, "a member making a global room")
		res, err := admin.Chat.CreateRoom(ctx, &v1.CreateRoomRequest{Name: "전체", Type: v1.RoomType_ROOM_TYPE_GLOBAL})
		if err != nil || len(res.GetRoom().GetParticipants()) != len(club) {
			t.Fatalf("global: %v, %v", res, err)
		}
		room := res.GetRoom().GetId()
		send(t, admin, room, "1", "어서 오세요")
		late := s.SignIn(t, s.People(t)[20], apptest.ConnectJSON)
		if got := roomOf(t, late, room); got == nil || got.GetUnreadCount() != 0 {
			t.Errorf("the late member sees %v", got)
		}
		if m := send(t, late, room, "1", "안녕하세요"); m.GetSeq() != 2 {
			t.Errorf("their message has seq %d", m.GetSeq())
		}
		_, err = late.Chat.LeaveRoom(ctx, &v1.LeaveRoomRequest{RoomId: room})
		wantCode(t, err, connect.CodeFailedPrecondition, "leaving a global room")
	})

	t.Run("a repeated request_id makes one room", func(t *testing.T) {
		req := &v1.CreateRoomRequest{Name: "한 번", Type: v1.RoomType_ROOM_TYPE_GROUP, Participants: []string{b.ID}, RequestId: new("r1")}
		first, err := a.Chat.CreateRoom(ctx, req)
		if err != nil {
			t.Fatal(err)
		}
		again, err := a.Chat.CreateRoom(ctx, req)
		if err != nil || again.GetRoom().GetId() != first.GetRoom().GetId() {
			t.Errorf("got %v, %v", again, err)
		}
		req.Name = "다른 방"
		_, err = a.Chat.CreateRoom(ctx, req)
		wantCode(t, err, connect.CodeInvalidArgument, "other content under the same request_id")
	})

	t.Run("who takes no direct messages is not written to", func(t *testing.T) {
		_, err := outsider.Users.UpdateProfile(ctx, &v1.UpdateProfileRequest{Preferences: &v1.Preferences{
			Privacy: &v1.PrivacyPreferences{AllowDirectMessages: new(false)},
		}})
		if err != nil {
			t.Fatal(err)
		}
		_, err = a.Chat.CreateRoom(ctx, &v1.CreateRoomRequest{Type: v1.RoomType_ROOM_TYPE_PRIVATE, Participants: []string{outsider.ID}})
		wantCode(t, err, connect.CodePermissionDenied, "a private room")
	})

	t.Run("bad rooms", func(t *testing.T) {
		for what, req := range map[string]*v1.CreateRoomRequest{
			"no type":                 {Name: "x"},
			"no name":                 {Type: v1.RoomType_ROOM_TYPE_GROUP},
			"a blank name":            {Name: " ", Type: v1.RoomType_ROOM_TYPE_GROUP},
			"alone in private":        {Type: v1.RoomType_ROOM_TYPE_PRIVATE},
			"with oneself":            {Type: v1.RoomType_ROOM_TYPE_PRIVATE, Participants: []string{a.ID}},
			"three in private":        {Type: v1.RoomType_ROOM_TYPE_PRIVATE, Participants: []string{b.ID, outsider.ID}},
			"with nobody known":       {Type: v1.RoomType_ROOM_TYPE_PRIVATE, Participants: []string{"nobody"}},
			"a stranger in a group":   {Name: "x", Type: v1.RoomType_ROOM_TYPE_GROUP, Participants: []string{b.ID, "nobody"}},
			"somebody twice":          {Name: "x", Type: v1.RoomType_ROOM_TYPE_GROUP, Participants: []string{b.ID, b.ID}},
			"a name of two lines":     {Name: "x\ny", Type: v1.RoomType_ROOM_TYPE_GROUP},
			"a name that is too long": {Name: fmt.Sprintf("%061d", 0), Type: v1.RoomType_ROOM_TYPE_GROUP},
		} {
			_, err := a.Chat.CreateRoom(ctx, req)
			wantCode(t, err, connect.CodeInvalidArgument, what)
		}
	})
}

// The others in a room see the name of the typist; none of the typist's own devices is notified.
func TestTheTypistIsNotToldOfTheirTyping(t *testing.T) {
	s := apptest.Start(t)
	club := s.Club(t, 2, apptest.ConnectJSON)
	typist, other := club[0], club[1]
	room := typist.Group(t, other).GetId()
	theirs, own := other.Subscribe(t, &v1.SubscribeRequest{}), typist.Subscribe(t, &v1.SubscribeRequest{})
	theirs.Hello(t)
	own.Hello(t)
	for _, is := range []bool{true, false} {
		if _, err := typist.Chat.SetTyping(t.Context(), &v1.SetTypingRequest{RoomId: room, IsTyping: is}); err != nil {
			t.Fatal(err)
		}
		got := theirs.Until(t, "typing", func(e *v1.Event) bool { return e.GetTyping() != nil }).GetTyping()
		if want := (&v1.Typing{RoomId: room, UserId: typist.ID, IsTyping: is, DisplayName: typist.Name}); !proto.Equal(got, want) {
			t.Errorf("told %v, want %v", got, want)
		}
	}
	send(t, other, room, "1", "끝")
	own.Until(t, "a message", func(e *v1.Event) bool {
		if e.GetTyping() != nil {
			t.Errorf("the typist is told %v", e.GetTyping())
		}
		return e.GetMessage() != nil
	})
}

func TestARoomIsReadByThoseInIt(t *testing.T) {
	s := apptest.Start(t)
	club := s.Club(t, 3, apptest.ConnectJSON)
	made := club[0].Group(t, club[1])
	send(t, club[0], made.GetId(), "1", "안녕")
	for _, m := range club[:2] {
		list, err := m.Chat.ListRooms(t.Context(), &v1.ListRoomsRequest{})
		if err != nil {
			t.Fatal(err)
		}
		got, err := m.Chat.GetRoom(t.Context(), &v1.GetRoomRequest{RoomId: made.GetId()})
		if err != nil || !slices.ContainsFunc(list.GetRooms(), func(r *v1.Room) bool { return proto.Equal(r, got.GetRoom()) }) {
			t.Errorf("%s reads %v, %v; listed are %v", m.Name, got, err, list)
		}
	}
	for _, id := range []string{made.GetId(), "unknown"} {
		_, err := club[2].Chat.GetRoom(t.Context(), &v1.GetRoomRequest{RoomId: id})
		wantCode(t, err, connect.CodeNotFound, "GetRoom of another's room")
	}
}

func TestTypingEndsByItselfAndByAMessage(t *testing.T) {
	s := apptest.Start(t)
	club := s.Club(t, 2, apptest.ConnectJSON)
	room := club[0].Group(t, club[1:]...).GetId()
	stream := club[1].Subscribe(t, &v1.SubscribeRequest{})
	stream.Hello(t)
	typing := func(is bool) func(*v1.Event) bool {
		return func(e *v1.Event) bool {
			return e.GetTyping() != nil && e.GetTyping().GetIsTyping() == is && e.GetTyping().GetUserId() == club[0].ID
		}
	}
	start := func() {
		if _, err := club[0].Chat.SetTyping(t.Context(), &v1.SetTypingRequest{RoomId: room, IsTyping: true}); err != nil {
			t.Fatal(err)
		}
		stream.Until(t, "typing", typing(true))
	}
	start()
	send(t, club[0], room, "1", "다 썼다")
	stream.Until(t, "the end by a message", typing(false))
	start()
	began := time.Now()
	stream.Until(t, "the end by itself", typing(false))
	if took := time.Since(began); took < 4*time.Second {
		t.Errorf("typing ended after %s", took)
	}
}

// Who is no longer in the room is not typing in it: at once, and not when their last keystroke is some seconds ago.
func TestTypingEndsWithBeingInTheRoom(t *testing.T) {
	cases := map[string]func(ctx context.Context, admin, m *apptest.Member, room string) error{
		"leaving": func(ctx context.Context, _, m *apptest.Member, room string) error {
			_, err := m.Chat.LeaveRoom(ctx, &v1.LeaveRoomRequest{RoomId: room})
			return err
		},
		"suspension": func(ctx context.Context, admin, m *apptest.Member, _ string) error {
			_, err := admin.Users.UpdateMember(ctx, &v1.UpdateMemberRequest{MemberId: m.ID, Status: new(v1.UserStatus_USER_STATUS_SUSPENDED)})
			return err
		},
		"deleting the account": func(ctx context.Context, _, m *apptest.Member, _ string) error {
			_, err := m.Users.DeleteAccount(ctx, &v1.DeleteAccountRequest{})
			return err
		},
	}
	for name, do := range cases {
		t.Run(name, func(t *testing.T) {
			s := apptest.Start(t)
			club := s.Club(t, 6, apptest.ConnectJSON)
			admin, typist, other := club[0], club[4], club[5]
			room := other.Group(t, typist).GetId()
			stream := other.Subscribe(t, &v1.SubscribeRequest{})
			stream.Hello(t)
			if _, err := typist.Chat.SetTyping(t.Context(), &v1.SetTypingRequest{RoomId: room, IsTyping: true}); err != nil {
				t.Fatal(err)
			}
			stream.Until(t, "typing", func(e *v1.Event) bool { return e.GetTyping().GetIsTyping() })
			began := time.Now()
			if err := do(t.Context(), admin, typist, room); err != nil {
				t.Fatal(err)
			}
			stream.Until(t, "the end of typing", func(e *v1.Event) bool {
				return e.GetTyping().GetUserId() == typist.ID && !e.GetTyping().GetIsTyping()
			})
			if took := time.Since(began); took > 3*time.Second {
				t.Errorf("typing ended after %s", took)
			}
		})
	}
}

// A hundred callers hang up while they send: what is stored of it is told to streams and to those mentioned.
func TestWhoHangsUpWhileSendingIsHeardAllTheSame(t *testing.T) {
	s := apptest.Start(t)
	club := s.Club(t, 2, apptest.ConnectBinary)
	room := club[0].Group(t, club[1]).GetId()
	stream := club[1].Subscribe(t, &v1.SubscribeRequest{})
	stream.Hello(t)
	for i := range 100 {
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i)*50*time.Microsecond)
		_, err := club[0].Chat.SendMessage(ctx, &v1.SendMessageRequest{
			RoomId: room, TempId: fmt.Sprint(i), Content: fmt.Sprintf("@%s %d", club[1].Name, i),
		})
		cancel()
		if code := connect.CodeOf(err); err != nil && code != connect.CodeDeadlineExceeded && code != connect.CodeCanceled {
			t.Fatal(err)
		}
	}
	began := time.Now()
	seen := make(map[string]bool)
	testkit.Eventually(t, "streams and those mentioned are told of all that is stored", func() bool {
		for len(stream.Events()) > 0 {
			if m := stream.Next(t).GetMessage(); m != nil {
				seen[m.GetId()] = true
			}
		}
		res, err := club[0].Chat.ListMessages(t.Context(), &v1.ListMessagesRequest{RoomId: room, Limit: new(int32(100))})
		if err != nil {
			t.Fatal(err)
		}
		told := mentions(t, club[1])
		for _, m := range res.GetMessages() {
			if !seen[m.GetId()] || told[m.GetId()] != 1 {
				return false
			}
		}
		return len(told) == len(res.GetMessages())
	})
	// Sooner than a heartbeat would find it.
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("it took %s", took)
	}
	t.Logf("%d of 100 were stored", len(seen))
}

// Who hides that they are online is online all the same: they are not notified of what they see in the open app.
func TestWhoHidesWithTheAppOpenIsNotNotified(t *testing.T) {
	s := apptest.Start(t)
	club := s.Club(t, 3, apptest.ConnectBinary)
	if _, err := club[1].Users.UpdateProfile(t.Context(), &v1.UpdateProfileRequest{Preferences: &v1.Preferences{
		Privacy: &v1.PrivacyPreferences{ShowOnlineStatus: new(false)},
	}}); err != nil {
		t.Fatal(err)
	}
	club[1].Subscribe(t, &v1.SubscribeRequest{}).Hello(t)
	room := club[0].Group(t, club[1:]...).GetId()
	send(t, club[0], room, "1", "안녕")
	notified := func(m *apptest.Member) bool {
		res, err := m.Notifications.ListNotifications(t.Context(), &v1.ListNotificationsRequest{})
		if err != nil {
			t.Fatal(err)
		}
		return len(res.GetNotifications()) > 0
	}
	testkit.Eventually(t, "who is offline is notified", func() bool { return notified(club[2]) })
	if notified(club[1]) {
		t.Error("who hides was notified with a stream open")
	}
}

func TestEightWritersAndReadersThatFailOnTheFirstHole(t *testing.T) {
	const writers, each = 8, 200
	s := apptest.Start(t)
	club := s.Club(t, writers, apptest.ConnectBinary)
	room := club[0].Group(t, club[1:]...).GetId()
	var streams []*apptest.Stream
	for _, m := range club {
		stream := m.Subscribe(t, &v1.SubscribeRequest{Rooms: []*v1.RoomCursor{{RoomId: room, Seq: 0}}})
		stream.Hello(t)
		streams = append(streams, stream)
	}
	var writing sync.WaitGroup
	for w, m := range club {
		writing.Go(func() {
			for i := range each {
				if _, err := m.Chat.SendMessage(t.Context(), &v1.SendMessageRequest{
					RoomId: room, TempId: fmt.Sprint(i), Content: fmt.Sprint(w, " ", i),
				}); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	writing.Wait()
	for _, stream := range streams {
		next := make([]int, writers)
		for seq := int64(1); seq <= writers*each; seq++ {
			e := stream.Until(t, "a message", func(e *v1.Event) bool { return e.GetMessage() != nil })
			if got := e.GetMessage().GetSeq(); got != seq {
				t.Fatalf("got %d, want %d", got, seq)
			}
			var w, i int
			if _, err := fmt.Sscan(e.GetMessage().GetContent(), &w, &i); err != nil || next[w] != i {
				t.Fatalf("writer %d: got message %d, want %d: %v", w, i, next[w], err)
			}
			next[w]++
		}
	}
}
