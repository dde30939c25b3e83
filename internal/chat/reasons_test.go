package chat_test

import (
	"testing"

	"connectrpc.com/connect"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/app/apptest"
)

func TestWhyARoomIsNotCreated(t *testing.T) {
	club := apptest.Start(t).Club(t, 3, apptest.ConnectBinary)
	const group, private, global = v1.RoomType_ROOM_TYPE_GROUP, v1.RoomType_ROOM_TYPE_PRIVATE, v1.RoomType_ROOM_TYPE_GLOBAL
	for reason, c := range map[string]struct {
		request *v1.CreateRoomRequest
		code    connect.Code
	}{
		"ROOM_NAME_REQUIRED":       {&v1.CreateRoomRequest{Type: group, Participants: []string{club[1].ID}}, connect.CodeInvalidArgument},
		"PARTICIPANT_NOT_FOUND":    {&v1.CreateRoomRequest{Type: group, Name: "조", Participants: []string{"nobody"}}, connect.CodeInvalidArgument},
		"PRIVATE_ROOM_NEEDS_ONE":   {&v1.CreateRoomRequest{Type: private, Participants: []string{club[1].ID, club[2].ID}}, connect.CodeInvalidArgument},
		"PARTICIPANTS_NOT_ALLOWED": {&v1.CreateRoomRequest{Type: global, Name: "모두", Participants: []string{club[1].ID}}, connect.CodeInvalidArgument},
	} {
		_, err := club[0].Chat.CreateRoom(t.Context(), c.request)
		wantReason(t, err, c.code, reason, reason)
	}
}

func TestWhyAMessageIsNotChanged(t *testing.T) {
	club := apptest.Start(t).Club(t, 3, apptest.ConnectBinary)
	ctx, sender, other := t.Context(), club[1], club[2]
	room := sender.Group(t, other).GetId()
	message := send(t, sender, room, "1", "안녕").GetId()
	edit := &v1.EditMessageRequest{RoomId: room, MessageId: message, Content: "x"}
	_, err := other.Chat.EditMessage(ctx, edit)
	wantReason(t, err, connect.CodePermissionDenied, "NOT_THE_SENDER", "another's message")
	_, err = sender.Chat.DeleteMessage(ctx, &v1.DeleteMessageRequest{RoomId: room, MessageId: message})
	must(t, err)
	_, err = sender.Chat.EditMessage(ctx, edit)
	wantReason(t, err, connect.CodeFailedPrecondition, "MESSAGE_DELETED", "a deleted message")
	_, err = sender.Chat.ListMessages(ctx, &v1.ListMessagesRequest{RoomId: room, Before: &message, After: &message})
	wantReason(t, err, connect.CodeInvalidArgument, "BEFORE_OR_AFTER", "both sides")
	for _, req := range []*v1.ListMessagesRequest{{Before: &message, After: new("")}, {Before: new(""), After: &message}, {Before: new(""), After: new("")}} {
		req.RoomId = room
		if _, err := sender.Chat.ListMessages(ctx, req); err != nil {
			t.Errorf("%v: %v", req, err)
		}
	}
	_, err = sender.Chat.RemoveMember(ctx, &v1.RemoveMemberRequest{RoomId: room, UserId: sender.ID})
	wantReason(t, err, connect.CodeInvalidArgument, "CANNOT_REMOVE_YOURSELF", "oneself")
	_, err = sender.Chat.SendMessage(ctx, &v1.SendMessageRequest{RoomId: "nowhere", TempId: "t7", Content: "x"})
	wantReason(t, err, connect.CodeNotFound, "ROOM_NOT_FOUND", "no room")
	if id := metadataOf(err)["temp_id"]; id != "t7" {
		t.Errorf("the error is about the message %q, want t7", id)
	}
}
