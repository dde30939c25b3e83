// Package redisconn is the link of one process to Redis. Everything here leans on one rule: Redis may go away at any time.
// That it is away is said once, and costs a call nothing: calls fail at once until Redis has answered again.
package redisconn

import (
	"context"
	"errors"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/lograte"
)

const (
	// callTimeout bounds one call, with what it takes to connect.
	callTimeout = 500 * time.Millisecond
	// dialTimeout bounds the making of one connection.
	dialTimeout = time.Second
	// What is tried again is after firstPause, then after twice that and so on, up to maxPause.
	firstPause = 100 * time.Millisecond
	maxPause   = 3 * time.Second
)

const (
	// logEvery is how often lines that are alike are logged: outages may come one after the other.
	logEvery = time.Minute
	// refusalAge is how long Redis counts as unwell after it has refused a call.
	refusalAge = 5 * time.Second
)

var errAway = fault.New(fault.Unavailable, "REDIS_UNAVAILABLE",
	"Redis에 잠시 연결할 수 없습니다.", "Redis is away for the moment.")

var errRefuses = fault.New(fault.Unavailable, "REDIS_REFUSES_CALLS",
	"Redis가 요청을 거부합니다.", "Redis refuses calls.")

// Config says where Redis is.
type Config struct {
	// URL is redis://, rediss:// for TLS, or unix://. It may hold a password, and is not shown.
	URL string
	// Prefix begins the name of every key and channel, with the number of the database after it: channels are shared by the
	// databases of a Redis.
	Prefix string
	Log    *slog.Logger
}

// Link is a link to one Redis. It may be used concurrently.
type Link struct {
	options *redis.Options
	prefix  string
	// plain has the changes of the connection, and log what may be repeated as often as there are calls.
	plain *slog.Logger
	log   *lograte.Logger
	// connected is set once Redis has answered.
	connected atomic.Bool
	// client is another one after an outage, so that no call meets a connection from before it.
	client atomic.Pointer[redis.Client]
	away   atomic.Bool

	ctx    context.Context
	cancel context.CancelFunc

	mu sync.Mutex
	// decided is closed when it is known whether what is suspected is an outage; nil while nothing is suspected.
	decided chan struct{}
	probe   sync.WaitGroup
	// refusal is what Redis has refused a call with last, and refusedAt when.
	refusal   error
	refusedAt time.Time
}

// Open makes a link. It does not wait for Redis, which may come later, but calls it at once, so that the log says whether it is
// there; it fails on a URL that cannot be used.
func Open(c Config) (*Link, error) {
	options, err := parse(c.URL)
	if err != nil {
		return nil, err
	}
	// The library has one logger for the whole process, which tells of every failure again. All of them come as errors too.
	redis.SetLogger(silence{})
	l := &Link{options: options, prefix: c.Prefix + ":" + strconv.Itoa(options.DB) + ":", plain: c.Log, log: lograte.New(c.Log, logEvery)}
	l.ctx, l.cancel = context.WithCancel(context.Background())
	l.client.Store(redis.NewClient(options))
	l.suspect(errAway, false)
	return l, nil
}

// Check fails where no link can be made of a URL, without showing it.
func Check(url string) error {
	_, err := parse(url)
	return err
}

func parse(url string) (*redis.Options, error) {
	options, err := redis.ParseURL(url)
	if err != nil {
		// The library's error may show the password.
		return nil, errors.New("is no URL of a Redis")
	}
	// What a call may cost is decided here, not in the URL.
	options.DialTimeout, options.ReadTimeout, options.WriteTimeout, options.PoolTimeout = dialTimeout, callTimeout, callTimeout, callTimeout
	options.ContextTimeoutEnabled = true
	options.DialerRetries = 1
	// Once, for a connection that Redis has closed meanwhile.
	options.MaxRetries, options.MinRetryBackoff, options.MaxRetryBackoff = 1, time.Millisecond, 10*time.Millisecond
	// The older protocol does all that is needed, and has no messages between answers.
	options.Protocol = 2
	options.PipelinePoolSize = -1
	options.ClientName = "dongbaejul"
	return options, nil
}

type silence struct{}

func (silence) Printf(context.Context, string, ...any) {}

// Key is the name of a key or channel of this link.
func (l *Link) Key(name string) string { return l.prefix + name }

// Away reports whether Redis is known not to answer.
func (l *Link) Away() bool { return l.away.Load() }

// Do makes a call, within half a second. It fails at once while Redis is away, with fault.Unavailable, as where Redis does
// not answer. What Redis answers is no failure of the link, and its errors are given as they are; that it refuses calls is
// logged, and known to Probe.
func (l *Link) Do(ctx context.Context, call func(context.Context, *redis.Client) error) error {
	if l.away.Load() {
		return errAway
	}
	timed, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	err := call(timed, l.client.Load())
	switch {
	case err == nil, errors.Is(err, redis.Nil):
		return err
	case answered(err):
		l.refused(ctx, err)
		return err
	}
	if ctx.Err() == nil {
		l.suspect(err, true)
	}
	return errAway.WithCause(err)
}

// refused notes that Redis has refused a call: it takes no writes, or a key is of another type.
func (l *Link) refused(ctx context.Context, err error) {
	l.mu.Lock()
	l.refusal, l.refusedAt = err, time.Now()
	l.mu.Unlock()
	code := codeOf(err)
	l.log.Log(ctx, slog.LevelWarn, "refuses "+code, "Redis refuses a call: limits may let calls pass, and others may not be seen online",
		slog.String("error", err.Error()))
}

// codeOf is the word that an error of Redis begins with, such as OOM.
func codeOf(err error) string {
	code, _, _ := strings.Cut(err.Error(), " ")
	return code
}

// Probe asks Redis whether it is there and takes writes, and fails too where it has refused a call just now. The error names what
// Redis refuses with.
func (l *Link) Probe(ctx context.Context) error {
	err := l.Do(ctx, func(ctx context.Context, c *redis.Client) error {
		return c.Set(ctx, l.Key("probe"), "", time.Minute).Err()
	})
	if err != nil && !answered(err) {
		return err
	}
	if err == nil {
		l.mu.Lock()
		if time.Since(l.refusedAt) < refusalAge {
			err = l.refusal
		}
		l.mu.Unlock()
	}
	if err == nil {
		return nil
	}
	code := codeOf(err)
	return errRefuses.WithText("Redis가 요청을 거부합니다: "+code, "Redis refuses calls: "+code).WithCause(err)
}

// Ping asks Redis whether it is there.
func (l *Link) Ping(ctx context.Context) error {
	return l.Do(ctx, func(ctx context.Context, c *redis.Client) error { return c.Ping(ctx).Err() })
}

// answered reports whether err is what Redis said to a call, and Redis serves.
func answered(err error) bool {
	said, ok := errors.AsType[redis.Error](err)
	return ok && !redis.IsLoadingError(said) && !redis.IsMasterDownError(said) &&
		!redis.IsAuthError(said) && !redis.IsMaxClientsError(said)
}

// Suspect is told that something else than a call has failed. It tells, within a call's time, whether Redis is away.
func (l *Link) Suspect(ctx context.Context, err error) (away bool) {
	select {
	case <-l.suspect(err, false):
	case <-ctx.Done():
	}
	return l.Away()
}

// suspect asks Redis whether it is away, and makes calls fail until that is known: at once, or only when it is. decided is
// closed when it is known.
func (l *Link) suspect(err error, atOnce bool) (decided <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if atOnce {
		l.away.Store(true)
	}
	if l.decided == nil {
		decided := make(chan struct{})
		if l.ctx.Err() != nil {
			// Closed: it is away for good.
			close(decided)
			return decided
		}
		l.decided = decided
		l.probe.Go(func() { l.recover(err, sync.OnceFunc(func() { close(decided) })) })
	}
	return l.decided
}

// recover asks Redis until it answers. Where it does at once, only a call has failed. Each change of the connection is logged, also
// those that follow soon: an operator must not read of an outage that it is over, or lasts, when that is not so.
func (l *Link) recover(because error, decided func()) {
	defer decided()
	began, attempts := time.Now(), 0
	for err := l.answers(); err != nil; err = l.answers() {
		attempts++
		switch {
		case attempts > 1 || l.ctx.Err() != nil:
		case l.connected.Load():
			l.plain.WarnContext(l.ctx, "Redis connection lost", slog.String("error", because.Error()))
		default:
			l.plain.WarnContext(l.ctx, "cannot connect to Redis", slog.String("error", err.Error()))
		}
		l.away.Store(true)
		decided()
		l.replace()
		if !Pause(l.ctx, attempts) {
			return
		}
	}
	l.mu.Lock()
	l.decided = nil
	l.away.Store(false)
	l.mu.Unlock()
	// What ends a warning is seen wherever that was.
	level := slog.LevelInfo
	if attempts > 0 {
		level = slog.LevelWarn
	}
	switch {
	case !l.connected.Swap(true):
		l.plain.LogAttrs(l.ctx, level, "Redis connected", slog.String("address", l.options.Addr))
	case attempts > 0:
		l.plain.LogAttrs(l.ctx, level, "Redis connection restored", slog.Duration("after", time.Since(began).Round(time.Millisecond)))
	}
}

// answers asks Redis once, and returns why it does not answer.
func (l *Link) answers() error {
	ctx, cancel := context.WithTimeout(l.ctx, callTimeout)
	defer cancel()
	err := l.client.Load().Ping(ctx).Err()
	if answered(err) {
		return nil
	}
	return err
}

// replace lets go of every connection there is.
func (l *Link) replace() {
	// What it still holds is broken.
	_ = l.client.Swap(redis.NewClient(l.options)).Close()
}

// Pause waits before the next attempt, where so many have failed; false where ctx ends first.
func Pause(ctx context.Context, attempts int) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(min(time.Duration(attempts)*firstPause, maxPause)):
		return true
	}
}

// Close lets go of Redis; calls fail after it.
func (l *Link) Close() error {
	l.mu.Lock()
	l.cancel()
	l.mu.Unlock()
	l.probe.Wait()
	l.log.Close()
	return l.client.Load().Close()
}
