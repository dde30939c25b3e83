package chat

import (
	"context"
	"errors"
	"slices"
	"time"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/identity"
	"github.com/dongbaejul/dongbaejul/internal/ids"
	"github.com/dongbaejul/dongbaejul/internal/ratelimit"
	"github.com/dongbaejul/dongbaejul/internal/realtime"
	"github.com/dongbaejul/dongbaejul/internal/users"
)

var (
	errNotGroup = fault.New(fault.Precondition, "NOT_A_GROUP_ROOM",
		"그룹 채팅방에서만 할 수 있습니다.", "Only group rooms allow this.")
	errHasLeft = fault.New(fault.Precondition, "MEMBER_LEFT_ROOM",
		"참여자 중에 이 채팅방을 나간 회원이 있습니다. 나간 회원은 본인만 다시 들어올 수 있습니다.",
		"One of the participants has left this room. Only they can come back themselves.")
	errRemoved = fault.New(fault.Denied, "REMOVED_FROM_ROOM",
		"내보낸 회원은 방을 만든 회원이나 운영진이 초대해야 다시 들어올 수 있습니다.",
		"Somebody who was removed comes back only when the room's creator or a moderator invites them.")
	errMayNotRemove = fault.New(fault.Denied, "MAY_NOT_REMOVE",
		"방을 만든 회원과 운영진만 내보낼 수 있습니다.", "Only the room's creator and moderators can remove members.")
	errRemoveSelf = fault.New(fault.Invalid, "CANNOT_REMOVE_YOURSELF",
		"본인은 내보낼 수 없습니다. 채팅방 나가기를 이용해 주세요.", "You cannot remove yourself. Leave the room instead.").WithField("user_id")
	errNotInRoom = fault.New(fault.NotFound, "MEMBER_NOT_IN_ROOM",
		"이 채팅방에 없는 회원입니다.", "This member is not in the room.")
	errTooManyRooms = fault.New(fault.Exhausted, "TOO_MANY_ROOMS",
		"하루에 만들 수 있는 채팅방 수를 넘었습니다. 나중에 다시 만들어 주세요.", "You have opened as many rooms as a day allows. Please try again later.")
	errTooManyInvitations = fault.New(fault.Exhausted, "TOO_MANY_INVITATIONS",
		"하루에 초대할 수 있는 인원을 넘었습니다. 나중에 다시 초대해 주세요.",
		"You have invited as many people as a day allows. Please try again later.")
)

// What a member does to others within a day.
var (
	groupsADay      = ratelimit.Limit{Requests: 100, Per: 24 * time.Hour}
	invitationsADay = ratelimit.Limit{Requests: 500, Per: 24 * time.Hour}
)

// Limiter counts what members do, over all processes of the server. It may be used concurrently.
type Limiter interface {
	// TakeSome counts n requests for key against the limit, if that allows all of them.
	TakeSome(ctx context.Context, key string, n int, lim ratelimit.Limit) (ratelimit.Result, error)
	// Peek returns what one request for key would be answered, and counts nothing.
	Peek(ctx context.Context, key string, lim ratelimit.Limit) (ratelimit.Result, error)
}

// counting is something that is to be counted against what a day allows.
type counting struct {
	key string
	n   int
	lim ratelimit.Limit
	err *fault.Error
}

// countInvitation counts the groups that the caller opens and the people they bring into groups against what a day allows: all, or
// nothing if one of the limits is reached. It is called when nothing else refuses the call. While counting fails, nobody is refused.
func (s *Service) countInvitation(ctx context.Context, caller identity.Caller, groups, people int) error {
	if caller.May(identity.ModerateChat) || s.Limiter == nil {
		return nil
	}
	all := []counting{
		{"chat.groups/" + caller.UserID, groups, groupsADay, errTooManyRooms},
		{"chat.invitations/" + caller.UserID, people, invitationsADay, errTooManyInvitations},
	}
	all = slices.DeleteFunc(all, func(c counting) bool { return c.n == 0 })
	// The limit that is reached is asked first, so that nothing is counted against the other.
	for i, c := range all {
		if result, err := s.Limiter.Peek(ctx, c.key, c.lim); err == nil && result.Remaining < c.n {
			all[0], all[i] = all[i], all[0]
			break
		}
	}
	for _, c := range all {
		result, err := s.Limiter.TakeSome(ctx, c.key, c.n, c.lim)
		if err == nil && !result.Allowed {
			return c.err.WithRetryAfter(result.RetryAfter)
		}
	}
	return nil
}

// requireActive returns the users named; it fails naming the first who is not an active member.
func (s *Service) requireActive(ctx context.Context, userIDs []string) (map[string]users.User, error) {
	people, err := s.Users.Users(ctx, userIDs)
	if err != nil {
		return nil, err
	}
	for i, id := range userIDs {
		if people[id].Status != users.Active {
			return nil, errNoMember.WithField(fieldAt("participants", i))
		}
	}
	return people, nil
}

// admission decides who may come into a group.
type admission struct {
	// actor brings people into the group, or comes back alone.
	actor  string
	people []string
	// leads is whether the actor may bring back somebody who was removed.
	leads bool
	// known are those who were in the group a moment ago, and people.
	known map[string]users.User
}

// admit looks at all who are in the group or have been, and fails where people may not come in.
func (a admission) admit(all []Member) error {
	departed := make(map[string]Departure)
	in := make(map[string]bool)
	for _, m := range all {
		departed[m.UserID] = m.Departure
		in[m.UserID] = m.Departure == ""
	}
	newcomers := 0
	for i, id := range a.people {
		if in[id] {
			continue
		}
		switch was, alone := departed[id], id == a.actor; {
		case was == "" && alone:
			return errRoomNotFound
		case was == Removed && alone:
			return errRemoved
		case was == Removed && !a.leads:
			return errRemoved.WithField(fieldAt("participants", i))
		case was == Left && !alone:
			return errHasLeft.WithField(fieldAt("participants", i))
		}
		in[id] = true
		newcomers++
	}
	if newcomers == 0 {
		return nil
	}
	return a.fits(in)
}

// fits fails where a group with newcomers holds too many people, or comes to a private talk with somebody who wants none.
func (a admission) fits(in map[string]bool) error {
	places, present := 0, make([]string, 0, len(in))
	for id, is := range in {
		// Somebody who is not known came in just now.
		who, known := a.known[id]
		if is && who.Status != users.Withdrawn {
			places++
		}
		if is && (!known || who.Status == users.Active) {
			present = append(present, id)
		}
	}
	if places > maxGroup {
		return errRoomFull
	}
	invited := !slices.Contains(a.people, a.actor)
	if invited && len(present) == 2 && slices.ContainsFunc(present, func(id string) bool {
		return id != a.actor && a.known[id].Preferences.RefuseDirectMessages
	}) {
		return errDirectOff
	}
	return nil
}

// JoinRoom implements the RPC.
func (s *Service) JoinRoom(ctx context.Context, req *v1.JoinRoomRequest) (*v1.JoinRoomResponse, error) {
	caller, m, err := s.membership(ctx, req.GetRoomId())
	switch {
	case err == nil:
		// The first try may have ended before anybody was told of it.
		s.announceHead(ctx, m.RoomID, m.JoinedSeq+1)
		s.signal(ctx, []string{caller.UserID})
	case fault.KindOf(err) == fault.NotFound && caller.UserID != "":
		err = s.join(ctx, req.GetRoomId(), admission{actor: caller.UserID, people: []string{caller.UserID}})
	}
	if err != nil {
		return nil, err
	}
	out, err := s.roomOf(ctx, req.GetRoomId(), caller.UserID)
	return &v1.JoinRoomResponse{Room: out}, err
}

// InviteMembers implements the RPC.
func (s *Service) InviteMembers(ctx context.Context, req *v1.InviteMembersRequest) (*v1.InviteMembersResponse, error) {
	caller, room, err := s.groupMember(ctx, req.GetRoomId())
	if err != nil {
		return nil, err
	}
	if _, err := s.requireActive(ctx, req.GetParticipants()); err != nil {
		return nil, err
	}
	a := admission{actor: caller.UserID, people: req.GetParticipants(), leads: leads(caller, room)}
	if err := s.join(ctx, room.ID, a); err != nil {
		return nil, err
	}
	out, err := s.roomOf(ctx, room.ID, caller.UserID)
	return &v1.InviteMembersResponse{Room: out}, err
}

// leads reports whether the caller decides who is in a group.
func leads(caller identity.Caller, room Room) bool {
	return room.CreatedBy == caller.UserID || caller.May(identity.ModerateChat)
}

// join adds people to a group and tells those in it, and them. Those who are in it already are told again: a first try may have
// ended before they were.
func (s *Service) join(ctx context.Context, roomID string, a admission) error {
	all, err := s.Store.AllMembers(ctx, roomID)
	if err != nil {
		return err
	}
	members := slices.DeleteFunc(slices.Clone(all), func(m Member) bool { return m.Departure != "" })
	if a.known, err = s.Users.Users(ctx, append(userIDs(members), a.people...)); err != nil {
		return err
	}
	// What is refused is not counted.
	if err := a.admit(all); err != nil {
		return err
	}
	if err := s.countNewcomers(ctx, a, members); err != nil {
		return err
	}
	entries := make([]Entry, len(a.people))
	at := now()
	for i, id := range a.people {
		entries[i] = Entry{RoomID: roomID, ID: ids.New(), Kind: KindJoined, Actor: a.actor, At: at, User: id}
	}
	ctx, end := lasting(ctx)
	defer end()
	added, err := s.Store.Join(ctx, roomID, entries, a.admit)
	if err != nil {
		return roomFault(err)
	}
	s.announce(ctx, added...)
	if len(added) < len(a.people) {
		if head, err := s.Store.Head(ctx, roomID); err == nil {
			s.announceHead(ctx, roomID, head)
		}
	}
	s.signal(ctx, a.people)
	return nil
}

// countNewcomers counts those of the people who are not in the room as brought in by the actor.
func (s *Service) countNewcomers(ctx context.Context, a admission, members []Member) error {
	caller, err := identity.From(ctx)
	if err != nil {
		return err
	}
	n := 0
	for _, id := range a.people {
		if id != a.actor && !slices.ContainsFunc(members, func(m Member) bool { return m.UserID == id }) {
			n++
		}
	}
	if n == 0 {
		return nil
	}
	return s.countInvitation(ctx, caller, 0, n)
}

// LeaveRoom implements the RPC. Leaving a room that the caller has left changes nothing.
func (s *Service) LeaveRoom(ctx context.Context, req *v1.LeaveRoomRequest) (*v1.LeaveRoomResponse, error) {
	caller, err := identity.From(ctx)
	if err != nil {
		return nil, err
	}
	out, err := s.leaveGroup(ctx, caller, req.GetRoomId())
	if errors.Is(err, fault.NotFound) {
		if gone, err := s.hasLeft(ctx, req.GetRoomId(), caller.UserID); err != nil || gone {
			return &v1.LeaveRoomResponse{}, err
		}
	}
	if err != nil {
		return nil, err
	}
	return &v1.LeaveRoomResponse{Room: out}, nil
}

// leaveGroup takes the caller out of a group, and returns it as they last saw it.
func (s *Service) leaveGroup(ctx context.Context, caller identity.Caller, roomID string) (*v1.Room, error) {
	if _, _, err := s.groupMember(ctx, roomID); err != nil {
		return nil, err
	}
	out, err := s.roomOf(ctx, roomID, caller.UserID)
	if err != nil {
		return nil, err
	}
	return out, roomFault(s.leave(ctx, roomID, caller.UserID, caller.UserID))
}

// hasLeft reports whether a user who is not in a room has left it or was removed, and tells those in it again, and the user: the call
// that did it may have ended before they were.
func (s *Service) hasLeft(ctx context.Context, roomID, userID string) (bool, error) {
	all, err := s.Store.AllMembers(ctx, roomID)
	if err != nil || !slices.ContainsFunc(all, func(m Member) bool { return m.UserID == userID && m.Departure != "" }) {
		return false, err
	}
	ctx, end := lasting(ctx)
	defer end()
	if head, err := s.Store.Head(ctx, roomID); err == nil {
		s.announceHead(ctx, roomID, head)
	}
	s.signal(ctx, []string{userID})
	return true, nil
}

// RemoveMember implements the RPC. Removing somebody who has left changes nothing.
func (s *Service) RemoveMember(ctx context.Context, req *v1.RemoveMemberRequest) (*v1.RemoveMemberResponse, error) {
	caller, room, err := s.groupMember(ctx, req.GetRoomId())
	switch {
	case err != nil:
		return nil, err
	case !leads(caller, room):
		return nil, errMayNotRemove
	case req.GetUserId() == caller.UserID:
		return nil, errRemoveSelf
	}
	err = s.leave(ctx, room.ID, caller.UserID, req.GetUserId())
	if errors.Is(err, fault.NotFound) {
		gone, failed := s.hasLeft(ctx, room.ID, req.GetUserId())
		switch {
		case failed != nil:
			return nil, failed
		case !gone:
			return nil, errNotInRoom
		}
	} else if err != nil {
		return nil, err
	}
	out, err := s.roomOf(ctx, room.ID, caller.UserID)
	return &v1.RemoveMemberResponse{Room: out}, err
}

// leave takes a member off a room and tells those in it, and them.
func (s *Service) leave(ctx context.Context, roomID, actor, userID string) error {
	ctx, end := lasting(ctx)
	defer end()
	entry, err := s.Store.Leave(ctx, Entry{
		RoomID: roomID, ID: ids.New(), Kind: KindLeft, Actor: actor, At: now(), User: userID,
	})
	if err != nil {
		return err
	}
	s.announce(ctx, entry)
	s.signal(ctx, []string{userID})
	return nil
}

// EndMembership takes a user who has withdrawn, or is erased, off their groups and global rooms. Their private rooms stay with the
// other person. Somebody who is suspended keeps all of them. It may be repeated.
func (s *Service) EndMembership(ctx context.Context, userID string) error {
	u, err := s.Users.User(ctx, userID)
	if err != nil || u.Status != users.Withdrawn {
		return err
	}
	heads, _, err := s.Store.Heads(ctx, userID)
	if err != nil {
		return err
	}
	for _, h := range heads {
		room, err := s.fixed(ctx, h.RoomID)
		if err == nil && room.Type != Private {
			err = s.leave(ctx, room.ID, userID, userID)
		}
		if err != nil && fault.KindOf(err) != fault.NotFound {
			return err
		}
	}
	return nil
}

// mayWrite fails for a message of somebody who is alone in a group with a member who takes no direct messages.
func (s *Service) mayWrite(ctx context.Context, roomID, userID string) error {
	room, err := s.fixed(ctx, roomID)
	if err != nil || room.Type != Group {
		return roomFault(err)
	}
	some, err := s.Store.SomeMembers(ctx, roomID, 3)
	if err != nil || len(some) != 2 {
		return err
	}
	for _, id := range some {
		if id == userID {
			continue
		}
		other, err := s.Users.User(ctx, id)
		if err == nil && other.Preferences.RefuseDirectMessages {
			return errDirectOff
		}
	}
	return nil
}

// groupMember returns the caller and the room, which is a group that they are in.
func (s *Service) groupMember(ctx context.Context, roomID string) (identity.Caller, Room, error) {
	caller, err := s.member(ctx, roomID)
	if err != nil {
		return caller, Room{}, err
	}
	room, err := s.fixed(ctx, roomID)
	if err == nil && room.Type != Group {
		err = errNotGroup
	}
	return caller, room, roomFault(err)
}

// signal tells people's streams that their rooms have changed, also if the caller who changed them has hung up.
func (s *Service) signal(ctx context.Context, userIDs []string) {
	ctx = context.WithoutCancel(ctx)
	for _, id := range userIDs {
		s.Bus.Publish(ctx, realtime.Hint{Topic: realtime.User(id)})
	}
}
