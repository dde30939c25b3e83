package presence_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"
)

// Keeper knows who has a stream open.
type Keeper interface {
	Enter(userID string) (leave func())
	Online(ctx context.Context) ([]string, error)
	Close()
}

// Keepers are how a twin makes them.
type Keepers struct {
	// Grace is how long a user without a stream stays online.
	Grace time.Duration
	// Open makes that of one process, which the suite closes.
	Open func(tell func(online, offline []string)) Keeper
	// Several is whether several processes share.
	Several bool
}

// patience is how long something may take that should come soon.
const patience = 30 * time.Second

// keepsContract holds a twin to its contract. with runs one case: it calls run with how to make fresh ones.
func keepsContract(t *testing.T, with func(t *testing.T, run func(*testing.T, Keepers))) {
	for name, run := range map[string]func(*testing.T, Keepers){
		"online from the first stream until a while after the last": firstToLast,
		"a reconnect is not told":                                   reconnect,
		"many changes are told together":                            together,
		"nothing is told after the end":                             closed,
		"on two processes":                                          twoProcesses,
		"a process that ends":                                       processEnds,
		"one that comes sees who is there":                          lateComer,
		"much coming and going at the same time":                    coming,
	} {
		t.Run(name, func(t *testing.T) { with(t, run) })
	}
}

// hall is one process, and what it tells.
type hall struct {
	Keeper
	t *testing.T

	mu     sync.Mutex
	online map[string]bool
	// told are all that was told of each user, and times how often something was.
	told  map[string][]string
	times int
}

func open(t *testing.T, k Keepers) *hall {
	t.Helper()
	h := &hall{t: t, online: make(map[string]bool), told: make(map[string][]string)}
	h.Keeper = k.Open(h.tell)
	t.Cleanup(h.Close)
	return h
}

func (h *hall) tell(online, offline []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.times++
	if !slices.IsSorted(online) || !slices.IsSorted(offline) || len(online)+len(offline) == 0 {
		h.t.Errorf("told %q, %q", online, offline)
	}
	for _, id := range online {
		h.told[id] = append(h.told[id], "online")
		h.online[id] = true
	}
	for _, id := range offline {
		h.told[id] = append(h.told[id], "offline")
		delete(h.online, id)
	}
}

func (h *hall) ids() []string {
	h.t.Helper()
	ids, err := h.Online(h.t.Context())
	if err != nil {
		h.t.Fatal(err)
	}
	slices.Sort(ids)
	return ids
}

// eventually waits until it is so. What has been told and who is online are the same then.
func (h *hall) eventually(want ...string) {
	h.t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(patience)
	for {
		ids := h.ids()
		h.mu.Lock()
		told := len(h.online) == len(want)
		for _, id := range want {
			told = told && h.online[id]
		}
		h.mu.Unlock()
		if told && slices.Equal(ids, want) {
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			h.t.Fatalf("online are %q, want %q; told was %v", ids, want, h.told)
		}
	}
}

func (h *hall) wantTold(id string, want ...string) {
	h.t.Helper()
	h.mu.Lock()
	defer h.mu.Unlock()
	if !slices.Equal(h.told[id], want) {
		h.t.Errorf("of %s was told %q, want %q", id, h.told[id], want)
	}
}

func firstToLast(t *testing.T, k Keepers) {
	h := open(t, k)
	phone, desk := h.Enter("a"), h.Enter("a")
	if got := h.ids(); !slices.Equal(got, []string{"a"}) {
		t.Fatalf("at once, online = %q", got)
	}
	h.eventually("a")
	phone()
	phone()
	left := time.Now()
	desk()
	if got := h.ids(); !slices.Equal(got, []string{"a"}) {
		t.Fatalf("right after the last stream, online = %q", got)
	}
	h.eventually()
	if took := time.Since(left); took < k.Grace {
		t.Errorf("offline %v after the last stream, before %v", took, k.Grace)
	}
	h.wantTold("a", "online", "offline")
	h.Enter("a")
	h.eventually("a")
	h.wantTold("a", "online", "offline", "online")
}

func reconnect(t *testing.T, k Keepers) {
	h := open(t, k)
	leave := h.Enter("a")
	h.eventually("a")
	for range 5 {
		leave()
		leave = h.Enter("a")
	}
	// Somebody else goes offline meanwhile, as a would.
	h.Enter("b")()
	h.eventually("a", "b")
	h.eventually("a")
	h.wantTold("a", "online")
	h.wantTold("b", "online", "offline")
}

func together(t *testing.T, k Keepers) {
	h := open(t, k)
	want := make([]string, 100)
	for i := range want {
		want[i] = string([]byte{'a' + byte(i/10), '0' + byte(i%10)})
		h.Enter(want[i])
	}
	h.eventually(want...)
	// The window may end while they come.
	if h.times > 2 {
		t.Errorf("told %d times of %d who came at once", h.times, len(want))
	}
}

func closed(t *testing.T, k Keepers) {
	h := open(t, k)
	h.Enter("a")
	h.eventually("a")
	h.Close()
	h.Enter("b")
	h.Enter("a")()
	other := open(t, k)
	other.Enter("c")()
	other.eventually()
	h.wantTold("a", "online")
	h.wantTold("b")
}

func twoProcesses(t *testing.T, k Keepers) {
	if !k.Several {
		return
	}
	here, there := open(t, k), open(t, k)
	phone := here.Enter("a")
	for _, h := range []*hall{here, there} {
		h.eventually("a")
	}
	// A move from one to the other is not told.
	desk := there.Enter("a")
	phone()
	there.Enter("b")
	c := here.Enter("c")
	for _, h := range []*hall{here, there} {
		h.eventually("a", "b", "c")
	}
	c()
	for _, h := range []*hall{here, there} {
		h.eventually("a", "b")
		h.wantTold("a", "online")
	}
	desk()
	for _, h := range []*hall{here, there} {
		h.eventually("b")
		h.wantTold("a", "online", "offline")
		h.wantTold("b", "online")
		h.wantTold("c", "online", "offline")
	}
}

// The users of a process that ends go offline when they do not come back elsewhere.
func processEnds(t *testing.T, k Keepers) {
	if !k.Several {
		return
	}
	here, there := open(t, k), open(t, k)
	a, b := there.Enter("a"), there.Enter("b")
	here.eventually("a", "b")
	a()
	b()
	left := time.Now()
	there.Close()
	here.Enter("a")
	here.eventually("a")
	if took := time.Since(left); took < k.Grace {
		t.Errorf("offline %v after the process has ended, before %v", took, k.Grace)
	}
	here.wantTold("a", "online")
	here.wantTold("b", "online", "offline")
}

func lateComer(t *testing.T, k Keepers) {
	if !k.Several {
		return
	}
	here := open(t, k)
	here.Enter("a")
	here.Enter("b")
	here.eventually("a", "b")
	there := open(t, k)
	there.eventually("a", "b")
	there.Enter("a")
	there.Enter("c")
	here.eventually("a", "b", "c")
	here.wantTold("a", "online")
}

func coming(t *testing.T, k Keepers) {
	halls := []*hall{open(t, k)}
	if k.Several {
		halls = append(halls, open(t, k))
	}
	var all sync.WaitGroup
	for i := range 8 {
		h := halls[i%len(halls)]
		all.Go(func() {
			for n := range 200 {
				leave := h.Enter(string([]byte{'a' + byte(n%8)}))
				if n >= 8 || n%2 == 0 {
					leave()
				}
			}
		})
	}
	all.Wait()
	for _, h := range halls {
		h.eventually("b", "d", "f", "h")
	}
}
