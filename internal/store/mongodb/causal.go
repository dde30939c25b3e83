package mongodb

import (
	"context"
	"sync/atomic"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
)

// seen is the newest moment of the database that this process has seen or written.
type seen struct {
	at atomic.Pointer[bson.Timestamp]
}

// note remembers a moment; nil is none, which is what servers tell that have but one copy.
func (s *seen) note(at *bson.Timestamp) {
	for at != nil {
		before := s.at.Load()
		if before != nil && !at.After(*before) || s.at.CompareAndSwap(before, at) {
			return
		}
	}
}

// causal returns a context for one goroutine. What is read with it is never older than what this process has read or written
// before, even if another server has taken over in between, which may not know yet what a majority has. What was refused
// because a key is taken can be read then as well.
func (s *Store) causal(ctx context.Context) (_ context.Context, end func()) {
	session, err := s.client.StartSession()
	if err != nil {
		// There are no connections any more, which whatever is asked is told too.
		return ctx, func() {}
	}
	if at := s.seen.at.Load(); at != nil {
		_ = session.AdvanceOperationTime(at) // fails for sessions that have ended only
	}
	causal := mongo.NewSessionContext(ctx, session)
	return causal, func() {
		s.note(causal)
		session.EndSession(ctx)
	}
}

// note remembers how far what was done with a causal context has come. It is called before others are told of it.
func (s *Store) note(ctx context.Context) {
	if session := mongo.SessionFromContext(ctx); session != nil {
		s.seen.note(session.OperationTime())
	}
}

// batch returns a context for the callers that share a lane's work. It is not one of theirs: a caller that hangs up must not end the
// work of the others. The work has ended, or what it did is noted, before they are answered.
func (s *Store) batch(patience time.Duration) (_ context.Context, end func()) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	ctx, over := s.causal(ctx)
	return ctx, func() { over(); cancel() }
}
