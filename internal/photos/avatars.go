package photos

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/uploads"
)

// picturePath is what the paths of pictures begin with.
const picturePath = "/photos/"

// pictureURL is the form of the URLs of pictures of this server, whatever its address and its keys: an id and a signature end them.
var pictureURL = regexp.MustCompile(`^https?://.+` + picturePath + `([^/?#]+)/[\w-]{22}$`)

var errAvatarNotFound = fault.New(fault.Invalid, "AVATAR_NOT_FOUND",
	"프로필 사진을 찾을 수 없어요. 사진을 다시 올려 주세요.", "The picture was not found. Upload it again.").WithField("avatar")

// FileID returns the id in a URL that has the form of those of uploads, by whatever server; empty if it has another form.
func FileID(address string) string {
	parts := pictureURL.FindStringSubmatch(address)
	if parts == nil {
		return ""
	}
	id, err := url.PathUnescape(parts[1])
	if err != nil {
		return ""
	}
	return id
}

// UseAvatar implements users.Uploads.
func (s *Uploads) UseAvatar(ctx context.Context, userID, address string) (fileID string, err error) {
	own := strings.HasPrefix(address, s.cfg.PublicURL+picturePath)
	id := FileID(address)
	if id == "" {
		if own {
			return "", errAvatarNotFound
		}
		return "", nil
	}
	// The signature need not be valid: only what the user has uploaded is used.
	found, err := s.Uploaded(ctx, userID, uploads.Avatar, []string{id})
	if err != nil {
		return id, err
	}
	if _, ok := found[id]; ok {
		return id, nil
	}
	if own {
		return id, errAvatarNotFound
	}
	return "", nil
}

// FreeAvatar implements users.Uploads.
func (s *Uploads) FreeAvatar(ctx context.Context, userID, fileID string) error {
	_, err := s.cfg.Store.UpdateUpload(ctx, fileID, func(u *Upload) error {
		if u.UserID != userID || u.Purpose != uploads.Avatar || !u.Used {
			return errSettled
		}
		u.Used = false
		return nil
	})
	if err != nil && !errors.Is(err, errSettled) && !errors.Is(err, fault.NotFound) {
		return fmt.Errorf("free the avatar %s: %w", fileID, err)
	}
	return nil
}
