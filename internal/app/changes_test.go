package app

import (
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/realtime"
)

// unsteady is a bus that is sure when it is told to be.
type unsteady struct {
	*realtime.Hub
	sure atomic.Bool
}

func (u *unsteady) InSync() bool { return u.sure.Load() }

func TestChangesDropCopiesBeforeStreamsLook(t *testing.T) {
	hub := &unsteady{Hub: realtime.NewHub()}
	var forgotten []string
	c := &changes{bus: hub, forget: []func(string){func(id string) { forgotten = append(forgotten, id) }},
		forgetAll: []func(){func() { forgotten = append(forgotten, "all") }}}
	c.follow()
	r := realtime.NewReader()
	hub.Follow(r, realtime.User("u1"))
	defer r.Close(hub)
	c.UserChanged(t.Context(), "u1")
	// As another process would tell.
	hub.Hub.Publish(t.Context(), realtime.Hint{Topic: realtime.Access, Key: "u2"})
	if want := []string{"u1", "u2"}; !slices.Equal(forgotten, want) {
		t.Errorf("dropped the copies of %q, want %q", forgotten, want)
	}
	select {
	case <-r.Ready():
	default:
		t.Error("the user's streams are not told to look")
	}
	hub.Lost()
	if last := forgotten[len(forgotten)-1]; last != "all" {
		t.Errorf("after a loss the copies of %q were dropped", last)
	}
}

// While it is not sure that changes are heard of, streams look once a second; a change is felt within two.
func TestStreamsLookWhileChangesMayBeMissed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hub := &unsteady{Hub: realtime.NewHub()}
		hub.sure.Store(true)
		var looks atomic.Int32
		c := &changes{bus: hub, recheck: func() { looks.Add(1) }}
		stop := background(c.watch)
		time.Sleep(time.Minute)
		if n := looks.Load(); n != 0 {
			t.Errorf("streams looked %d times without a cause", n)
		}
		hub.sure.Store(false)
		time.Sleep(doubtEvery)
		synctest.Wait()
		if n := looks.Load(); n != 1 {
			t.Errorf("streams looked %d times at once", n)
		}
		time.Sleep(10 * time.Second)
		if n := looks.Load(); n < 10 || n > 11 {
			t.Errorf("streams looked %d times in 10 s", n)
		}
		hub.sure.Store(true)
		before := looks.Load()
		time.Sleep(time.Minute)
		if n := looks.Load(); n > before+1 {
			t.Errorf("streams looked %d times after it", n-before)
		}
		_ = stop()
	})
}
