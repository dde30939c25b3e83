// Package notifications tells members what concerns them. Everything here leans on one rule: a user's notifications are a
// log numbered 1, 2, 3 … without a gap, and each has an id that follows from the user and the key it was given, so that
// telling somebody twice tells them once. Lists, streams and unread counts all follow from the log. Pushing to devices
// comes on top and may be lost.
package notifications

import (
	"time"

	"github.com/dongbaejul/dongbaejul/internal/ids"
)

// Kind is what a notification is about, by its word in the contract's NotificationKind.
type Kind string

const (
	// KindPromoted: moved up from a waiting list.
	KindPromoted      Kind = "promoted"
	KindGameChanged   Kind = "game_changed"
	KindGameCancelled Kind = "game_cancelled"
	// KindGameStarting: in an hour.
	KindGameStarting Kind = "game_starting"
	// KindComment: on one's post.
	KindComment Kind = "comment"
	// KindReply: to one's comment.
	KindReply  Kind = "reply"
	KindNotice Kind = "notice"
	// KindChatMessage: while offline.
	KindChatMessage Kind = "chat_message"
	KindMention     Kind = "mention"
	// KindBroadcast: from the club's officers to everybody.
	KindBroadcast Kind = "broadcast"
)

// Notice is what somebody is to be told: who did what, by id. Its words are found when it is read or pushed (see Writer), so
// that no name and no text of anybody is kept in it.
type Notice struct {
	// UserID is whom to tell.
	UserID string
	// Key names what happened, such as "promoted/<game>/<version>": a user is told once of each key. It is at most 200 bytes.
	Key  string
	Kind Kind
	// ActorID is the user who did it; empty where nobody is named.
	ActorID string

	// What it is about: a message in a room, a post or a comment of it, or a game; nothing for a broadcast.
	GameID    string
	PostID    string
	CommentID string
	RoomID    string
	MessageID string
}

// Notification is one entry of a user's log.
type Notification struct {
	// ID follows from the user and the key.
	ID string
	// Seq is the place in the user's log.
	Seq int64
	Notice
	CreatedAt time.Time
	// ReadAt is zero until the user has read it.
	ReadAt time.Time
}

// idOf is the id that a user's notification of a key always has.
func idOf(userID, key string) string { return ids.From("notification", userID, key) }

// Platform is what a device runs.
type Platform string

const (
	Android Platform = "android"
	IOS     Platform = "ios"
	Web     Platform = "web"
)

// Device is a place to push to.
type Device struct {
	// ID is how the user names it. It stays with the token.
	ID string
	// Token is what the push service calls the device: unique, and secret.
	Token  string
	UserID string
	// SessionID is the session that registered it last, at RegisteredAt.
	SessionID    string
	Platform     Platform
	RegisteredAt time.Time
}

// Announcement is what one call of Broadcast tells everybody.
type Announcement struct {
	ID string
	// By is a user id.
	By        string
	Title     string
	Body      string
	CreatedAt time.Time
	// SentAt is zero until everybody has been told.
	SentAt time.Time
}

// What is kept, and for how long. A log only ever loses its beginning, so that it has no gap, and never its last entry, so
// that its numbers go on.
const (
	keepRead   = 90 * 24 * time.Hour
	keepUnread = 365 * 24 * time.Hour
	// maxDevices is how many devices a user has; one more takes the place of the one registered longest ago.
	maxDevices = 20
)

// now is the time of what is stored, in its precision.
func now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }
