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

// GetProfile returns the caller's own profile and figures, and notes that they were seen.
func (s *Service) GetProfile(ctx context.Context, _ *v1.GetProfileRequest) (*v1.GetProfileResponse, error) {
	u, err := s.caller(ctx)
	if err != nil {
		return nil, err
	}
	stats, err := s.Store.Stats(ctx, u.ID)
	if err != nil {
		return nil, fmt.Errorf("read the caller's stats: %w", err)
	}
	return &v1.GetProfileResponse{User: s.Profile(s.seen(ctx, u)), Stats: statsToProto(stats)}, nil
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

// newAvatar is what a request names as the avatar.
type newAvatar struct {
	url string
	// file is the ID of the upload at url; empty if it is none.
	file string
	// refused is why it cannot become the user's avatar.
	refused error
}

// isOf reports whether it is the user's avatar already.
func (a newAvatar) isOf(u *User) bool {
	if u.AvatarFile != "" {
		return a.file == u.AvatarFile
	}
	return a.url == u.Avatar
}

// newAvatar returns what a URL is as an avatar. An upload is kept from then on.
func (s *Service) newAvatar(ctx context.Context, userID, url string) newAvatar {
	a := newAvatar{url: url}
	if url == "" {
		return a
	}
	if s.uploads != nil {
		if a.file, a.refused = s.uploads.UseAvatar(ctx, userID, url); a.file != "" || a.refused != nil {
			return a
		}
	}
	if !strings.EqualFold(url[:min(len(url), len("https:"))], "https:") {
		a.refused = errAvatarNotHTTPS
	}
	return a
}

// freeAvatar lets an upload that was the user's avatar be deleted.
func (s *Service) freeAvatar(ctx context.Context, userID, fileID string) {
	if s.uploads == nil || fileID == "" {
		return
	}
	err := s.uploads.FreeAvatar(ctx, userID, fileID)
	if err == nil {
		// Another call may have chosen it again, before it was freed.
		var u User
		if u, err = s.Store.User(ctx, userID); err == nil && u.AvatarFile == fileID {
			err = s.keepAvatar(ctx, u)
		}
	}
	if err != nil {
		// It is deleted with the account.
		s.Log.WarnContext(ctx, "cannot free the former avatar", slog.String("user_id", userID), slog.Any("error", err))
	}
}

// keepAvatar keeps the upload that is the user's avatar.
func (s *Service) keepAvatar(ctx context.Context, u User) error {
	_, err := s.uploads.UseAvatar(ctx, u.ID, s.uploads.URL(u.AvatarFile))
	return err
}

// settleAvatar keeps the avatar that u has now, and frees the one that u had.
func (s *Service) settleAvatar(ctx context.Context, u User, former string) {
	if u.AvatarFile == former {
		return
	}
	if u.AvatarFile != "" {
		// Another call that freed it may not have seen that u has it.
		if err := s.keepAvatar(ctx, u); err != nil {
			s.Log.WarnContext(ctx, "cannot keep the avatar", slog.String("user_id", u.ID), slog.Any("error", err))
		}
	}
	s.freeAvatar(ctx, u.ID, former)
}

// change sets what a request says of all but the name. An avatar that is refused may stay if it is the present one.
func (u *User) change(req *v1.UpdateProfileRequest, a newAvatar) (err error) {
	if req.Avatar != nil && !a.isOf(u) {
		if a.refused != nil {
			return a.refused
		}
		u.Avatar, u.AvatarFile = a.url, a.file
		if a.file != "" {
			u.Avatar = ""
		}
	}
	fromProto(&u.SkillLevel, req.SkillLevel, skillToProto)
	u.Preferences, err = u.Preferences.merged(req.GetPreferences())
	return err
}

// UpdateProfile changes the fields of the request in the caller's profile.
func (s *Service) UpdateProfile(ctx context.Context, req *v1.UpdateProfileRequest) (*v1.UpdateProfileResponse, error) {
	caller, err := identity.From(ctx)
	if err != nil {
		return nil, err
	}
	name := req.GetDisplayName()
	ctx, cancel := lasting(ctx)
	defer cancel()
	avatar := s.newAvatar(ctx, caller.UserID, req.GetAvatar())
	var u User
	var former string
	err = distinct(func(n int) (err error) {
		u, err = s.Store.UpdateUser(ctx, caller.UserID, func(u *User) error {
			former = u.AvatarFile
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
			return u.change(req, avatar)
		})
		return err
	})
	if fault.KindOf(err) == fault.Invalid && avatar.file != former {
		s.freeAvatar(ctx, caller.UserID, avatar.file)
	}
	if err != nil {
		return nil, memberFault(fmt.Errorf("change the caller's profile: %w", err))
	}
	s.settleAvatar(ctx, u, former)
	s.changed(ctx, u.ID)
	return &v1.UpdateProfileResponse{User: s.Profile(u)}, nil
}
