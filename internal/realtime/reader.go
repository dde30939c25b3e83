package realtime

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/dongbaejul/dongbaejul/internal/offstack"
)

// What one batch holds at most, so that a reader far behind takes turns with what is live.
const (
	batchEvents = 256
	batchBytes  = 256 << 10
	storePage   = 100
)

// Source reads a numbered log from the store.
type Source interface {
	// After returns the entries after seq in order, without a gap, at most limit of them. Fewer than limit means that there were
	// no more.
	After(ctx context.Context, seq int64, limit int) ([]Hint, error)
}

// Cursor is how far a client has a numbered log, and how much of the rest it takes.
type Cursor struct {
	// After is the last number the client has; nil to follow the log from its end.
	After *int64
	// MaxBacklog is how many entries after that it takes at most; 0 for any number.
	MaxBacklog int64
}

// Exceeded reports whether a log that has come to last has more after from than the client takes.
func (c Cursor) Exceeded(from, last int64) bool { return c.MaxBacklog > 0 && last-from > c.MaxBacklog }

// Reader is one stream's view of the topics it follows. It holds no hints, only how far it has read, so that a slow client
// costs no memory. Its methods, and Follow and Unfollow of it, are called one after the other.
type Reader struct {
	ready chan struct{}
	// user is whose stream it is; empty for nobody's.
	user string
	// follows are in the order of their topics: a list, since readers are many, and searched, since some follow 1,000 rooms.
	follows []*follow

	mu sync.Mutex
	// waiting are the follows with something to read, in the order they were woken.
	waiting []*follow
}

// follow is a reader's place in one topic. Only its reader's methods use what is not atomic.
type follow struct {
	reader *Reader
	topic  *topic
	pos    uint64
	// queued is whether it is among reader.waiting.
	queued atomic.Bool
	// lost is whether the bus may have missed hints.
	lost atomic.Bool

	source Source
	// last is the number of the last entry taken, and head of the last one that the store is known to have; behind is whether the
	// store is to be read.
	last, head int64
	behind     bool
	// stale is set where only a recheck has put it behind, which may go by a reading of a while ago.
	stale bool
	// catalog is set where things are taken by their versions, and has is the version taken of each.
	catalog Catalog
	has     map[string]int64
	gone    bool
}

// Batch is what was waiting for a reader. It may be used again for the next Take.
type Batch struct {
	// Events are to be sent, in this order.
	Events []*Event
	// Signals are hints without an event: there is something to look at.
	Signals []Hint
	// Lost are topics of which hints were dropped. What is numbered has been, or will be, made up from the store; the rest
	// is the caller's to read again.
	Lost []Topic

	hints []Hint
	// room is how many bytes of events still fit.
	room int
}

func (b *Batch) reset() {
	clear(b.Events)
	b.Events, b.Signals, b.Lost, b.room = b.Events[:0], b.Signals[:0], b.Lost[:0], batchBytes
}

func (b *Batch) full() bool { return len(b.Events) >= batchEvents || b.room <= 0 }

func (b *Batch) add(h Hint) {
	if h.Event == nil {
		b.Signals = append(b.Signals, h)
		return
	}
	b.Events = append(b.Events, h.Event)
	b.room -= h.size()
}

// NewReader makes a reader that follows nothing.
func NewReader() *Reader { return &Reader{ready: make(chan struct{}, 1)} }

// Of makes it the reader of a user's stream, before it follows anything.
func (r *Reader) Of(userID string) *Reader {
	r.user = userID
	return r
}

// Ready gets a value when there may be something to take.
func (r *Reader) Ready() <-chan struct{} { return r.ready }

// Close makes the reader follow nothing. It may be called once, and nothing after it.
func (r *Reader) Close(bus Bus) {
	for len(r.follows) > 0 {
		bus.Unfollow(r, r.follows[len(r.follows)-1].topic.name)
	}
}

// Number makes the reader take the entries of a topic it follows by their numbers: those after `after`, from the store
// where the log has come to head already.
func (r *Reader) Number(t Topic, source Source, after, head int64) {
	f := r.find(t)
	if f == nil {
		return
	}
	f.source, f.last, f.head = source, after, head
	if f.head > f.last {
		f.wake()
	}
}

// Compare tells the reader how far a numbered topic has come: it reads the store for what the bus did not bring.
func (r *Reader) Compare(t Topic, head int64) {
	if f := r.find(t); f != nil && f.source != nil && head > f.last {
		f.head = max(f.head, head)
		f.wake()
	}
}

// Raise notes that a reader of a room's topic is told of the position of a thing, and returns the highest one that readers of
// this process are told of it. Lower ones are not sent any more.
func (r *Reader) Raise(t Topic, key string, position int64) int64 {
	f := r.find(t)
	if f == nil {
		return position
	}
	f.topic.mu.Lock()
	defer f.topic.mu.Unlock()
	return f.topic.raise(key, position)
}

// Last is the number of the last entry taken of a topic; 0 for a topic that is not followed by number.
func (r *Reader) Last(t Topic) int64 {
	if f := r.find(t); f != nil {
		return f.last
	}
	return 0
}

// Follows reports whether the reader follows t.
func (r *Reader) Follows(t Topic) bool { return r.find(t) != nil }

// Take fills b with what is waiting, up to a bound; when that leaves something, Ready has a value again. On an error from
// the store b holds what came before it, and nothing is lost: the next Take reads on from there.
func (r *Reader) Take(ctx context.Context, b *Batch) error {
	b.reset()
	r.mu.Lock()
	waiting := r.waiting
	r.waiting = nil
	r.mu.Unlock()
	for i, f := range waiting {
		if b.full() {
			r.requeue(waiting[i:])
			return nil
		}
		if f.gone {
			continue
		}
		// Before reading, so that what is published meanwhile queues it again.
		f.queued.Store(false)
		if err := f.take(ctx, b); err != nil {
			f.wake()
			r.requeue(waiting[i+1:])
			return err
		}
	}
	return nil
}

// take adds what is waiting in one topic.
func (f *follow) take(ctx context.Context, b *Batch) error {
	hints, pos, lost, more := f.topic.read(f.pos, b.hints[:0], batchEvents-len(b.Events), b.room)
	f.pos, b.hints = pos, hints
	defer clear(hints)
	if f.lost.Swap(false) || lost {
		b.Lost = append(b.Lost, f.topic.name)
		f.behind, f.stale = f.source != nil || f.catalog != nil, false
	}
	for _, h := range hints {
		if f.wants(h) {
			b.add(h)
		}
	}
	// Only now: most of what a reader lacks is among the hints.
	f.behind = f.behind || !more && f.head > f.last
	if f.behind {
		var err error
		if offstack.Do(func() { err = f.catchUp(ctx, b) }); err != nil {
			return err
		}
	}
	if more || f.behind {
		f.wake()
	}
	return nil
}

// wants decides on a hint by its number. Who follows a topic without its log, as the narrow streams follow a user's, gets
// only what has no number.
func (f *follow) wants(h Hint) bool {
	switch {
	case f.catalog != nil && h.Version > 0:
		return f.wantsVersion(h)
	case h.Seq == 0:
		return h.Version > 0 || h.Key == "" || h.Key != f.reader.user || !f.topic.name.ofRoom()
	case f.source == nil || h.Seq <= f.last:
		return false
	case h.Event == nil:
		// What it is, the source says.
		f.behind = true
		return false
	case h.Seq == f.last+1:
		f.last = h.Seq
		return true
	}
	f.behind = true
	return false
}

// catchUp adds a page of the log from the store, or the things that have changed.
func (f *follow) catchUp(ctx context.Context, b *Batch) error {
	if f.catalog != nil {
		return f.compare(ctx, b)
	}
	page, err := f.source.After(ctx, f.last, storePage)
	if err != nil {
		return fmt.Errorf("read %s after %d: %w", f.topic.name, f.last, err)
	}
	for _, h := range page {
		if h.Seq != f.last+1 {
			return fmt.Errorf("%s has a hole: %d follows %d", f.topic.name, h.Seq, f.last)
		}
		f.last = h.Seq
		b.add(h)
	}
	if f.behind = len(page) == storePage; !f.behind {
		f.head = f.last
	}
	return nil
}

// wake queues the follow unless it is queued. It may be called concurrently.
func (f *follow) wake() {
	if !f.queued.CompareAndSwap(false, true) {
		return
	}
	r := f.reader
	r.mu.Lock()
	r.waiting = append(r.waiting, f)
	r.mu.Unlock()
	r.signal()
}

// requeue puts follows that were not taken back at the front.
func (r *Reader) requeue(rest []*follow) {
	r.mu.Lock()
	r.waiting = append(rest, r.waiting...)
	r.mu.Unlock()
	r.signal()
}

func (r *Reader) signal() {
	select {
	case r.ready <- struct{}{}:
	default:
	}
}

func (r *Reader) add(f *follow) {
	i, _ := r.place(f.topic.name)
	r.follows = slices.Insert(r.follows, i, f)
}

func (r *Reader) remove(f *follow) {
	f.gone = true
	if i, found := r.place(f.topic.name); found {
		r.follows = slices.Delete(r.follows, i, i+1)
	}
}

func (r *Reader) find(t Topic) *follow {
	if i, found := r.place(t); found {
		return r.follows[i]
	}
	return nil
}

func (r *Reader) place(t Topic) (i int, found bool) {
	return slices.BinarySearchFunc(r.follows, t, func(f *follow, t Topic) int { return cmp.Compare(f.topic.name, t) })
}
