// Package mongodb keeps everything of one club in one MongoDB database, for any number of server processes at once.
// Everything here leans on one rule: of whatever is promised, one document is the truth, and one write to it, which says
// what it expects to find there, makes it so. What is kept beside that document follows from it, and whoever reads finishes
// what a crash has left undone. So no transaction over several documents is needed.
package mongodb

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

const (
	// defaultPatience is how long a call may take: those who call have six seconds to be told that the database is away.
	defaultPatience = 5 * time.Second
	// leastLongPatience is for the calls that go through much of the database.
	leastLongPatience = 45 * time.Second
)

// Store is the club's database, open. It may be used concurrently, here and in other processes. What is passed to it to
// change a document, such as the function of UpdateUser, runs while others wait for the same document: it must not call the
// store, wait, or end its goroutine.
type Store struct {
	client *mongo.Client
	db     *mongo.Database
	// connection logs what becomes of the connection; nil in tests without a log.
	connection *connection
	// patience is how long a call may take.
	patience time.Duration
	seen     seen
	// places are those of the writes that are under way.
	places chan struct{}
	// writer is what the marks of this store begin with, and marks counts them.
	writer bson.ObjectID
	marks  atomic.Uint32

	// gate is held by every call, and by Close, which so waits for them; working counts what goes on when its callers have
	// given up.
	gate    sync.RWMutex
	closed  bool
	working sync.WaitGroup

	logins     *collection[loginDoc, *loginDoc]
	sessions   *collection[sessionDoc, *sessionDoc]
	bandTokens *Collection
	processes  *Collection
	uploads    *collection[uploadDoc, *uploadDoc]
	users      *collection[userDoc, *userDoc]
	chat       chatCollections
	gameCollections
	notificationCollections
	postCollections
	photoCollections
	bandSyncCollections
}

// Open connects to the database that uri names by its path ("dongbaejul" where it names none), makes the indexes that are
// missing, and runs the migrations that are not done. A database
// with a sharded collection is refused, and one that a newer version has begun to migrate. Where uri does not say otherwise, the pool holds 10 connections to each server, a server is waited for 5 s,
// and a call may take 5 s (timeoutMS), those that go through much 45 s. Reads and writes are those of a majority, whatever
// uri says. No error shows uri, which may hold a password. log gets a line when the connection is there, lost and restored.
func Open(ctx context.Context, uri string, log *slog.Logger) (*Store, error) {
	opts, name, err := parse(uri)
	if err != nil {
		return nil, err
	}
	c := newConnection(log)
	s, err := open(ctx, opts.SetServerMonitor(c.monitor()), name)
	if err != nil {
		return nil, err
	}
	s.connection = c
	c.opened(opts.Hosts)
	return s, nil
}

func open(ctx context.Context, opts *options.ClientOptions, name string) (*Store, error) {
	s, err := dial(ctx, opts, name)
	if err != nil {
		return nil, err
	}
	if err := s.prepare(ctx); err != nil {
		if isUnauthorized(err) || isUnauthenticated(err) {
			err = startError(opts.Hosts, err)
		}
		return nil, errors.Join(err, s.release())
	}
	return s, nil
}

// prepare makes the database what this program needs.
func (s *Store) prepare(ctx context.Context) error {
	if err := s.refuseShards(ctx); err != nil {
		return failed(ctx, err)
	}
	m, migrations := newMigrator(s), allMigrations()
	if err := m.refuseNewer(ctx, migrations); err != nil {
		return failed(ctx, err)
	}
	if err := s.makeIndexes(ctx); err != nil {
		return err
	}
	return m.all(ctx, migrations)
}

// dial opens a store whose indexes are there.
func dial(ctx context.Context, opts *options.ClientOptions, name string) (*Store, error) {
	s := &Store{patience: *opts.Timeout, writer: newWriter(), places: make(chan struct{}, writePlaces(*opts.MaxPoolSize))}
	// The client's own limit is for calls without one, such as those of open.
	client, err := mongo.Connect(opts.SetTimeout(s.longPatience()))
	if err != nil {
		return nil, errURI
	}
	s.client, s.db = client, client.Database(name)
	if err := client.Ping(ctx, nil); err != nil {
		return nil, errors.Join(startError(opts.Hosts, err), s.release())
	}
	s.logins = newCollection[loginDoc](s, "logins")
	s.sessions = newCollection[sessionDoc](s, "sessions")
	s.bandTokens = s.collection("band_tokens")
	s.processes = s.collection("processes")
	s.uploads = newCollection[uploadDoc](s, "uploads")
	s.users = newCollection[userDoc](s, "users")
	s.openChat()
	s.openGames()
	s.openNotifications()
	s.openPosts()
	s.openPhotos()
	s.openBandSync()
	return s, nil
}

// begin begins a call, which is over when end is called: its context, which is for one goroutine, ends when the call has
// taken as long as it may, or if the caller hangs up before the call has written anything. end makes of its error what the
// caller should get. After Close the context has ended before.
func (s *Store) begin(caller context.Context, failure *error) (ctx context.Context, end func()) {
	return s.beginFor(caller, s.patience, failure)
}

// beginLong is begin for a call that goes through much.
func (s *Store) beginLong(caller context.Context, failure *error) (ctx context.Context, end func()) {
	return s.beginFor(caller, s.longPatience(), failure)
}

func (s *Store) longPatience() time.Duration { return max(leastLongPatience, s.patience) }

func (s *Store) beginFor(caller context.Context, patience time.Duration, failure *error) (ctx context.Context, end func()) {
	s.gate.RLock()
	ctx, c, over := withCall(caller, patience)
	noted := func() {}
	if s.closed {
		c.cancel()
	} else {
		ctx, noted = s.causal(ctx)
	}
	return ctx, func() {
		noted()
		over()
		if *failure != nil && s.closed && caller.Err() == nil {
			*failure = errClosed
		}
		s.gate.RUnlock()
		asker := caller
		if c.hasCommitted() {
			asker = context.WithoutCancel(caller)
		}
		*failure = failed(asker, *failure)
	}
}

// Ping reports whether the database answers now, by reading as every call does.
func (s *Store) Ping(ctx context.Context) (err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	_, err = s.users.get(ctx, "")
	if errors.Is(err, errNotFound) {
		return nil
	}
	return err
}

// Close waits for the calls that are running and lets go of the database. Calls after it fail with fault.Unavailable;
// closing again does nothing.
func (s *Store) Close() error {
	s.gate.Lock()
	defer s.gate.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	s.working.Wait()
	return s.release()
}

// release closes the connections. Nobody uses them any more, so that there is nothing to wait for.
func (s *Store) release() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if s.connection != nil {
		s.connection.close()
	}
	if err := s.client.Disconnect(ctx); err != nil {
		return fmt.Errorf("mongodb: close the connections: %w", err)
	}
	return nil
}
