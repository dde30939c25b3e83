package storetest

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/posts"
	"github.com/dongbaejul/dongbaejul/internal/store"
)

// postsAfter returns the ids of a part of the posts, and where the next part begins.
func postsAfter(t testing.TB, s store.Store, f posts.Filter, after posts.Position, except ...string) ([]string, posts.Position) {
	t.Helper()
	page, next, err := s.PostsAfter(t.Context(), f, after, except)
	must(t, err)
	if len(page) > f.Limit {
		t.Errorf("a part has %d posts, and its limit is %d", len(page), f.Limit)
	}
	return postIDs(page), next
}

func postIDs(page []posts.Post) []string {
	ids := make([]string, len(page))
	for i, p := range page {
		ids[i] = p.ID
	}
	return ids
}

// filtersOfWalks are filters that let through several posts of walkPosts.
func filtersOfWalks() []posts.Filter {
	return []posts.Filter{
		{}, within(posts.Filter{}, posts.Free), search("제목"), search("제"), within(search("제목"), posts.Free),
		within(posts.Filter{}, "", false), within(search("제목"), posts.Free, false),
	}
}

var postsAfterCases = []testCase{
	{"PostsAfter returns the newest first, pinned or not", func(t *testing.T, s store.Store) {
		all := posts.Filter{Limit: 10}
		ids, next := postsAfter(t, s, all, posts.Position{})
		equal(t, "no posts", ids, []string{})
		equal(t, "after no posts", next, posts.Position{})
		board(t, s, "free", "notice*", "free", "market", "free*", "notice")
		c, none := postOf(t, s, "c").Position(), posts.Position{}
		for _, tt := range []struct {
			f      posts.Filter
			after  posts.Position
			except string
			want   string
		}{
			{all, none, "", "f e d c b a"},
			{all, none, "f d a none", "e c b"},
			{all, c, "", "b a"},
			{all, c, "c b", "a"},
			{within(all, posts.Free), none, "", "e c a"},
			{within(all, posts.Free), none, "e", "c a"},
			{within(all, "", true), none, "", "e b"},
			{within(all, "", true), c, "", "b"},
			{within(all, "", true), c, "b", ""},
			{within(all, "", false), none, "", "f d c a"},
			{within(all, "", false), c, "", "a"},
			{within(all, posts.Notice, true), none, "", "b"},
			{search("제목"), none, "", "f e d c b a"},
			{search("제목"), c, "a", "b"},
			{within(search("제목"), posts.Free), none, "e", "c a"},
			{within(search("제목"), "", true), c, "", "b"},
			{search("제목 f"), none, "", "f"},
			{search("제목 f"), c, "", ""},
		} {
			tt.f.Limit = 10
			ids, next := postsAfter(t, s, tt.f, tt.after, strings.Fields(tt.except)...)
			equal(t, fmt.Sprintf("%+v after %v without %q", tt.f, tt.after, tt.except), strings.Join(ids, " "), tt.want)
			equal(t, "what follows the last", next, none)
		}
		ids, next = postsAfter(t, s, posts.Filter{Limit: 4}, none)
		equal(t, "a part", ids, []string{"f", "e", "d", "c"})
		equal(t, "the next part's beginning", next, c)
		ids, next = postsAfter(t, s, posts.Filter{Limit: 2}, next)
		equal(t, "the last part", ids, []string{"b", "a"})
		equal(t, "the end", next, none)
	}},
	{"PostsAfter returns posts whole", func(t *testing.T, s store.Store) {
		want := post("p")
		want.Pinned, want.Attachments = true, []posts.Attachment{{FileID: "f"}}
		createPosts(t, s, want)
		createComments(t, s, comment("c", "p", ""))
		want = keptPost(want)
		want.Comments = 1
		page, _, err := s.PostsAfter(t.Context(), posts.Filter{Limit: 1}, posts.Position{}, nil)
		must(t, err)
		equal(t, "the part", page, []posts.Post{want})
	}},
	{"A post keeps its position", func(t *testing.T, s store.Store) {
		for i := range 6 {
			p := post(fmt.Sprint(i))
			p.Pinned = i%2 == 0
			createPosts(t, s, p)
		}
		before, _, err := s.PostsAfter(t.Context(), posts.Filter{Limit: 10}, posts.Position{}, nil)
		must(t, err)
		for i, p := range before {
			repin(t, s, p.ID, !p.Pinned, posts.Market)
			kept := postOf(t, s, p.ID)
			equal(t, "the position", kept.Position(), p.Position())
			if i > 0 && before[i-1].Position() == p.Position() {
				t.Errorf("%s and %s have one position", p.ID, before[i-1].ID)
			}
		}
		after, _ := postsAfter(t, s, posts.Filter{Limit: 10}, posts.Position{})
		equal(t, "the order", after, postIDs(before))
	}},
	{"PostsAfter returns each post once, whatever happens between its parts", func(t *testing.T, s store.Store) {
		random := rand.New(rand.NewPCG(3, 4))
		created := 0
		create := func() string {
			p := post(fmt.Sprint("p", created))
			created++
			// Some are of one moment.
			p.CreatedAt, p.Pinned = noon.Add(time.Duration(random.IntN(12))*time.Microsecond), random.IntN(4) == 0
			p.Category = []posts.Category{posts.Free, posts.Free, posts.Market}[random.IntN(3)]
			createPosts(t, s, p)
			return p.ID
		}
		for i, f := range filtersOfWalks() {
			for range 25 {
				create()
			}
			f.Limit = 1 + random.IntN(6)
			walkPosts(t, s, random, fmt.Sprint("number ", i), f, create)
		}
	}},
}

// walkPosts reads all posts that f lets through in parts, while others come and go and some of them are pinned and unpinned.
func walkPosts(t *testing.T, s store.Store, random *rand.Rand, name string, f posts.Filter, create func() string) {
	t.Helper()
	whole := f
	whole.Limit = 1000
	all, _ := postsAfter(t, s, whole, posts.Position{})
	// stay are those that are let through all the time.
	stay := make(map[string]bool)
	for _, id := range all {
		stay[id] = true
	}
	given := make(map[string]int)
	var at posts.Position
	for more := true; more; {
		var part []string
		part, at = postsAfter(t, s, f, at)
		for _, id := range part {
			given[id]++
		}
		for range random.IntN(4) {
			id := all[random.IntN(len(all))]
			switch random.IntN(4) {
			case 0:
				create()
			case 1:
				if stay[id] {
					must(t, s.DeletePost(t.Context(), id, "by"))
					delete(stay, id)
				}
			default:
				if !stay[id] {
					continue
				}
				now := postOf(t, s, id)
				repin(t, s, id, !now.Pinned, now.Category)
				if f.Pinned != nil {
					delete(stay, id)
				}
			}
		}
		more = at != posts.Position{}
	}
	for id := range stay {
		if given[id] == 0 {
			t.Errorf("walk %s does not give %s", name, id)
		}
	}
	for id, times := range given {
		if times > 1 {
			t.Errorf("walk %s returns %s %d times", name, id, times)
		}
	}
	if len(stay) < 5 {
		t.Errorf("only %d posts are there during all of walk %s", len(stay), name)
	}
}
