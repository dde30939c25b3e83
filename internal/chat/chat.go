// Package chat keeps rooms and their messages. Everything here leans on one rule: a room is a log numbered 1, 2, 3 …
// without a gap, and whoever sees an entry can see all before it. History, streams, unread counts and read positions all
// follow from the log and from how far each member has read it.
package chat

import (
	"time"
)

// RoomType says who is in a room.
type RoomType string

const (
	// Global: every member of the club.
	Global RoomType = "global"
	// Private: exactly two people.
	Private RoomType = "private"
	// Group: invited people.
	Group RoomType = "group"
)

// Room is a room without its log.
type Room struct {
	ID   string
	Name string
	Type RoomType
	// CreatedBy is a user id.
	CreatedBy string
	CreatedAt time.Time
	// RequestHash is what the creating request asked for, to tell a repeated request from another one with its key.
	RequestHash string
	// LastSeq is the number of the log's last entry; 0 when empty.
	LastSeq int64
}

// Member is somebody in a room.
type Member struct {
	RoomID   string
	UserID   string
	JoinedAt time.Time
	// JoinedSeq is the LastSeq of the room when they came in, their own entry not counted: a stream that learns of the room by
	// their coming in follows it from here. For who is in the room from its creation it is 0.
	JoinedSeq int64
	// SeesAfter is the number of the last entry that they may not read: what was there before they came into a group. 0 for those
	// who may read all of the log.
	SeesAfter int64
	// ReadSeq is how far they have read: every message up to it. It only moves forward, and is at least SeesAfter.
	ReadSeq int64
	// Departure is how somebody who is no longer in the room came to be out of it; empty for those who are in it.
	Departure Departure
}

// Departure is a way out of a room.
type Departure string

const (
	// Left: by themselves.
	Left Departure = "left"
	// Removed: by somebody else.
	Removed Departure = "removed"
)

// Kind is what an entry of the log records.
type Kind string

const (
	KindMessage Kind = "message"
	// KindEdited and KindDeleted happened to the message Target names.
	KindEdited  Kind = "edited"
	KindDeleted Kind = "deleted"
	// KindJoined and KindLeft happened to the member User names: by themselves, or by Actor where that is another one.
	KindJoined Kind = "joined"
	KindLeft   Kind = "left"
)

// Attachment is a file with a message.
type Attachment struct {
	FileID      string `json:"file_id"`
	URL         string `json:"url"`
	Name        string `json:"name,omitempty"`
	ContentType string `json:"content_type"`
	Size        int64  `json:"size"`
	// Width and Height are in pixels.
	Width    int    `json:"width,omitempty"`
	Height   int    `json:"height,omitempty"`
	Blurhash string `json:"blurhash,omitempty"`
}

// Entry is one entry of a room's log. A message is as it is now: its entry changes when it is edited or deleted, and an
// entry of its own tells of that.
type Entry struct {
	RoomID string
	Seq    int64
	ID     string
	Kind   Kind
	// Actor did it: the sender of a message, who edited or deleted one, who joined, left or invited.
	Actor string
	At    time.Time

	// Of a message.
	TempID      string
	Content     string
	Attachments []Attachment
	// ReplyTo is a message id, or empty.
	ReplyTo string
	// EditedAt and DeletedAt are zero where it never happened. A deleted message has no content and no attachments.
	EditedAt  time.Time
	DeletedAt time.Time

	// Target is the entry id of the message that was edited or deleted.
	Target string
	// User joined or left.
	User string
}

// Summary is a room as one of its members lists it.
type Summary struct {
	Room    Room
	ReadSeq int64
	Unread  Unread
	// Last is the last message; nil in a room without one that the member may read.
	Last *Entry
	// Members are all who are in it, by JoinedAt, then UserID.
	Members []Member
}

const (
	// MaxUnread is how many unread messages are counted, and MaxUnreadEntries how many entries after the read position are looked
	// at for that.
	MaxUnread        = 1000
	MaxUnreadEntries = 2000
)

// Unread counts the messages of others after a read position that are not deleted.
type Unread struct {
	// Count is at most MaxUnread.
	Count int
	// More is whether there are more than Count, or more entries than are looked at.
	More bool
}

// NewUnread is what a count of the messages among the MaxUnreadEntries after readSeq comes to, in a log that ends with lastSeq.
// A count may stop above MaxUnread.
func NewUnread(count int, readSeq, lastSeq int64) Unread {
	return Unread{Count: min(count, MaxUnread), More: count > MaxUnread || lastSeq-readSeq > MaxUnreadEntries}
}

// Head is how far a room's log has come, for one of its members.
type Head struct {
	RoomID  string
	LastSeq int64
	// JoinedSeq and SeesAfter are the member's.
	JoinedSeq int64
	SeesAfter int64
}

// Range says which messages of a log to read, by their numbers. At most one of Before and After is set.
type Range struct {
	// Before asks for the messages below it, the nearest first; 0 for the newest of all.
	Before int64
	// After asks for the messages above it, the nearest first.
	After int64
	// Above is the number of the last message that is not there for the reader: Member.SeesAfter.
	Above int64
	// Limit is at least 1.
	Limit int
}
