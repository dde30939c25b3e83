package redisbus

import (
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// maxSilence is how long nothing need be heard of the line, or of another process, before that is doubted. A change of
	// somebody's rights is to be felt within two seconds, whatever has broken.
	maxSilence = 3 * beatEvery
	// forgetAfter is how long a process that went without a word is waited for that is not in the roster. It may have died; or
	// it is cut off from Redis alone, and goes on serving.
	forgetAfter = 2 * time.Minute
)

// roll knows which processes there are, and whether this one hears all of them. Times are of its own clock.
type roll struct {
	now func() time.Duration
	// until is up to when it is sure that everybody is heard.
	until atomic.Int64

	mu     sync.Mutex
	others map[string]*other
	// roster are the other processes that serve, whether they are heard or not.
	roster map[string]bool
	// hearing is whether there is a line on which everything is confirmed, settled from when everybody must have been heard
	// on it, and answered when it was asked last what it has answered since.
	hearing           bool
	settled, answered time.Duration
}

// other is another process.
type other struct {
	heard time.Duration
	// drops is how often it has dropped hints that it could not publish.
	drops uint64
}

func newRoll(now func() time.Duration) *roll { return &roll{now: now, others: make(map[string]*other)} }

func (r *roll) sure() bool { return int64(r.now()) < r.until.Load() }

func (r *roll) hears() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.hearing
}

// whole notes that everything that is followed is heard from now on.
func (r *roll) whole() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.hearing, r.settled = true, r.now()+maxSilence
}

// broken notes that nothing is heard any more.
func (r *roll) broken() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.hearing = false
	r.until.Store(0)
}

// ponged notes that the line has brought everything that Redis sent until it was asked at sent.
func (r *roll) ponged(sent time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answered = sent
	r.update()
}

// alive notes that a process lives. It is true where that process has dropped hints that are not made up for.
func (r *roll) alive(id string, drops uint64) (lost bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	o := r.others[id]
	if o == nil {
		o = &other{}
		r.others[id] = o
	}
	lost = o.drops != drops
	o.heard, o.drops = r.now(), drops
	return lost
}

// gone notes that a process has ended.
func (r *roll) gone(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.others, id)
	delete(r.roster, id)
}

// registered notes which processes serve, of which self is this one.
func (r *roll) registered(ids []string, self string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.roster = make(map[string]bool, len(ids))
	for _, id := range ids {
		if id != self {
			r.roster[id] = true
		}
	}
	if r.deaf() {
		r.until.Store(0)
	}
}

// deaf reports whether a process serves that has never been heard. It is called with mu held.
func (r *roll) deaf() bool {
	for id := range r.roster {
		if r.others[id] == nil {
			return true
		}
	}
	return false
}

// update is called with mu held.
func (r *roll) update() {
	now, oldest := r.now(), r.answered
	for id, o := range r.others {
		if now-o.heard >= forgetAfter && !r.roster[id] {
			delete(r.others, id)
			continue
		}
		oldest = min(oldest, o.heard)
	}
	until := oldest + maxSilence
	if !r.hearing || now < r.settled || r.deaf() {
		until = 0
	}
	r.until.Store(int64(until))
}

// What processes tell each other: "alive <id> <drops>" now and then, and "gone <id>" in the end.
const (
	alive = "alive"
	gone  = "gone"
)

func (b *Bus) tellAlive() {
	text := alive + " " + b.id + " " + strconv.FormatUint(b.out.drops(), 10)
	b.out.add(message{channel: b.link.Key(rollChannel), body: []byte(text)})
}

func (b *Bus) goodbye() message {
	return message{channel: b.link.Key(rollChannel), body: []byte(gone + " " + b.id)}
}

// heard takes what another process tells. What a later version may tell besides is not for this one.
func (b *Bus) heard(text string) {
	words := strings.Fields(text)
	switch {
	case len(words) < 2 || words[1] == b.id:
	case words[0] == gone:
		b.roll.gone(words[1])
	case words[0] == alive && len(words) == 3:
		drops, err := strconv.ParseUint(words[2], 10, 64)
		if err == nil && b.roll.alive(words[1], drops) {
			b.hub.Lost()
		}
	}
}
