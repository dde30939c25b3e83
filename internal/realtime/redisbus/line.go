package redisbus

import (
	"context"
	"log/slog"
	"slices"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/dongbaejul/dongbaejul/internal/redisconn"
)

const (
	// beatEvery is how often a process tells the others that it lives, and asks whether its own line does.
	beatEvery = 400 * time.Millisecond
	// deadAfter is how long a line may be silent that is asked every beatEvery.
	deadAfter = 5 * beatEvery
	// logEvery is how often lines that are alike are logged: a line may break again and again.
	logEvery = time.Minute
	// maxChannels are asked for at once.
	maxChannels = 256
)

// line is one connection that hears topics.
type line struct {
	*redisconn.Listener
	ctx context.Context
	// done is closed when it has broken.
	done chan struct{}
	// missing are the channels asked for in the beginning that are not confirmed yet.
	missing map[string]bool
	// puzzled is set once something came that this program cannot read.
	puzzled bool
}

// begin asks for the first channels. A line that cannot be written to ends, which whoever receives notices; so with the
// others.
func (l *line) begin(ctx context.Context, channels []string) {
	l.ctx, l.missing = ctx, make(map[string]bool, len(channels))
	for _, channel := range channels {
		l.missing[channel] = true
	}
	l.subscribe(channels)
}

func (l *line) subscribe(channels []string) {
	for part := range slices.Chunk(channels, maxChannels) {
		if err := l.Subscribe(l.ctx, part...); err != nil {
			l.Close()
		}
	}
}

func (l *line) unsubscribe(channels []string) {
	for part := range slices.Chunk(channels, maxChannels) {
		if err := l.Unsubscribe(l.ctx, part...); err != nil {
			l.Close()
		}
	}
}

// listen has a line, one after the other, until ctx ends.
func (b *Bus) listen(ctx context.Context) {
	failures, told := 0, false
	for ctx.Err() == nil {
		err := b.hear(ctx, func() {
			if failures > 0 {
				b.log.Log(ctx, slog.LevelInfo, "come", "hints of other processes come again")
			}
			failures, told = 0, false
		})
		if ctx.Err() != nil {
			return
		}
		failures++
		// That Redis is away is told already.
		if away := b.link.Suspect(ctx, err); !away && !told {
			told = true
			b.log.Log(ctx, slog.LevelWarn, "stay", "hints of other processes do not come", slog.String("error", err.Error()))
		}
		redisconn.Pause(ctx, failures)
	}
}

// hear has one line until it breaks. whole is called when all that is followed is heard.
func (b *Bus) hear(ctx context.Context, whole func()) error {
	listener, err := b.link.Listen(ctx)
	if err != nil {
		return err
	}
	l := &line{Listener: listener, done: make(chan struct{})}
	defer context.AfterFunc(ctx, l.Close)()
	defer l.Close()
	b.connect(ctx, l)
	defer b.hangUp()
	for {
		got, err := l.Receive(ctx, deadAfter)
		if err != nil {
			return err
		}
		switch got := got.(type) {
		case *redis.Message:
			b.received(ctx, l, got)
		case *redis.Pong:
			b.ponged(got)
		case *redis.Subscription:
			b.confirmed(l, got, whole)
		}
	}
}

func (b *Bus) received(ctx context.Context, l *line, m *redis.Message) {
	t, ok := b.topic(m.Channel)
	if !ok {
		b.heard(m.Payload)
		return
	}
	from, hint, err := decode(t, m.Payload)
	switch {
	case err != nil:
		if !l.puzzled {
			l.puzzled = true
			b.log.Log(ctx, slog.LevelWarn, "puzzled", "a hint cannot be read: is another version running?",
				slog.String("topic", string(t)), slog.String("error", err.Error()))
		}
		b.hub.Lost(t)
	case from != b.id:
		b.hub.Publish(ctx, hint)
	}
}

func (b *Bus) confirmed(l *line, s *redis.Subscription, whole func()) {
	if s.Kind != "subscribe" {
		return
	}
	if t, ok := b.topic(s.Channel); ok {
		b.confirm(t)
	}
	if l.missing == nil {
		return
	}
	if delete(l.missing, s.Channel); len(l.missing) == 0 {
		l.missing = nil
		b.roll.whole()
		whole()
	}
}

// beat tells the others that this process lives, asks the line whether it does, and lets go of what nobody follows.
func (b *Bus) beat(ctx context.Context) {
	tick := time.NewTicker(beatEvery)
	defer tick.Stop()
	for {
		b.tellAlive()
		b.ping(ctx)
		b.sweep()
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// ping sends the time, which comes back after all that Redis sent before.
func (b *Bus) ping(ctx context.Context) {
	b.mu.Lock()
	l := b.line
	b.mu.Unlock()
	if l != nil && l.Ping(ctx, strconv.FormatInt(int64(b.roll.now()), 10)) != nil {
		l.Close()
	}
}

func (b *Bus) ponged(p *redis.Pong) {
	// The first one of a line has no time in it.
	if sent, err := strconv.ParseInt(p.Payload, 10, 64); err == nil {
		b.roll.ponged(time.Duration(sent))
	}
}
