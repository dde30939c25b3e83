package realtime

import (
	"context"
	"sync"
	"time"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/identity"
	"github.com/dongbaejul/dongbaejul/internal/ids"
)

// Feed is what one stream shows its caller. Its methods are called one after the other, though not by one goroutine.
type Feed interface {
	// Open makes r follow what the stream shows. It returns how far that has come, and what to send right after the hello.
	Open(ctx context.Context, r *Reader) (*v1.Heads, []*Event, error)
	// Sync reads how far everything has come and what there is to follow, and brings r to it. It returns the heads, and what to
	// send where something new or gone was found. The stream calls it at each heartbeat and when a hint without an event
	// says that there is something to look at; and again after it has failed, when the events that came with the error are
	// sent too.
	Sync(ctx context.Context, r *Reader) (*v1.Heads, []*Event, error)
	// Lost is told that hints of a topic were dropped, and returns what to send in the place of those without a number.
	Lost(ctx context.Context, t Topic) ([]*Event, error)
	// Check fails when the caller may no longer be here.
	Check(ctx context.Context) error
	// Close lets go of what Open took, but for r.
	Close()
}

// Config is how streams are served.
type Config struct {
	Bus Bus
	// Heartbeat is the time between two heartbeats of a stream.
	Heartbeat time.Duration
	// WriteTimeout is how long a client may take nothing of a heartbeat before its stream is cut.
	WriteTimeout time.Duration
}

// Streams serves streams until it is told to leave. It may be used concurrently.
type Streams struct {
	Config
	registry registry
	leaving  chan struct{}
	leave    sync.Once
}

// NewStreams makes the engine.
func NewStreams(c Config) *Streams {
	return &Streams{Config: c, leaving: make(chan struct{}), registry: registry{
		users: make(map[string][]*stream), polls: make(map[*stream]struct{}),
	}}
}

// Leave ends all streams and polls with fault.Unavailable and a delay to come back after, and refuses new ones.
func (s *Streams) Leave() {
	s.leave.Do(func() {
		close(s.leaving)
		s.registry.each(func(st *stream) { st.end(shutdown()) })
	})
}

// Recheck makes every stream and poll look, soon, whether its caller may still be here: for when a change of that may not
// be announced.
func (s *Streams) Recheck() { s.registry.each((*stream).recheck) }

// Open tells how many streams are open.
func (s *Streams) Open() int { return s.registry.count() }

// Conn takes the frames of one stream: the connection of a connect.ServerStream. Send takes a *Frame.
type Conn interface{ Send(message any) error }

// Serve runs one stream until its client goes away, its right to be there ends, or the server leaves. device is the
// client's name for itself, or empty. What is read from the store is read aside, so that a stream that waits holds a small
// stack.
func (s *Streams) Serve(ctx context.Context, conn Conn, device string, feed Feed) error {
	st, err := s.open(ctx, conn, device, feed)
	if err != nil {
		feed.Close()
		return err
	}
	defer st.close()
	return st.ended(ctx, st.run(ctx))
}

func (s *Streams) open(ctx context.Context, conn Conn, device string, feed Feed) (*stream, error) {
	caller, err := identity.From(ctx)
	if err != nil {
		return nil, err
	}
	st := &stream{
		Streams: s, caller: caller, device: device, id: ids.New(),
		conn: conn, deadline: deadlineFrom(ctx, s.Heartbeat, s.WriteTimeout), feed: feed, reader: NewReader().Of(caller.UserID),
	}
	s.registry.add(st)
	if device != "" {
		s.Bus.Publish(ctx, st.announcement())
	}
	select {
	case <-s.leaving:
		// Looked at after it was added: either Leave has seen it, or it sees Leave.
		st.end(shutdown())
	default:
	}
	return st, nil
}
