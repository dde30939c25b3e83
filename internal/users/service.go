package users

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1/dongbaejulv1connect"
	"github.com/dongbaejul/dongbaejul/internal/audit"
	"github.com/dongbaejul/dongbaejul/internal/cache"
	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/identity"
)

// Config is what the service works with; everything but the lists of keys is needed.
type Config struct {
	Store    Store
	Sessions SessionRevoker
	Eraser   NotificationEraser
	Changes  UserChangePublisher
	Online   Online
	Audit    *audit.Log
	Log      *slog.Logger
	// Clock tells the time.
	Clock func() time.Time
	// InSync reports whether every change announced until a moment ago, on whatever process, has led to Forget or ForgetAll on this
	// one; nil where that is never sure.
	InSync func() bool
	// AdminKeys and ManagerKeys are the Band user keys of those who hold at least that role whenever they sign in.
	AdminKeys   []string
	ManagerKeys []string
}

// SessionRevoker ends a user's sessions. A store of sessions is one.
type SessionRevoker interface {
	// RevokeSessions revokes all of a user's live sessions as of the time now and returns their ids.
	RevokeSessions(ctx context.Context, userID string, now time.Time) ([]string, error)
	// DeleteSessions deletes all of a user's sessions, also those that are not live, and returns how many there were.
	DeleteSessions(ctx context.Context, userID string) (int, error)
	// DeleteBandToken forgets a user's Band token; missing is not an error.
	DeleteBandToken(ctx context.Context, userID string) error
}

// NotificationEraser deletes a user's notifications and devices with the account, and devices with their sessions. A store of notifications
// is one.
type NotificationEraser interface {
	// EraseNotifications deletes a user's notifications and the devices to push them to. The user is not active any more.
	EraseNotifications(ctx context.Context, userID string) error
	// DeleteSessionDevices deletes the devices that these sessions of a user registered.
	DeleteSessionDevices(ctx context.Context, userID string, sessionIDs ...string) error
}

// Uploads are the pictures that users upload. photos.Uploads is one.
type Uploads interface {
	// UseAvatar keeps the upload at a URL, also one by a former address or key of the server, as the avatar of the user, who must have
	// uploaded it for that, and returns its ID; that is empty for a picture of another server. With an error it returns the ID in the URL.
	UseAvatar(ctx context.Context, userID, url string) (fileID string, err error)
	// FreeAvatar lets an upload be deleted, if it is one of the user's avatars.
	FreeAvatar(ctx context.Context, userID, fileID string) error
	// URL returns where readers find an upload.
	URL(fileID string) string
	// EraseUploads deletes the user's avatars and what they have uploaded and not used. The user is not active any more.
	EraseUploads(ctx context.Context, userID string) error
}

// UserChangePublisher tells every server process that who a user is, what they may do, or which of their sessions live has changed.
// Each process then calls Service.Forget, and whatever else keeps copies, and looks again at the user's streams. It does
// not wait for them, and it may be lost: copies are short-lived where that can be.
type UserChangePublisher interface {
	UserChanged(ctx context.Context, userID string)
}

// Online knows who has a stream open, over all processes.
type Online interface {
	// Online tells it of each of ids; who is left out is offline.
	Online(ctx context.Context, ids []string) (map[string]bool, error)
}

const (
	// copyAge is how long a copy of a user is used where a change may go unannounced: less than a change of rights may take
	// to be felt, which is two seconds. Where it is sure that changes are heard of, sureAge bounds what nobody announces.
	copyAge = 1500 * time.Millisecond
	sureAge = 30 * time.Second
	copies  = 4096
)

// Service implements the user RPCs, and tells the other services who somebody is. It may be used concurrently.
type Service struct {
	dongbaejulv1connect.UnimplementedUserServiceHandler
	Config
	initialRoles map[string]identity.Role
	recent       *cache.Cache[User]
	// left are called for a user who is no longer active.
	left []func(ctx context.Context, userID string) error
	// sync syncs the members with Band; nil if nothing does.
	sync func(context.Context, *v1.SyncBandMembersRequest) (*v1.SyncBandMembersResponse, error)

	// uploads is nil where nothing can be uploaded.
	uploads Uploads
}

// New makes the service.
func New(c Config) *Service {
	s := &Service{Config: c, initialRoles: make(map[string]identity.Role)}
	s.recent = cache.New[User](copies, s.CopyAge, c.Clock)
	for _, key := range c.ManagerKeys {
		s.initialRoles[key] = identity.Manager
	}
	for _, key := range c.AdminKeys {
		s.initialRoles[key] = identity.Admin
	}
	return s
}

// SyncBy registers what syncs the members with Band. It must be called before the service is used.
func (s *Service) SyncBy(f func(context.Context, *v1.SyncBandMembersRequest) (*v1.SyncBandMembersResponse, error)) {
	s.sync = f
}

// SetUploads makes uploads known. It must be called before the service is used.
func (s *Service) SetUploads(u Uploads) { s.uploads = u }

// CopyAge is how old a copy of who a user is, and of what they may do, may be to be used now.
func (s *Service) CopyAge() time.Duration {
	if s.InSync != nil && s.InSync() {
		return sureAge
	}
	return copyAge
}

// now is the time of what is stored, in its precision.
func (s *Service) now() time.Time { return s.Clock().UTC().Truncate(time.Microsecond) }

// changed drops the copies of a user here, then everywhere: also when whoever asked for the change has hung up.
func (s *Service) changed(ctx context.Context, userID string) {
	s.Forget(userID)
	s.Changes.UserChanged(context.WithoutCancel(ctx), userID)
}

var errMemberNotFound = fault.New(fault.NotFound, "MEMBER_NOT_FOUND",
	"회원을 찾을 수 없습니다.", "There is no such member.")

// memberFault names what is missing where a store only says that something is.
func memberFault(err error) error {
	if fault.KindOf(err) == fault.NotFound {
		return errMemberNotFound.WithCause(err)
	}
	return err
}

// caller returns the user who is calling, as stored now.
func (s *Service) caller(ctx context.Context) (User, error) {
	caller, err := identity.From(ctx)
	if err != nil {
		return User{}, err
	}
	u, err := s.Store.User(ctx, caller.UserID)
	if err != nil {
		return User{}, memberFault(fmt.Errorf("read the caller: %w", err))
	}
	return u, nil
}
