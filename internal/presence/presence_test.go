package presence_test

import (
	"maps"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/presence"
	"github.com/dongbaejul/dongbaejul/internal/redisconn/redistest"
	"github.com/dongbaejul/dongbaejul/internal/testkit"
)

func TestPresenceKeepsTheContract(t *testing.T) {
	keepsContract(t, func(t *testing.T, run func(*testing.T, Keepers)) {
		synctest.Test(t, func(t *testing.T) {
			const grace = 10 * time.Second
			run(t, Keepers{Grace: grace, Open: func(tell func(online, offline []string)) Keeper {
				return presence.NewMemory(grace, 500*time.Millisecond, tell)
			}})
		})
	})
}

// quick is how long things last in a test.
var quick = presence.Times{Window: 20 * time.Millisecond, Lease: 2 * time.Second, Patience: 4 * time.Second, Settle: 2 * time.Second}

func TestRedisPresenceKeepsTheContract(t *testing.T) {
	keepsContract(t, func(t *testing.T, run func(*testing.T, Keepers)) {
		t.Parallel()
		const grace = time.Second
		prefix := redistest.Prefix()
		run(t, Keepers{Grace: grace, Several: true, Open: func(tell func(online, offline []string)) Keeper {
			return presence.NewRedisWith(redistest.Open(t, "", prefix), grace, quick, tell)
		}})
	})
}

// watched is a presence of one process whose changes are counted.
type watched struct {
	*presence.Redis
	mu sync.Mutex
	// told is how often each user's state was told.
	told map[string]int
}

func watch(t *testing.T, url string) *watched {
	t.Helper()
	w := &watched{told: make(map[string]int)}
	w.Redis = presence.NewRedisWith(redistest.Open(t, url, "p"), time.Second, quick, func(online, offline []string) {
		w.mu.Lock()
		defer w.mu.Unlock()
		for _, id := range slices.Concat(online, offline) {
			w.told[id]++
		}
	})
	t.Cleanup(w.Die)
	return w
}

func (w *watched) online(t *testing.T) []string {
	t.Helper()
	ids, err := w.Online(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return slices.Sorted(slices.Values(ids))
}

func (w *watched) eventually(t *testing.T, want ...string) {
	t.Helper()
	testkit.Eventually(t, "who is online", func() bool { return slices.Equal(w.online(t), want) })
}

func (w *watched) wantTold(t *testing.T, want map[string]int) {
	t.Helper()
	testkit.Eventually(t, "what is told", func() bool {
		w.mu.Lock()
		defer w.mu.Unlock()
		return maps.Equal(w.told, want)
	})
}

// The users of a process that dies go offline when its lease is over, but for those who are online elsewhere.
func TestAProcessThatDiesTakesItsUsersAlong(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	here, there := watch(t, server.URL()), watch(t, server.URL())
	here.Enter("a")
	there.Enter("a")
	there.Enter("b")
	here.eventually(t, "a", "b")
	died := time.Now()
	there.Die()
	here.eventually(t, "a")
	if took := time.Since(died); took < quick.Lease/2 {
		t.Errorf("it was given up after %v", took)
	}
	here.wantTold(t, map[string]int{"a": 1, "b": 2})
}

// A Redis that was away, or has forgotten everything, makes nobody go offline; who comes meanwhile is online in their process.
func TestAnOutageOfRedisTakesNobodyAlong(t *testing.T) {
	t.Parallel()
	for name, outage := range map[string]func(*redistest.Server) (begin, end func()){
		"killed":    func(s *redistest.Server) (begin, end func()) { return s.Kill, s.Run },
		"paused":    func(s *redistest.Server) (begin, end func()) { return s.Pause, s.Resume },
		"forgetful": func(s *redistest.Server) (begin, end func()) { return s.Kill, s.Run },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := redistest.Start(t)
			here, there := watch(t, server.URL()), watch(t, server.URL())
			here.Enter("a")
			there.Enter("b")
			for _, w := range []*watched{here, there} {
				w.eventually(t, "a", "b")
			}
			begin, end := outage(server)
			begin()
			here.Enter("c")
			here.wantTold(t, map[string]int{"a": 1, "b": 1, "c": 1})
			if name != "forgetful" {
				// Longer than a lease, and less than the others' patience.
				<-time.After(quick.Lease + quick.Window)
			}
			end()
			for _, w := range []*watched{here, there} {
				w.eventually(t, "a", "b", "c")
				w.wantTold(t, map[string]int{"a": 1, "b": 1, "c": 1})
			}
		})
	}
}

// Of a process that is not heard of for long, nobody knows who is online.
func TestInALongOutageOnlyOnesOwnAreKnown(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	here, there := watch(t, server.URL()), watch(t, server.URL())
	here.Enter("a")
	there.Enter("b")
	here.eventually(t, "a", "b")
	server.Kill()
	here.eventually(t, "a")
	server.Run()
	here.eventually(t, "a", "b")
	here.wantTold(t, map[string]int{"a": 1, "b": 3})
}

func BenchmarkOnline(b *testing.B) {
	for name, p := range map[string]Keeper{
		"memory": presence.NewMemory(time.Minute, time.Minute, func(_, _ []string) {}),
		"redis":  presence.NewRedis(redistest.Open(b, "", redistest.Prefix()), time.Minute, time.Minute, func(_, _ []string) {}),
	} {
		b.Run(name, func(b *testing.B) {
			for i := range 200 {
				p.Enter(string([]byte{'a' + byte(i/16), 'a' + byte(i%16)}))
			}
			for b.Loop() {
				if ids, err := p.Online(b.Context()); err != nil || len(ids) != 200 {
					b.Fatal(len(ids), err)
				}
			}
		})
		p.Close()
	}
}
