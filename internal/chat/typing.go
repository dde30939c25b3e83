package chat

import (
	"context"
	"sync"
	"time"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/realtime"
)

const (
	// typingLasts is how long somebody is typing after their client last said so.
	typingLasts = 6 * time.Second
	// typingAgain is how soon a repeated word of it is passed on.
	typingAgain = 3 * time.Second
	// maxTyping bounds how many people can be typing at once; what is beyond is not shown.
	maxTyping = 4096
)

// SetTyping implements the RPC.
func (s *Service) SetTyping(ctx context.Context, req *v1.SetTypingRequest) (*v1.SetTypingResponse, error) {
	caller, err := s.member(ctx, req.GetRoomId())
	if err != nil {
		return nil, err
	}
	if req.GetIsTyping() {
		s.typing.start(ctx, req.GetRoomId(), caller.UserID)
	} else {
		s.typing.stop(ctx, req.GetRoomId(), caller.UserID)
	}
	return &v1.SetTypingResponse{}, nil
}

// typing knows who is typing where, and ends it when nothing more is heard.
type typing struct {
	bus realtime.Bus

	mu     sync.Mutex
	now    map[typist]*keystrokes
	closed bool
}

type typist struct{ room, user string }

type keystrokes struct {
	end *time.Timer
	// told is when the room was last told.
	told time.Time
}

func newTyping(bus realtime.Bus) *typing { return &typing{bus: bus, now: make(map[typist]*keystrokes)} }

func (t *typing) start(ctx context.Context, room, user string) {
	if t.press(typist{room, user}) {
		t.publish(ctx, room, user, true)
	}
}

// press moves the end on and tells whether the room is to be told.
func (t *typing) press(who typist) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	k := t.now[who]
	switch {
	case t.closed || k == nil && len(t.now) >= maxTyping:
		return false
	case k == nil:
		k = &keystrokes{}
		k.end = time.AfterFunc(typingLasts, func() { t.stop(context.Background(), who.room, who.user) })
		t.now[who] = k
	default:
		k.end.Reset(typingLasts)
	}
	if time.Since(k.told) < typingAgain {
		return false
	}
	k.told = time.Now()
	return true
}

// stop ends it and tells the room, where the user was typing.
func (t *typing) stop(ctx context.Context, room, user string) {
	t.mu.Lock()
	k := t.now[typist{room, user}]
	if k != nil {
		k.end.Stop()
		delete(t.now, typist{room, user})
	}
	t.mu.Unlock()
	if k != nil {
		t.publish(ctx, room, user, false)
	}
}

func (t *typing) publish(ctx context.Context, room, user string, is bool) {
	t.bus.Publish(ctx, realtime.Hint{
		Topic: realtime.Room(room),
		Event: realtime.NewEvent(&v1.Event{Payload: &v1.Event_Typing{Typing: &v1.Typing{RoomId: room, UserId: user, IsTyping: is}}}),
	})
}

func (t *typing) close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.closed = true
	for _, k := range t.now {
		k.end.Stop()
	}
	clear(t.now)
}
