package mongodb

import (
	"errors"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/dongbaejul/dongbaejul/internal/hangul"
	"github.com/dongbaejul/dongbaejul/internal/posts"
)

// What was stored with search keys of another form is found as what is stored now.
func TestPostSearchKeysAreRebuilt(t *testing.T) {
	s := OpenFresh(t)
	for _, id := range []string{"old", "new", "deleted"} {
		_, _, err := s.CreatePost(t.Context(), posts.Post{ID: id, Title: "Ａ조 🏸", Content: "내용", Category: posts.Free, CreatedAt: noon})
		must(t, err)
	}
	must(t, s.DeletePost(t.Context(), "deleted", "by"))
	_, err := s.posts.UpdateOne(t.Context(), byID("old"), bson.D{{Key: "$set", Value: bson.D{
		{Key: "words", Value: "ａ조\n내용"}, {Key: "pieces", Value: []string{"ａ", "ａ조", "조", "내", "내용", "용"}},
	}}})
	must(t, err)
	version := func(id string) int64 {
		d, err := s.posts.get(t.Context(), id)
		must(t, err)
		return d.Version
	}
	before := version("new")
	for range 2 {
		must(t, rebuildPostSearchKeys(t.Context(), s))
		for _, text := range []string{"A조", "🏸"} {
			q, _ := hangul.ParseQuery(text)
			_, total, err := s.ListPosts(t.Context(), posts.Filter{Search: &q, Limit: 10})
			must(t, err)
			must(t, same("found by "+text, total, 2))
		}
	}
	must(t, same("the version of what was as it is", version("new"), before))
	p, err := s.Post(t.Context(), "old")
	must(t, err)
	must(t, same("the post's version", p.Version, 1))
}

func TestStoredCommentsGetNumbers(t *testing.T) {
	s := OpenFresh(t)
	for _, post := range []string{"p", "q"} {
		_, _, err := s.CreatePost(t.Context(), posts.Post{ID: post, Category: posts.Free, CreatedAt: noon})
		must(t, err)
		for _, id := range []string{"a", "b", "c"} {
			_, _, err := s.CreateComment(t.Context(), posts.Comment{ID: post + id, PostID: post, AuthorID: "u", CreatedAt: noon}, 3)
			must(t, err)
		}
	}
	// One was created by this version before those stored by another were numbered.
	_, err := s.comments.UpdateMany(t.Context(), bson.D{{Key: "_id", Value: bson.D{{Key: "$ne", Value: "pa"}}}}, unset("number"))
	must(t, err)
	for range 2 {
		must(t, numberComments(t.Context(), s))
		for _, post := range []string{"p", "q"} {
			_, _, err := s.CreateComment(t.Context(), posts.Comment{ID: "more", PostID: post, AuthorID: "u", CreatedAt: noon}, 3)
			if !errors.Is(err, posts.ErrTooManyComments) {
				t.Errorf("the error of a fourth comment on %s is %v", post, err)
			}
		}
	}
}
