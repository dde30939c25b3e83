package bandsync_test

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/band/bandsim"
	"github.com/dongbaejul/dongbaejul/internal/bandsync"
	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/lease"
)

var seeds = flag.Int("seeds", 0, "how many clubs TestFaultsAtRandom syncs, if not a few")

// errKilled is what a process that was killed meets, which is nothing.
var errKilled = errors.New("killed")

// process is a service that can be killed: from then on nothing of it reaches Band or the state.
type process struct {
	*bandsync.Service
	bandsync.Store
	dead   atomic.Bool
	ctx    context.Context
	kill   context.CancelFunc
	killed atomic.Int64 // after so many requests
	next   http.RoundTripper
}

// RoundTrip counts down to the death of the process.
func (p *process) RoundTrip(r *http.Request) (*http.Response, error) {
	if p.killed.Add(-1) == 0 {
		p.dead.Store(true)
		p.kill()
	}
	if p.dead.Load() {
		return nil, errKilled
	}
	return p.next.RoundTrip(r)
}

// UpdateBandSync is the store's, as long as the process lives.
func (p *process) UpdateBandSync(ctx context.Context, f func(*bandsync.State) error) (bandsync.State, error) {
	if p.dead.Load() {
		return bandsync.State{}, errKilled
	}
	return p.Store.UpdateBandSync(ctx, f)
}

// process starts one that dies after so many requests; 0 for never.
func (c *club) process(dies int64, leases *lease.Memory) *process {
	p := &process{Store: c.store, next: c.sim.Transport()}
	p.killed.Store(dies)
	p.ctx, p.kill = context.WithCancel(c.t.Context())
	config := c.config
	config.Store = p
	config.Band = c.newClient(&http.Client{Transport: p, Timeout: c.timeout})
	acquire := config.Acquire
	if leases != nil {
		acquire = acquireFrom(leases)
	}
	config.Acquire = acquire
	p.Service = bandsync.New(config)
	c.t.Cleanup(p.Close)
	return p
}

// TestFaultsAtRandom lets a club change while it is synced over a network that fails in every way, by processes that are killed, and by two
// at once, also where both believe that they are the only one. When the faults have stopped, a full sync makes the store what Band is.
func TestFaultsAtRandom(t *testing.T) {
	for seed := range uint64(cmp.Or(*seeds, some(20, 1))) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			faultsAtRandom(t, seed)
		})
	}
}

func faultsAtRandom(t *testing.T, seed uint64) {
	random := rand.New(rand.NewPCG(seed, 1))
	faults := bandsim.Faults{Rate: 0.02 + 0.2*random.Float64()}
	if seed%5 == 0 {
		faults.Slow = 120 * time.Millisecond
	}
	c := newClub(t, bandsim.Options{Seed: seed, Size: bandsim.Size{Posts: 50, Comments: 150, Albums: 8, Photos: 130}})
	if faults.Slow > 0 {
		c.timeout = 100 * time.Millisecond
	}
	for range 6 {
		c.sim.Set(bandsim.Knobs{Faults: faults})
		var working sync.WaitGroup
		for i := range 1 + random.IntN(2) {
			var leases *lease.Memory
			if i == 1 && random.IntN(2) == 0 {
				leases = lease.NewMemory()
			}
			var dies int64
			if random.IntN(3) == 0 {
				dies = 1 + random.Int64N(100)
			}
			p, full := c.process(dies, leases), random.IntN(2) == 0
			working.Go(func() {
				_, err := p.Sync(p.ctx, full)
				wantSyncFault(t, err)
			})
		}
		for range random.IntN(12) {
			c.sim.Change(random)
		}
		working.Wait()
	}
	c.sim.Set(bandsim.Knobs{})
	last := c.sync(true)
	c.wantEqual("after the faults")
	if people := len(c.people()); last.Posts != c.count("post ") || last.Albums != c.count("album ") || last.People > people {
		t.Errorf("%+v of %d posts, %d albums, %d people", last, c.count("post "), c.count("album "), people)
	}
	again := c.sync(true)
	c.wantEqual("again")
	if again.New+again.Updated+again.Photos != 0 {
		t.Errorf("nothing has changed, but %+v", again)
	}
	if strings.Contains(c.log.String(), "ZQAAA") || strings.Contains(c.log.String(), "access_token") {
		t.Error("a token is in the log")
	}
}

// wantSyncFault fails unless a sync succeeded or failed in one of the ways that an admin is told of.
func wantSyncFault(t *testing.T, err error) {
	t.Helper()
	known := map[string]bool{"SYNC_RUNNING": true, "SYNC_INTERRUPTED": true, "BAND_RATE_LIMITED": true, "BAND_UNAVAILABLE": true}
	refused, ok := errors.AsType[*fault.Error](err)
	if err != nil && !errors.Is(err, errKilled) && (!ok || !known[refused.Reason]) {
		t.Errorf("a sync ends by %v", err)
	}
	if err != nil && strings.Contains(err.Error(), "ZQAAA") {
		t.Errorf("a token is in %v", err)
	}
}

// count counts the things of a kind in Band.
func (c *club) count(kind string) int {
	n := 0
	for key := range c.ofBand() {
		if strings.HasPrefix(key, kind) {
			n++
		}
	}
	return n
}

// people are the users in the store.
func (c *club) people() []string {
	c.t.Helper()
	ids, err := c.store.ActiveIDs(c.t.Context())
	must(c.t, err)
	return ids
}

func TestWaitsAreBands(t *testing.T) {
	c := newClub(t, bandsim.Options{Seed: 1, Size: bandsim.Size{Posts: 3, Comments: 1, Albums: 1, Photos: 1}})
	for _, q := range []bandsim.Quota{bandsim.QuotaApp, bandsim.QuotaUser} {
		c.sim.Set(bandsim.Knobs{Quota: q})
		c.waits.all = nil
		_, err := c.service().Sync(t.Context(), false)
		wantReason(t, err, "BAND_RATE_LIMITED")
		if fmt.Sprint(c.waits.all) != "[2s 4s 8s]" {
			t.Errorf("waited %v", c.waits.all)
		}
		st, err := c.store.BandSync(t.Context())
		must(t, err)
		if st.Running || st.Reason != "BAND_RATE_LIMITED" || st.Error.Ko == "" || !st.EndedAt.IsZero() {
			t.Errorf("%+v", st)
		}
	}
	c.sim.Set(bandsim.Knobs{})
	c.sync(false)
	c.wantEqual("after the quota")
	st, err := c.store.BandSync(t.Context())
	must(t, err)
	if st.Running || st.Reason != "" || st.Error != (fault.Text{}) || st.EndedAt.IsZero() || st.Step != bandsync.Done {
		t.Errorf("%+v", st)
	}
}

func wantReason(t *testing.T, err error, reason string) {
	t.Helper()
	if refused, ok := errors.AsType[*fault.Error](err); !ok || refused.Reason != reason {
		t.Errorf("%v, not %s", err, reason)
	}
}

// TestOneSyncAtATime holds a second one off, on this and on another process, and ends one that another has overtaken.
func TestOneSyncAtATime(t *testing.T) {
	c := newClub(t, bandsim.Options{Seed: 1})
	first := c.process(0, nil)
	second := c.process(0, nil)
	third := c.process(0, lease.NewMemory())
	once := sync.OnceFunc(func() {
		_, err := first.Sync(t.Context(), false)
		wantReason(t, err, "SYNC_RUNNING")
		_, err = second.Sync(t.Context(), false)
		wantReason(t, err, "SYNC_RUNNING")
		// It believes that it is the only one.
		_, err = third.Sync(t.Context(), false)
		must(t, err)
	})
	first.next = tripper(func(r *http.Request) (*http.Response, error) {
		once()
		return c.sim.Transport().RoundTrip(r)
	})
	_, err := first.Sync(t.Context(), false)
	wantReason(t, err, "SYNC_INTERRUPTED")
	st, err := c.store.BandSync(t.Context())
	must(t, err)
	if st.Running || st.Reason != "" {
		t.Errorf("the overtaken pass wrote %+v", st)
	}
	c.wantEqual("after all")
}

type tripper func(*http.Request) (*http.Response, error)

func (f tripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// TestAClosedServiceEndsItsSync notes that, so that the next one goes on.
func TestAClosedServiceEndsItsSync(t *testing.T) {
	skipIfShort(t)
	c := newClub(t, bandsim.Options{Seed: 1})
	p := c.process(0, nil)
	var requests atomic.Int64
	p.next = tripper(func(r *http.Request) (*http.Response, error) {
		if requests.Add(1) == 20 {
			go p.Close()
			<-r.Context().Done()
			return nil, r.Context().Err()
		}
		return c.sim.Transport().RoundTrip(r)
	})
	_, err := p.Start(t.Context())
	wantReason(t, err, "SYNC_INTERRUPTED")
	st, err := c.store.BandSync(t.Context())
	must(t, err)
	if st.Running || st.Reason != "SYNC_INTERRUPTED" {
		t.Errorf("%+v", st)
	}
	_, err = p.Start(t.Context())
	wantReason(t, err, "SYNC_INTERRUPTED")
	c.sync(false)
	c.wantEqual("by the next one")
}
