package users

import (
	"context"
	"fmt"
	"log/slog"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/identity"
	"github.com/dongbaejul/dongbaejul/internal/pagination"
)

var (
	errErased = fault.New(fault.Precondition, "MEMBER_ERASED",
		"탈퇴하여 정보가 삭제된 회원은 변경할 수 없습니다. 다시 가입하도록 안내해 주세요.",
		"The account was deleted and cannot be changed. Ask the person to sign in again.")
	errNoSync = fault.New(fault.Unimplemented, "BAND_SYNC_UNAVAILABLE",
		"이 서버에서는 밴드 회원 동기화를 사용할 수 없습니다.", "This server does not sync members from Band.")
)

// ListMembers returns one page of the members of a status by name.
func (s *Service) ListMembers(ctx context.Context, req *v1.ListMembersRequest) (*v1.ListMembersResponse, error) {
	caller, err := identity.From(ctx)
	if err != nil {
		return nil, err
	}
	status := Active
	fromProto(&status, req.Status, statusToProto)
	if status != Active {
		if err := caller.Require(identity.ManageMembers); err != nil {
			return nil, err
		}
	}
	p, after, err := pagination.Read[Position](req)
	if err != nil {
		return nil, err
	}
	found, total, err := s.Store.ListMembers(ctx, Filter{Status: status, Search: req.GetSearch(), Offset: p.Offset(), After: after, Limit: p.Limit + 1})
	if err != nil {
		return nil, fmt.Errorf("list members: %w", err)
	}
	res := &v1.ListMembersResponse{}
	if after == nil {
		res.Pagination = p.Info(total)
	}
	found, more := pagination.More(p, found)
	if more {
		last := found[len(found)-1]
		if res.NextPageToken, err = pagination.Token(req, Position{Name: last.DisplayName, ID: last.ID}); err != nil {
			return nil, err
		}
	}
	res.Members = s.members(ctx, caller, found)
	return res, nil
}

// GetMember returns one member. Somebody who is not active is seen only by who manages members.
func (s *Service) GetMember(ctx context.Context, req *v1.GetMemberRequest) (*v1.GetMemberResponse, error) {
	caller, err := identity.From(ctx)
	if err != nil {
		return nil, err
	}
	u, err := s.Store.User(ctx, req.GetMemberId())
	if err != nil {
		return nil, memberFault(fmt.Errorf("read a member: %w", err))
	}
	if u.Status != Active && !caller.May(identity.ManageMembers) {
		return nil, errMemberNotFound
	}
	res := &v1.GetMemberResponse{Member: s.members(ctx, caller, []User{u})[0]}
	if u.Preferences.HideStats && u.ID != caller.UserID {
		return res, nil
	}
	stats, err := s.Store.Stats(ctx, u.ID)
	if err != nil {
		return nil, fmt.Errorf("read a member's stats: %w", err)
	}
	res.Stats = memberStatsToProto(stats)
	return res, nil
}

// UpdateMember changes a member's role, status or skill level. A member who may no longer use the app has all sessions ended, and
// no place in a game to come. The same request again makes sure of that.
func (s *Service) UpdateMember(ctx context.Context, req *v1.UpdateMemberRequest) (*v1.UpdateMemberResponse, error) {
	caller, err := identity.From(ctx)
	if err != nil {
		return nil, err
	}
	if err := caller.Require(identity.ManageMembers); err != nil {
		return nil, err
	}
	ctx, cancel := lasting(ctx)
	defer cancel()
	var before, after User
	err = distinct(func(n int) (err error) {
		before, after, err = s.update(ctx, req.GetMemberId(), func(u *User) error {
			if u.erased() {
				return errErased
			}
			fromProto(&u.Role, req.Role, roleToProto)
			fromProto(&u.Status, req.Status, statusToProto)
			if req.Status != nil {
				// An admin's word, and not Band's.
				u.LeftBand = false
			}
			fromProto(&u.SkillLevel, req.SkillLevel, skillToProto)
			// An office that is lost takes its name along.
			if req.Role != nil && looksReserved(u.DisplayName, u.Role) {
				u.call(nameFor(u.BandName, u.Role), n)
			}
			return nil
		})
		return err
	})
	if err != nil {
		return nil, memberFault(fmt.Errorf("change a member: %w", err))
	}
	s.auditRights(ctx, before, after)
	if err := s.follow(ctx, after); err != nil {
		return nil, err
	}
	return &v1.UpdateMemberResponse{Member: s.members(ctx, caller, []User{after})[0]}, nil
}

// SyncBandMembers implements the RPC by what SyncBy was given.
func (s *Service) SyncBandMembers(ctx context.Context, req *v1.SyncBandMembersRequest) (*v1.SyncBandMembersResponse, error) {
	caller, err := identity.From(ctx)
	if err != nil {
		return nil, err
	}
	if err := caller.Require(identity.SyncBand); err != nil {
		return nil, err
	}
	if s.sync == nil {
		return nil, errNoSync
	}
	return s.sync(ctx, req)
}

// members shows users as caller may see them. Where it is not known who is online, nobody is.
func (s *Service) members(ctx context.Context, caller identity.Caller, users []User) []*v1.Member {
	ids := make([]string, 0, len(users))
	for _, u := range users {
		if !u.Preferences.HideOnline || u.ID == caller.UserID {
			ids = append(ids, u.ID)
		}
	}
	online, err := s.Online.Online(ctx, ids)
	if err != nil {
		s.Log.WarnContext(ctx, "who is online is not known", slog.Any("error", err))
	}
	shown := make(map[string]bool, len(ids))
	for _, id := range ids {
		shown[id] = online[id]
	}
	members := make([]*v1.Member, 0, len(users))
	for _, u := range users {
		members = append(members, s.memberToProto(u, shown[u.ID]))
	}
	return members
}

func (s *Service) auditRights(ctx context.Context, before, after User) {
	if before.Role != after.Role {
		s.Audit.Record(ctx, "role changed", slog.String("user_id", after.ID),
			slog.String("from", string(before.Role)), slog.String("to", string(after.Role)))
	}
	if before.Status != after.Status {
		s.Audit.Record(ctx, "status changed", slog.String("user_id", after.ID),
			slog.String("from", string(before.Status)), slog.String("to", string(after.Status)))
	}
}
