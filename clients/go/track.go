package dongbaejul

import (
	"errors"
	"fmt"
	"time"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
)

// errGap is what a stream that leaves something out ends with: the next one begins before the gap.
var errGap = errors.New("the stream left something out")

// joined is the cursor of a room that the user has come into, of whose log nothing has come yet.
const joined = -1

// track is what a subscription has been given, and decides what of a stream is new.
type track struct {
	cursors Cursors
	games   games
	// wide is set where it is everything that is followed.
	wide bool
	// heartbeat is what the last stream promised, and greeted whether there was one.
	heartbeat time.Duration
	greeted   bool
	// fromNow is set where the present stream was opened without cursors.
	fromNow bool
	// heads are how far everything had come when it began.
	heads *v1.Heads
}

func newTrack(c Cursors) *track { return &track{cursors: c.clone(), games: make(games)} }

// begin returns the cursors of a new stream, and if it is a wide one, those of games.
func (t *track) begin() (Cursors, []*v1.GameCursor) {
	t.fromNow = t.cursors.none()
	return t.cursors.clone(), t.games.begin(t.wide)
}

// take notes an event and reports whether it is new. With errGap it is not noted: one before it is missing.
func (t *track) take(e *v1.Event) (bool, error) {
	switch p := e.GetPayload().(type) {
	case *v1.Event_Hello:
		t.hello(p.Hello)
	case *v1.Event_ResyncRequired:
		t.resync(p.ResyncRequired)
	case *v1.Event_Message:
		return t.entry(p.Message.GetRoomId(), p.Message.GetSeq())
	case *v1.Event_MessageEdited:
		return t.entry(p.MessageEdited.GetRoomId(), p.MessageEdited.GetSeq())
	case *v1.Event_MessageDeleted:
		return t.entry(p.MessageDeleted.GetRoomId(), p.MessageDeleted.GetSeq())
	case *v1.Event_MemberJoined:
		return t.entry(p.MemberJoined.GetRoomId(), p.MemberJoined.GetSeq())
	case *v1.Event_MemberLeft:
		return t.entry(p.MemberLeft.GetRoomId(), p.MemberLeft.GetSeq())
	case *v1.Event_RoomJoined:
		t.setRoom(p.RoomJoined.GetRoom().GetId(), joined)
	case *v1.Event_RoomLeft:
		delete(t.cursors.Rooms, p.RoomLeft.GetRoomId())
	case *v1.Event_Notification:
		return t.notification(p.Notification.GetSeq())
	default:
		return t.games.take(e)
	}
	return true, nil
}

func (t *track) setRoom(id string, seq int64) {
	if t.cursors.Rooms == nil {
		t.cursors.Rooms = make(map[string]int64)
	}
	t.cursors.Rooms[id] = seq
}

// entry is one of a room's log.
func (t *track) entry(roomID string, seq int64) (bool, error) {
	last, known := t.cursors.Rooms[roomID]
	switch {
	case known && last != joined && seq > last+1:
		return false, fmt.Errorf("%w: %d follows %d in room %s", errGap, seq, last, roomID)
	case known && seq <= last:
		return false, nil
	}
	t.setRoom(roomID, seq)
	return true, nil
}

func (t *track) notification(seq int64) (bool, error) {
	switch last := t.cursors.Notifications; {
	case last != nil && seq > *last+1:
		return false, fmt.Errorf("%w: notification %d follows %d", errGap, seq, *last)
	case last != nil && seq <= *last:
		return false, nil
	}
	t.cursors.Notifications = &seq
	return true, nil
}

// resync takes up a log where the server follows it now.
func (t *track) resync(r *v1.ResyncRequired) {
	switch {
	case r.GetRoomId() == "":
		t.cursors.Notifications = new(r.GetSeq())
	case r.GetReason() == v1.ResyncReason_RESYNC_REASON_NOT_FOUND:
		delete(t.cursors.Rooms, r.GetRoomId())
	default:
		t.setRoom(r.GetRoomId(), r.GetSeq())
	}
}

// hello begins a stream. What it was given no cursor of it follows from where it begins: so does who has none at all.
func (t *track) hello(h *v1.Hello) {
	t.greeted, t.heartbeat, t.heads = true, h.GetHeartbeatInterval().AsDuration(), h.GetHeads()
	if t.wide && t.cursors.Notifications == nil {
		t.cursors.Notifications = new(t.heads.GetNotificationSeq())
	}
	if t.fromNow {
		for _, head := range t.heads.GetRooms() {
			t.setRoom(head.GetRoomId(), head.GetSeq())
		}
	}
}

// unfollowed returns the rooms that the user has come into since the cursors, with the heads of their logs: the stream follows
// them from there only.
func (t *track) unfollowed() map[string]int64 {
	rooms := make(map[string]int64)
	for _, head := range t.heads.GetRooms() {
		if last, known := t.cursors.Rooms[head.GetRoomId()]; !known || last == joined {
			rooms[head.GetRoomId()] = head.GetSeq()
		}
	}
	return rooms
}
