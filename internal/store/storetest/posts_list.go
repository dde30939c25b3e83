package storetest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/hangul"
	"github.com/dongbaejul/dongbaejul/internal/posts"
	"github.com/dongbaejul/dongbaejul/internal/store"
)

// listed returns the ids of what f lists, all of it where f has no limit, and holds the total to it.
func listed(t testing.TB, s store.Store, f posts.Filter) string {
	t.Helper()
	all := f.Limit == 0
	if all {
		f.Limit = 1000
	}
	page, total, err := s.ListPosts(t.Context(), f)
	must(t, err)
	var ids []string
	for _, p := range page {
		ids = append(ids, p.ID)
	}
	if all {
		equal(t, "the total", total, len(page))
	}
	return strings.Join(ids, " ")
}

func search(text string) posts.Filter {
	q, ok := hangul.ParseQuery(text)
	if !ok {
		panic("nothing to look for in " + text)
	}
	return posts.Filter{Search: &q}
}

// within returns the filter with a category, and with pinned or without where that is said.
func within(f posts.Filter, c posts.Category, pinned ...bool) posts.Filter {
	f.Category = c
	for _, p := range pinned {
		f.Pinned = &p
	}
	return f
}

// board creates posts a, b, c … of which each is a minute newer than the one before. A word says what it is: its category
// and, with a * at its end, that it is pinned.
func board(t testing.TB, s store.Store, words ...string) {
	t.Helper()
	for i, word := range words {
		p := post(string(rune('a' + i)))
		p.CreatedAt = noon.Add(time.Duration(i) * time.Minute)
		category, pinned := strings.CutSuffix(word, "*")
		p.Category, p.Pinned = posts.Category(category), pinned
		createPosts(t, s, p)
	}
}

func repin(t testing.TB, s store.Store, id string, pinned bool, c posts.Category) {
	t.Helper()
	_, err := s.UpdatePost(t.Context(), id, func(p *posts.Post) error {
		p.Pinned, p.Category = pinned, c
		return nil
	})
	must(t, err)
}

var postListCases = []testCase{
	{"ListPosts returns the pinned first, then the newest", func(t *testing.T, s store.Store) {
		equal(t, "no posts", listed(t, s, posts.Filter{}), "")
		board(t, s, "free", "notice*", "free", "market", "free*", "notice")
		none := posts.Filter{}
		for _, tt := range []struct {
			f    posts.Filter
			want string
		}{
			{none, "e b f d c a"},
			{within(none, posts.Free), "e c a"},
			{within(none, posts.Band), ""},
			{within(none, "", true), "e b"},
			{within(none, "", false), "f d c a"},
			{within(none, posts.Notice, true), "b"},
			{within(none, posts.Notice, false), "f"},
			{search("제목"), "e b f d c a"},
			{within(search("제목"), posts.Free), "e c a"},
			{within(search("제목"), posts.Band), ""},
			{within(search("제목"), "", true), "e b"},
			{within(search("제목"), "", false), "f d c a"},
			{within(search("제목"), posts.Notice, true), "b"},
			{within(search("free"), ""), ""},
		} {
			if got := listed(t, s, tt.f); got != tt.want {
				t.Errorf("%+v lists %q, want %q", tt.f, got, tt.want)
			}
		}
	}},
	{"ListPosts lists what UpdatePost has moved at its new place", func(t *testing.T, s store.Store) {
		board(t, s, "free", "free", "free")
		repin(t, s, "a", true, posts.Free)
		repin(t, s, "b", false, posts.Market)
		for _, f := range []posts.Filter{{}, search("제목")} {
			equal(t, "with a pinned", listed(t, s, f), "a c b")
			equal(t, "the free ones", listed(t, s, within(f, posts.Free)), "a c")
			equal(t, "the market", listed(t, s, within(f, posts.Market)), "b")
			equal(t, "the pinned", listed(t, s, within(f, "", true)), "a")
		}
		repin(t, s, "a", false, posts.Free)
		equal(t, "with a unpinned", listed(t, s, posts.Filter{}), "c b a")
		equal(t, "the pinned", listed(t, s, within(posts.Filter{}, "", true)), "")
	}},
	{"ListPosts puts what is created late where it belongs", func(t *testing.T, s store.Store) {
		for _, minute := range []int{3, 1, 2, 0} {
			p := post(fmt.Sprint(minute))
			p.CreatedAt = noon.Add(time.Duration(minute) * time.Minute)
			createPosts(t, s, p)
		}
		equal(t, "the list", listed(t, s, posts.Filter{}), "3 2 1 0")
		equal(t, "a search", listed(t, s, search("내용")), "3 2 1 0")
	}},
	{"ListPosts pages through everything once", func(t *testing.T, s store.Store) {
		const n = 23
		together(t, n, func(i int) error {
			p := post(fmt.Sprint(i))
			p.Pinned = i%5 == 0
			// Several are of one moment.
			p.CreatedAt = noon.Add(time.Duration(i/4) * time.Second)
			_, _, err := s.CreatePost(t.Context(), p)
			return err
		})
		for _, f := range []posts.Filter{{}, within(posts.Filter{}, posts.Free), search("제목")} {
			whole := strings.Fields(listed(t, s, f))
			equal(t, "posts", len(whole), n)
			var paged []string
			for f.Limit = 5; ; f.Offset += f.Limit {
				page, total, err := s.ListPosts(t.Context(), f)
				must(t, err)
				equal(t, "the total", total, n)
				if len(page) == 0 {
					break
				}
				for _, p := range page {
					paged = append(paged, p.ID)
				}
			}
			equal(t, "the pages", paged, whole)
			f.Offset = 1_000_000_000
			equal(t, "a page far beyond", listed(t, s, f), "")
		}
	}},
	{"ListPosts returns posts whole", func(t *testing.T, s store.Store) {
		want := post("p")
		want.Pinned, want.Attachments = true, []posts.Attachment{{FileID: "f"}}
		createPosts(t, s, want)
		createComments(t, s, comment("c", "p", ""))
		markRead(t, s, "p", "u", 1)
		_, _, err := s.Like(t.Context(), "p", "u", nil, noon)
		must(t, err)
		want = keptPost(want)
		want.Likes, want.Comments, want.Views = 1, 1, 1
		page, _, err := s.ListPosts(t.Context(), posts.Filter{Limit: 1})
		must(t, err)
		equal(t, "the list", page, []posts.Post{want})
	}},

	{"A search finds any part of title or content", func(t *testing.T, s store.Store) {
		p := post("p")
		p.Title, p.Content = "동탄 배드민턴 모임 🏸", "셔틀콕 2개, 라켓!\nShuttlecock NO.7 𞤀𞤁𞤂 C+, 50% · ㅋㅋㅋ A조"
		createPosts(t, s, p)
		for text, found := range map[string]bool{
			"배드민턴": true, "드민": true, "민턴 모임": true, "임": true, "배": true, "동탄 배드": true, "콕 2": true, "셔틀콕 2개 라켓": true,
			"SHUTTLE": true, "tleco": true, "no 7": true, "7": true, `"드민" OR`: false, "드민*": true, "𞤀𞤁": true, "𞤢": true,
			"+": true, "%": true, "🏸": true, "🏸+": false, "!": true, "·": true, "?": false, ",": true, "+%": false, `"`: false, "\u110f\u110f": true,
			"\uffbb\uffbb": true, "Ａ조": true, "shut\u200btle\u3164": true,
			"모임 배드": false, "배턴": false, "모임 셔틀": false, "켓 shut": true, "title": false, "free": false, "가": false,
		} {
			if got := listed(t, s, search(text)) == "p"; got != found {
				t.Errorf("%q is found: %t", text, got)
			}
		}
	}},
	{"A search finds what is there now", func(t *testing.T, s store.Store) {
		createPosts(t, s, post("p"))
		rewrite := func(title, content string) {
			t.Helper()
			_, err := s.UpdatePost(t.Context(), "p", func(p *posts.Post) error {
				p.Title, p.Content = title, content
				return nil
			})
			must(t, err)
		}
		rewrite("정모 공지", "토요일 아침")
		equal(t, "the old title", listed(t, s, search("제목")), "")
		equal(t, "the new title", listed(t, s, search("공지")), "p")
		equal(t, "the new content", listed(t, s, search("토요")), "p")
		rewrite("정모 공지", "일요일 아침")
		equal(t, "the old content", listed(t, s, search("토요")), "")
		equal(t, "the newest content", listed(t, s, search("일요")), "p")
	}},
	{"A search finds just what hangul.Query.Match does", func(t *testing.T, s store.Store) {
		random := rand.New(rand.NewPCG(1, 2))
		syllables := []rune("가나다라 마바a1+🏸")
		words := func(most int) string {
			var b strings.Builder
			for range 1 + random.IntN(most) {
				b.WriteRune(syllables[random.IntN(len(syllables))])
			}
			return b.String()
		}
		var all []posts.Post
		for i := range 60 {
			p := post(fmt.Sprint(i))
			p.Title, p.Content, p.CreatedAt = words(6), words(20), noon.Add(time.Duration(i)*time.Second)
			all = append(all, p)
		}
		together(t, len(all), func(i int) error {
			_, _, err := s.CreatePost(t.Context(), all[i])
			return err
		})
		slices.Reverse(all)
		for range 100 {
			text := words(4)
			q, ok := hangul.ParseQuery(text)
			if !ok {
				continue
			}
			var want []string
			for _, p := range all {
				if q.Match(p.Title) || q.Match(p.Content) {
					want = append(want, p.ID)
				}
			}
			if got := listed(t, s, posts.Filter{Search: &q}); got != strings.Join(want, " ") {
				t.Errorf("%q is found in %q, want %q", text, got, want)
			}
		}
	}},
}
