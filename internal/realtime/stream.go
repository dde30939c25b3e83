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
	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/identity"
	"github.com/dongbaejul/dongbaejul/internal/offstack"
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
		"저장소에 잠시 연결할 수 없습니다. 잠시 후 다시 시도해 주세요.", "The store is away for the moment. Try again shortly.")
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
	// silent is set while the stream sends nothing but heartbeats, since the store is away.
	silent *silence
	// away is when the store was first found away since the last heartbeat that went well.
	away time.Time
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
	offstack.Do(func() { err = storeFault(st.feed.Check(ctx)) })
	return err
}

func (st *stream) close() {
	st.reader.Close(st.Bus)
	st.registry.remove(st)
	st.feed.Close()
}

// silence is a time in which the store is away. What the caller may see cannot be looked up meanwhile, so nothing is sent
// until it can be.
type silence struct {
	// events were taken before the store went away, and lost are topics to make up for.
	events []*Event
	lost   []Topic
}

// While the store is away a stream asks again after awayPause, twice that at most. It ends after maxAway: a client that comes
// back may reach a process that has a store.
const (
	awayPause = time.Second
	maxAway   = time.Minute
)

// bear makes err, where it says that the store is away, the beginning or the next part of a silence, and returns nil; any
// other error it returns. b is what was taken, which may be nil.
func (st *stream) bear(err error, b *Batch) error {
	if fault.KindOf(err) != fault.Unavailable {
		return err
	}
	if st.silent == nil {
		st.silent = new(silence)
	}
	if st.away.IsZero() {
		st.away = time.Now()
	}
	if b != nil {
		st.silent.events = append(st.silent.events, b.Events...)
		st.silent.lost = append(st.silent.lost, b.Lost...)
	}
	if time.Since(st.away) >= maxAway {
		return err
	}
	return nil
}

// ended returns why a stream ended: one that was told to has ended for no other reason, and a client that went away is no
// failure.
func (st *stream) ended(ctx context.Context, err error) error {
	if told := st.told.Load(); told != nil {
		return told
	}
	if ctx.Err() != nil && !errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return nil
	}
	return spread(err)
}

func (st *stream) hello(ctx context.Context) error {
	events, err := st.opening(ctx)
	if err != nil {
		return err
	}
	return st.send(events)
}

// opening opens the feed and returns the events that begin a stream.
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
	offstack.Do(func() { err = st.hello(ctx) })
	heartbeat := time.AfterFunc(st.rest(), st.beatDue)
	defer heartbeat.Stop()
	for err == nil && st.told.Load() == nil {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-st.reader.Ready():
			err = st.step(ctx, heartbeat)
		}
	}
	return err
}

// step does what the stream was woken for.
func (st *stream) step(ctx context.Context, heartbeat *time.Timer) error {
	wasSilent := st.silent != nil
	if !wasSilent {
		if err := st.bear(st.check(ctx), nil); err != nil {
			return err
		}
	}
	if st.silent == nil {
		st.pause(ctx)
		if err := st.forward(ctx); err != nil {
			return err
		}
	}
	if st.due.Swap(false) {
		var err error
		if offstack.Do(func() { err = st.beat(ctx) }); err != nil {
			return err
		}
		heartbeat.Reset(st.rest())
	} else if !wasSilent && st.silent != nil {
		heartbeat.Reset(st.rest())
	}
	return nil
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
func (st *stream) rest() time.Duration {
	next := st.Heartbeat
	if st.silent != nil {
		next = min(next, awayPause+rand.N(awayPause))
	}
	return min(next, time.Until(st.caller.Expires))
}

// beat checks that the caller may still be here and tells how far everything has come. While the store is away it can do
// neither, and only tells that the stream lives.
func (st *stream) beat(ctx context.Context) error {
	if !time.Now().Before(st.caller.Expires) {
		return errExpired
	}
	b := &Batch{}
	if st.silent != nil {
		b.Events, b.Lost = st.silent.events, st.silent.lost
		st.silent.events, st.silent.lost = nil, nil
	}
	heads, err := st.sync(ctx, b)
	if err == nil {
		err = st.replaceLost(ctx, b)
	}
	if err != nil {
		if err := st.bear(err, b); err != nil {
			return err
		}
		return st.send([]*Event{heartbeat(nil)})
	}
	if st.silent == nil {
		st.away = time.Time{}
	} else {
		st.silent = nil
		// For what has come meanwhile. Where that fails again, the store has been away since the first time.
		st.reader.signal()
	}
	return st.send(append(b.Events, heartbeat(heads)))
}

func heartbeat(heads *v1.Heads) *Event {
	return NewEvent(&v1.Event{Payload: &v1.Event_Heartbeat{Heartbeat: &v1.Heartbeat{ServerTime: timestamppb.Now(), Heads: heads}}})
}

// sync checks that the caller may still be here, and adds to b what is new or gone.
func (st *stream) sync(ctx context.Context, b *Batch) (*v1.Heads, error) {
	if err := st.feed.Check(ctx); err != nil {
		return nil, storeFault(err)
	}
	heads, events, err := st.feed.Sync(ctx, st.reader)
	b.Events = append(b.Events, events...)
	return heads, storeFault(err)
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
		return st.bear(err, b)
	}
	return st.send(b.Events)
}

// take fills b, and makes up for signals and losses. Signals are looked at before anything is sent, since the caller's
// right to see the rest may be gone. On an error b holds what was taken before it: it may be sent once the caller's right to be
// here has been checked.
func (st *stream) take(ctx context.Context, b *Batch) error {
	err := st.reader.Take(ctx, b)
	// Among what was dropped of a user's topic may have been a signal.
	look := slices.ContainsFunc(b.Lost, Topic.ofUser)
	for _, h := range b.Signals {
		if key, ok := openedStream(h); !ok {
			look = true
		} else if key.replaces(st) {
			return errReplaced
		}
	}
	if err == nil && (look || len(b.Lost) > 0) {
		offstack.Do(func() { err = st.makeUp(ctx, b, look) })
	}
	return storeFault(err)
}

// makeUp looks at everything, where there is reason to, and replaces what was lost.
func (st *stream) makeUp(ctx context.Context, b *Batch, look bool) error {
	if look {
		if _, err := st.sync(ctx, b); err != nil {
			return err
		}
	}
	return st.replaceLost(ctx, b)
}

// replaceLost adds to b what stands for the hints that were dropped, and takes their topics from b.Lost.
func (st *stream) replaceLost(ctx context.Context, b *Batch) error {
	for len(b.Lost) > 0 {
		events, err := st.feed.Lost(ctx, b.Lost[0])
		if err != nil {
			return storeFault(err)
		}
		b.Events, b.Lost = append(b.Events, events...), b.Lost[1:]
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

func shutdown() *fault.Error { return errShutdown.WithRetryAfter(comeBack()) }

// comeBack is when a client is told to come back. It is spread, so that not all clients of a process come at once.
func comeBack() time.Duration { return time.Second + rand.N(3*time.Second) }

// spread sets a retry delay of its own on an error that says that something is away.
func spread(err error) error {
	if away, ok := errors.AsType[*fault.Error](err); ok && away.Kind == fault.Unavailable && away.Reason != errShutdown.Reason {
		return away.WithRetryAfter(comeBack())
	}
	return err
}

// storeFault makes a failure of the store one that a client comes back from.
func storeFault(err error) error {
	if err == nil || fault.KindOf(err) != 0 || errors.Is(err, context.Canceled) {
		return err
	}
	return errStore.WithCause(err)
}
