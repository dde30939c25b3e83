package chat_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"connectrpc.com/connect"
	"google.golang.org/genproto/googleapis/rpc/errdetails"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/app/apptest"
)

// A member opens 100 groups and brings 500 people into groups within 24 hours; who holds chat.moderate is not counted.
func TestGroupsAndInvitationsOfADayAreBounded(t *testing.T) {
	const groups, each = 100, 5
	s := apptest.Start(t)
	leader, plain := apart(t, s.Club(t, 12, apptest.ConnectBinary))
	by, another, others := plain[0], plain[1], plain[2:]
	open := func(by *apptest.Member, name string, people ...*apptest.Member) (*v1.Room, error) {
		request := &v1.CreateRoomRequest{Name: name, Type: v1.RoomType_ROOM_TYPE_GROUP, RequestId: new(name)}
		for _, m := range people {
			request.Participants = append(request.Participants, m.ID)
		}
		res, err := by.Chat.CreateRoom(t.Context(), request)
		return res.GetRoom(), err
	}
	for _, m := range []*apptest.Member{by, leader} {
		for i := range groups {
			if _, err := open(m, fmt.Sprint("모임 ", i), others[:each]...); err != nil {
				t.Fatalf("group %d of %s: %v", i+1, m.Name, err)
			}
		}
	}

	_, err := open(by, "하나 더", others[0])
	wantReason(t, err, connect.CodeResourceExhausted, "TOO_MANY_ROOMS", "a group too many")
	wantWithinADay(t, err)
	last, err := open(by, fmt.Sprint("모임 ", groups-1), others[:each]...)
	if err != nil {
		t.Fatal("the last group, asked for again: ", err)
	}
	err = invite(t, by, last.GetId(), others[each])
	wantReason(t, err, connect.CodeResourceExhausted, "TOO_MANY_INVITATIONS", "an invitation too many")
	wantWithinADay(t, err)
	if got := len(roomOf(t, by, last.GetId()).GetParticipants()); got != each+1 {
		t.Errorf("%d are in the group, want %d", got, each+1)
	}
	if err := invite(t, by, last.GetId(), others[0]); err != nil {
		t.Error("inviting somebody who is in the group: ", err)
	}
	if err := invite(t, others[0], last.GetId(), others[each]); err != nil {
		t.Error("an invitation by somebody else in the group: ", err)
	}
	if _, err := open(another, "다른 모임", others[:each]...); err != nil {
		t.Error("a group of somebody else: ", err)
	}
	more, err := open(leader, "하나 더", others[:each]...)
	if err != nil {
		t.Fatal("a group more of a moderator: ", err)
	}
	if err := invite(t, leader, more.GetId(), others[each]); err != nil {
		t.Error("an invitation more of a moderator: ", err)
	}
}

// What is refused is counted neither as a group nor as an invitation.
func TestRefusedGroupsAreNotCounted(t *testing.T) {
	const groups = 100
	s := apptest.Start(t)
	_, plain := apart(t, s.Club(t, 14, apptest.ConnectBinary))
	by, others := plain[0], plain[1:]
	open := func(by *apptest.Member, name, request string, people ...string) (*v1.Room, error) {
		res, err := by.Chat.CreateRoom(t.Context(), &v1.CreateRoomRequest{
			Name: name, Type: v1.RoomType_ROOM_TYPE_GROUP, RequestId: new(request), Participants: people,
		})
		return res.GetRoom(), err
	}
	var five []string
	for _, m := range others[:5] {
		five = append(five, m.ID)
	}
	_, err := open(by, "모임", "first", five[0])
	must(t, err)
	_, err = by.Chat.CreateRoom(t.Context(), &v1.CreateRoomRequest{
		Type: v1.RoomType_ROOM_TYPE_PRIVATE, RequestId: new("private"), Participants: five[:1],
	})
	must(t, err)
	for range groups {
		_, err := open(by, "", "no name", five...)
		wantReason(t, err, connect.CodeInvalidArgument, "ROOM_NAME_REQUIRED", "a group without a name")
		_, err = open(by, "다른 모임", "first", five...)
		wantReason(t, err, connect.CodeInvalidArgument, "REQUEST_ID_REUSED", "another group under the same request_id")
		_, err = open(by, "모임", "private", five...)
		wantReason(t, err, connect.CodeInvalidArgument, "REQUEST_ID_REUSED", "a group under the request_id of a private room")
		_, err = open(by, "모임", "unknown", "nobody")
		wantReason(t, err, connect.CodeInvalidArgument, "PARTICIPANT_NOT_FOUND", "a group with nobody")
	}
	var last *v1.Room
	for i := range groups - 1 {
		if last, err = open(by, fmt.Sprint("모임 ", i), fmt.Sprint(i), five...); err != nil {
			t.Fatalf("group %d: %v", i+2, err)
		}
	}

	// A group that is refused for its invitations is not counted as a group, and the other way round.
	another, early := others[6], others[7]
	for i := range groups - 1 {
		_, err := open(another, "모임", fmt.Sprint(i), five...)
		must(t, err)
	}
	for range 2 {
		_, err = open(another, "모임", "too many people", append(five, by.ID)...)
		wantReason(t, err, connect.CodeResourceExhausted, "TOO_MANY_INVITATIONS", "a group with an invitation too many")
	}
	// A refusal does not use up the request's id.
	_, err = open(another, "모임", "too many people", five...)
	must(t, err)
	for i := range groups {
		_, err := open(early, "모임", fmt.Sprint(i), five[0])
		must(t, err)
	}
	for range groups {
		_, err = open(early, "모임", "one more", five...)
		wantReason(t, err, connect.CodeResourceExhausted, "TOO_MANY_ROOMS", "a group too many")
	}
	own, err := early.Chat.ListRooms(t.Context(), &v1.ListRoomsRequest{Limit: new(int32(1))})
	must(t, err)
	if err := invite(t, early, own.GetRooms()[0].GetId(), others[1], others[2], others[3], others[4]); err != nil {
		t.Error("an invitation after groups that were refused: ", err)
	}

	// Nobody can be invited who has left.
	leaveRoom(t, others[0], last.GetId())
	for range 500 {
		wantReason(t, invite(t, by, last.GetId(), others[0]), connect.CodeFailedPrecondition, "MEMBER_LEFT_ROOM", "who has left")
	}
}

// apart returns one of the club who moderates, and those who do not.
func apart(t *testing.T, club []*apptest.Member) (moderator *apptest.Member, plain []*apptest.Member) {
	t.Helper()
	for _, m := range club {
		if slices.Contains(m.Permissions, "chat.moderate") {
			moderator = m
		} else {
			plain = append(plain, m)
		}
	}
	if moderator == nil || len(plain) < 8 {
		t.Fatalf("a moderator and 8 others are needed, not %v and %d", moderator, len(plain))
	}
	return moderator, plain
}

// wantWithinADay holds a refusal to say when to come back.
func wantWithinADay(t *testing.T, err error) {
	t.Helper()
	if failed, ok := errors.AsType[*connect.Error](err); ok {
		for _, detail := range failed.Details() {
			value, err := detail.Value()
			if info, ok := value.(*errdetails.RetryInfo); err == nil && ok {
				if wait := info.GetRetryDelay().AsDuration(); wait <= 0 || wait > 24*time.Hour {
					t.Errorf("to come back after %s", wait)
				}
				return
			}
		}
	}
	t.Errorf("%v does not say when to come back", err)
}
