package bandsync_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/dongbaejul/dongbaejul/internal/band"
	"github.com/dongbaejul/dongbaejul/internal/band/bandsim"
	"github.com/dongbaejul/dongbaejul/internal/bandsync"
	"github.com/dongbaejul/dongbaejul/internal/lease"
	"github.com/dongbaejul/dongbaejul/internal/store"
)

// postsOfBand are the keys of the posts, the newest first.
func (c *club) postsOfBand() (keys []string) {
	c.t.Helper()
	for p, err := range c.client.Posts(c.t.Context(), c.token, c.sim.BandKey()) {
		must(c.t, err)
		keys = append(keys, p.Key)
	}
	return keys
}

// wantContent fails unless the copy of a post has that content.
func (c *club) wantContent(what, postKey, content string) {
	c.t.Helper()
	p, err := c.store.Post(c.t.Context(), bandsync.PostID(postKey))
	if err != nil || textOf(p) != content {
		c.t.Errorf("%s: %q, %v", what, textOf(p), err)
	}
}

// A pass that is not full finds what is written while it reads, at the latest by the next one, and what was edited below posts that it
// knows. What was edited further down waits for a full pass.
func TestTheOverlapOfPasses(t *testing.T) {
	c := newClub(t, bandsim.Options{Seed: 1, Size: bandsim.Size{Posts: 100, Comments: 20, Albums: 1, Photos: 1}, Knobs: bandsim.Knobs{CoolDown: -1}})
	c.sync(false)
	there := c.postsOfBand()

	// A known one is the newest, and others below it in the two pages are edited.
	for i, content := range map[int]string{1: "둘째", 19: "쪽의 끝", 20: "다음 쪽", 39: "겹침의 끝"} {
		c.sim.EditPost(there[i], content)
	}
	c.sync(false)
	for i, content := range map[int]string{1: "둘째", 19: "쪽의 끝", 20: "다음 쪽", 39: "겹침의 끝"} {
		c.wantContent("edited in the overlap", there[i], content)
	}

	// Each page with news moves the end of the overlap down.
	c.sim.EditPost(there[30], "더 아래로")
	c.sim.EditPost(there[70], "그 아래")
	c.sync(false)
	c.wantContent("below an edited one", there[70], "그 아래")
	c.sim.EditPost(there[70], "멀리")
	c.sync(false)
	c.wantContent("below the overlap", there[70], "그 아래")

	// Posts are written between two pages.
	p := c.process(0, nil)
	var written []string
	pages := 0
	p.next = tripper(func(r *http.Request) (*http.Response, error) {
		if strings.HasSuffix(r.URL.Path, "/band/posts") {
			if pages++; pages == 2 {
				for _, content := range []string{"첫 새 글", "둘째 새 글"} {
					key, err := c.client.CreatePost(t.Context(), c.token, c.sim.BandKey(), content, false)
					must(t, err)
					written = append(written, key)
				}
				c.sim.EditPost(there[25], "읽기 바로 전에 고친 글")
			}
		}
		return c.sim.Transport().RoundTrip(r)
	})
	_, err := p.Sync(t.Context(), false)
	must(t, err)
	c.wantContent("edited before its page is read", there[25], "읽기 바로 전에 고친 글")
	c.sync(false)
	c.wantContent("written between two pages", written[0], "첫 새 글")
	c.wantContent("written between two pages", written[1], "둘째 새 글")

	c.sync(true)
	c.wantContent("after a full pass", there[70], "멀리")
	c.wantEqual("after a full pass")
}

// TestWhatIsDeletedInBand is deleted by a full pass, but for the very last: a list that is empty is rather an answer that lacks it.
func TestWhatIsDeletedInBand(t *testing.T) {
	c := newClub(t, bandsim.Options{Seed: 1, Size: bandsim.Size{Posts: 3, Comments: 3, Albums: 1, Photos: 1}, Knobs: bandsim.Knobs{CoolDown: -1}})
	c.sync(false)
	there := c.postsOfBand()
	c.sim.DeletePost(there[1])
	c.sync(false)
	if n := len(c.copies()); n != 3 {
		t.Errorf("a pass that is not full leaves %d posts", n)
	}
	c.sync(true)
	c.wantEqual("after a full pass")
	c.sim.DeletePost(there[0])
	c.sim.DeletePost(there[2])
	c.sync(true)
	if n := len(c.copies()); n != 2 {
		t.Errorf("an empty list leaves %d posts", n)
	}
	_, err := c.client.CreatePost(t.Context(), c.token, c.sim.BandKey(), "새 글", false)
	must(t, err)
	c.sync(true)
	c.wantEqual("after another post")
}

// copies are the keys of the posts of Band in the store.
func (c *club) copies() (keys []string) {
	for key := range c.ofStore() {
		if strings.HasPrefix(key, "post ") {
			keys = append(keys, key)
		}
	}
	return keys
}

// A pass that another one overtakes while it reads comments does not note that they are stored, since they are not.
func TestAnOvertakenPassLeavesCommentsToBeRead(t *testing.T) {
	c := newClub(t, bandsim.Options{Seed: 1, Size: bandsim.Size{Posts: 3, Comments: 9, Albums: 1, Photos: 1}})
	isComments := func(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/comments") }
	first, second := c.process(0, nil), c.process(0, lease.NewMemory())
	// The second one is killed when it has stored the posts, but no comments.
	second.next = tripper(func(r *http.Request) (*http.Response, error) {
		if isComments(r) {
			second.dead.Store(true)
			second.kill()
			return nil, errKilled
		}
		return c.sim.Transport().RoundTrip(r)
	})
	overtake := sync.OnceFunc(func() { _, _ = second.Sync(second.ctx, false) })
	first.next = tripper(func(r *http.Request) (*http.Response, error) {
		if isComments(r) {
			overtake()
		}
		return c.sim.Transport().RoundTrip(r)
	})
	if _, err := first.Sync(t.Context(), false); err == nil || !second.dead.Load() {
		t.Errorf("%v", err)
	}
	c.sync(true)
	c.wantEqual("after a full pass")
}

// A pass that is killed between storing comments and noting it leaves them to be read, whatever becomes of them meanwhile.
func TestAKilledPassLeavesCommentsToBeRead(t *testing.T) {
	c := newClub(t, bandsim.Options{Seed: 1, Size: bandsim.Size{Posts: 1, Comments: 3, Albums: 1, Photos: 1}, Knobs: bandsim.Knobs{CoolDown: -1}})
	c.sync(false)
	post := c.postsOfBand()[0]
	must(t, c.client.CreateComment(t.Context(), c.token, c.sim.BandKey(), post, "지울 댓글"))
	config := c.config
	config.Store = unmarking{c.store}
	s := bandsync.New(config)
	defer s.Close()
	if _, err := s.Sync(t.Context(), false); !errors.Is(err, errKilled) {
		t.Errorf("%v", err)
	}
	for m, err := range c.client.Comments(t.Context(), c.token, c.sim.BandKey(), post, band.NewestFirst) {
		must(t, err)
		must(t, c.client.RemoveComment(t.Context(), c.token, c.sim.BandKey(), post, m.Key))
		break
	}
	c.sync(true)
	c.wantEqual("after a full pass")
}

// unmarking is a store that is killed when it is to set a mark that is not empty.
type unmarking struct{ store.Store }

func (s unmarking) SetBandMarks(ctx context.Context, pass int64, marks map[string]string) error {
	for _, mark := range marks {
		if mark != "" {
			return errKilled
		}
	}
	return s.Store.SetBandMarks(ctx, pass, marks)
}
