package mongodb

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/dongbaejul/dongbaejul/internal/posts"
)

func newPost(t *testing.T, s *Store, id string) {
	t.Helper()
	_, _, err := s.CreatePost(t.Context(), posts.Post{ID: id, Title: "제목", Content: strings.Repeat("긴 글 ", 2000), AuthorID: "a", CreatedAt: noon})
	must(t, err)
}

// Neither liking nor reading a post writes the post.
func TestAPostIsNotWrittenByItsReaders(t *testing.T) {
	s := OpenURI(t, OwnURI(t))
	newPost(t, s, "p")
	raw := func() bson.Raw {
		t.Helper()
		d, err := one[bson.Raw](t.Context(), s.posts.Collection, byID("p"))
		must(t, err)
		return d
	}
	before := raw()
	for i := range 23 {
		_, _, err := s.MarkPostRead(t.Context(), "p", fmt.Sprint(i), noon)
		must(t, err)
		_, _, err = s.Like(t.Context(), "p", fmt.Sprint(i), nil, noon)
		must(t, err)
	}
	r, err := s.ReadPost(t.Context(), "p", "1")
	must(t, err)
	must(t, same("likes and views", [2]int{r.Post.Likes, r.Post.Views}, [2]int{23, 23}))
	if !bytes.Equal(raw(), before) {
		t.Error("the post was written")
	}
}

// A toggle whose answer is lost is done once, though others like the post meanwhile.
func TestAToggleWithoutAnAnswerIsDoneOnce(t *testing.T) {
	uri := OwnURI(t)
	other := OpenURI(t, uri)
	for _, liked := range []bool{true, false} {
		for _, f := range []fate{drop, lose} {
			t.Run(fmt.Sprint(liked, " ", f), func(t *testing.T) {
				s, w := throughAWire(t, uri)
				id := fmt.Sprint("post ", liked, f)
				newPost(t, other, id)
				if !liked {
					_, _, err := other.Like(t.Context(), id, "u", nil, noon)
					must(t, err)
				}
				meet, hit := nthWrite(0, f)
				w.set(func(command string) fate {
					met := meet(command)
					// More others than a document has marks write before the answer is missed.
					for i := range 2 * maxMarks {
						if _, _, err := other.Like(t.Context(), id, fmt.Sprint("other", i), new(true), noon); err != nil {
							t.Error(err)
						}
					}
					return met
				})
				now, _, err := s.Like(t.Context(), id, "u", nil, noon)
				w.set(nil)
				must(t, err)
				must(t, same("a write was hit", *hit, true))
				must(t, same("liked", now, liked))
				r, err := other.ReadPost(t.Context(), id, "u")
				must(t, err)
				must(t, same("what is stored", r.Liked, liked))
			})
		}
	}
}

// What today's version has written is counted as before, also where the migration was interrupted.
func TestStoredMarksAreSplitFromTheirPosts(t *testing.T) {
	uri := OwnURI(t)
	before := OpenURI(t, uri)
	newPost(t, before, "p")
	newPost(t, before, "plain")
	done := func(users ...string) (list bson.A) {
		for i, u := range users {
			list = append(list, bson.D{{Key: "user", Value: u}, {Key: "at", Value: int64(i)}})
		}
		return list
	}
	_, err := before.posts.UpdateOne(t.Context(), byID("p"), set(bson.D{{Key: "likes", Value: done("kim", "lee")}, {Key: "reads", Value: done("lee", "park", "choi")}}))
	must(t, err)
	// As an interrupted run has left it, and lee has taken the like back since.
	_, err = before.postMarks.InsertOne(t.Context(), markDoc{Head: newHead(markKey("p", "lee"), before.newMark()), PostID: "p", UserID: "lee", ReadAt: 1})
	must(t, err)
	forgetMigrations(t, before)

	s := OpenURI(t, uri)
	for user, want := range map[string][2]bool{"kim": {true, false}, "lee": {false, true}, "park": {false, true}, "nobody": {}} {
		r, err := s.ReadPost(t.Context(), "p", user)
		must(t, err)
		must(t, same(user+" likes and has read it", [2]bool{r.Liked, r.Read}, want))
		must(t, same("likes and views", [2]int{r.Post.Likes, r.Post.Views}, [2]int{1, 3}))
	}
	now, likes, err := s.Like(t.Context(), "p", "kim", nil, noon)
	must(t, err)
	must(t, same("a toggle", fmt.Sprint(now, likes), "false 0"))
	left, err := count(t.Context(), s.posts.Collection, bson.D{{Key: "_id", Value: "p"}, {Key: "$or", Value: bson.A{
		bson.D{{Key: "likes", Value: bson.D{{Key: "$exists", Value: true}}}}, bson.D{{Key: "reads", Value: bson.D{{Key: "$exists", Value: true}}}},
	}}})
	must(t, err)
	must(t, same("posts with marks in them", left, 0))
}
