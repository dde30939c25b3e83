package chat

import (
	"context"
	"time"
)

// Amended is what Amend has done, at the moment it did.
type Amended struct {
	Message Entry
	Entry   Entry
	// Hidden is whether somebody in the room may not read the message.
	Hidden bool
}

// Store keeps rooms, their members and their logs. Every method is atomic and may be called concurrently. Whether the
// caller may do it is not asked here.
type Store interface {
	// CreateRoom keeps a new room, its log empty, with its first members, who join at its CreatedAt and have no entry in the
	// log; one named twice is in it once. Where the ID is taken it keeps nothing and returns the room that has it, with created
	// false.
	CreateRoom(ctx context.Context, r Room, members []string) (kept Room, created bool, err error)
	// Room returns one room; fault.NotFound where there is none.
	Room(ctx context.Context, roomID string) (Room, error)
	// EnsureGlobalMembership makes the user a member of every global room they are not in, as of now, who may read all of it and has read what
	// there is so far. It returns the ids of those rooms, and adds nothing to their logs.
	EnsureGlobalMembership(ctx context.Context, userID string) ([]string, error)
	// Request returns what is kept by ClaimRequest; fault.NotFound where nothing is.
	Request(ctx context.Context, id string) (hash string, err error)
	// ClaimRequest keeps the hash of what a request asked for under the request's id, at least for a day after at, unless there is
	// one. It returns the one that is kept.
	ClaimRequest(ctx context.Context, id, hash string, at time.Time) (kept string, err error)

	// Member returns one member of a room; fault.NotFound for who is not in it.
	Member(ctx context.Context, roomID, userID string) (Member, error)
	// Members returns all members of a room by JoinedAt, then UserID; none where there is no room.
	Members(ctx context.Context, roomID string) ([]Member, error)
	// AllMembers returns those who are in a room or have been, in no order; none if there is no room.
	AllMembers(ctx context.Context, roomID string) ([]Member, error)
	// SomeMembers returns the ids of at most limit members of a room; none where there is no room.
	SomeMembers(ctx context.Context, roomID string, limit int) ([]string, error)
	// Rooms returns the rooms a user is in, those with the newest message (or, without one, creation) first: at most limit of
	// those that come after the room after, or of all where that is empty, and whether there are more. fault.NotFound where the
	// user is not in the room after.
	Rooms(ctx context.Context, userID, after string, limit int) (page []Summary, more bool, err error)
	// Summary returns one of them; fault.NotFound where the user is not in the room.
	Summary(ctx context.Context, roomID, userID string) (Summary, error)
	// Heads returns the heads of the rooms a user is in, and the ids of the global rooms they are not in, both in no order.
	// Streams compare them at each heartbeat.
	Heads(ctx context.Context, userID string) (heads []Head, missing []string, err error)
	// Head returns the LastSeq of one room; fault.NotFound where there is none.
	Head(ctx context.Context, roomID string) (int64, error)

	// Append adds a message to its room's log and returns it with its Seq. Where the same Actor has sent the same TempID to the
	// room before, it adds nothing and returns that message as it is now, with added false. fault.NotFound where there is no
	// room, fault.Exists where an entry of the room has the ID. A message is durable when this returns.
	Append(ctx context.Context, e Entry) (kept Entry, added bool, err error)
	// Amend changes a message by f and adds an entry telling of it (of KindEdited or KindDeleted, with Target set), in one
	// step. f changes Content, Attachments, EditedAt and DeletedAt; the rest stays. It may run more than once,
	// and its error ends it with nothing changed. fault.NotFound where the room has no such message, fault.Exists where an
	// entry has the ID.
	Amend(ctx context.Context, e Entry, f func(*Entry) error) (Amended, error)
	// Join adds members to a room and one entry of KindJoined for each who was not in it, in the order given, in one step; it
	// returns those entries. Somebody who comes in, or comes back, may read what is added after that, and has read what is before
	// it. In the same step admit is asked with all who are in the room or have been, in no order; nil admits everybody. It may
	// run more than once, and its error ends the call with nothing changed. Each of es has RoomID, ID, Actor, At and User.
	// fault.NotFound where there is no room, fault.Exists where an entry has one of the IDs.
	Join(ctx context.Context, roomID string, es []Entry, admit func(all []Member) error) ([]Entry, error)
	// Leave takes the member User off a room and adds an entry of KindLeft, in one step. Where Actor is somebody else, the
	// member was removed. fault.NotFound for who is not in it.
	Leave(ctx context.Context, e Entry) (Entry, error)

	// Log returns the entries after a number, in order, at most limit of them. An entry of KindEdited or KindDeleted comes with
	// the message it is about, as that is now, in the second list at the same index; nil for the other kinds. None where there
	// is no room.
	Log(ctx context.Context, roomID string, after int64, limit int) ([]Entry, []*Entry, error)
	// Messages returns messages of a room in the order r asks for, deleted ones too, and whether there are more on that side.
	// None where there is no room.
	Messages(ctx context.Context, roomID string, r Range) (page []Entry, more bool, err error)
	// Message returns one message of a room; fault.NotFound where it has none with this id.
	Message(ctx context.Context, roomID, messageID string) (Entry, error)
	// MessageExcerpts returns the messages that refs name as their users see them now, by their ref, the content cut to MaxExcerpt
	// characters. A fixed number of queries, at most 1000 refs.
	MessageExcerpts(ctx context.Context, refs []ExcerptRef) (map[ExcerptRef]Excerpt, error)

	// UntoldMessages returns messages, as they are now, whose members have yet to be notified: each from its Append on, until
	// SetMessagesTold. Those of rooms whose ids come after afterRoom, by RoomID, then Seq, at most limit of them.
	UntoldMessages(ctx context.Context, afterRoom string, limit int) ([]Entry, error)
	// SetMessagesTold notes that the members of a room have been notified of its messages up to a number.
	SetMessagesTold(ctx context.Context, roomID string, upTo int64) error

	// MarkRead moves a member's read position forward to seq, but not beyond the log's last entry, and returns where it is now
	// and whether it moved. fault.NotFound for who is not in the room.
	MarkRead(ctx context.Context, roomID, userID string, seq int64) (readSeq int64, moved bool, err error)
	// Unread counts what a member of a room has to read. fault.NotFound for who is not in the room.
	Unread(ctx context.Context, roomID, userID string) (Unread, error)
}
