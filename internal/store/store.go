// Package store opens the place where everything is kept, and names all that any such place must keep.
package store

import (
	"context"

	"github.com/dongbaejul/dongbaejul/internal/auth"
	"github.com/dongbaejul/dongbaejul/internal/bandsync"
	"github.com/dongbaejul/dongbaejul/internal/chat"
	"github.com/dongbaejul/dongbaejul/internal/games"
	"github.com/dongbaejul/dongbaejul/internal/notifications"
	"github.com/dongbaejul/dongbaejul/internal/photos"
	"github.com/dongbaejul/dongbaejul/internal/posts"
	"github.com/dongbaejul/dongbaejul/internal/realtime"
	"github.com/dongbaejul/dongbaejul/internal/users"
)

// Store keeps everything of one club. It may be used concurrently.
//
// Times are kept in microseconds, the rest cut off, and come back in UTC; an empty list comes back as nil. What a method
// returns is what a later read returns.
//
// A function that is passed to change a document may run on another goroutine, but not after the method has returned. It
// must not call the store, and must not wait.
//
// A call whose context ends before it has begun fails with the context's error and does nothing. A write that has begun is
// waited for, and its outcome returned, whatever becomes of the context: what follows from it can be done.
// fault.Unavailable means that a write may have been done or not, and may work later: the keys that the callers make let it
// be repeated.
type Store interface {
	auth.Store
	chat.Store
	games.Store
	notifications.Store
	photos.Store
	photos.UploadStore
	posts.Store
	realtime.Roster
	bandsync.Store
	users.Store

	// Ping reports whether the store answers now.
	Ping(ctx context.Context) error
	// Close waits for what is being written and lets go of the store. Calls after it fail with fault.Unavailable; closing
	// again does nothing.
	Close() error
}
