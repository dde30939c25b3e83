package chat

import (
	"context"
	"errors"
	"slices"
	"strings"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/idempotency"
	"github.com/dongbaejul/dongbaejul/internal/identity"
	"github.com/dongbaejul/dongbaejul/internal/ids"
	"github.com/dongbaejul/dongbaejul/internal/realtime"
)

// maxGroup is how many people a group room may hold.
const maxGroup = 300

var (
	errNameMissing = fault.New(fault.Invalid, "ROOM_NAME_REQUIRED",
		"채팅방 이름을 입력해 주세요.", "Give the room a name.").WithField("name")
	errNoParticipants = fault.New(fault.Invalid, "PARTICIPANTS_NOT_ALLOWED",
		"전체 채팅방에는 모든 회원이 참여하므로 참여자를 지정할 수 없습니다.",
		"A global room has every member; name no participants.").WithField("participants")
	errTwoPeople = fault.New(fault.Invalid, "PRIVATE_ROOM_NEEDS_ONE",
		"1:1 채팅방에는 다른 회원 한 명을 지정해 주세요.",
		"A private room needs exactly one other member.").WithField("participants")
	errDirectOff = fault.New(fault.Denied, "DIRECT_MESSAGES_OFF",
		"이 회원은 1:1 채팅을 받지 않습니다.", "This member does not take direct messages.")
	errNotGroup = fault.New(fault.Precondition, "NOT_A_GROUP_ROOM",
		"그룹 채팅방에서만 할 수 있습니다.", "Only group rooms allow this.")
	errRoomFull = fault.New(fault.Precondition, "ROOM_FULL",
		"채팅방 정원(300명)을 넘습니다.", "The room would hold more than 300 people.")
	errNoMember = fault.New(fault.Invalid, "MEMBER_NOT_FOUND",
		"참여자 중에 활동 중인 회원이 아닌 사람이 있습니다.", "One of the participants is not an active member.")
)

// ListRooms implements the RPC.
func (s *Service) ListRooms(ctx context.Context, _ *v1.ListRoomsRequest) (*v1.ListRoomsResponse, error) {
	caller, err := identity.From(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := s.Store.Enrol(ctx, caller.UserID); err != nil {
		return nil, err
	}
	summaries, err := s.Store.Rooms(ctx, caller.UserID)
	if err != nil {
		return nil, err
	}
	rooms := make([]*v1.Room, len(summaries))
	for i, summary := range summaries {
		if rooms[i], err = s.room(ctx, summary); err != nil {
			return nil, err
		}
	}
	return &v1.ListRoomsResponse{Rooms: rooms}, nil
}

// CreateRoom implements the RPC.
func (s *Service) CreateRoom(ctx context.Context, req *v1.CreateRoomRequest) (*v1.CreateRoomResponse, error) {
	caller, err := identity.From(ctx)
	if err != nil {
		return nil, err
	}
	room := asked(caller, req)
	if err := s.create(ctx, caller, req, &room); err != nil {
		return nil, err
	}
	out, err := s.roomOf(ctx, room.ID, caller.UserID)
	return &v1.CreateRoomResponse{Room: out}, err
}

// asked gives the room that a request asks for, before it is looked at whether there may be one.
func asked(caller identity.Caller, req *v1.CreateRoomRequest) Room {
	room := Room{
		ID: idempotency.NewID("chat.room", caller.UserID, req.RequestId), CreatedBy: caller.UserID, CreatedAt: now(),
		Name: strings.TrimSpace(req.GetName()),
	}
	people := slices.Sorted(slices.Values(req.GetParticipants()))
	room.RequestHash = idempotency.Hash(append([]string{req.GetType().String(), room.Name}, people...)...)
	return room
}

// create opens the room that was asked for, or gives it its place where it is open already. A repeated request is known
// before anything is looked at that may have changed since the first one.
func (s *Service) create(ctx context.Context, caller identity.Caller, req *v1.CreateRoomRequest, room *Room) error {
	if req.RequestId != nil {
		if first, err := s.Store.Room(ctx, room.ID); !errors.Is(err, fault.NotFound) {
			return sameRequest(first, *room, err)
		}
	}
	members, err := s.plan(ctx, caller, req, room)
	if err != nil {
		return err
	}
	kept, created, err := s.Store.CreateRoom(ctx, *room, members)
	if created {
		s.signal(ctx, members)
	}
	if kept.Type == Private {
		return err
	}
	return sameRequest(kept, *room, err)
}

// sameRequest fails where a room was opened by another request than the one for asked.
func sameRequest(opened, asked Room, err error) error {
	if err == nil && opened.RequestHash != asked.RequestHash {
		return idempotency.ErrReused
	}
	return err
}

// plan completes a room, and gives who is in it.
func (s *Service) plan(ctx context.Context, caller identity.Caller, req *v1.CreateRoomRequest, room *Room) ([]string, error) {
	others := slices.DeleteFunc(slices.Clone(req.GetParticipants()), func(id string) bool { return id == caller.UserID })
	var err error
	members := append(others, caller.UserID)
	switch req.GetType() {
	case v1.RoomType_ROOM_TYPE_GLOBAL:
		room.Type = Global
		members, err = s.planGlobal(ctx, caller, others)
	case v1.RoomType_ROOM_TYPE_PRIVATE:
		room.Type, room.Name = Private, ""
		room.ID, err = s.planPrivate(ctx, caller, others)
	default:
		room.Type = Group
		if len(members) > maxGroup {
			err = errRoomFull
		} else {
			err = s.requireActive(ctx, req.GetParticipants())
		}
	}
	if err == nil && room.Name == "" && room.Type != Private {
		err = errNameMissing
	}
	return members, err
}

func (s *Service) planGlobal(ctx context.Context, caller identity.Caller, others []string) ([]string, error) {
	if err := caller.Require(identity.CreateGlobalRoom); err != nil {
		return nil, err
	}
	if len(others) > 0 {
		return nil, errNoParticipants
	}
	return s.Users.ActiveIDs(ctx)
}

// planPrivate gives the id that two people's room always has.
func (s *Service) planPrivate(ctx context.Context, caller identity.Caller, others []string) (string, error) {
	if len(others) != 1 {
		return "", errTwoPeople
	}
	pair := []string{caller.UserID, others[0]}
	slices.Sort(pair)
	id := ids.From("chat.private", pair[0], pair[1])
	if _, err := s.Store.Room(ctx, id); err == nil {
		return id, nil
	} else if !errors.Is(err, fault.NotFound) {
		return "", err
	}
	other, err := s.Users.Active(ctx, others[0])
	switch {
	case errors.Is(err, fault.NotFound):
		return "", errNoMember.WithField("participants[0]")
	case err != nil:
		return "", err
	case other.Preferences.RefuseDirectMessages:
		return "", errDirectOff
	}
	return id, nil
}

// requireActive fails naming the first of userIDs that is not an active member.
func (s *Service) requireActive(ctx context.Context, userIDs []string) error {
	active, err := s.Users.ActiveOf(ctx, userIDs)
	if err != nil {
		return err
	}
	for i, id := range userIDs {
		if !active[id] {
			return errNoMember.WithField(fieldAt("participants", i))
		}
	}
	return nil
}

// JoinRoom implements the RPC.
func (s *Service) JoinRoom(ctx context.Context, req *v1.JoinRoomRequest) (*v1.JoinRoomResponse, error) {
	caller, err := s.member(ctx, req.GetRoomId())
	if errors.Is(err, errRoomNotFound) {
		err = s.comeBack(ctx, caller, req.GetRoomId())
	}
	if err != nil {
		return nil, err
	}
	out, err := s.roomOf(ctx, req.GetRoomId(), caller.UserID)
	return &v1.JoinRoomResponse{Room: out}, err
}

// comeBack puts somebody who has left a room in it again: an invitation holds until the room is gone.
func (s *Service) comeBack(ctx context.Context, caller identity.Caller, roomID string) error {
	left, err := s.Store.HasLeft(ctx, roomID, caller.UserID)
	if err != nil {
		return err
	}
	if !left {
		return errRoomNotFound
	}
	return s.join(ctx, roomID, caller.UserID, []string{caller.UserID})
}

// InviteMembers implements the RPC.
func (s *Service) InviteMembers(ctx context.Context, req *v1.InviteMembersRequest) (*v1.InviteMembersResponse, error) {
	caller, err := s.groupMember(ctx, req.GetRoomId())
	if err != nil {
		return nil, err
	}
	if err := s.requireActive(ctx, req.GetParticipants()); err != nil {
		return nil, err
	}
	members, err := s.Store.Members(ctx, req.GetRoomId())
	if err != nil {
		return nil, err
	}
	if len(members)+len(req.GetParticipants()) > maxGroup {
		return nil, errRoomFull
	}
	if err := s.join(ctx, req.GetRoomId(), caller.UserID, req.GetParticipants()); err != nil {
		return nil, err
	}
	out, err := s.roomOf(ctx, req.GetRoomId(), caller.UserID)
	return &v1.InviteMembersResponse{Room: out}, err
}

// join adds people to a room and tells those in it, and them.
func (s *Service) join(ctx context.Context, roomID, actor string, userIDs []string) error {
	entries := make([]Entry, len(userIDs))
	at := now()
	for i, id := range userIDs {
		entries[i] = Entry{RoomID: roomID, ID: ids.New(), Kind: KindJoined, Actor: actor, At: at, User: id}
	}
	added, err := s.Store.Join(ctx, roomID, entries)
	if err != nil {
		return roomFault(err)
	}
	s.announce(ctx, added...)
	s.signal(ctx, userIDs)
	return nil
}

// LeaveRoom implements the RPC.
func (s *Service) LeaveRoom(ctx context.Context, req *v1.LeaveRoomRequest) (*v1.LeaveRoomResponse, error) {
	caller, err := s.groupMember(ctx, req.GetRoomId())
	if err != nil {
		return nil, err
	}
	out, err := s.roomOf(ctx, req.GetRoomId(), caller.UserID)
	if err != nil {
		return nil, err
	}
	entry, err := s.Store.Leave(ctx, Entry{
		RoomID: req.GetRoomId(), ID: ids.New(), Kind: KindLeft, Actor: caller.UserID, At: now(), User: caller.UserID,
	})
	if err != nil {
		return nil, roomFault(err)
	}
	s.announce(ctx, entry)
	s.signal(ctx, []string{caller.UserID})
	return &v1.LeaveRoomResponse{Room: out}, nil
}

// groupMember gives the caller, who is in the room, which is a group.
func (s *Service) groupMember(ctx context.Context, roomID string) (identity.Caller, error) {
	caller, err := s.member(ctx, roomID)
	if err != nil {
		return caller, err
	}
	room, err := s.Store.Room(ctx, roomID)
	if err == nil && room.Type != Group {
		err = errNotGroup
	}
	return caller, roomFault(err)
}

// signal tells people's streams that their rooms have changed.
func (s *Service) signal(ctx context.Context, userIDs []string) {
	for _, id := range userIDs {
		s.Bus.Publish(ctx, realtime.Hint{Topic: realtime.User(id)})
	}
}
