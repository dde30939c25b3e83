package mongodb

import (
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/dongbaejul/dongbaejul/internal/posts"
)

// What is left of a post that was deleted goes in the end, whoever was interrupted, and is in the way of nobody.
func TestCommentsOfDeletedPostsGo(t *testing.T) {
	uri := OwnURI(t)
	other := OpenURI(t, uri)
	s, w := throughAWire(t, uri)
	comment := func(s *Store, post, id string) {
		_, _, err := s.CreateComment(t.Context(), posts.Comment{ID: id, PostID: post, AuthorID: "a", CreatedAt: noon, UpdatedAt: noon, Untold: true}, 2000)
		must(t, err)
	}
	for _, id := range []string{"deleted", "late", "kept"} {
		_, _, err := other.CreatePost(t.Context(), posts.Post{ID: id, AuthorID: "a", CreatedAt: noon, UpdatedAt: noon})
		must(t, err)
		comment(other, id, "of "+id)
	}
	// The network goes when the post is gone, and its comments are not.
	w.set(func(command string) fate {
		if command == "delete" {
			return drop
		}
		return pass
	})
	must(t, s.DeletePost(t.Context(), "deleted", "by"))
	must(t, other.DeletePost(t.Context(), "late", "by"))
	// Somebody who had seen the post before wrote one more.
	must(t, other.comments.insert(t.Context(), &commentDoc{Head: Head{ID: "after late"}, PostID: "late", Author: "a", Untold: true}))
	left, err := count(t.Context(), other.comments.Collection, bson.D{})
	must(t, err)
	must(t, same("comments before", left, 3))
	refs, err := other.Untold(t.Context(), 100)
	must(t, err)
	if len(refs) != 1 || refs[0].CommentID != "of kept" {
		t.Errorf("untold are %+v", refs)
	}
	left, err = count(t.Context(), other.comments.Collection, bson.D{})
	must(t, err)
	must(t, same("comments after", left, 1))
	unswept, err := count(t.Context(), other.posts.Collection, isUnswept())
	must(t, err)
	must(t, same("posts to sweep", unswept, 0))
}
