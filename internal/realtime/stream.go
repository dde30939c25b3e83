package realtime

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/aside"
	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/identity"
)

// Frames of one stream stay framePause apart for each stream that is open, maxFramePause at most. A frame costs far more than
// an event in it, so when all streams are busy, fewer and fuller frames leave the processor to what fills them.
const (
	framePause    = 20 * time.Microsecond
	maxFramePause = 50 * time.Millisecond
)

var (
	errShutdown = fault.New(fault.Unavailable, "SERVER_SHUTDOWN",
		"서버가 다시 시작됩니다. 잠시 후 다시 연결해 주세요.", "The server is restarting. Connect again shortly.")
	errStore = fault.New(fault.Unavailable, "STORE_UNAVAILABLE",
		"저장소에 잠시 연결할 수 없습니다. 잠시 후 다시 시도해 주세요.", "The store is away for the moment. Try again shortly.").
		WithRetryAfter(2 * time.Second)
	errExpired = fault.New(fault.Unauthenticated, "TOKEN_EXPIRED",
		"로그인이 만료되었습니다. 토큰을 새로 고쳐 주세요.", "The access token has expired. Refresh it.")
)

// stream is one stream. It waits for its client to go and for its reader, which is also how it is woken for all else: each
// thing waited for is held.
type stream struct {
	*Streams
	caller identity.Caller
	device string
	// id is greater than that of every stream opened before, as far as the clocks of the processes agree.
	id       string
	conn     Conn
	deadline deadline
	feed     Feed
	reader   *Reader
	// sent is when the last frame was.
	sent time.Time
	// due is set when it is time for a heartbeat, and doubtful when it is to be looked at whether the caller may be here.
	due, doubtful atomic.Bool
	// told is why the stream is to end; nil while it is not.
	told atomic.Pointer[fault.Error]
}

// end makes the stream end with err. It may be called concurrently; what is said first counts.
func (st *stream) end(err *fault.Error) {
	st.told.CompareAndSwap(nil, err)
	st.reader.signal()
}

// recheck makes the stream look whether its caller may still be here. It may be called concurrently.
func (st *stream) recheck() {
	st.doubtful.Store(true)
	st.reader.signal()
}

// check does what recheck asked for.
func (st *stream) check(ctx context.Context) error {
	if !st.doubtful.Swap(false) {
		return nil
	}
	var err error
	aside.Do(func() { err = storeFault(st.feed.Check(ctx)) })
	return err
}

func (st *stream) close() {
	st.reader.Close(st.Bus)
	st.registry.remove(st)
	st.feed.Close()
}

// ended gives why a stream ended: one that was told to has ended for no other reason, and a client that went away is no
// failure.
func (st *stream) ended(ctx context.Context, err error) error {
	if told := st.told.Load(); told != nil {
		return told
	}
	if ctx.Err() != nil && !errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return nil
	}
	return err
}

func (st *stream) hello(ctx context.Context) error {
	events, err := st.opening(ctx)
	if err != nil {
		return err
	}
	return st.send(events)
}

// opening opens the feed and gives the events that begin a stream.
func (st *stream) opening(ctx context.Context) ([]*Event, error) {
	heads, first, err := st.feed.Open(ctx, st.reader)
	if err != nil {
		return nil, storeFault(err)
	}
	hello := NewEvent(&v1.Event{Payload: &v1.Event_Hello{Hello: &v1.Hello{
		ServerTime: timestamppb.Now(), HeartbeatInterval: durationpb.New(st.Heartbeat), Heads: heads,
	}}})
	return append([]*Event{hello}, first...), nil
}

// run serves until something ends it.
func (st *stream) run(ctx context.Context) error {
	var err error
	aside.Do(func() { err = st.hello(ctx) })
	heartbeat := time.AfterFunc(st.rest(), st.beatDue)
	defer heartbeat.Stop()
	for err == nil && st.told.Load() == nil {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-st.reader.Ready():
			if err = st.check(ctx); err != nil {
				return err
			}
			st.pause(ctx)
			err = st.forward(ctx)
		}
		if err == nil && st.due.Swap(false) {
			aside.Do(func() { err = st.beat(ctx) })
			heartbeat.Reset(st.rest())
		}
	}
	return err
}

// pause keeps frames apart. What comes after a quiet while goes out at once.
func (st *stream) pause(ctx context.Context) {
	apart := min(time.Duration(st.Open())*framePause, maxFramePause)
	if left := apart - time.Since(st.sent); left > 0 {
		select {
		case <-ctx.Done():
		case <-time.After(left):
		}
	}
}

func (st *stream) beatDue() {
	st.due.Store(true)
	st.reader.signal()
}

// rest is how long until the next heartbeat, or the end of the caller's token.
func (st *stream) rest() time.Duration { return min(st.Heartbeat, time.Until(st.caller.Expires)) }

// beat checks that the caller may still be here and tells how far everything has come.
func (st *stream) beat(ctx context.Context) error {
	if !time.Now().Before(st.caller.Expires) {
		return errExpired
	}
	heads, events, err := st.sync(ctx)
	if err != nil {
		return err
	}
	return st.send(append(events, NewEvent(&v1.Event{Payload: &v1.Event_Heartbeat{Heartbeat: &v1.Heartbeat{
		ServerTime: timestamppb.Now(), Heads: heads,
	}}})))
}

func (st *stream) sync(ctx context.Context) (*v1.Heads, []*Event, error) {
	if err := st.feed.Check(ctx); err != nil {
		return nil, nil, storeFault(err)
	}
	heads, events, err := st.feed.Sync(ctx, st.reader)
	return heads, events, storeFault(err)
}

// batches are shared by all streams: an idle stream holds none.
var batches = sync.Pool{New: func() any { return new(Batch) }}

// forward sends what is waiting in one frame.
func (st *stream) forward(ctx context.Context) error {
	b := batches.Get().(*Batch)
	defer func() {
		b.reset()
		batches.Put(b)
	}()
	if err := st.take(ctx, b); err != nil {
		return err
	}
	return st.send(b.Events)
}

// take fills b, and makes up for signals and losses. Signals are looked at before anything is sent, since the caller's
// right to see the rest may be gone.
func (st *stream) take(ctx context.Context, b *Batch) error {
	err := st.reader.Take(ctx, b)
	if err == nil && len(b.Signals)+len(b.Lost) > 0 {
		aside.Do(func() { err = st.makeUp(ctx, b) })
	}
	return storeFault(err)
}

func (st *stream) makeUp(ctx context.Context, b *Batch) error {
	// Among what was dropped of a user's topic may have been a signal.
	look := slices.ContainsFunc(b.Lost, Topic.ofUser)
	for _, h := range b.Signals {
		if key, ok := openedStream(h); !ok {
			look = true
		} else if key.replaces(st) {
			return errReplaced
		}
	}
	if look {
		_, events, err := st.sync(ctx)
		if err != nil {
			return err
		}
		b.Events = append(b.Events, events...)
	}
	for _, t := range b.Lost {
		events, err := st.feed.Lost(ctx, t)
		if err != nil {
			return err
		}
		b.Events = append(b.Events, events...)
	}
	return nil
}

func (st *stream) send(events []*Event) error {
	if len(events) == 0 {
		return nil
	}
	st.deadline.extend()
	err := st.conn.Send(&Frame{Events: events})
	st.sent = time.Now()
	return err
}

func shutdown() *fault.Error {
	// Spread, so that not all clients of a process come back at once.
	return errShutdown.WithRetryAfter(time.Second + rand.N(2*time.Second))
}

// storeFault makes a failure of the store one that a client comes back from.
func storeFault(err error) error {
	if err == nil || fault.KindOf(err) != 0 || errors.Is(err, context.Canceled) {
		return err
	}
	return errStore.WithCause(err)
}
