package users

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/identity"
)

// seenEvery is how exact LastSeenAt is, so that looking costs a write only now and then.
const seenEvery = time.Minute

// GetProfile gives the caller's own profile and figures, and notes that they were seen.
func (s *Service) GetProfile(ctx context.Context, _ *v1.GetProfileRequest) (*v1.GetProfileResponse, error) {
	u, err := s.caller(ctx)
	if err != nil {
		return nil, err
	}
	stats, err := s.Store.Stats(ctx, u.ID)
	if err != nil {
		return nil, fmt.Errorf("read the caller's stats: %w", err)
	}
	return &v1.GetProfileResponse{User: Profile(s.seen(ctx, u)), Stats: statsToProto(stats)}, nil
}

// seen moves LastSeenAt on. That it cannot is no reason to refuse whoever is seen.
func (s *Service) seen(ctx context.Context, u User) User {
	now := s.now()
	if now.Sub(u.LastSeenAt) < seenEvery {
		return u
	}
	seen, err := s.Store.UpdateUser(ctx, u.ID, func(u *User) error {
		if u.LastSeenAt.Before(now) {
			u.LastSeenAt = now
		}
		return nil
	})
	if err != nil {
		s.Log.WarnContext(ctx, "user not marked as seen", slog.String("user_id", u.ID), slog.Any("error", err))
		return u
	}
	return seen
}

var errAvatarNotHTTPS = fault.InvalidField("avatar", "string.web_url", "https 주소여야 합니다.", "must be an https URL")

// mayBeAvatar keeps the upload at a URL, if it is one. It returns why the URL cannot become the user's avatar.
func (s *Service) mayBeAvatar(ctx context.Context, userID, avatar string) error {
	if avatar == "" {
		return nil
	}
	if s.uploads != nil {
		if own, err := s.uploads.UseAvatar(ctx, userID, avatar); own || err != nil {
			return err
		}
	}
	if !strings.EqualFold(avatar[:min(len(avatar), len("https:"))], "https:") {
		return errAvatarNotHTTPS
	}
	return nil
}

// freeAvatar lets an upload that was the user's avatar be deleted.
func (s *Service) freeAvatar(ctx context.Context, userID, avatar string) {
	if s.uploads == nil || avatar == "" {
		return
	}
	if err := s.uploads.FreeAvatar(ctx, userID, avatar); err != nil {
		// It is deleted with the account.
		s.Log.WarnContext(ctx, "cannot free the former avatar", slog.String("user_id", userID), slog.Any("error", err))
	}
}

// change sets what a request says of all but the name. refused is why its avatar cannot become that of the user; the present one may stay.
func (u *User) change(req *v1.UpdateProfileRequest, refused error) (err error) {
	if avatar := req.GetAvatar(); req.Avatar != nil && avatar != u.Avatar {
		if refused != nil {
			return refused
		}
		u.Avatar = avatar
	}
	fromProto(&u.SkillLevel, req.SkillLevel, skillToProto)
	u.Preferences, err = u.Preferences.merged(req.GetPreferences())
	return err
}

// UpdateProfile changes what the request gives of the caller's profile.
func (s *Service) UpdateProfile(ctx context.Context, req *v1.UpdateProfileRequest) (*v1.UpdateProfileResponse, error) {
	caller, err := identity.From(ctx)
	if err != nil {
		return nil, err
	}
	name := req.GetDisplayName()
	ctx, cancel := lasting(ctx)
	defer cancel()
	refused := s.mayBeAvatar(ctx, caller.UserID, req.GetAvatar())
	var u User
	var formerAvatar string
	err = distinct(func(n int) (err error) {
		u, err = s.Store.UpdateUser(ctx, caller.UserID, func(u *User) error {
			// An account that was deleted meanwhile must not get its name back.
			if u.Status != Active {
				return errMemberNotFound
			}
			if req.DisplayName != nil && !u.called(name) {
				if looksReserved(name, u.Role) {
					return errNameReserved
				}
				u.call(name, n)
			}
			formerAvatar = u.Avatar
			return u.change(req, refused)
		})
		return err
	})
	if err != nil {
		return nil, memberFault(fmt.Errorf("change the caller's profile: %w", err))
	}
	if formerAvatar != u.Avatar {
		s.freeAvatar(ctx, u.ID, formerAvatar)
	}
	s.changed(ctx, u.ID)
	return &v1.UpdateProfileResponse{User: Profile(u)}, nil
}
