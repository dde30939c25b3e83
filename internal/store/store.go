// Package store opens the place where everything is kept, and names all that any such place must keep.
package store

import (
	"context"

	"github.com/dongbaejul/dongbaejul/internal/auth"
	"github.com/dongbaejul/dongbaejul/internal/chat"
	"github.com/dongbaejul/dongbaejul/internal/users"
)

// Store keeps everything of one club. It may be used concurrently.
type Store interface {
	auth.Store
	chat.Store
	users.Store

	// Ping tells whether the store answers now.
	Ping(ctx context.Context) error
	// Close waits for what is being written and lets go of the store. Calls after it fail with fault.Unavailable.
	Close() error
}
