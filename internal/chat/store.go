package chat

import "context"

// Store keeps rooms, their members and their logs. Every method is atomic and may be called concurrently. Whether the
// caller may do it is not asked here.
type Store interface {
	// CreateRoom keeps a new room, its log empty, with its first members, who join at its CreatedAt and have no entry in the
	// log; one named twice is in it once. Where the ID is taken it keeps nothing and gives the room that has it, with created
	// false.
	CreateRoom(ctx context.Context, r Room, members []string) (kept Room, created bool, err error)
	// Room gives one room; fault.NotFound where there is none.
	Room(ctx context.Context, roomID string) (Room, error)
	// GlobalRooms gives the ids of the global rooms, in no order.
	GlobalRooms(ctx context.Context) ([]string, error)
	// Enrol makes the user a member of every global room they are not in, as of now, having read all there is so far, and
	// gives the ids of those rooms. It adds nothing to their logs.
	Enrol(ctx context.Context, userID string) ([]string, error)

	// Member gives one member of a room; fault.NotFound for who is not in it.
	Member(ctx context.Context, roomID, userID string) (Member, error)
	// Members gives all members of a room by JoinedAt, then UserID; none where there is no room.
	Members(ctx context.Context, roomID string) ([]Member, error)
	// Rooms gives the rooms a user is in, those with the newest message (or, without one, creation) first.
	Rooms(ctx context.Context, userID string) ([]Summary, error)
	// Heads gives the heads of the rooms a user is in, in no order. Streams compare them at each heartbeat.
	Heads(ctx context.Context, userID string) ([]Head, error)
	// Head gives the LastSeq of one room; fault.NotFound where there is none.
	Head(ctx context.Context, roomID string) (int64, error)

	// Append adds a message to its room's log and gives it with its Seq. Where the same Actor has sent the same TempID to the
	// room before, it adds nothing and gives that message as it is now, with added false. fault.NotFound where there is no
	// room, fault.Exists where an entry of the room has the ID. A message is durable when this returns.
	Append(ctx context.Context, e Entry) (kept Entry, added bool, err error)
	// Amend changes a message by f and adds an entry telling of it (of KindEdited or KindDeleted, with Target set), in one
	// step; it gives both. f changes Content, Attachments, EditedAt and DeletedAt; the rest stays. It may run more than once,
	// and its error ends it with nothing changed. fault.NotFound where the room has no such message, fault.Exists where an
	// entry has the ID.
	Amend(ctx context.Context, e Entry, f func(*Entry) error) (message, entry Entry, err error)
	// Join adds members to a room and one entry of KindJoined for each who was not in it, in the order given, in one step; it
	// gives those entries. Somebody new has read all there was before; somebody who comes back keeps the read position they
	// had. Each of es has RoomID, ID, Actor, At and User. fault.NotFound where there is no room, fault.Exists where an entry
	// has one of the IDs.
	Join(ctx context.Context, roomID string, es []Entry) ([]Entry, error)
	// Leave takes a member off a room and adds an entry of KindLeft, in one step. fault.NotFound for who is not in it.
	Leave(ctx context.Context, e Entry) (Entry, error)
	// HasLeft tells whether the user was a member of the room once, left it, and is not back.
	HasLeft(ctx context.Context, roomID, userID string) (bool, error)

	// Log gives the entries after a number, in order, at most limit of them. An entry of KindEdited or KindDeleted comes with
	// the message it is about, as that is now, in the second list at the same index; nil for the other kinds. None where there
	// is no room.
	Log(ctx context.Context, roomID string, after int64, limit int) ([]Entry, []*Entry, error)
	// Messages gives messages of a room in the order r asks for, deleted ones too, and whether there are more on that side.
	// None where there is no room.
	Messages(ctx context.Context, roomID string, r Range) (page []Entry, more bool, err error)
	// Message gives one message of a room; fault.NotFound where it has none with this id.
	Message(ctx context.Context, roomID, messageID string) (Entry, error)
	// MessageExcerpts returns the messages that refs name as their users see them now, by their ref, the content cut to MaxExcerpt
	// characters. A fixed number of queries, at most 1000 refs.
	MessageExcerpts(ctx context.Context, refs []ExcerptRef) (map[ExcerptRef]Excerpt, error)

	// MarkRead moves a member's read position forward to seq, but not beyond the log's last entry, and gives where it is now
	// and whether it moved. fault.NotFound for who is not in the room.
	MarkRead(ctx context.Context, roomID, userID string, seq int64) (readSeq int64, moved bool, err error)
	// Unread counts the messages of others after the user's read position that are not deleted. fault.NotFound for who is not
	// in the room.
	Unread(ctx context.Context, roomID, userID string) (int, error)
}
