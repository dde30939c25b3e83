package bandsync_test

import (
	"testing"

	"github.com/dongbaejul/dongbaejul/internal/band/bandsim"
	"github.com/dongbaejul/dongbaejul/internal/bandsync"
)

// A first sync copies everything, and a second one reads the newest pages of posts and the list of albums only.
func TestTheStoreBecomesLikeBand(t *testing.T) {
	c := newClub(t, bandsim.Options{Seed: 1})
	result := c.sync(false)
	c.wantEqual("after the first sync")
	if result.Posts != 60 || result.Albums != 22 || result.New != result.People || result.Updated != 0 || result.Photos < 400 {
		t.Errorf("the first sync: %+v", result)
	}
	before := c.sim.Requests()
	result = c.sync(false)
	after := c.sim.Requests()
	c.wantEqual("after the second sync")
	result.EndedAt = bandsync.Result{}.EndedAt
	if want := (bandsync.Result{People: result.People, Posts: 40, Albums: 22}); result != want {
		t.Errorf("the second sync: %+v", result)
	}
	for path, want := range map[string]int{"/v2/band/posts": 2, "/v2/band/post/comments": 0, "/v2/band/albums": 2, "/v2/band/album/photos": 0} {
		if got := after[path] - before[path]; got != want {
			t.Errorf("the second sync asks %s %d times, not %d", path, got, want)
		}
	}
}
