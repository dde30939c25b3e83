// Package redisbus is a realtime.Bus for several processes: a Hub in each, fed by Redis. Everything here leans on one rule:
// whoever may have missed a hint is told so, and reads the store.
//
// Why nothing falls between following and reading the store, when they are on different machines. Let an entry be stored,
// then its hint be published; and let Follow return when Redis has confirmed the subscription, then its caller read the store.
// Redis does one thing after another: either it took the subscription first, and sends the hint; or it took the hint first,
// and then the entry was stored before the subscription was confirmed, so before the store is read. (The store must show
// what it has acknowledged.) What takes no part in this order is made up for: where a confirmation is slow, Follow returns
// without it and the topic's followers are told that they lost hints once it comes; where a connection breaks, they are told
// so when the next one is confirmed; where a process cannot publish, it tells all others with the first beat that gets
// through; and what no process knows to be missing, a stream finds at its next heartbeat.
package redisbus

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/lograte"
	"github.com/dongbaejul/dongbaejul/internal/realtime"
	"github.com/dongbaejul/dongbaejul/internal/redisconn"
)

// Config is what a bus works with.
type Config struct {
	Link *redisconn.Link
	// Roster knows the processes that Redis may not reach; nil where there is none but this one.
	Roster realtime.Roster
	Log    *slog.Logger
}

// Bus is a realtime.Bus. While Redis is away its hints still reach the followers of the same process.
type Bus struct {
	link   *redisconn.Link
	roster realtime.Roster
	log    *lograte.Logger
	hub    *realtime.Hub
	// id is this process among the others.
	id   string
	out  *outbox
	roll *roll

	cancel, stopLooking context.CancelFunc
	running             sync.WaitGroup

	mu            sync.Mutex
	subscriptions map[realtime.Topic]*subscription
	// line is the connection that hears; nil while there is none.
	line *line
}

var (
	_ realtime.Bus = (*Bus)(nil)

	errDeaf = errors.New("no connection to hear other processes by")
)

// New makes a bus, which connects by itself, now and whenever its connection has broken, until Close.
func New(c Config) *Bus {
	ctx, cancel := context.WithCancel(context.Background())
	began := time.Now()
	b := &Bus{
		link: c.Link, roster: c.Roster, stopLooking: func() {}, log: lograte.New(c.Log, logEvery), hub: realtime.NewHub(), id: rand.Text(), out: newOutbox(),
		roll: newRoll(func() time.Duration { return time.Since(began) }), cancel: cancel,
		subscriptions: make(map[realtime.Topic]*subscription),
	}
	b.running.Go(func() { b.listen(ctx) })
	b.running.Go(func() { b.write(ctx) })
	b.running.Go(func() { b.beat(ctx) })
	return b
}

// Close ends the bus, after what was published has been sent. Nothing is to be published after it; streams may still let go.
func (b *Bus) Close() {
	b.stopLooking()
	b.cancel()
	b.running.Wait()
	b.log.Close()
}

// Publish implements realtime.Bus. It does not wait for Redis: what cannot be sent soon is dropped, and the others are told
// that it was.
func (b *Bus) Publish(ctx context.Context, h realtime.Hint) {
	b.hub.Publish(ctx, h)
	b.out.add(message{channel: b.channel(h.Topic), body: encode(b.id, h)})
}

// Local is the hub of this process, for hints that are no other's business.
func (b *Bus) Local() *realtime.Hub { return b.hub }

// Tap is Hub.Tap, for the hints of all processes.
func (b *Bus) Tap(t realtime.Topic, hint func(realtime.Hint), lost func()) {
	b.hub.Tap(t, hint, lost)
	b.subscribe(t)
}

// InSync reports whether every hint published on another process more than maxSilence ago has come here, or its loss has been
// told: the connection answers, and so does each of the other processes. It is false for a while after either was not so, and
// cheap to ask. A process that has never been heard, or not for forgetAfter, is not waited for.
func (b *Bus) InSync() bool { return b.roll.sure() }

// Probe reports whether hints come and go, and Redis takes writes, to the operators of the server.
func (b *Bus) Probe(ctx context.Context) error {
	if err := b.link.Probe(ctx); err != nil {
		return err
	}
	if !b.roll.hears() {
		return errDeaf
	}
	return nil
}

const (
	hintChannel = "hint:"
	rollChannel = "processes"
)

func (b *Bus) channel(t realtime.Topic) string { return b.link.Key(hintChannel + string(t)) }

func (b *Bus) topic(channel string) (realtime.Topic, bool) {
	t, ok := strings.CutPrefix(channel, b.link.Key(hintChannel))
	return realtime.Topic(t), ok
}
