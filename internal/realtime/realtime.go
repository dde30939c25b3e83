// Package realtime tells streams what has happened. Everything here leans on one rule: the bus is a hint, the store is the
// record. A reader subscribes first and reads the store second; for every numbered hint after that it sends the next one,
// ignores an old one, and reads the store when one is missing. So hints that are lost, doubled or out of order, a bus that
// is away and a client that is slow cost time, never an event.
package realtime

import (
	"context"
	"strings"
)

// Topic is what hints are about. Followers of a topic get its hints.
type Topic string

// Room is the topic of a chat room's log, its read positions and who is typing. The hint of a read position has the user's id as
// Key and the position as Version: only the highest of each user counts. A hint with a Key and neither Seq nor Version is for all
// but the streams of the user with that id.
func Room(id string) Topic { return Topic("room/" + id) }

// ofRoom reports whether t is a Room's.
func (t Topic) ofRoom() bool { return strings.HasPrefix(string(t), "room/") }

// User is the topic of what concerns one user: their notifications, their rooms and their rights. A hint with a Key and
// without an event is about a stream of theirs that has just been opened.
func User(id string) Topic { return Topic("user/" + id) }

// ofUser reports whether t is a User's.
func (t Topic) ofUser() bool { return strings.HasPrefix(string(t), "user/") }

const (
	// Access is the topic of every change of somebody's rights; Hint.Key is the user's id.
	Access Topic = "access"
	// Presence is the topic of who comes and goes.
	Presence Topic = "presence"
	// Games is the topic of all games; Hint.Key is the game's id and Hint.Version its version. The event of version 1 holds
	// the game whole.
	Games Topic = "games"
	// Typing is what the processes tell each other of who is typing. Rooms are told by theirs.
	Typing Topic = "typing"
	// Board is the topic of the notice board.
	Board Topic = "board"
	// BandSync is the topic of the sync with Band: its state is to be looked at.
	BandSync Topic = "bandsync"
	// Pictures is the topic of pictures that are hidden or shown again; Hint.Key is the picture's id.
	Pictures Topic = "pictures"
)

// Hint says that something happened. It is immutable once published.
type Hint struct {
	Topic Topic
	// Seq is the number in the topic's log; 0 for what is not numbered.
	Seq int64
	// Key and Version name a thing within the topic, where the topic says so. Versions count from 1.
	Key     string
	Version int64
	// Event is what to send on; nil where the hint only says that there is something to look at: with a Seq, that the log has
	// come to it, and is to be read by those who lack it.
	Event *Event
}

// Bus carries hints to followers on every server process. It may be used concurrently.
type Bus interface {
	// Publish returns a hint to all followers of its topic. It does not wait for them, and keeps what ctx holds only until it
	// returns. A numbered hint is published after its entry can be read from the store.
	Publish(ctx context.Context, h Hint)
	// Follow makes r follow topics; a second time changes nothing. Once it returns, r gets every hint published on them from
	// then on, on whatever process, or is told that it lost some: so what is read from the store after it leaves no gap. It
	// may take as long as asking another machine does, once for all topics. It is not called while a method of r is.
	Follow(r *Reader, topics ...Topic)
	// Unfollow ends it. It is not called while a method of r is.
	Unfollow(r *Reader, t Topic)
}
