package photos

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/uploads"
)

// picturePath is what the paths of pictures begin with.
const picturePath = "/photos/"

var errAvatarNotFound = fault.New(fault.Invalid, "AVATAR_NOT_FOUND",
	"프로필 사진을 찾을 수 없어요. 사진을 다시 올려 주세요.", "The picture was not found. Upload it again.").WithField("avatar")

// pictureID returns the id of the picture of this server at a URL; ok is false if it is of no such picture.
func (s *Uploads) pictureID(address string) (id string, ok bool) {
	path, ok := strings.CutPrefix(address, s.cfg.PublicURL+picturePath)
	if !ok {
		return "", false
	}
	path, _, _ = strings.Cut(path, "/")
	id, err := url.PathUnescape(path)
	return id, err == nil
}

// UseAvatar keeps the upload at a URL as the avatar of the user, who must have uploaded it for that. own is false for a URL that is not of
// this server.
func (s *Uploads) UseAvatar(ctx context.Context, userID, address string) (own bool, err error) {
	id, own := s.pictureID(address)
	if !own {
		return false, nil
	}
	if s.cfg.Link(id) != address {
		return true, errAvatarNotFound
	}
	found, err := s.Uploaded(ctx, userID, uploads.Avatar, []string{id})
	if err != nil {
		return true, err
	}
	if _, ok := found[id]; !ok {
		return true, errAvatarNotFound
	}
	return true, nil
}

// FreeAvatar lets the upload at a URL be deleted, which is not the user's avatar any more.
func (s *Uploads) FreeAvatar(ctx context.Context, userID, address string) error {
	id, own := s.pictureID(address)
	if !own {
		return nil
	}
	_, err := s.cfg.Store.UpdateUpload(ctx, id, func(u *Upload) error {
		if u.UserID != userID || u.Purpose != uploads.Avatar || !u.Used {
			return errSettled
		}
		u.Used = false
		return nil
	})
	if err != nil && !errors.Is(err, errSettled) && !errors.Is(err, fault.NotFound) {
		return fmt.Errorf("free the avatar %s: %w", id, err)
	}
	return nil
}
