package storetest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/bandsync"
	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/hangul"
	"github.com/dongbaejul/dongbaejul/internal/posts"
	"github.com/dongbaejul/dongbaejul/internal/store"
)

// bandPost is a copy of a post of Band.
func bandPost(id string) posts.Post {
	p := post(id)
	p.Category, p.BandURL, p.RequestHash = posts.Band, "https://band.us/band/b/post/"+id, ""
	p.Attachments = []posts.Attachment{{FileID: "photo " + id, URL: "/photos/" + id}}
	return p
}

// bandComment is a copy of a comment of Band.
func bandComment(id, postID string) posts.Comment {
	c := comment(id, postID, "")
	c.OfBand, c.RequestHash = true, ""
	return c
}

func putBandPosts(t testing.TB, s store.Store, pass int64, at time.Time, copies ...posts.Post) []posts.BandPut {
	t.Helper()
	puts, err := s.PutBandPosts(t.Context(), pass, at, copies)
	must(t, err)
	equal(t, "how many are answered", len(puts), len(copies))
	return puts
}

func putBandComments(t testing.TB, s store.Store, pass int64, at time.Time, postID string, want int, comments ...posts.Comment) {
	t.Helper()
	changed, err := s.PutBandComments(t.Context(), pass, at, postID, comments, maxComments)
	must(t, err)
	equal(t, "how many have changed", changed, want)
}

func deleteBandPosts(t testing.TB, s store.Store, before int64, limit, want int) {
	t.Helper()
	n, err := s.DeleteBandPostsBefore(t.Context(), before, limit)
	must(t, err)
	equal(t, "how many are deleted", n, want)
}

var (
	later     = noon.Add(time.Hour)
	muchLater = noon.Add(2 * time.Hour)
)

var bandPostCases = []testCase{
	{"PutBandPosts creates, takes over and keeps", func(t *testing.T, s store.Store) {
		a, b := bandPost("a"), bandPost("b")
		b.AuthorID, b.AuthorName = "", "이름만"
		equal(t, "new", putBandPosts(t, s, 1, later, a, b), []posts.BandPut{{Created: true}, {Created: true}})
		equal(t, "a", postOf(t, s, "a"), keptPost(a))
		wantB := keptPost(b)
		wantB.Order = postOf(t, s, "b").Order // another one if the time is the same
		equal(t, "b", postOf(t, s, "b"), wantB)
		equal(t, "again", putBandPosts(t, s, 2, muchLater, a, b), []posts.BandPut{{}, {}})
		equal(t, "a", postOf(t, s, "a"), keptPost(a))

		_, _, err := s.Like(t.Context(), "a", "somebody", new(true), noon)
		must(t, err)
		_, err = s.UpdatePost(t.Context(), "a", func(p *posts.Post) error { p.Pinned = true; return nil })
		must(t, err)
		changed := a
		changed.Title, changed.Content, changed.Attachments = "새 제목", "새 내용", nil
		equal(t, "changed", putBandPosts(t, s, 3, later, changed), []posts.BandPut{{Changed: true}})
		want := keptPost(changed)
		want.UpdatedAt, want.Pinned, want.Likes, want.Version = kept(later), true, 1, 3
		equal(t, "a", postOf(t, s, "a"), want)

		// Another author is no other text.
		b.AuthorID, b.AuthorName = "author", ""
		equal(t, "changed", putBandPosts(t, s, 3, muchLater, b), []posts.BandPut{{Changed: true}})
		got := postOf(t, s, "b")
		equal(t, "who wrote it", []any{got.AuthorID, got.AuthorName, got.UpdatedAt}, []any{"author", "", time.Time{}})
		equal(t, "how many there are of the author", statsOf(t, s, "author").Posts, 2)
	}},
	{"What PutBandPosts changes is listed and found as it is now", func(t *testing.T, s store.Store) {
		a := bandPost("a")
		putBandPosts(t, s, 1, later, a)
		a.Title, a.Content = "배드민턴", "셔틀콕"
		putBandPosts(t, s, 1, later, a)
		for search, want := range map[string]int{"제목": 0, "내용": 0, "배드민턴": 1, "셔틀콕": 1} {
			q, ok := hangul.ParseQuery(search)
			equal(t, "the query is one", ok, true)
			page, total, err := s.ListPosts(t.Context(), posts.Filter{Category: posts.Band, Search: &q, Limit: 10})
			must(t, err)
			equal(t, "how many are found by "+search, []int{len(page), total}, []int{want, want})
		}
		page, total, err := s.ListPosts(t.Context(), posts.Filter{Category: posts.Band, Limit: 10})
		must(t, err)
		equal(t, "the list", []int{len(page), total}, []int{1, 1})
	}},
	{"A pass changes nothing that a later one has stored", func(t *testing.T, s store.Store) {
		a := bandPost("a")
		putBandPosts(t, s, 5, later, a)
		putBandComments(t, s, 5, later, "a", 1, bandComment("c", "a"))
		old := a
		old.Title = "옛 제목"
		equal(t, "an earlier pass", putBandPosts(t, s, 4, later, old), []posts.BandPut{{}})
		equal(t, "a", postOf(t, s, "a").Title, a.Title)
		_, err := s.PutBandComments(t.Context(), 4, later, "a", nil, maxComments)
		wantKind(t, err, fault.NotFound)
		equal(t, "the comment", commentOf(t, s, "c").DeletedAt, time.Time{})
		deleteBandPosts(t, s, 5, 10, 0)
	}},
	{"DeleteBandPostsBefore deletes what no later pass has seen", func(t *testing.T, s store.Store) {
		createPosts(t, s, post("written here"))
		a, b, c, d := bandPost("a"), bandPost("b"), bandPost("c"), bandPost("d")
		putBandPosts(t, s, 1, later, a, b, c, d)
		putBandComments(t, s, 1, later, "a", 1, bandComment("of a", "a"))
		createComments(t, s, comment("written here", "a", ""))
		_, _, err := s.Like(t.Context(), "a", "somebody", new(true), noon)
		must(t, err)
		changed := c
		changed.Title = "새 제목"
		putBandPosts(t, s, 2, later, b, changed)
		deleteBandPosts(t, s, 2, 1, 1)
		deleteBandPosts(t, s, 2, 10, 1)
		deleteBandPosts(t, s, 2, 10, 0)
		for _, id := range []string{"a", "d"} {
			_, err := s.Post(t.Context(), id)
			wantKind(t, err, fault.NotFound)
		}
		for _, id := range []string{"of a", "written here"} {
			_, err = s.Comment(t.Context(), id)
			wantKind(t, err, fault.NotFound)
		}
		for _, id := range []string{"b", "c", "written here"} {
			postOf(t, s, id)
		}
		page, total, err := s.ListPosts(t.Context(), posts.Filter{Category: posts.Band, Limit: 10})
		must(t, err)
		equal(t, "the list", []int{len(page), total}, []int{2, 2})

		// It is in Band after all.
		equal(t, "again", putBandPosts(t, s, 3, later, a), []posts.BandPut{{Created: true}})
		want := keptPost(a)
		want.Order, want.Version = postOf(t, s, "a").Order, postOf(t, s, "a").Version
		equal(t, "a", postOf(t, s, "a"), want)
		equal(t, "its comments", len(commentsOf(t, s, "a")), 0)
		putBandComments(t, s, 3, later, "a", 1, bandComment("of a", "a"))
		equal(t, "its comments", len(commentsOf(t, s, "a")), 1)
	}},
	{"A post of Band that was deleted here is created again", func(t *testing.T, s store.Store) {
		a := bandPost("a")
		putBandPosts(t, s, 1, later, a)
		must(t, s.DeletePost(t.Context(), "a", "somebody"))
		equal(t, "again", putBandPosts(t, s, 2, later, a), []posts.BandPut{{Created: true}})
		equal(t, "its title", postOf(t, s, "a").Title, a.Title)
	}},
	{"PutBandComments makes the comments of Band the given ones", func(t *testing.T, s store.Store) {
		putBandPosts(t, s, 1, later, bandPost("a"))
		a, b, c := bandComment("a", "a"), bandComment("b", "a"), bandComment("c", "a")
		b.AuthorID, b.AuthorName, b.CreatedAt = "", "이름만", noon.Add(time.Second)
		c.CreatedAt = noon.Add(2 * time.Second)
		mine := comment("mine", "a", "b")
		mine.CreatedAt = noon.Add(3 * time.Second)
		putBandComments(t, s, 1, later, "a", 3, a, b, c)
		createComments(t, s, mine)
		equal(t, "the comments", commentsOf(t, s, "a"), []posts.Comment{keptComment(a), keptComment(b), keptComment(c), keptComment(mine)})
		putBandComments(t, s, 2, later, "a", 0, a, b, c)

		edited := c
		edited.Content = "고쳤어요"
		putBandComments(t, s, 2, later, "a", 2, a, edited)
		edited.UpdatedAt = later
		gone := b
		gone.Content, gone.DeletedAt = "", later
		equal(t, "the comments", commentsOf(t, s, "a"), []posts.Comment{keptComment(a), keptComment(gone), keptComment(edited), keptComment(mine)})
		equal(t, "how many there are", postOf(t, s, "a").Comments, 3)
		putBandComments(t, s, 2, muchLater, "a", 0, a, edited)

		// It is in Band after all.
		putBandComments(t, s, 3, muchLater, "a", 1, a, b, edited)
		equal(t, "the comments", commentsOf(t, s, "a"), []posts.Comment{keptComment(a), keptComment(b), keptComment(edited), keptComment(mine)})
		_, err := s.PutBandComments(t.Context(), 3, muchLater, "none", []posts.Comment{bandComment("d", "none")}, maxComments)
		wantKind(t, err, fault.NotFound)
	}},
	{"PutBandComments creates no more comments than there is room for", func(t *testing.T, s store.Store) {
		putBandPosts(t, s, 1, later, bandPost("a"))
		var all []posts.Comment
		for i := range 5 {
			c := bandComment(fmt.Sprint(i), "a")
			c.CreatedAt = noon.Add(time.Duration(i) * time.Second)
			all = append(all, c)
		}
		changed, err := s.PutBandComments(t.Context(), 1, later, "a", all, 3)
		must(t, err)
		equal(t, "how many are created", changed, 3)
		equal(t, "how many there are", len(commentsOf(t, s, "a")), 3)
	}},
	{"Passes at once store each copy once", func(t *testing.T, s store.Store) {
		var copies []posts.Post
		var comments []posts.Comment
		for i := range 20 {
			p := bandPost(fmt.Sprint(i))
			p.CreatedAt = noon.Add(time.Duration(i) * time.Second)
			copies = append(copies, p)
			comments = append(comments, bandComment(fmt.Sprint("c", i), "0"))
		}
		together(t, 4, func(i int) error {
			if _, err := s.PutBandPosts(t.Context(), int64(1+i), later, copies); err != nil {
				return err
			}
			_, err := s.PutBandComments(t.Context(), int64(1+i), later, "0", comments, maxComments)
			if errors.Is(err, fault.NotFound) {
				return nil // a later one was faster
			}
			return err
		})
		putBandPosts(t, s, 10, later, copies...)
		putBandComments(t, s, 10, later, "0", 0, comments...)
		page, total, err := s.ListPosts(t.Context(), posts.Filter{Category: posts.Band, Limit: 100})
		must(t, err)
		equal(t, "how many there are", []int{len(page), total}, []int{20, 20})
		equal(t, "the comments", len(commentsOf(t, s, "0")), 20)
	}},
}

var bandSyncCases = []testCase{
	{"The state is none, and then what it was changed to", func(t *testing.T, s store.Store) {
		got, err := s.BandSync(t.Context())
		must(t, err)
		equal(t, "none", got, bandsync.State{})
		want := bandsync.State{
			Pass: 1 << 60, Running: true, Full: true, Step: bandsync.Photos, Done: 3, Total: 7, StartedAt: kept(noon), SeenAt: kept(later),
			LastSync: kept(noon), LastFull: kept(noon), EndedAt: kept(later), Reason: "WHY", Error: fault.Text{Ko: "왜", En: "why"}, Version: 1,
		}
		got, err = s.UpdateBandSync(t.Context(), func(st *bandsync.State) error {
			*st = want
			st.Version = 0
			return nil
		})
		must(t, err)
		equal(t, "what was stored", got, want)
		got, err = s.BandSync(t.Context())
		must(t, err)
		equal(t, "what is read", got, want)
		failed := errors.New("no")
		if _, err := s.UpdateBandSync(t.Context(), func(st *bandsync.State) error { st.Done = 9; return failed }); !errors.Is(err, failed) {
			t.Errorf("the error of the change: %v", err)
		}
		got, err = s.BandSync(t.Context())
		must(t, err)
		equal(t, "after a change that failed", got, want)
	}},
	{"Changes of the state are made one after another", func(t *testing.T, s store.Store) {
		together(t, 8, func(int) error {
			_, err := s.UpdateBandSync(t.Context(), func(st *bandsync.State) error { st.Done++; return nil })
			return err
		})
		got, err := s.BandSync(t.Context())
		must(t, err)
		equal(t, "the state", got, bandsync.State{Done: 8, Version: 8})
	}},
	{"Marks are set, replaced and deleted by their passes", func(t *testing.T, s store.Store) {
		ctx := t.Context()
		must(t, s.SetBandMarks(ctx, 1, map[string]string{"a": "1", "b": "2", "c": "3"}))
		must(t, s.SetBandMarks(ctx, 2, map[string]string{"b": "4"}))
		must(t, s.SetBandMarks(ctx, 2, nil))
		got, err := s.BandMarks(ctx, []string{"a", "b", "x"})
		must(t, err)
		equal(t, "the marks", got, map[string]string{"a": "1", "b": "4"})
		must(t, s.DeleteBandMarksBefore(ctx, 2))
		got, err = s.BandMarks(ctx, []string{"a", "b", "c"})
		must(t, err)
		equal(t, "the marks", got, map[string]string{"b": "4"})
		must(t, s.SetBandMarks(ctx, 1, map[string]string{"b": "older"}))
		got, err = s.BandMarks(ctx, []string{"b"})
		must(t, err)
		equal(t, "an older pass's", got, map[string]string{"b": ""})
		must(t, s.DeleteBandMarksBefore(ctx, 2))
		must(t, s.SetBandMarks(ctx, 2, map[string]string{"b": "5"}))
		got, err = s.BandMarks(ctx, []string{"b"})
		must(t, err)
		equal(t, "the same pass's", got, map[string]string{"b": "5"})
		got, err = s.BandMarks(ctx, nil)
		must(t, err)
		equal(t, "of none", len(got), 0)
	}},
}
