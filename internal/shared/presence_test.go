package shared_test

import (
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/shared"
)

// told records what a presence tells.
type told struct {
	mu              sync.Mutex
	online, offline [][]string
}

func (s *told) get() (online, offline [][]string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.online, s.offline
}

func newPresence(t *testing.T) (*shared.Presence, *told) {
	var seen told
	p := shared.NewPresence(10*time.Second, time.Second, func(online, offline []string) {
		seen.mu.Lock()
		defer seen.mu.Unlock()
		seen.online = append(seen.online, online)
		seen.offline = append(seen.offline, offline)
	})
	t.Cleanup(p.Close)
	return p, &seen
}

func online(t *testing.T, p *shared.Presence) []string {
	ids, err := p.Online(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(ids)
	return ids
}

func TestAUserIsOnlineFromTheFirstStreamUntilAWhileAfterTheLast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, seen := newPresence(t)
		phone, desk := p.Enter("a"), p.Enter("a")
		phone()
		phone()
		time.Sleep(time.Minute)
		if got := online(t, p); !slices.Equal(got, []string{"a"}) {
			t.Fatalf("with a stream open, online = %v", got)
		}
		desk()
		time.Sleep(9 * time.Second)
		if got := online(t, p); !slices.Equal(got, []string{"a"}) {
			t.Fatalf("9 s after the last stream, online = %v", got)
		}
		time.Sleep(2 * time.Second)
		if got := online(t, p); len(got) != 0 {
			t.Fatalf("11 s after the last stream, online = %v", got)
		}
		time.Sleep(time.Second)
		if came, went := seen.get(); len(came) != 2 || !slices.Equal(came[0], []string{"a"}) || !slices.Equal(went[1], []string{"a"}) {
			t.Fatalf("told %v, %v", came, went)
		}
	})
}

func TestAReconnectIsNotTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, seen := newPresence(t)
		leave := p.Enter("a")
		time.Sleep(2 * time.Second)
		for range 5 {
			leave()
			time.Sleep(8 * time.Second)
			leave = p.Enter("a")
		}
		time.Sleep(time.Minute)
		if came, went := seen.get(); len(came) != 1 || len(went[0]) != 0 {
			t.Fatalf("told %v, %v", came, went)
		}
	})
}

func TestManyChangesAreToldAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, seen := newPresence(t)
		for _, id := range []string{"c", "a", "b"} {
			p.Enter(id)
		}
		time.Sleep(2 * time.Second)
		if came, _ := seen.get(); len(came) != 1 || !slices.Equal(came[0], []string{"a", "b", "c"}) {
			t.Fatalf("told %v", came)
		}
	})
}
