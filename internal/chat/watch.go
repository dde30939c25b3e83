package chat

import (
	"context"

	"connectrpc.com/connect"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/identity"
	"github.com/dongbaejul/dongbaejul/internal/realtime"
)

// WatchRoom implements the RPC.
func (s *Service) WatchRoom(ctx context.Context, req *v1.WatchRoomRequest, stream *connect.ServerStream[v1.WatchRoomResponse]) error {
	caller, m, err := s.membership(ctx, req.GetRoomId())
	if err != nil {
		return err
	}
	return s.Streams.Serve(ctx, stream.Conn(), "", &roomFeed{
		Service: s, caller: caller, roomID: req.GetRoomId(), seesAfter: m.SeesAfter,
		cursor: realtime.Cursor{After: req.AfterSeq, MaxBacklog: int64(req.GetMaxBacklog())},
	})
}

// roomFeed is one room for one caller.
type roomFeed struct {
	*Service
	caller identity.Caller
	roomID string
	cursor realtime.Cursor
	// seesAfter is the caller's Member.SeesAfter.
	seesAfter int64
	reader    *realtime.Reader
	leave     func()
}

func (f *roomFeed) Open(ctx context.Context, r *realtime.Reader) (*v1.Heads, []*realtime.Event, error) {
	f.reader = r
	if f.Presence != nil {
		f.leave = f.Presence.Enter(f.caller.UserID)
	}
	f.Bus.Follow(r, realtime.Room(f.roomID), realtime.User(f.caller.UserID))
	head, err := f.Store.Head(ctx, f.roomID)
	if err != nil {
		return nil, nil, roomFault(err)
	}
	return f.heads(head), f.FollowLog(r, Head{RoomID: f.roomID, LastSeq: head, SeesAfter: f.seesAfter}, f.cursor), nil
}

func (f *roomFeed) Sync(ctx context.Context, r *realtime.Reader) (*v1.Heads, []*realtime.Event, error) {
	m, err := f.Store.Member(ctx, f.roomID, f.caller.UserID)
	if err == nil && m.SeesAfter > r.Last(realtime.Room(f.roomID)) {
		// They left the room, and are back.
		err = errRoomNotFound
	}
	if err != nil {
		return nil, nil, roomFault(err)
	}
	head, err := f.Store.Head(ctx, f.roomID)
	if err != nil {
		return nil, nil, roomFault(err)
	}
	r.Compare(realtime.Room(f.roomID), head)
	return f.heads(head), nil, nil
}

func (f *roomFeed) heads(head int64) *v1.Heads {
	return &v1.Heads{Rooms: []*v1.RoomCursor{{RoomId: f.roomID, Seq: head}}}
}

func (f *roomFeed) Lost(ctx context.Context, t realtime.Topic) ([]*realtime.Event, error) {
	if t != realtime.Room(f.roomID) {
		return nil, f.Check(ctx)
	}
	return f.ReadPositions(ctx, f.reader, f.roomID)
}

func (f *roomFeed) Check(ctx context.Context) error { return f.Access.Check(ctx, f.caller) }

func (f *roomFeed) Close() {
	if f.leave != nil {
		f.leave()
	}
}

// FollowLog makes r, which follows the room's topic, take its log from the cursor on. A cursor that cannot be served is answered
// with an event that says so, and the log is followed from where it can be.
func (s *Service) FollowLog(r *realtime.Reader, h Head, c realtime.Cursor) []*realtime.Event {
	from := h.LastSeq
	reason := v1.ResyncReason_RESYNC_REASON_UNSPECIFIED
	switch {
	case c.After == nil:
	case *c.After > h.LastSeq:
		reason = v1.ResyncReason_RESYNC_REASON_CURSOR_AHEAD
	case c.Exceeded(max(*c.After, h.SeesAfter), h.LastSeq):
		reason = v1.ResyncReason_RESYNC_REASON_BACKLOG_TOO_LARGE
	case *c.After < h.SeesAfter:
		from, reason = h.SeesAfter, v1.ResyncReason_RESYNC_REASON_CURSOR_EXPIRED
	default:
		from = *c.After
	}
	r.Number(realtime.Room(h.RoomID), s.Log(h.RoomID, h.SeesAfter), from, h.LastSeq)
	if reason == v1.ResyncReason_RESYNC_REASON_UNSPECIFIED {
		return nil
	}
	return []*realtime.Event{Resync(reason, h.RoomID, from)}
}

// Resync is the event that tells a client to read a room again.
func Resync(reason v1.ResyncReason, roomID string, seq int64) *realtime.Event {
	return realtime.NewEvent(&v1.Event{Payload: &v1.Event_ResyncRequired{ResyncRequired: &v1.ResyncRequired{
		Reason: reason, RoomId: roomID, Seq: seq,
	}}})
}

// Heads returns the rooms of a user with how far each has come, the global ones among them.
func (s *Service) Heads(ctx context.Context, userID string) ([]Head, error) {
	heads, missing, err := s.Store.Heads(ctx, userID)
	if err != nil || len(missing) == 0 {
		return heads, err
	}
	if _, err := s.Store.EnsureGlobalMembership(ctx, userID); err != nil {
		return nil, err
	}
	heads, _, err = s.Store.Heads(ctx, userID)
	return heads, err
}
