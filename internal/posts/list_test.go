package posts_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/app/apptest"
	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/posts"
)

// pages reads a list to its end by page tokens, of pages of the size that limit returns, and calls between before each page but
// the first. It returns the ids of each page.
func (f *fixture) pages(t *testing.T, req *v1.ListPostsRequest, limit func() int32, between func()) (pages [][]string) {
	t.Helper()
	for {
		req.Limit = new(limit())
		res, err := f.ListPosts(as(t, lee), req)
		must(t, err)
		if (res.GetPagination() != nil) != (req.PageToken == nil) {
			t.Errorf("page %d has %v", len(pages), res.GetPagination())
		}
		var ids []string
		for _, p := range res.GetPosts() {
			ids = append(ids, p.GetId())
		}
		pages = append(pages, ids)
		if len(ids) == 0 && len(pages) > 1 {
			t.Errorf("page %d of %d is empty", len(pages), *req.Limit)
		}
		if len(ids) > int(*req.Limit) || res.GetNextPageToken() != "" && len(ids) < int(*req.Limit) {
			t.Errorf("page %d has %d posts of %d", len(pages), len(ids), *req.Limit)
		}
		if res.GetNextPageToken() == "" {
			return pages
		}
		req.PageToken = new(res.GetNextPageToken())
		between()
	}
}

func always(limit int32) func() int32 { return func() int32 { return limit } }

// stored creates a post as it is.
func (f *fixture) stored(t *testing.T, id string, minute int, pinned bool) {
	t.Helper()
	_, _, err := f.store.CreatePost(t.Context(), posts.Post{
		ID: id, Title: "정모 " + id, Content: "토요일", Category: posts.Free, AuthorID: kim, Pinned: pinned,
		CreatedAt: time.Date(2026, 3, 1, 12, minute, 0, 0, time.UTC),
	})
	must(t, err)
}

func (f *fixture) pin(t *testing.T, id string, pinned bool) {
	t.Helper()
	_, err := f.UpdatePost(as(t, park), &v1.UpdatePostRequest{PostId: id, IsPinned: &pinned})
	must(t, err)
}

func TestPagesByToken(t *testing.T) {
	f := open(t)
	for i, id := range strings.Fields("a b c d e f g") {
		f.stored(t, id, i, id == "b" || id == "d" || id == "f")
	}
	for _, tt := range []struct {
		limit  int32
		change map[int]func()
		want   string
	}{
		{2, nil, "[f d] [b g] [e c] [a]"},
		{3, nil, "[f d b] [g e c] [a]"},
		{7, nil, "[f d b g e c a]"},
		// d and b are unpinned and pinned again while they were given and while not.
		{2, map[int]func(){1: func() { f.pin(t, "d", false) }, 2: func() { f.pin(t, "d", true) }}, "[f d] [b g] [e c] [a]"},
		{2, map[int]func(){1: func() { f.pin(t, "b", false) }, 3: func() { f.pin(t, "b", true) }}, "[f d] [g e] [c b] [a]"},
		{4, map[int]func(){1: func() { f.pin(t, "c", true); f.pin(t, "g", true) }}, "[f d b g] [e c a]"},
		{4, map[int]func(){0: func() { f.pin(t, "c", false); f.pin(t, "g", false) }, 1: func() { f.stored(t, "h", 9, true) }}, "[f d b g] [e c a]"},
		{1, map[int]func(){1: func() { must(t, f.store.DeletePost(t.Context(), "h", "by")); f.pin(t, "g", true) }}, "[h] [g] [f] [d] [b] [e] [c] [a]"},
	} {
		n := 0
		step := func() {
			if change := tt.change[n]; change != nil {
				change()
			}
			n++
		}
		step()
		equal(t, fmt.Sprintf("pages of %d, changed between them: %t", tt.limit, tt.change != nil),
			strings.Trim(fmt.Sprint(f.pages(t, &v1.ListPostsRequest{}, always(tt.limit), step)), "[]"), strings.Trim(tt.want, "[]"))
	}
}

func TestAPageByNumberHasATokenWhereItIsTheFirst(t *testing.T) {
	f := open(t)
	for i := range 5 {
		f.stored(t, fmt.Sprint(i), i, false)
	}
	for number, want := range map[int32]bool{1: true, 2: false, 3: false} {
		res, err := f.ListPosts(as(t, lee), &v1.ListPostsRequest{Page: &number, Limit: new(int32(2))})
		must(t, err)
		equal(t, fmt.Sprintf("page %d has a token", number), res.GetNextPageToken() != "", want)
	}
}

// Of more pinned posts than a token holds, the first ones come first, and all of them once.
func TestManyPinnedPostsComeOnce(t *testing.T) {
	const n = posts.MaxExcept + 30
	f := open(t)
	for i := range 2 * n {
		f.stored(t, fmt.Sprint(i), i, i%2 == 0)
	}
	for _, limit := range []int32{7, 60, 100} {
		all := slices.Concat(f.pages(t, &v1.ListPostsRequest{}, always(limit), func() {})...)
		slices.Sort(all)
		equal(t, fmt.Sprintf("posts in pages of %d", limit), len(slices.Compact(all)), 2*n)
	}
}

func TestPageTokensOfOtherListsAreRefused(t *testing.T) {
	f := open(t)
	for i := range 5 {
		f.stored(t, fmt.Sprint(i), i, false)
	}
	res, err := f.ListPosts(as(t, lee), &v1.ListPostsRequest{Limit: new(int32(2)), Search: "정모"})
	must(t, err)
	token := res.GetNextPageToken()
	for what, req := range map[string]*v1.ListPostsRequest{
		"another search": {Search: "모임", PageToken: &token}, "no search": {PageToken: &token},
		"another category": {Search: "정모", Category: new(market), PageToken: &token},
		"pinned posts":     {Search: "정모", Pinned: new(true), PageToken: &token},
		"garbage":          {Search: "정모", PageToken: new(token[:len(token)-3])},
	} {
		_, err := f.ListPosts(as(t, lee), req)
		refused(t, "a token for "+what, err, fault.Invalid, "PAGE_TOKEN_INVALID")
	}
	_, err = f.ListPosts(as(t, lee), &v1.ListPostsRequest{Search: "정모", Page: new(int32(1)), PageToken: &token})
	refused(t, "both", err, fault.Invalid, "PAGE_OR_CURSOR")
}

// Every post that is there and matches all the time is given once, whatever happens between the pages.
func TestAWalkGivesEveryPostOnce(t *testing.T) {
	for seed := range uint64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 9))
			f := open(t)
			w := &walk{fixture: f, random: random}
			for range 40 {
				w.create(t)
			}
			for i, req := range []*v1.ListPostsRequest{
				{}, {Category: new(free)}, {Search: "정모"}, {Search: "정모", Category: new(free)}, {Pinned: new(false)}, {Pinned: new(true)},
			} {
				w.run(t, fmt.Sprint("walk ", i), req)
			}
		})
	}
}

// walk changes posts at random.
type walk struct {
	*fixture
	random  *rand.Rand
	created int
	// there are the ids of the posts, and stay those that have matched all the time.
	there []string
	stay  map[string]bool
}

func (w *walk) create(t *testing.T) {
	t.Helper()
	id := fmt.Sprint("p", w.created)
	w.created++
	// Many are of one moment, and some are older than others that came before.
	w.stored(t, id, w.random.IntN(20), w.random.IntN(3) == 0)
	w.there = append(w.there, id)
}

func (w *walk) change(t *testing.T, req *v1.ListPostsRequest) {
	t.Helper()
	i := w.random.IntN(len(w.there))
	id := w.there[i]
	edit := &v1.UpdatePostRequest{PostId: id}
	switch w.random.IntN(8) {
	case 0, 1:
		w.create(t)
		return
	case 2:
		must(t, w.store.DeletePost(t.Context(), id, "by"))
		w.there = slices.Delete(w.there, i, i+1)
		delete(w.stay, id)
		return
	case 3:
		edit.Category = new([]v1.PostCategory{free, market}[w.random.IntN(2)])
		if req.Category != nil {
			delete(w.stay, id)
		}
	case 4:
		edit.Title, edit.Content = new("모임"), new("일요일")
		if req.GetSearch() != "" {
			delete(w.stay, id)
		}
	default:
		edit.IsPinned = new(w.random.IntN(2) == 0)
		if req.Pinned != nil {
			delete(w.stay, id)
		}
	}
	_, err := w.UpdatePost(as(t, park), edit)
	must(t, err)
}

func (w *walk) run(t *testing.T, name string, req *v1.ListPostsRequest) {
	t.Helper()
	w.stay = make(map[string]bool)
	for _, id := range slices.Concat(w.pages(t, req, always(100), func() {})...) {
		w.stay[id] = true
	}
	req.PageToken = nil
	times := make(map[string]int)
	for _, id := range slices.Concat(w.pages(t, req, func() int32 { return int32(1 + w.random.IntN(7)) }, func() {
		for range w.random.IntN(4) {
			w.change(t, req)
		}
	})...) {
		times[id]++
	}
	for id := range w.stay {
		if times[id] == 0 {
			t.Errorf("%s does not give %s", name, id)
		}
	}
	for id, n := range times {
		if n > 1 {
			t.Errorf("%s returns %s %d times", name, id, n)
		}
	}
}

func TestPageTokensByREST(t *testing.T) {
	s := apptest.Start(t)
	m := s.Club(t, 1, apptest.ConnectBinary)[0]
	for range 3 {
		_, err := m.Posts.CreatePost(t.Context(), post())
		must(t, err)
	}
	res, err := m.Posts.ListPosts(t.Context(), &v1.ListPostsRequest{Limit: new(int32(2))})
	must(t, err)
	token := res.GetNextPageToken()
	status, body := rest(t, s, m, "/api/v1/posts?limit=2&page_token="+token)
	if status != http.StatusOK || strings.Count(body, `"post_id"`)+strings.Count(body, `"title"`) != 1 || strings.Contains(body, `"pagination":{`) {
		t.Errorf("the second page: %d %s", status, body)
	}
	for _, path := range []string{"/api/v1/posts?page_token=", "/api/v1/posts?page=1&page_token=", "/api/v1/users/members?page_token=", "/api/v1/games?page_token=&date_from=&date_to="} {
		if status, body := rest(t, s, m, path); status != http.StatusOK {
			t.Errorf("the first page by an empty token: %d %s", status, body)
		}
	}
	for query, want := range map[string]string{
		"page_token=" + token + "&page=1":     `PAGE_OR_CURSOR`,
		"page_token=" + token + "&search=%22": `PAGE_TOKEN_INVALID`,
		"page_token=garbage":                  `PAGE_TOKEN_INVALID`,
	} {
		if status, body := rest(t, s, m, "/api/v1/posts?"+query); status != http.StatusBadRequest || !strings.Contains(body, want) || !strings.Contains(body, `"page`) {
			t.Errorf("%s: %d %s", query, status, body)
		}
	}
}
