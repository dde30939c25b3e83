package storetest

import (
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/posts"
	"github.com/dongbaejul/dongbaejul/internal/store"
	"github.com/dongbaejul/dongbaejul/internal/users"
)

func post(id string) posts.Post {
	return posts.Post{
		ID: id, Title: "제목 " + id, Content: "내용 " + id, Category: posts.Free, AuthorID: "author", CreatedAt: noon,
		RequestHash: "hash " + id,
	}
}

// keptPost is p, new, as a store returns it.
func keptPost(p posts.Post) posts.Post {
	p.CreatedAt, p.UpdatedAt = kept(p.CreatedAt), kept(p.UpdatedAt)
	p.Likes, p.Comments, p.Views, p.Version, p.Order = 0, 0, 0, 1, p.CreatedAt.UnixMicro()
	return p
}

// edited is p after so many changes.
func edited(p posts.Post, times int) posts.Post {
	p.Version += times
	return p
}

func createPosts(t testing.TB, s store.Store, all ...posts.Post) {
	t.Helper()
	for _, p := range all {
		_, created, err := s.CreatePost(t.Context(), p)
		must(t, err)
		equal(t, "created", created, true)
	}
}

func comment(id, postID, parentID string) posts.Comment {
	return posts.Comment{
		ID: id, PostID: postID, ParentID: parentID, AuthorID: "commenter", Content: "댓글 " + id, CreatedAt: noon,
		RequestHash: "hash " + id,
	}
}

// keptComment is c as a store returns it.
func keptComment(c posts.Comment) posts.Comment {
	c.CreatedAt, c.UpdatedAt, c.DeletedAt = kept(c.CreatedAt), kept(c.UpdatedAt), kept(c.DeletedAt)
	return c
}

func createComments(t testing.TB, s store.Store, all ...posts.Comment) {
	t.Helper()
	for _, c := range all {
		_, created, err := s.CreateComment(t.Context(), c, maxComments)
		must(t, err)
		equal(t, "created", created, true)
	}
}

func deleteComment(c *posts.Comment) error {
	c.Content, c.DeletedAt = "", noon
	return nil
}

func postOf(t testing.TB, s store.Store, id string) posts.Post {
	t.Helper()
	p, err := s.Post(t.Context(), id)
	must(t, err)
	return p
}

func commentOf(t testing.TB, s store.Store, id string) posts.Comment {
	t.Helper()
	c, err := s.Comment(t.Context(), id)
	must(t, err)
	return c
}

func statsOf(t testing.TB, s store.Store, userID string) users.Stats {
	t.Helper()
	stats, err := s.Stats(t.Context(), userID)
	must(t, err)
	return stats
}

func read(t testing.TB, s store.Store, postID, userID string) posts.Reading {
	t.Helper()
	r, err := s.ReadPost(t.Context(), postID, userID)
	must(t, err)
	return r
}

// markRead marks a post as read by a user, and holds the answer to how many have read it then.
func markRead(t testing.TB, s store.Store, postID, userID string, views int) {
	t.Helper()
	liked, got, err := s.MarkPostRead(t.Context(), postID, userID, noon)
	must(t, err)
	equal(t, "views", got, views)
	equal(t, "liked", liked, read(t, s, postID, userID).Liked)
}

// commentsOf are a post's comments in the order of its outline, which fits them.
func commentsOf(t testing.TB, s store.Store, postID string) []posts.Comment {
	t.Helper()
	outline, err := s.Outline(t.Context(), postID)
	must(t, err)
	equal(t, "the outline of who reads it", read(t, s, postID, "anybody").Outline, outline)
	ids := []string{"none"}
	for _, o := range outline {
		ids = append(ids, o.ID)
	}
	found, err := s.CommentsByID(t.Context(), postID, ids)
	must(t, err)
	equal(t, "how many are found", len(found), len(outline))
	var ordered []posts.Comment
	for _, o := range outline {
		i := slices.IndexFunc(found, func(c posts.Comment) bool { return c.ID == o.ID })
		c := found[i]
		equal(t, "the outline", o, posts.Outline{
			ID: c.ID, ParentID: c.ParentID, CreatedAt: c.CreatedAt, Deleted: !c.DeletedAt.IsZero(), Size: len(c.Content),
		})
		ordered = append(ordered, c)
	}
	return ordered
}

var postCases = []testCase{
	{"CreatePost keeps every field", func(t *testing.T, s store.Store) {
		want := post("p")
		want.Category, want.Pinned, want.Untold, want.UpdatedAt = posts.Notice, true, true, noon.Add(time.Hour)
		want.Attachments = []posts.Attachment{
			{FileID: "f", URL: "https://example.com/f", Name: "단체사진.jpg", ContentType: "image/jpeg", Size: 1 << 40}, {FileID: "g"},
		}
		want.Likes, want.Comments, want.Views = 7, 8, 9
		got, created, err := s.CreatePost(t.Context(), want)
		must(t, err)
		equal(t, "created", created, true)
		equal(t, "what it returns", got, keptPost(want))
		equal(t, "the post", postOf(t, s, "p"), keptPost(want))
	}},
	{"CreatePost repeated returns the post as it is", func(t *testing.T, s store.Store) {
		createPosts(t, s, post("p"))
		_, err := s.UpdatePost(t.Context(), "p", func(p *posts.Post) error { p.Title = "새 제목"; return nil })
		must(t, err)
		other := post("p")
		other.Category, other.RequestHash = posts.Market, "other"
		got, created, err := s.CreatePost(t.Context(), other)
		must(t, err)
		equal(t, "created", created, false)
		want := keptPost(post("p"))
		want.Title = "새 제목"
		equal(t, "the post", got, edited(want, 1))
		equal(t, "the list", listed(t, s, posts.Filter{}), "p")
	}},
	{"CreatePost keeps one of many with an ID", func(t *testing.T, s store.Store) {
		var created atomic.Int32
		together(t, 8, func(int) error {
			_, isNew, err := s.CreatePost(t.Context(), post("p"))
			if isNew {
				created.Add(1)
			}
			return err
		})
		equal(t, "created", created.Load(), 1)
		equal(t, "the list", listed(t, s, posts.Filter{}), "p")
	}},
	{"What is not there is not found", func(t *testing.T, s store.Store) {
		createPosts(t, s, post("p"))
		for name, f := range map[string]func() error{
			"Post": func() error { _, err := s.Post(t.Context(), "q"); return err },
			"UpdatePost": func() error {
				_, err := s.UpdatePost(t.Context(), "q", func(*posts.Post) error { return nil })
				return err
			},
			"DeletePost":   func() error { return s.DeletePost(t.Context(), "q", "by") },
			"ReadPost":     func() error { _, err := s.ReadPost(t.Context(), "q", "u"); return err },
			"MarkPostRead": func() error { _, _, err := s.MarkPostRead(t.Context(), "q", "u", noon); return err },
			"Outline":      func() error { _, err := s.Outline(t.Context(), "q"); return err },
			"Like":         func() error { _, _, err := s.Like(t.Context(), "q", "u", new(true), noon); return err },
			"Unlike":       func() error { _, _, err := s.Like(t.Context(), "q", "u", new(false), noon); return err },
			"CreateComment": func() error {
				_, _, err := s.CreateComment(t.Context(), comment("c", "q", ""), maxComments)
				return err
			},
			"Comment":       func() error { _, err := s.Comment(t.Context(), "c"); return err },
			"UpdateComment": func() error { _, err := s.UpdateComment(t.Context(), "c", deleteComment); return err },
		} {
			if err := f(); !errors.Is(err, fault.NotFound) {
				t.Errorf("%s: the error is %v", name, err)
			}
		}
		must(t, s.SetTold(t.Context(), posts.Ref{PostID: "q"}))
		must(t, s.SetTold(t.Context(), posts.Ref{PostID: "q", CommentID: "c"}))
	}},

	{"UpdatePost changes what may change", func(t *testing.T, s store.Store) {
		createPosts(t, s, post("p"))
		want := post("p")
		want.Title, want.Content, want.Category, want.Pinned = "새 제목", "새 내용", posts.Notice, true
		want.Attachments, want.UpdatedAt, want.Untold = []posts.Attachment{{FileID: "f"}}, noon.Add(time.Hour), true
		var before posts.Post
		got, err := s.UpdatePost(t.Context(), "p", func(p *posts.Post) error {
			before = *p
			*p = want
			p.ID, p.AuthorID, p.CreatedAt, p.RequestHash = "changed", "changed", noon.Add(-time.Hour), "changed"
			p.Likes, p.Comments, p.Views, p.Version = 7, 8, 9, 10
			return nil
		})
		must(t, err)
		equal(t, "what f got", before, keptPost(post("p")))
		equal(t, "what it returns", got, edited(keptPost(want), 1))
		equal(t, "the post", postOf(t, s, "p"), edited(keptPost(want), 1))
		_, err = s.Post(t.Context(), "changed")
		wantKind(t, err, fault.NotFound)
	}},
	{"UpdatePost changes nothing where f fails", func(t *testing.T, s store.Store) {
		createPosts(t, s, post("p"))
		wrong := errors.New("wrong")
		_, err := s.UpdatePost(t.Context(), "p", func(p *posts.Post) error {
			p.Title, p.Pinned = "다른 제목", true
			return wrong
		})
		if !errors.Is(err, wrong) {
			t.Errorf("the error is %v", err)
		}
		equal(t, "the post", postOf(t, s, "p"), keptPost(post("p")))
	}},
	{"UpdatePost loses no change", func(t *testing.T, s store.Store) {
		createPosts(t, s, post("p"))
		together(t, 16, func(i int) error {
			_, err := s.UpdatePost(t.Context(), "p", func(p *posts.Post) error {
				p.Attachments = append(p.Attachments, posts.Attachment{FileID: fmt.Sprint(i)})
				return nil
			})
			return err
		})
		equal(t, "changes", len(postOf(t, s, "p").Attachments), 16)
		equal(t, "the version", postOf(t, s, "p").Version, 17)
	}},
	{"What is done to a post does not change its version", func(t *testing.T, s store.Store) {
		p := post("p")
		p.Untold = true
		createPosts(t, s, p)
		createComments(t, s, comment("c", "p", ""))
		markRead(t, s, "p", "u", 1)
		_, _, err := s.Like(t.Context(), "p", "u", nil, noon)
		must(t, err)
		must(t, s.SetTold(t.Context(), posts.Ref{PostID: "p"}))
		_, err = s.UpdateComment(t.Context(), "c", deleteComment)
		must(t, err)
		equal(t, "the version", postOf(t, s, "p").Version, 1)
		equal(t, "the version as it is read", read(t, s, "p", "u").Post.Version, 1)
	}},

	{"DeletePost deletes all that was done to the post", func(t *testing.T, s store.Store) {
		createPosts(t, s, post("p"), post("q"))
		for _, id := range []string{"p", "q"} {
			createComments(t, s, comment("c of "+id, id, ""))
			markRead(t, s, id, "u", 1)
			_, _, err := s.Like(t.Context(), id, "u", new(true), noon)
			must(t, err)
		}
		must(t, s.DeletePost(t.Context(), "p", "by"))
		_, err := s.Post(t.Context(), "p")
		wantKind(t, err, fault.NotFound)
		_, err = s.ReadPost(t.Context(), "p", "u")
		wantKind(t, err, fault.NotFound)
		_, err = s.Comment(t.Context(), "c of p")
		wantKind(t, err, fault.NotFound)
		_, _, err = s.CreateComment(t.Context(), comment("late", "p", ""), maxComments)
		wantKind(t, err, fault.NotFound)
		must(t, s.DeletePost(t.Context(), "p", "by"))
		wantKind(t, s.DeletePost(t.Context(), "p", "another"), fault.NotFound)
		for _, tt := range []struct {
			postID, userID string
			want           bool
		}{{"p", "by", true}, {"p", "another", false}, {"p", "", false}, {"q", "by", false}, {"none", "by", false}} {
			deleted, err := s.HasDeletedPost(t.Context(), tt.postID, tt.userID)
			must(t, err)
			equal(t, fmt.Sprintf("%q has deleted %q", tt.userID, tt.postID), deleted, tt.want)
		}
		equal(t, "the list", listed(t, s, posts.Filter{}), "q")
		equal(t, "what a search finds", listed(t, s, search("제목")), "q")
		equal(t, "comments of the author", statsOf(t, s, "commenter").Comments, 1)

		other := postOf(t, s, "q")
		equal(t, "what was done to the other", []int{other.Likes, other.Comments, other.Views}, []int{1, 1, 1})
		createPosts(t, s, post("r"))
		fresh := postOf(t, s, "r")
		equal(t, "what was done to the next one", []int{fresh.Likes, fresh.Comments, fresh.Views}, []int{0, 0, 0})
	}},
	{"DeletePost deletes a post for one user, however many ask at once", func(t *testing.T, s store.Store) {
		createPosts(t, s, post("p"))
		var deleted [4]atomic.Int32
		together(t, 4*4, func(i int) error {
			err := s.DeletePost(t.Context(), "p", fmt.Sprint("user ", i%4))
			if errors.Is(err, fault.NotFound) {
				return nil
			}
			deleted[i%4].Add(1)
			return err
		})
		var counts []int32
		for i := range deleted {
			counts = append(counts, deleted[i].Load())
		}
		slices.Sort(counts)
		equal(t, "answers of success, by user", counts, []int32{0, 0, 0, 4})
		createPosts(t, s, post("q"))
		must(t, s.DeletePost(t.Context(), "q", ""))
		wantKind(t, s.DeletePost(t.Context(), "q", ""), fault.NotFound)
	}},
	{"CreatePost brings no deleted post back", func(t *testing.T, s store.Store) {
		createPosts(t, s, post("p"))
		must(t, s.DeletePost(t.Context(), "p", "by"))
		_, _, err := s.CreatePost(t.Context(), post("p"))
		wantKind(t, err, fault.NotFound)
		equal(t, "the list", listed(t, s, posts.Filter{}), "")
	}},

	{"Like sets and toggles", func(t *testing.T, s store.Store) {
		createPosts(t, s, post("p"), post("q"))
		for i, step := range []struct {
			user  string
			liked *bool
			now   bool
			count int
		}{
			{"u", nil, true, 1}, {"v", new(true), true, 2}, {"v", new(true), true, 2}, {"u", nil, false, 1},
			{"u", new(false), false, 1}, {"v", nil, false, 0}, {"v", new(false), false, 0}, {"v", nil, true, 1},
		} {
			now, count, err := s.Like(t.Context(), "p", step.user, step.liked, noon)
			must(t, err)
			if now != step.now || count != step.count {
				t.Errorf("step %d: liked %t, %d people; want %t, %d", i, now, count, step.now, step.count)
			}
		}
		equal(t, "likes of the post", postOf(t, s, "p").Likes, 1)
		equal(t, "likes of another", postOf(t, s, "q").Likes, 0)
		equal(t, "v likes it", read(t, s, "p", "v").Liked, true)
		equal(t, "u likes it", read(t, s, "p", "u").Liked, false)
	}},
	{"Like counts people, however many ask at once", func(t *testing.T, s store.Store) {
		createPosts(t, s, post("p"))
		// Two devices of each of 20 people ask 25 times and repeat each request: 2,000 in all. Half of the people end liking it.
		const people, changes = 20, 25
		together(t, people*2, func(i int) error {
			user := fmt.Sprint(i % people)
			for n := range changes {
				liked := n%2 == 0
				if n == changes-1 {
					liked = i%people < people/2
				}
				for range 2 {
					if now, _, err := s.Like(t.Context(), "p", user, &liked, noon); err != nil || now != liked {
						return fmt.Errorf("liked %t, asked for %t: %w", now, liked, err)
					}
				}
			}
			return nil
		})
		// A device that is behind may have had the last word; each says once more what it wants.
		together(t, people, func(i int) error {
			_, _, err := s.Like(t.Context(), "p", fmt.Sprint(i), new(i < people/2), noon)
			return err
		})
		equal(t, "likes", postOf(t, s, "p").Likes, people/2)
	}},
	{"Like toggles as often as it is asked", func(t *testing.T, s store.Store) {
		createPosts(t, s, post("p"))
		const people, toggles = 4, 25
		var on, off atomic.Int32
		together(t, people*toggles, func(i int) error {
			now, _, err := s.Like(t.Context(), "p", fmt.Sprint(i%people), nil, noon)
			if now {
				on.Add(1)
			} else {
				off.Add(1)
			}
			return err
		})
		equal(t, "likes", postOf(t, s, "p").Likes, people)
		equal(t, "on more often than off by", on.Load()-off.Load(), people)
	}},
	{"MarkPostRead counts people", func(t *testing.T, s store.Store) {
		createPosts(t, s, post("p"), post("q"))
		for range 2 {
			r := read(t, s, "p", "u")
			equal(t, "read before it is marked", r.Read, false)
			equal(t, "views before it is marked", r.Post.Views, 0)
		}
		markRead(t, s, "p", "u", 1)
		markRead(t, s, "p", "u", 1)
		r := read(t, s, "p", "u")
		equal(t, "read", r.Read, true)
		equal(t, "views", r.Post.Views, 1)
		equal(t, "read by another", read(t, s, "p", "v").Read, false)
		_, _, err := s.Like(t.Context(), "p", "u", nil, noon)
		must(t, err)
		_, _, err = s.Like(t.Context(), "p", "v", nil, noon)
		must(t, err)
		equal(t, "read by who likes it", read(t, s, "p", "v").Read, false)
		markRead(t, s, "p", "v", 2)
		markRead(t, s, "p", "u", 2)
		r = read(t, s, "p", "v")
		equal(t, "what v did and all did", []any{r.Read, r.Liked, r.Post.Views, r.Post.Likes}, []any{true, true, 2, 2})
		together(t, 20, func(i int) error {
			_, _, err := s.MarkPostRead(t.Context(), "p", fmt.Sprint(i%5), noon)
			return err
		})
		equal(t, "views", postOf(t, s, "p").Views, 7)
		equal(t, "views of another", postOf(t, s, "q").Views, 0)
	}},
	{"Untold returns what is yet to be told", func(t *testing.T, s store.Store) {
		p, told := post("p"), post("told")
		p.Untold = true
		createPosts(t, s, p, told)
		c := comment("c", "told", "")
		c.Untold = true
		createComments(t, s, c, comment("d", "told", ""))
		refs := func(limit int) map[posts.Ref]bool {
			t.Helper()
			found, err := s.Untold(t.Context(), limit)
			must(t, err)
			all := map[posts.Ref]bool{}
			for _, ref := range found {
				all[ref] = true
			}
			return all
		}
		both := map[posts.Ref]bool{{PostID: "p"}: true, {PostID: "told", CommentID: "c"}: true}
		equal(t, "untold", refs(10), both)
		equal(t, "at most one", len(refs(1)), 1)

		must(t, s.SetTold(t.Context(), posts.Ref{PostID: "told", CommentID: "c"}))
		equal(t, "the comment", commentOf(t, s, "c").Untold, false)
		equal(t, "untold then", refs(10), map[posts.Ref]bool{{PostID: "p"}: true})
		must(t, s.SetTold(t.Context(), posts.Ref{PostID: "p"}))
		equal(t, "the post", postOf(t, s, "p"), keptPost(post("p")))
		equal(t, "untold at last", len(refs(10)), 0)
	}},
	{"Stats count what a user wrote", func(t *testing.T, s store.Store) {
		other := post("q")
		other.AuthorID = "commenter"
		createPosts(t, s, post("p"), other)
		createComments(t, s, comment("a", "p", ""), comment("b", "p", "a"), comment("c", "q", ""))
		_, err := s.UpdateComment(t.Context(), "a", deleteComment)
		must(t, err)
		equal(t, "the author", statsOf(t, s, "author"), users.Stats{Posts: 1, Rating: 1500})
		equal(t, "the commenter", statsOf(t, s, "commenter"), users.Stats{Posts: 1, Comments: 2, Rating: 1500})
	}},
}
