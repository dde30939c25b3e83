package bandsync_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/auth"
	"github.com/dongbaejul/dongbaejul/internal/band/bandsim"
	"github.com/dongbaejul/dongbaejul/internal/bandsync"
	"github.com/dongbaejul/dongbaejul/internal/users"
)

// TestAClockThatWasWrong syncs while the clock is a year ahead, and also dies then. Once it is right again, syncs go on as usual.
func TestAClockThatWasWrong(t *testing.T) {
	skipIfShort(t)
	const year = 365 * 24 * time.Hour
	for _, dies := range []int64{0, 2} {
		c := newClub(t, bandsim.Options{Seed: 1, Size: bandsim.Size{Posts: 60, Comments: 3, Albums: 1, Photos: 1}})
		c.config.Interval = time.Hour
		c.sync(true)
		c.clock.advance(year)
		p := c.process(dies, nil)
		if _, err := p.Sync(p.ctx, false); (err == nil) != (dies == 0) {
			t.Errorf("%v", err)
		}
		c.clock.advance(-year)
		s := c.service()
		if !s.Due(t.Context()) {
			t.Error("no sync is due although the last one was a year from now")
		}
		if dies == 0 {
			// When the last pass that succeeded began is not known, so that all posts are read.
			c.sim.EditPost(c.postsOfBand()[55], "오래된 글을 고쳤어요")
		}
		_, err := s.Sync(t.Context(), false)
		must(t, err)
		c.wantEqual("with the right time")
		if s.Due(t.Context()) {
			t.Error("another sync is due at once")
		}
		if c.clock.advance(time.Hour); !s.Due(t.Context()) {
			t.Error("no sync is due after an hour")
		}
	}
}

// TestProgressOfAClockThatIsSetBack is told all the same.
func TestProgressOfAClockThatIsSetBack(t *testing.T) {
	skipIfShort(t)
	c := newClub(t, bandsim.Options{Seed: 1, Size: bandsim.Size{Posts: 60, Comments: 3, Albums: 1, Photos: 1}})
	p := c.process(0, nil)
	var done []int
	pages := 0
	p.next = tripper(func(r *http.Request) (*http.Response, error) {
		if strings.HasSuffix(r.URL.Path, "/band/posts") {
			if pages++; pages == 1 {
				c.clock.advance(-time.Hour)
			}
			st, err := c.store.BandSync(t.Context())
			must(t, err)
			done = append(done, st.Done)
		}
		return c.sim.Transport().RoundTrip(r)
	})
	_, err := p.Sync(t.Context(), false)
	must(t, err)
	if !slices.Contains(done, 20) {
		t.Errorf("told %v", done)
	}
}

// TestAnotherBand replaces the copies of one Band by those of another.
func TestAnotherBand(t *testing.T) {
	first := newClub(t, bandsim.Options{Seed: 1, Size: bandsim.Size{Posts: 90, Comments: 3, Albums: 2, Photos: 9}})
	first.sync(false)
	second := newClub(t, bandsim.Options{Seed: 2, Size: bandsim.Size{Posts: 50, Comments: 3, Albums: 1, Photos: 5}})
	second.store, second.users, second.board = first.store, first.users, first.board
	second.config.Store, second.config.Users, second.config.Board, second.config.Gallery = first.store, first.users, first.board, first.store
	// The first pass fails when it has begun.
	p := second.process(3, nil)
	if _, err := p.Sync(p.ctx, false); err == nil {
		t.Error("a sync that was killed succeeded")
	}
	second.clock.advance(time.Hour)
	second.sync(false)
	second.wantEqual("after the Band was changed")
	if n := len(second.copies()); n != 50 {
		t.Errorf("%d posts", n)
	}
	if st, err := second.store.BandSync(t.Context()); err != nil || !st.Full {
		t.Errorf("%+v, %v", st, err)
	}
}

// TestAnAdminWhoIsSuspendedLendsNoToken suspends the admin whose token a pass uses. It goes on with another one's, and ends if there is none.
func TestAnAdminWhoIsSuspendedLendsNoToken(t *testing.T) {
	for _, others := range []int{0, 1} {
		c := newClub(t, bandsim.Options{Seed: 1, Size: smallClub})
		k := &tokens{c: c, of: map[string]auth.BandToken{}}
		c.config.Tokens, c.config.Spare = k, nil
		for _, m := range c.sim.Members()[:1+others] {
			k.of[c.admin(m.UserKey)] = c.tokenOf(m.UserKey)
		}
		suspended := ""
		p := c.process(0, nil)
		p.next = tripper(func(r *http.Request) (*http.Response, error) {
			if suspended == "" && strings.HasSuffix(r.URL.Path, "/comments") {
				suspended = k.asked[len(k.asked)-1]
				_, err := c.store.UpdateUser(t.Context(), suspended, func(u *users.User) error { u.Status = users.Suspended; return nil })
				must(t, err)
			}
			if strings.Contains(r.URL.Path, "album") && r.URL.Query().Get("access_token") == k.of[suspended].Access.Reveal() {
				t.Error("the token of an admin who is suspended is used")
			}
			return c.sim.Transport().RoundTrip(r)
		})
		_, err := p.Sync(t.Context(), false)
		if others == 0 {
			wantReason(t, err, "BAND_NOT_CONNECTED")
			continue
		}
		must(t, err)
		if len(k.refreshed) != 0 {
			t.Errorf("refreshed %v", k.refreshed)
		}
		if st, err := c.store.BandSync(t.Context()); err != nil || st.Step != bandsync.Done {
			t.Errorf("%+v, %v", st, err)
		}
	}
}

// TestACoolDownLongerThanTheInterval is waited for as long as Band says, and not followed by another sync at once.
func TestACoolDownLongerThanTheInterval(t *testing.T) {
	c := newClub(t, bandsim.Options{Seed: 1, Size: bandsim.Size{Posts: 3, Comments: 3, Albums: 1, Photos: 1}})
	c.config.Interval = time.Hour
	p := c.process(0, nil)
	requests := 0
	p.next = tripper(func(r *http.Request) (*http.Response, error) {
		if requests++; requests == 3 {
			const body = `{"result_code":1003,"result_data":{"message":"Cool down time restriction","cool_time":{"expired_in":9000}}}`
			return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body))}, nil
		}
		return c.sim.Transport().RoundTrip(r)
	})
	_, err := p.Sync(t.Context(), false)
	must(t, err)
	c.wantEqual("after the cool-down")
	if !slices.Equal(c.waits.all, []time.Duration{9000 * time.Second}) {
		t.Errorf("waited %v", c.waits.all)
	}
	if p.Due(t.Context()) {
		t.Error("another sync is due at once")
	}
	if c.clock.advance(time.Hour); !p.Due(t.Context()) {
		t.Error("no sync is due after an hour")
	}
}

// TestCommentsThatBandDoesNotShow are asked for again by full passes only, and are there once Band shows them.
func TestCommentsThatBandDoesNotShow(t *testing.T) {
	c := newClub(t, bandsim.Options{Seed: 1, Size: bandsim.Size{Posts: 2, Comments: 6, Albums: 1, Photos: 1}})
	hidden := c.postsOfBand()[0]
	shown, asked := false, 0
	p := c.process(0, nil)
	p.next = tripper(func(r *http.Request) (*http.Response, error) {
		if strings.HasSuffix(r.URL.Path, "/comments") && r.URL.Query().Get("post_key") == hidden {
			if asked++; !shown {
				const body = `{"result_code":60401,"result_data":{"message":"Post is not connected with the app"}}`
				return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body))}, nil
			}
		}
		return c.sim.Transport().RoundTrip(r)
	})
	for i, want := range []int{1, 1, 2} {
		_, err := p.Sync(t.Context(), i == 2)
		must(t, err)
		if asked != want {
			t.Errorf("after pass %d they were asked for %d times, not %d", i, asked, want)
		}
	}
	shown = true
	_, err := p.Sync(t.Context(), true)
	must(t, err)
	c.wantEqual("once they are shown")
}

// onePage is a process to which Band answers only the first page of the list with that path, as if there were no more.
func (c *club) onePage(path string) *process {
	p := c.process(0, nil)
	p.next = tripper(func(r *http.Request) (*http.Response, error) {
		answer, err := c.sim.Transport().RoundTrip(r)
		if err != nil || r.URL.Path != path {
			return answer, err
		}
		var body map[string]any
		must(c.t, json.NewDecoder(answer.Body).Decode(&body))
		delete(body["result_data"].(map[string]any), "paging")
		text, err := json.Marshal(body)
		must(c.t, err)
		answer.Body, answer.ContentLength = io.NopCloser(bytes.NewReader(text)), int64(len(text))
		return answer, nil
	})
	return p
}

// TestAListThatEndsEarly deletes nothing. What is really gone is deleted, the very last post too.
func TestAListThatEndsEarly(t *testing.T) {
	c := newClub(t, bandsim.Options{Seed: 1, Size: bandsim.Size{Posts: 60, Comments: 3, Albums: 1, Photos: 1}})
	c.sync(true)
	p := c.onePage("/v2/band/posts")
	_, err := p.Sync(t.Context(), true)
	must(t, err)
	if n := len(c.copies()); n != 60 {
		t.Errorf("%d posts are left", n)
	}
	if st, err := c.store.BandSync(t.Context()); err != nil || !st.LastFull.Before(st.LastSync) {
		t.Errorf("%+v, %v", st, err)
	}
	c.sync(true)
	c.wantEqual("once the list is whole")
	there := c.postsOfBand()
	for _, key := range there[30:] {
		c.sim.DeletePost(key)
	}
	c.sync(true)
	c.wantEqual("when the older half is deleted")
	c.sim.DeletePost(there[29])
	c.sync(true)
	c.wantEqual("when the last one is deleted")
}

// TestAListOfAlbumsThatEndsEarly deletes neither albums nor photos. What is really gone is deleted, also the last album and one that is empty.
func TestAListOfAlbumsThatEndsEarly(t *testing.T) {
	c := newClub(t, bandsim.Options{Seed: 1, Size: bandsim.Size{Posts: 2, Comments: 2, Albums: 25, Photos: 50}})
	c.sync(true)
	p := c.onePage("/v2/band/albums")
	for range 2 {
		_, err := p.Sync(t.Context(), true)
		must(t, err)
		c.wantEqual("after a list that ended early")
		if st, err := c.store.BandSync(t.Context()); err != nil || !st.LastFull.Before(st.LastSync) {
			t.Errorf("%+v, %v", st, err)
		}
	}
	c.sync(true)
	c.wantEqual("once the list is whole")
	there := c.albumsOfBand()
	c.sim.DeleteAlbum(there[24])
	c.sync(true)
	c.wantEqual("when the last one is deleted")
	for _, key := range there[10:24] {
		c.sim.DeleteAlbum(key)
	}
	c.sync(true)
	c.wantEqual("when the newer half is deleted")
	c.sim.DeleteAlbum(there[0])
	c.sync(true)
	c.wantEqual("when the first one is deleted")
	if n := len(c.albums()); n != 9 {
		t.Errorf("%d albums", n)
	}
}

// albumsOfBand are the keys of the albums, the oldest first.
func (c *club) albumsOfBand() (keys []string) {
	c.t.Helper()
	for a, err := range c.client.Albums(c.t.Context(), c.token, c.sim.BandKey()) {
		must(c.t, err)
		keys = append(keys, a.Key)
	}
	return keys
}

// TestAnAlbumThatBandDoesNotShow keeps its photos, unless Band says that it is gone. An answer without any is rather one that lacks them.
func TestAnAlbumThatBandDoesNotShow(t *testing.T) {
	skipIfShort(t)
	for answer, stay := range map[string]bool{
		`{"result_code":2142,"result_data":{"message":"no"}}`:  true,
		`{"result_code":60801,"result_data":{"message":"no"}}`: false,
		`{"result_code":1,"result_data":{}}`:                   true,
	} {
		c := newClub(t, bandsim.Options{Seed: 1, Size: bandsim.Size{Posts: 2, Comments: 2, Albums: 2, Photos: 8}})
		c.sync(true)
		album := c.albums()[0].ID
		before := len(c.photosOf(album))
		p := c.process(0, nil)
		p.next = tripper(func(r *http.Request) (*http.Response, error) {
			if key := r.URL.Query().Get("photo_album_key"); key != "" && bandsync.AlbumID(key) == album {
				return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(answer))}, nil
			}
			return c.sim.Transport().RoundTrip(r)
		})
		_, err := p.Sync(t.Context(), true)
		must(t, err)
		if n := len(c.photosOf(album)); before == 0 || n != before && stay || n != 0 && !stay {
			t.Errorf("%s leaves %d of %d photos", answer, n, before)
		}
		c.sync(true)
		c.wantEqual("once it is shown")
	}
}
