package bandsync_test

import (
	"flag"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/band/bandsim"
)

var big = flag.Bool("big", false, "let TestABigClub sync 5,000 posts and 20,000 photos, which takes a minute, and not a tenth of them or less")

// TestABigClub syncs as much as a club of many years has written, in bounded memory, and a second time without reading it all again.
func TestABigClub(t *testing.T) {
	size := bandsim.Size{Posts: some(500, 100), Comments: some(2000, 400), Albums: some(30, 6), Photos: some(2000, 400)}
	if *big {
		size = bandsim.Size{Posts: 5000, Comments: 20_000, Albums: 300, Photos: 20_000}
	}
	c := newClub(t, bandsim.Options{Seed: 1, Size: size})
	rest := heap()
	var most atomic.Uint64
	done := make(chan struct{})
	go func() {
		for {
			select {
			case <-done:
				return
			case <-time.After(100 * time.Millisecond):
				most.Store(max(most.Load(), heap()))
			}
		}
	}()
	began := time.Now()
	result := c.sync(false)
	close(done)
	over := int64(most.Load()-rest) >> 20
	t.Logf("%+v in %v, %d MiB over rest", result, time.Since(began).Round(time.Second), over)
	if result.Posts != size.Posts || result.Albums != size.Albums || result.Photos < size.Photos {
		t.Errorf("%+v", result)
	}
	if over > 64 {
		t.Errorf("%d MiB over rest", over)
	}
	before := c.sim.Requests()
	c.sync(false)
	after := c.sim.Requests()
	total := 0
	for path, n := range after {
		total += n - before[path]
	}
	t.Logf("the second sync makes %d requests", total)
	// Two pages of posts and all of the list of albums.
	if total > 2+size.Albums/20+1 {
		t.Errorf("the second sync makes %d requests", total)
	}
}

// heap is how much memory is in use after a collection of garbage.
func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
