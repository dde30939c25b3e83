package chat

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1/dongbaejulv1connect"
	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/identity"
	"github.com/dongbaejul/dongbaejul/internal/notifications"
	"github.com/dongbaejul/dongbaejul/internal/realtime"
	"github.com/dongbaejul/dongbaejul/internal/uploads"
	"github.com/dongbaejul/dongbaejul/internal/users"
)

var (
	errRoomNotFound = fault.New(fault.NotFound, "ROOM_NOT_FOUND",
		"채팅방을 찾을 수 없습니다.", "There is no such room.")
	errMessageNotFound = fault.New(fault.NotFound, "MESSAGE_NOT_FOUND",
		"메시지를 찾을 수 없습니다.", "There is no such message in this room.")
)

// Config is what the service works with.
type Config struct {
	Store   Store
	Users   *users.Service
	Bus     realtime.Bus
	Streams *realtime.Streams
	// Access tells whether a caller may still be here.
	Access Access
	// Notifications tells members of what they miss; nil for nobody. It is closed after this service.
	Notifications *notifications.Service
	// Presence is needed with Notifications.
	Presence Presence
	// Uploads finds the files of attachments; nil where nothing can be uploaded.
	Uploads uploads.Finder
	Logger  *slog.Logger
}

// Presence knows who has a stream open, over all server processes.
type Presence interface {
	// Online gives the ids of who is online, in no order.
	Online(ctx context.Context) ([]string, error)
}

// Access looks at a caller's rights as they are now.
type Access interface {
	// Check fails with a fault when the caller may no longer be here.
	Check(ctx context.Context, c identity.Caller) error
}

// Service implements the chat RPCs. It may be used concurrently.
type Service struct {
	dongbaejulv1connect.UnimplementedChatServiceHandler
	Config
	typing   *typing
	notifier *notifier
}

// New makes the service, which runs until Close.
func New(c Config) *Service {
	if c.Uploads == nil {
		c.Uploads = uploads.None{}
	}
	return &Service{Config: c, typing: newTyping(c.Bus), notifier: newNotifier(c)}
}

// Close ends what the service does by itself, once members are notified of what was sent. It is to be called once, and no
// message is to be sent after it.
func (s *Service) Close() {
	s.typing.close()
	s.notifier.close()
}

// member gives the caller, who is in the room. Who is not learns nothing of it.
func (s *Service) member(ctx context.Context, roomID string) (identity.Caller, error) {
	caller, err := identity.From(ctx)
	if err != nil {
		return caller, err
	}
	_, err = s.Store.Member(ctx, roomID, caller.UserID)
	if errors.Is(err, fault.NotFound) {
		// A global room has every member, also one who has come since.
		if _, err = s.Store.Enrol(ctx, caller.UserID); err == nil {
			_, err = s.Store.Member(ctx, roomID, caller.UserID)
		}
	}
	return caller, roomFault(err)
}

// now is the time of what is stored, in its precision.
func now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

func roomFault(err error) error {
	if errors.Is(err, fault.NotFound) {
		return errRoomNotFound
	}
	return err
}

func messageFault(err error) error {
	if errors.Is(err, fault.NotFound) {
		return errMessageNotFound
	}
	return err
}
