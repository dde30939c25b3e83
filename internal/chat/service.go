package chat

import (
	"context"
	"errors"
	"log/slog"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

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
	Bus     Bus
	Streams *realtime.Streams
	// Access reports whether a caller may still be here.
	Access Access
	// Notifications tells members of what they miss; nil for nobody. It is closed after this service.
	Notifications *notifications.Service
	// Presence is needed with Notifications.
	Presence Presence
	// Uploads finds the files of attachments; nil where nothing can be uploaded.
	Uploads uploads.Finder
	// Limiter counts what members do to others; nil for nobody.
	Limiter Limiter
	Logger  *slog.Logger
}

// Bus is a realtime.Bus that can be listened to as a whole.
type Bus interface {
	realtime.Bus
	// Tap calls hint with each hint of t, on whatever process it is published, and lost where some may be missing. Neither may
	// wait for anything.
	Tap(t realtime.Topic, hint func(realtime.Hint), lost func())
}

// Presence knows who has a stream open, over all server processes.
type Presence interface {
	// Online returns the ids of who is online, in no order.
	Online(ctx context.Context) ([]string, error)
	// Enter notes a stream of a user until leave, which may be called more than once.
	Enter(userID string) (leave func())
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
	// known are rooms as they were once: what is fixed of them stays.
	known *lru.Cache[string, Room]
}

// maxKnown is how many rooms a process remembers what is fixed of.
const maxKnown = 4096

// New makes the service, which runs until Close.
func New(c Config) *Service {
	if c.Uploads == nil {
		c.Uploads = uploads.None{}
	}
	known, err := lru.New[string, Room](maxKnown)
	if err != nil {
		panic("chat: a cache of a positive size: " + err.Error())
	}
	s := &Service{Config: c, typing: newTyping(c.Bus, c.nameOf), notifier: newNotifier(c), known: known}
	c.Bus.Tap(realtime.Access, func(h realtime.Hint) { go s.stopTypingIfGone(h.Key) }, func() {})
	return s
}

// Close ends what the service does by itself, once members are notified of what was sent. It is to be called once, and no
// message is to be sent after it.
func (s *Service) Close() {
	s.typing.close()
	s.notifier.close()
}

// member returns the caller, who is in the room. Who is not learns nothing of it.
func (s *Service) member(ctx context.Context, roomID string) (identity.Caller, error) {
	caller, _, err := s.membership(ctx, roomID)
	return caller, err
}

// membership returns the caller and how they are in the room.
func (s *Service) membership(ctx context.Context, roomID string) (identity.Caller, Member, error) {
	caller, err := identity.From(ctx)
	if err != nil {
		return caller, Member{}, err
	}
	m, err := s.Store.Member(ctx, roomID, caller.UserID)
	if errors.Is(err, fault.NotFound) {
		// A global room has every member, also one who has come since.
		if _, err = s.Store.EnsureGlobalMembership(ctx, caller.UserID); err == nil {
			m, err = s.Store.Member(ctx, roomID, caller.UserID)
		}
	}
	return caller, m, roomFault(err)
}

// fixed returns a room of which only what never changes is to be used: its type, its name and who created it.
func (s *Service) fixed(ctx context.Context, roomID string) (Room, error) {
	if room, ok := s.known.Get(roomID); ok {
		return room, nil
	}
	room, err := s.Store.Room(ctx, roomID)
	if err == nil {
		s.known.Add(roomID, room)
	}
	return room, err
}

// visible returns a message that a member may read; fault.NotFound where there is none.
func (s *Service) visible(ctx context.Context, m Member, messageID string) (Entry, error) {
	e, err := s.Store.Message(ctx, m.RoomID, messageID)
	if err == nil && e.Seq <= m.SeesAfter {
		return Entry{}, errMessageNotFound
	}
	return e, err
}

// writeTimeout is for a change and what follows from it.
const writeTimeout = 30 * time.Second

// lasting is ctx without its end, for a change and what follows from it: a caller who hangs up changes nothing about that.
func lasting(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), writeTimeout)
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
