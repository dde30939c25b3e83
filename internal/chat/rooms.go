package chat

import (
	"context"
	"errors"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/hangul"
	"github.com/dongbaejul/dongbaejul/internal/idempotency"
	"github.com/dongbaejul/dongbaejul/internal/identity"
	"github.com/dongbaejul/dongbaejul/internal/ids"
	"github.com/dongbaejul/dongbaejul/internal/users"
)

const (
	// maxGroup is how many people a group room may hold.
	maxGroup = 300
	// defaultRooms is how many rooms a page holds.
	defaultRooms = 100
)

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
	errRoomNameTaken = fault.New(fault.Exists, "ROOM_NAME_TAKEN",
		"같은 이름의 전체 채팅방이 이미 있어요. 다른 이름을 정해 주세요.",
		"There is a room for all members with this name already. Choose another name.").WithField("name")
	errRoomFull = fault.New(fault.Precondition, "ROOM_FULL",
		"채팅방 정원(300명)을 넘습니다.", "The room would hold more than 300 people.")
	errNoMember = fault.New(fault.Invalid, "PARTICIPANT_NOT_FOUND",
		"참여자 중에 활동 중인 회원이 아닌 사람이 있습니다.", "One of the participants is not an active member.")
)

// maxAnswer is how many bytes of rooms an answer holds before it ends.
const maxAnswer = 1 << 20

// ListRooms implements the RPC.
func (s *Service) ListRooms(ctx context.Context, req *v1.ListRoomsRequest) (*v1.ListRoomsResponse, error) {
	caller, err := identity.From(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := s.Store.EnsureGlobalMembership(ctx, caller.UserID); err != nil {
		return nil, err
	}
	limit := defaultRooms
	if req.Limit != nil {
		limit = int(req.GetLimit())
	}
	page, more, err := s.Store.Rooms(ctx, caller.UserID, req.GetAfter(), limit)
	if err != nil {
		return nil, roomFault(err)
	}
	rooms, err := s.rooms(ctx, page...)
	if err != nil {
		return nil, err
	}
	end, size := 0, 0
	for end < len(rooms) && size < maxAnswer {
		size += proto.Size(rooms[end])
		end++
	}
	return &v1.ListRoomsResponse{Rooms: rooms[:end], HasMore: more || end < len(rooms)}, nil
}

// GetRoom implements the RPC.
func (s *Service) GetRoom(ctx context.Context, req *v1.GetRoomRequest) (*v1.GetRoomResponse, error) {
	caller, err := identity.From(ctx)
	if err != nil {
		return nil, err
	}
	room, err := s.roomOf(ctx, req.GetRoomId(), caller.UserID)
	if errors.Is(err, fault.NotFound) {
		// A global room has every member, including those that joined the club later.
		if _, err = s.Store.EnsureGlobalMembership(ctx, caller.UserID); err == nil {
			room, err = s.roomOf(ctx, req.GetRoomId(), caller.UserID)
		}
	}
	return &v1.GetRoomResponse{Room: room}, err
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

// asked returns the room that a request asks for, before it is looked at whether there may be one.
func asked(caller identity.Caller, req *v1.CreateRoomRequest) Room {
	room := Room{
		ID: idempotency.NewID("chat.room", caller.UserID, req.RequestId), CreatedBy: caller.UserID, CreatedAt: now(),
		Name: req.GetName(),
	}
	people := slices.Sorted(slices.Values(req.GetParticipants()))
	room.RequestHash = idempotency.Hash(append([]string{req.GetType().String(), room.Name}, people...)...)
	return room
}

// create opens the room that was asked for, or completes it where it is open already. A repeated request is known before
// anything is looked at that may have changed since the first one.
func (s *Service) create(ctx context.Context, caller identity.Caller, req *v1.CreateRoomRequest, room *Room) error {
	if req.RequestId != nil {
		if first, err := s.Store.Room(ctx, room.ID); !errors.Is(err, fault.NotFound) {
			return s.repeated(ctx, first, *room, err)
		}
		if first, err := s.Store.Request(ctx, room.ID); err == nil && first != room.RequestHash {
			return idempotency.ErrReused
		} else if err != nil && !errors.Is(err, fault.NotFound) {
			return err
		}
	}
	requestID := room.ID
	members, err := s.plan(ctx, caller, req, room)
	if err != nil {
		return err
	}
	ctx, end := lasting(ctx)
	defer end()
	if room.Type == Group {
		if err := s.countInvitation(ctx, caller, 1, len(members)-1); err != nil {
			return err
		}
	}
	if req.RequestId != nil {
		first, err := s.Store.ClaimRequest(ctx, requestID, room.RequestHash, room.CreatedAt)
		if err != nil {
			return err
		}
		if first != room.RequestHash {
			return idempotency.ErrReused
		}
	}
	kept, created, err := s.Store.CreateRoom(ctx, *room, members)
	if err == nil && !created && takesName(kept, *room) {
		return errRoomNameTaken
	}
	if err == nil && (created || kept.Type == Private) {
		s.signal(ctx, members)
		return nil
	}
	return s.repeated(ctx, kept, *room, err)
}

// repeated answers a request whose room is open already. Whoever asked first may have gone before its members were told.
func (s *Service) repeated(ctx context.Context, first, asked Room, err error) error {
	if err := sameRequest(first, asked, err); err != nil {
		return err
	}
	members, err := s.Store.Members(ctx, first.ID)
	if err == nil {
		s.signal(ctx, userIDs(members))
	}
	return err
}

// sameRequest fails where a room was opened by another request than the one for asked.
func sameRequest(opened, asked Room, err error) error {
	if err == nil && opened.RequestHash != asked.RequestHash {
		return idempotency.ErrReused
	}
	return err
}

// plan completes a room, and returns who is in it.
func (s *Service) plan(ctx context.Context, caller identity.Caller, req *v1.CreateRoomRequest, room *Room) ([]string, error) {
	others := slices.DeleteFunc(slices.Clone(req.GetParticipants()), func(id string) bool { return id == caller.UserID })
	var err error
	members := append(others, caller.UserID)
	switch req.GetType() {
	case v1.RoomType_ROOM_TYPE_GLOBAL:
		room.Type, room.ID = Global, globalID(room.Name)
		members, err = s.planGlobal(ctx, caller, *room, others)
	case v1.RoomType_ROOM_TYPE_PRIVATE:
		room.Type, room.Name = Private, ""
		room.ID, err = s.planPrivate(ctx, caller, others)
	default:
		room.Type = Group
		err = s.planGroup(ctx, req.GetParticipants(), others)
	}
	if err == nil && room.Name == "" && room.Type != Private {
		err = errNameMissing
	}
	return members, err
}

// globalID returns the id of the global room of a name, so that there is one of each name.
func globalID(name string) string { return ids.From("chat.global", foldName(name)) }

// foldName returns the form in which names of global rooms are compared: apps show a run of blanks as one.
func foldName(name string) string { return strings.Join(strings.Fields(hangul.Fold(name)), " ") }

// takesName reports whether opened is the global room of the name that asked has, and was asked for by another request.
func takesName(opened, asked Room) bool {
	return opened.Type == Global && (opened.CreatedBy != asked.CreatedBy || opened.RequestHash != asked.RequestHash)
}

func (s *Service) planGlobal(ctx context.Context, caller identity.Caller, room Room, others []string) ([]string, error) {
	if err := caller.Require(identity.CreateGlobalRoom); err != nil {
		return nil, err
	}
	if len(others) > 0 {
		return nil, errNoParticipants
	}
	opened, err := s.Store.Room(ctx, room.ID)
	switch {
	case err == nil && takesName(opened, room):
		return nil, errRoomNameTaken
	case err != nil && !errors.Is(err, fault.NotFound):
		return nil, err
	}
	return s.Users.ActiveIDs(ctx)
}

// planGroup decides whether somebody may open a group with others.
func (s *Service) planGroup(ctx context.Context, participants, others []string) error {
	people, err := s.requireActive(ctx, participants)
	if err != nil {
		return err
	}
	if len(others) >= maxGroup {
		return errRoomFull
	}
	if len(others) == 1 && people[others[0]].Preferences.RefuseDirectMessages {
		return errDirectOff
	}
	return nil
}

// planPrivate returns the id that two people's room always has.
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

// roomOf returns a room as the user sees it; errRoomNotFound for who is not in it.
func (s *Service) roomOf(ctx context.Context, roomID, userID string) (*v1.Room, error) {
	summary, err := s.Store.Summary(ctx, roomID, userID)
	if err != nil {
		return nil, roomFault(err)
	}
	rooms, err := s.rooms(ctx, summary)
	if err != nil {
		return nil, err
	}
	return rooms[0], nil
}

// Room returns a room as the user sees it, for a stream that tells of it; fault.NotFound for who is not in it.
func (s *Service) Room(ctx context.Context, roomID, userID string) (*v1.Room, error) {
	return s.roomOf(ctx, roomID, userID)
}

// rooms returns rooms as one of their members sees them.
func (s *Service) rooms(ctx context.Context, summaries ...Summary) ([]*v1.Room, error) {
	var people []string
	for _, sum := range summaries {
		people = append(people, userIDs(sum.Members)...)
		if sum.Last != nil {
			people = append(people, sum.Last.Actor)
		}
	}
	known, err := s.Users.Users(ctx, people)
	if err != nil {
		return nil, err
	}
	names, err := s.Users.Summaries(ctx, people)
	if err != nil {
		return nil, err
	}
	rooms := make([]*v1.Room, len(summaries))
	for i, sum := range summaries {
		rooms[i] = s.toRoom(sum, known, names)
	}
	return rooms, nil
}

// toRoom shows a room. Its participants are those of its members who are active; in a private room both, so that each of the two
// goes on seeing whom they have talked to.
func (s *Service) toRoom(sum Summary, known map[string]users.User, names map[string]*v1.UserSummary) *v1.Room {
	r := sum.Room
	out := &v1.Room{
		Id: r.ID, Name: r.Name, Type: roomTypes[r.Type], LastSeq: r.LastSeq, CreatedAt: timestamppb.New(r.CreatedAt),
		UnreadCount: int32(sum.Unread.Count), UnreadMore: sum.Unread.More, CreatedBy: r.CreatedBy,
	}
	var active []Member
	for _, m := range sum.Members {
		is := known[m.UserID].Status == users.Active
		if is {
			active = append(active, m)
		}
		if who := names[m.UserID]; is || r.Type == Private {
			out.Participants = append(out.Participants, &v1.RoomParticipant{
				UserId: m.UserID, DisplayName: who.GetDisplayName(), Avatar: who.GetAvatar(),
				JoinedAt: timestamppb.New(m.JoinedAt), ReadSeq: m.ReadSeq, Guest: who.GetGuest(), Withdrawn: who.GetWithdrawn(),
			})
		}
	}
	if sum.Last != nil {
		out.LastMessage = s.toMessage(*sum.Last, names)
		out.LastMessage.UnreadBy = unreadBy(*sum.Last, active)
	}
	return out
}
