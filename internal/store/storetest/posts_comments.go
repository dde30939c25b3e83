package storetest

import (
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/posts"
	"github.com/dongbaejul/dongbaejul/internal/store"
)

// maxComments is a limit that no case reaches.
const maxComments = 2000

var commentCases = []testCase{
	{"CreateComment keeps every field", func(t *testing.T, s store.Store) {
		createPosts(t, s, post("p"))
		want := comment("c", "p", "parent")
		want.UpdatedAt, want.DeletedAt, want.Untold = noon.Add(time.Hour), noon.Add(2*time.Hour), true
		got, created, err := s.CreateComment(t.Context(), want, maxComments)
		must(t, err)
		equal(t, "created", created, true)
		equal(t, "what it returns", got, keptComment(want))
		equal(t, "the comment", commentOf(t, s, "c"), keptComment(want))
	}},
	{"CreateComment repeated returns the comment as it is", func(t *testing.T, s store.Store) {
		createPosts(t, s, post("p"), post("q"))
		createComments(t, s, comment("c", "p", ""))
		_, err := s.UpdateComment(t.Context(), "c", deleteComment)
		must(t, err)
		got, created, err := s.CreateComment(t.Context(), comment("c", "q", "other"), maxComments)
		must(t, err)
		equal(t, "created", created, false)
		want := keptComment(comment("c", "p", ""))
		must(t, deleteComment(&want))
		equal(t, "the comment", got, keptComment(want))
		equal(t, "comments of the other post", commentsOf(t, s, "q"), nil)
	}},
	{"Comments are the oldest first and counted unless deleted", func(t *testing.T, s store.Store) {
		createPosts(t, s, post("p"), post("q"))
		var all []posts.Comment
		for i, id := range []string{"d", "b", "c", "a"} {
			c := comment(id, "p", "")
			c.CreatedAt = noon.Add(time.Duration(i/2) * time.Second)
			all = append(all, c)
		}
		createComments(t, s, all[2], all[0], all[3], all[1], comment("other", "q", ""))
		equal(t, "comments counted", postOf(t, s, "p").Comments, 4)
		got, err := s.UpdateComment(t.Context(), "b", deleteComment)
		must(t, err)
		must(t, deleteComment(&all[1]))
		equal(t, "what it returns", got, keptComment(all[1]))

		r := read(t, s, "p", "u")
		want := []posts.Comment{keptComment(all[1]), keptComment(all[0]), keptComment(all[3]), keptComment(all[2])}
		equal(t, "the comments", commentsOf(t, s, "p"), want)
		elsewhere, err := s.CommentsByID(t.Context(), "q", []string{"a", "b"})
		must(t, err)
		equal(t, "those of another post", len(elsewhere), 0)
		equal(t, "comments counted", r.Post.Comments, 3)
		page, _, err := s.ListPosts(t.Context(), posts.Filter{Limit: 2})
		must(t, err)
		equal(t, "comments counted in the list", page[0].Comments+page[1].Comments, 4)
	}},
	{"UpdateComment changes what may change", func(t *testing.T, s store.Store) {
		createPosts(t, s, post("p"), post("q"))
		createComments(t, s, comment("c", "p", ""))
		want := comment("c", "p", "")
		want.Content, want.UpdatedAt = "고침", noon.Add(time.Hour)
		got, err := s.UpdateComment(t.Context(), "c", func(c *posts.Comment) error {
			*c = want
			c.ID, c.PostID, c.ParentID, c.AuthorID, c.RequestHash = "changed", "q", "changed", "changed", "changed"
			c.CreatedAt, c.Untold = noon.Add(time.Hour), true
			return nil
		})
		must(t, err)
		equal(t, "what it returns", got, keptComment(want))
		equal(t, "the comment", commentOf(t, s, "c"), keptComment(want))

		wrong := errors.New("wrong")
		_, err = s.UpdateComment(t.Context(), "c", func(c *posts.Comment) error {
			c.Content = "다르게"
			return wrong
		})
		if !errors.Is(err, wrong) {
			t.Errorf("the error is %v", err)
		}
		equal(t, "the comment where f failed", commentOf(t, s, "c"), keptComment(want))
	}},
	{"Comments are counted right, however many come and go at once", func(t *testing.T, s store.Store) {
		createPosts(t, s, post("p"))
		var created atomic.Int32
		together(t, 40, func(i int) error {
			c := comment(fmt.Sprint(i/2), "p", "")
			_, isNew, err := s.CreateComment(t.Context(), c, maxComments)
			if isNew {
				created.Add(1)
			}
			if err == nil && i/2 < 5 {
				_, err = s.UpdateComment(t.Context(), c.ID, deleteComment)
			}
			return err
		})
		equal(t, "created", created.Load(), 20)
		r := read(t, s, "p", "u")
		equal(t, "comments counted", r.Post.Comments, 15)
		equal(t, "comments", len(r.Outline), 20)
	}},
	{"A post has no more comments than it may, however many are created at once", func(t *testing.T, s store.Store) {
		const limit, calls = 7, 24
		createPosts(t, s, post("p"), post("q"))
		createComments(t, s, comment("of q", "q", ""))
		var created, refused atomic.Int32
		create := func(id string) error {
			_, isNew, err := s.CreateComment(t.Context(), comment(id, "p", ""), limit)
			switch {
			case isNew:
				created.Add(1)
			case errors.Is(err, posts.ErrTooManyComments):
				refused.Add(1)
				return nil
			}
			return err
		}
		must(t, create("first"))
		together(t, calls, func(i int) error { return create(fmt.Sprint(i)) })
		equal(t, "created", created.Load(), limit)
		equal(t, "refused", refused.Load(), calls+1-limit)
		equal(t, "how many there are", len(commentsOf(t, s, "p")), limit)
		// What exists is not refused, and what is deleted still counts.
		must(t, create("first"))
		_, err := s.UpdateComment(t.Context(), "first", deleteComment)
		must(t, err)
		must(t, create("first"))
		must(t, create("one more"))
		equal(t, "refused", refused.Load(), calls+2-limit)
		_, more, err := s.CreateComment(t.Context(), comment("more", "p", ""), limit+1)
		must(t, err)
		equal(t, "created where one more is allowed", more, true)
	}},
}
