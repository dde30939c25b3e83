package presence

import (
	"context"
	"crypto/rand"
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/dongbaejul/dongbaejul/internal/redisconn"
)

// Redis knows who has a stream open in any process, as Memory does for one. Each process keeps the list of its
// own users in Redis, under a lease that it renews all the time, and has a copy of the others': so asking who is online costs
// no call, a process that dies takes its users along, and what Redis has lost is there again at once. Each process tells what
// has changed for all of them. It may be used concurrently.
type Redis struct {
	attendees
	link   *redisconn.Link
	tell   func(online, offline []string)
	script *redis.Script
	id     string
	times  times

	cancel  context.CancelFunc
	running sync.WaitGroup

	// What follows is mu's too.

	// version counts the changes of this process's own users, from 1.
	version uint64
	// others are the other processes.
	others map[string]*process
	told   map[string]bool
	// online are all who are; nil where that has changed since it was last asked.
	online []string
	// heard is when Redis last answered, and silent whether it has not since.
	heard  time.Time
	silent bool

	// written is the version that Redis has; only the goroutine that syncs uses it.
	written uint64
}

// process is what is known of another process's users.
type process struct {
	version string
	users   map[string]bool
	// until is when its lease ends.
	until time.Time
}

// times are how long things last.
type times struct {
	// window is how often Redis is asked, and changes told.
	window time.Duration
	// lease is how long a process that is not heard of counts.
	lease time.Duration
	// While Redis is away, the others stay as they were for patience, and when it is back each has settle to be heard again.
	patience, settle time.Duration
}

// A process that dies is noticed within lease; where Redis goes away with it, within patience, or what that outage took
// and settle: in less than 30 s.
const (
	presenceLease    = 15 * time.Second
	presencePatience = 22 * time.Second
	presenceSettle   = 5 * time.Second
)

//go:embed presence.lua
var script string

// NewRedis makes a presence as NewMemory does, which shares with other processes through the Redis of link.
func NewRedis(link *redisconn.Link, grace, window time.Duration, tell func(online, offline []string)) *Redis {
	return newRedis(link, grace, times{
		window: window, lease: presenceLease, patience: presencePatience, settle: presenceSettle,
	}, tell)
}

func newRedis(link *redisconn.Link, grace time.Duration, times times, tell func(online, offline []string)) *Redis {
	ctx, cancel := context.WithCancel(context.Background())
	p := &Redis{
		link: link, tell: tell, script: redis.NewScript(script), id: rand.Text(), times: times, cancel: cancel,
		version: 1, others: make(map[string]*process), told: make(map[string]bool), heard: time.Now(),
	}
	p.attendees = attendees{grace: grace, changed: p.note, users: make(map[string]*attendance)}
	p.running.Go(func() { p.run(ctx) })
	return p
}

// Online returns the ids of who is online, in no order, as this process knows it.
func (p *Redis) Online(context.Context) ([]string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.online == nil {
		p.online = slices.AppendSeq(make([]string, 0, len(p.told)), maps.Keys(p.everybody()))
	}
	return slices.Clone(p.online), nil
}

// note is told of a change of this process's users, with mu held.
func (p *Redis) note(string) {
	p.version++
	p.online = nil
}

// everybody is called with mu held.
func (p *Redis) everybody() map[string]bool {
	all := make(map[string]bool, len(p.told))
	for id := range p.users {
		all[id] = true
	}
	for _, o := range p.others {
		maps.Copy(all, o.users)
	}
	return all
}

// Close ends the presence; nothing is told any more. To the other processes this one's users stay online for as long as
// somebody does who has closed a stream, since they come back elsewhere.
func (p *Redis) Close() {
	p.mu.Lock()
	p.stop()
	p.mu.Unlock()
	p.cancel()
	p.running.Wait()
	// Where Redis does not hear it the lease ends by itself.
	_ = p.exchange(context.Background(), p.grace)
}

func (p *Redis) run(ctx context.Context) {
	tick := time.NewTicker(p.times.window)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		// What fails here, the link tells of.
		_ = p.exchange(ctx, p.times.lease)
		p.tellChanges()
	}
}

// exchange renews this process's lease, tells Redis its users where they have changed, and takes over the others'.
func (p *Redis) exchange(ctx context.Context, lease time.Duration) error {
	answer, err := p.call(ctx, lease, false)
	if err == nil && !answer.known {
		answer, err = p.call(ctx, lease, true)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if err != nil {
		p.silent = true
		if time.Since(p.heard) >= p.times.patience {
			clear(p.others)
			p.online = nil
		}
		return err
	}
	p.take(answer)
	return nil
}

// take is called with mu held.
func (p *Redis) take(a answer) {
	now := time.Now()
	if p.silent {
		for _, o := range p.others {
			o.until = later(o.until, now.Add(p.times.settle))
		}
	}
	p.heard, p.silent = now, false
	for _, said := range a.others {
		o := p.others[said.id]
		if o == nil {
			o = &process{}
			p.others[said.id] = o
		}
		if said.changed {
			o.version, o.users = said.version, said.users
			p.online = nil
		}
		o.until = now.Add(said.left)
	}
	// One that Redis does not name may not be back yet, where Redis has forgotten everybody.
	maps.DeleteFunc(p.others, func(_ string, o *process) bool {
		if now.After(o.until) {
			p.online = nil
			return true
		}
		return false
	})
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// answer is what the script returns.
type answer struct {
	// known is whether Redis has this process's users.
	known  bool
	others []other
}

type other struct {
	id   string
	left time.Duration
	// version and users are given where changed.
	changed bool
	version string
	users   map[string]bool
}

// call runs the script. The users are sent where they have changed, or where all is asked for.
func (p *Redis) call(ctx context.Context, lease time.Duration, all bool) (answer, error) {
	p.mu.Lock()
	version := p.version
	args := []any{p.id, lease.Milliseconds(), strconv.FormatUint(version, 10), 0, ""}
	if all || version != p.written {
		args[3], args[4] = 1, strings.Join(p.ids(), "\n")
	}
	for id, o := range p.others {
		args = append(args, id, o.version)
	}
	p.mu.Unlock()
	keys := []string{p.link.Key("presence:leases"), p.link.Key("presence:users"), p.link.Key("presence:versions")}
	var raw []any
	err := p.link.Do(ctx, func(ctx context.Context, c *redis.Client) (err error) {
		raw, err = p.script.Run(ctx, c, keys, args...).Slice()
		return err
	})
	if err != nil {
		return answer{}, fmt.Errorf("share who is online: %w", err)
	}
	answer, err := parse(raw)
	if err == nil && answer.known {
		p.written = version
	}
	return answer, err
}

func parse(raw []any) (a answer, err error) {
	strange := fmt.Errorf("presence: a presence of %d parts", len(raw))
	if len(raw) == 0 || len(raw)%5 != 1 {
		return a, strange
	}
	a.known = raw[0] == int64(1)
	for part := range slices.Chunk(raw[1:], 5) {
		id, ok1 := part[0].(string)
		left, ok2 := part[1].(int64)
		changed, ok3 := part[2].(int64)
		version, ok4 := part[3].(string)
		list, ok5 := part[4].(string)
		if !ok1 || !ok2 || !ok3 || !ok4 || !ok5 {
			return a, strange
		}
		o := other{id: id, left: time.Duration(left) * time.Millisecond, changed: changed == 1, version: version}
		if o.changed {
			o.users = make(map[string]bool)
			for user := range strings.SplitSeq(list, "\n") {
				if user != "" {
					o.users[user] = true
				}
			}
		}
		a.others = append(a.others, o)
	}
	return a, nil
}

func (p *Redis) tellChanges() {
	p.mu.Lock()
	all := p.everybody()
	noted := maps.Clone(all)
	maps.Copy(noted, p.told)
	came, went := difference(p.told, func(id string) bool { return all[id] }, noted)
	closed := p.closed
	p.mu.Unlock()
	if !closed && len(came)+len(went) > 0 {
		p.tell(came, went)
	}
}
