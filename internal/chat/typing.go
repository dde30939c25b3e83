package chat

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/ids"
	"github.com/dongbaejul/dongbaejul/internal/realtime"
)

const (
	// typingLasts is how long somebody is typing after their client last said so.
	typingLasts = 6 * time.Second
	// typingAgain is how soon a repeated word of it is passed on.
	typingAgain = 3 * time.Second
	// typingElsewhere is how long it lasts without a word from the process that hears it: more than that process may take to
	// pass on a word, and to end it.
	typingElsewhere = 2 * typingLasts
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

// stopTypingIfGone ends the typing of somebody whose rights have changed, unless they are still a member of the club.
func (s *Service) stopTypingIfGone(userID string) {
	if len(s.typing.rooms(userID)) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), tellTimeout)
	defer cancel()
	active, err := s.Users.ActiveOf(ctx, []string{userID})
	if err == nil && !active[userID] {
		s.typing.stopAll(ctx, userID)
	}
}

// typing knows who is typing where, and ends it when nothing more is heard. The calls of one client may come to several
// processes: these tell each other, and the one that was called last ends it.
type typing struct {
	bus Bus
	// name returns the user's display name; empty if it cannot be read.
	name func(ctx context.Context, userID string) string
	// id names this process to the others.
	id string

	mu     sync.Mutex
	now    map[typist]*keystrokes
	closed bool
}

type typist struct{ room, user string }

type keystrokes struct {
	end *time.Timer
	// told is when the room was last told.
	told time.Time
	// elsewhere is whether another process was called last.
	elsewhere bool
	// name is what the user is called, once this process has told the room: the end does not read the store again.
	name string
}

// typed is what one process tells the others: the Version of hints on realtime.Typing.
type typed = int64

const (
	// typingHeard: this process was called last.
	typingHeard typed = iota + 1
	// typingTold: and has told the room.
	typingTold
	typingEnded
)

// nameOf returns the user's display name; empty if it cannot be read.
func (c Config) nameOf(ctx context.Context, userID string) string {
	who, err := c.Users.Summary(ctx, userID)
	if err != nil {
		c.Logger.WarnContext(ctx, "the name of somebody who types cannot be read", slog.Any("error", err))
	}
	return who.GetDisplayName()
}

func newTyping(bus Bus, name func(ctx context.Context, userID string) string) *typing {
	t := &typing{bus: bus, name: name, id: ids.New(), now: make(map[typist]*keystrokes)}
	bus.Tap(realtime.Typing, t.hear, func() {})
	return t
}

func (t *typing) start(ctx context.Context, room, user string) {
	who := typist{room, user}
	tell, others := t.press(who)
	if others != 0 {
		t.tellOthers(ctx, who, others)
	}
	if tell {
		name := t.name(context.WithoutCancel(ctx), user)
		t.keep(who, name)
		t.publish(ctx, who, name, true)
	}
}

// press moves the end on, and returns whether the room is to be told and what the other processes are; 0 for nothing.
func (t *typing) press(who typist) (tell bool, others typed) {
	t.mu.Lock()
	defer t.mu.Unlock()
	k := t.entry(who, typingLasts)
	if k == nil {
		return false, 0
	}
	if k.elsewhere {
		k.elsewhere, others = false, typingHeard
	}
	if time.Since(k.told) >= typingAgain {
		k.told, tell, others = time.Now(), true, typingTold
	}
	return tell, others
}

// keep keeps the name of somebody who is typing.
func (t *typing) keep(who typist, name string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if k := t.now[who]; k != nil {
		k.name = name
	}
}

// entry returns that of somebody who is typing, until something lasts; nil where there are too many. It is called with mu
// held.
func (t *typing) entry(who typist, lasts time.Duration) *keystrokes {
	k := t.now[who]
	switch {
	case t.closed || k == nil && len(t.now) >= maxTyping:
		return nil
	case k == nil:
		k = &keystrokes{}
		k.end = time.AfterFunc(lasts, func() { t.stop(context.Background(), who.room, who.user) })
		t.now[who] = k
	default:
		k.end.Reset(lasts)
	}
	return k
}

// hear takes what another process tells.
func (t *typing) hear(h realtime.Hint) {
	from, rest, _ := strings.Cut(h.Key, " ")
	room, user, ok := strings.Cut(rest, " ")
	if !ok || from == t.id {
		return
	}
	who := typist{room, user}
	t.mu.Lock()
	defer t.mu.Unlock()
	if h.Version == typingEnded {
		t.remove(who)
		return
	}
	if k := t.entry(who, typingElsewhere); k != nil {
		k.elsewhere = true
		if h.Version == typingTold {
			k.told = time.Now()
		}
	}
}

// stop ends it and tells the room, where the user was typing.
func (t *typing) stop(ctx context.Context, room, user string) {
	who := typist{room, user}
	t.mu.Lock()
	was := t.remove(who)
	t.mu.Unlock()
	if was == nil {
		return
	}
	t.tellOthers(ctx, who, typingEnded)
	name := was.name
	if name == "" {
		name = t.name(context.WithoutCancel(ctx), user)
	}
	t.publish(ctx, who, name, false)
}

// stopAll ends it in every room where the user is typing.
func (t *typing) stopAll(ctx context.Context, user string) {
	for _, room := range t.rooms(user) {
		t.stop(ctx, room, user)
	}
}

// rooms returns where the user is typing.
func (t *typing) rooms(user string) []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var rooms []string
	for who := range t.now {
		if who.user == user {
			rooms = append(rooms, who.room)
		}
	}
	slices.Sort(rooms)
	return rooms
}

// remove returns the entry of somebody who was typing; nil for others. It is called with mu held.
func (t *typing) remove(who typist) *keystrokes {
	k := t.now[who]
	if k != nil {
		k.end.Stop()
		delete(t.now, who)
	}
	return k
}

func (t *typing) tellOthers(ctx context.Context, who typist, what typed) {
	t.bus.Publish(context.WithoutCancel(ctx), realtime.Hint{
		Topic: realtime.Typing, Key: t.id + " " + who.room + " " + who.user, Version: what,
	})
}

// publish tells the room. The typist's own streams leave it out.
func (t *typing) publish(ctx context.Context, who typist, name string, is bool) {
	t.bus.Publish(context.WithoutCancel(ctx), realtime.Hint{
		Topic: realtime.Room(who.room), Key: who.user,
		Event: realtime.NewEvent(&v1.Event{Payload: &v1.Event_Typing{
			Typing: &v1.Typing{RoomId: who.room, UserId: who.user, IsTyping: is, DisplayName: name},
		}}),
	})
}

func (t *typing) close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.closed = true
	for who := range t.now {
		t.remove(who)
	}
}
