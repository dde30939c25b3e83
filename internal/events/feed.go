package events

import (
	"context"
	"slices"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/chat"
	"github.com/dongbaejul/dongbaejul/internal/identity"
	"github.com/dongbaejul/dongbaejul/internal/realtime"
)

// feed is everything one caller may see.
type feed struct {
	*Service
	caller identity.Caller
	// from are what the client has; it is needed until the feed is open.
	from cursors
	// rooms are those followed, in order: a list, since streams are many and their rooms few.
	rooms  []string
	leave  func()
	reader *realtime.Reader
}

// cursors are what a client has: of each room it names, of the notifications, nil for what comes, and of each game it names.
type cursors struct {
	rooms         []*v1.RoomCursor
	notifications *int64
	games         []*v1.GameCursor
	// maxBacklog is realtime.Cursor's, of each log.
	maxBacklog int64
}

// opening is what Subscribe and Poll have in common.
type opening interface {
	GetRooms() []*v1.RoomCursor
	GetGames() []*v1.GameCursor
	GetMaxBacklog() int32
}

func cursorsOf(req opening, notifications *int64) cursors {
	return cursors{rooms: req.GetRooms(), notifications: notifications, games: req.GetGames(), maxBacklog: int64(req.GetMaxBacklog())}
}

func (c cursors) at(seq *int64) realtime.Cursor {
	return realtime.Cursor{After: seq, MaxBacklog: c.maxBacklog}
}

func (s *Service) feed(ctx context.Context, from cursors) (*feed, error) {
	caller, err := identity.From(ctx)
	if err != nil {
		return nil, err
	}
	return &feed{Service: s, caller: caller, from: from}, nil
}

// follows reports whether the room is among those followed.
func (f *feed) follows(roomID string) bool {
	_, found := slices.BinarySearch(f.rooms, roomID)
	return found
}

func (f *feed) addRoom(roomID string) {
	if i, found := slices.BinarySearch(f.rooms, roomID); !found {
		f.rooms = slices.Insert(f.rooms, i, roomID)
	}
}

func (f *feed) Open(ctx context.Context, r *realtime.Reader) (*v1.Heads, []*realtime.Event, error) {
	f.reader = r
	f.Bus.Follow(r, realtime.User(f.caller.UserID), realtime.Presence, realtime.Board, realtime.Games)
	f.leave = f.Presence.Enter(f.caller.UserID)
	heads, events, err := f.openRooms(ctx, r)
	if err != nil {
		return nil, nil, err
	}
	var resync []*realtime.Event
	if heads.NotificationSeq, resync, err = f.Notifications.FollowLog(ctx, r, f.caller.UserID, f.from.at(f.from.notifications)); err != nil {
		return nil, nil, err
	}
	has := make(map[string]int64, len(f.from.games))
	for _, c := range f.from.games {
		has[c.GetGameId()] = int64(c.GetVersion())
	}
	games, err := r.Version(ctx, realtime.Games, f.Games.Live(), has)
	if err != nil {
		return nil, nil, err
	}
	snapshot, err := f.present(ctx)
	if err != nil {
		return nil, nil, err
	}
	f.from = cursors{}
	return heads, slices.Concat(events, resync, games, []*realtime.Event{snapshot}), nil
}

// openRooms follows the caller's rooms, each from its cursor. A client that comes back names most of its rooms, which are followed
// before they are read, so that nothing falls between; where it has not named all, they are read again.
func (f *feed) openRooms(ctx context.Context, r *realtime.Reader) (*v1.Heads, []*realtime.Event, error) {
	after := make(map[string]*int64, len(f.from.rooms))
	named := make([]realtime.Topic, len(f.from.rooms))
	for i, c := range f.from.rooms {
		after[c.GetRoomId()], named[i] = &c.Seq, realtime.Room(c.GetRoomId())
	}
	if len(named) > 0 {
		f.Bus.Follow(r, named...)
	}
	heads, err := f.Chat.Heads(ctx, f.caller.UserID)
	if err != nil {
		return nil, nil, err
	}
	if f.follow(r, heads) {
		if heads, err = f.Chat.Heads(ctx, f.caller.UserID); err != nil {
			return nil, nil, err
		}
	}
	var events []*realtime.Event
	for _, h := range heads {
		if !r.Follows(realtime.Room(h.RoomID)) {
			// The caller has come into it since: the signal of that makes the stream follow it.
			continue
		}
		f.addRoom(h.RoomID)
		events = append(events, f.Chat.FollowLog(r, h, f.from.at(after[h.RoomID]))...)
	}
	for id := range after {
		if !f.follows(id) {
			f.Bus.Unfollow(r, realtime.Room(id))
			events = append(events, chat.Resync(v1.ResyncReason_RESYNC_REASON_NOT_FOUND, id, 0))
		}
	}
	return f.heads(heads), events, nil
}

// follow makes r follow the rooms of heads, and reports whether it did not follow some of them.
func (f *feed) follow(r *realtime.Reader, heads []chat.Head) bool {
	var added []realtime.Topic
	for _, h := range heads {
		if t := realtime.Room(h.RoomID); !r.Follows(t) {
			added = append(added, t)
		}
	}
	if len(added) == 0 {
		return false
	}
	f.Bus.Follow(r, added...)
	return true
}

func (f *feed) Sync(ctx context.Context, r *realtime.Reader) (*v1.Heads, []*realtime.Event, error) {
	told, err := f.Notifications.Head(ctx, f.caller.UserID)
	if err != nil {
		return nil, nil, err
	}
	r.Compare(realtime.User(f.caller.UserID), told)
	r.Recheck(realtime.Games)
	heads, events, err := f.syncRooms(ctx, r)
	if err != nil {
		return nil, events, err
	}
	heads.NotificationSeq = told
	return heads, events, nil
}

// syncRooms brings r to the rooms the caller is in now, and to how far each has come.
func (f *feed) syncRooms(ctx context.Context, r *realtime.Reader) (*v1.Heads, []*realtime.Event, error) {
	heads, err := f.Chat.Heads(ctx, f.caller.UserID)
	if err != nil {
		return nil, nil, err
	}
	var events []*realtime.Event
	in := make(map[string]bool, len(heads))
	for _, h := range heads {
		in[h.RoomID] = true
		if f.follows(h.RoomID) {
			if h.SeesAfter <= r.Last(realtime.Room(h.RoomID)) {
				r.Compare(realtime.Room(h.RoomID), h.LastSeq)
				continue
			}
			// The caller left it, and is back: what was said meanwhile is not for them.
			events = append(events, f.exit(r, h.RoomID))
		}
		e, err := f.enter(ctx, r, h)
		if err != nil {
			return nil, events, err
		}
		events = append(events, e)
	}
	f.rooms = slices.DeleteFunc(f.rooms, func(id string) bool {
		if in[id] {
			return false
		}
		events = append(events, f.exit(r, id))
		return true
	})
	return f.heads(heads), events, nil
}

// exit ends following a room that the caller is no longer in.
func (f *feed) exit(r *realtime.Reader, roomID string) *realtime.Event {
	f.Bus.Unfollow(r, realtime.Room(roomID))
	return realtime.NewEvent(&v1.Event{Payload: &v1.Event_RoomLeft{RoomLeft: &v1.RoomLeft{RoomId: roomID}}})
}

// enter follows a room that the caller has come into, from where they came in.
func (f *feed) enter(ctx context.Context, r *realtime.Reader, h chat.Head) (*realtime.Event, error) {
	f.Bus.Follow(r, realtime.Room(h.RoomID))
	room, err := f.Chat.Room(ctx, h.RoomID, f.caller.UserID)
	if err != nil {
		return nil, err
	}
	r.Number(realtime.Room(h.RoomID), f.Chat.Log(h.RoomID, h.SeesAfter), h.JoinedSeq, room.GetLastSeq())
	f.addRoom(h.RoomID)
	return realtime.NewEvent(&v1.Event{Payload: &v1.Event_RoomJoined{RoomJoined: &v1.RoomJoined{Room: room}}}), nil
}

func (f *feed) heads(rooms []chat.Head) *v1.Heads {
	out := &v1.Heads{Rooms: make([]*v1.RoomCursor, 0, len(rooms))}
	for _, h := range rooms {
		if f.follows(h.RoomID) {
			out.Rooms = append(out.Rooms, &v1.RoomCursor{RoomId: h.RoomID, Seq: h.LastSeq})
		}
	}
	return out
}

func (f *feed) Lost(ctx context.Context, t realtime.Topic) ([]*realtime.Event, error) {
	if t == realtime.Presence {
		e, err := f.present(ctx)
		return []*realtime.Event{e}, err
	}
	for _, id := range f.rooms {
		if t == realtime.Room(id) {
			return f.Chat.ReadPositions(ctx, f.reader, id)
		}
	}
	return nil, f.Check(ctx)
}

func (f *feed) Check(ctx context.Context) error { return f.Access.Check(ctx, f.caller) }

func (f *feed) Close() {
	if f.leave != nil {
		f.leave()
	}
}

// present is who is shown as online now.
func (f *feed) present(ctx context.Context) (*realtime.Event, error) {
	online, err := f.Presence.Online(ctx)
	if err != nil {
		return nil, err
	}
	return realtime.NewEvent(&v1.Event{Payload: &v1.Event_Presence{Presence: &v1.Presence{Snapshot: true, Online: online}}}), nil
}
