package posts_test

import (
	"errors"
	"testing"
	"time"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/posts"
	"github.com/dongbaejul/dongbaejul/internal/realtime"
)

const bandURL = "https://band.us/band/b/post/p"

// bandClub is a fixture with a post of Band by kim that has a comment by somebody who is no user.
func bandClub(t *testing.T) *fixture {
	t.Helper()
	f := open(t)
	copies := []posts.Post{{
		ID: "band", Title: "밴드 글", Content: "내용", Category: posts.Band, AuthorID: kim, BandURL: bandURL,
		CreatedAt: time.Date(2026, 3, 1, 11, 0, 0, 0, time.UTC),
	}}
	_, err := f.PutBandPosts(t.Context(), 1, copies)
	must(t, err)
	_, err = f.PutBandComments(t.Context(), 1, "band", []posts.Comment{
		{ID: "comment", PostID: "band", OfBand: true, AuthorName: "손님", Content: "안녕하세요", CreatedAt: copies[0].CreatedAt},
		{ID: "by kim", PostID: "band", OfBand: true, AuthorID: kim, Content: "네", CreatedAt: copies[0].CreatedAt.Add(time.Minute)},
	})
	must(t, err)
	return f
}

func TestCopiesOfBandAreChangedThere(t *testing.T) {
	f := bandClub(t)
	for name, do := range map[string]func() error{
		"an edit by the author": func() error {
			_, err := f.UpdatePost(as(t, kim), &v1.UpdatePostRequest{PostId: "band", Content: new("다른 내용")})
			return err
		},
		"a deletion by an admin": func() error {
			_, err := f.DeletePost(as(t, choi), &v1.DeletePostRequest{PostId: "band"})
			return err
		},
		"an edit of a comment": func() error {
			_, err := f.UpdateComment(as(t, kim), &v1.UpdateCommentRequest{PostId: "band", CommentId: "by kim", Content: "아니요"})
			return err
		},
		"a deletion of a comment": func() error {
			_, err := f.DeleteComment(as(t, choi), &v1.DeleteCommentRequest{PostId: "band", CommentId: "comment"})
			return err
		},
	} {
		refused, ok := errors.AsType[*fault.Error](do())
		if !ok || refused.Kind != fault.Precondition || refused.Reason != "BAND_POST" || refused.Meta["url"] != bandURL {
			t.Errorf("%s: %+v", name, refused)
		}
	}
	// What others may not, they are told first.
	if _, err := f.DeletePost(as(t, lee), &v1.DeletePostRequest{PostId: "band"}); !errors.Is(err, fault.Denied) {
		t.Errorf("%v", err)
	}
}

func TestCopiesOfBandAreLikedReadAndCommentedHere(t *testing.T) {
	f := bandClub(t)
	liked, err := f.ToggleLike(as(t, lee), &v1.ToggleLikeRequest{PostId: "band"})
	must(t, err)
	_, err = f.MarkPostRead(as(t, lee), &v1.MarkPostReadRequest{PostId: "band"})
	must(t, err)
	_, err = f.CreateComment(as(t, lee), &v1.CreateCommentRequest{PostId: "band", Content: "여기서 답해요", ParentId: new("comment")})
	must(t, err)
	res, err := f.GetPost(as(t, lee), &v1.GetPostRequest{PostId: "band"})
	must(t, err)
	p := res.GetPost()
	if liked.GetLikeCount() != 1 || p.GetLikeCount() != 1 || p.GetViewCount() != 1 || p.GetCommentCount() != 3 || p.GetBandUrl() != bandURL {
		t.Errorf("%+v", p)
	}
	comments := res.GetComments()
	if len(comments) != 3 || comments[0].GetAuthor().GetDisplayName() != "손님" || comments[0].GetAuthor().GetUserId() != "" ||
		!comments[0].GetFromBand() || comments[1].GetAuthor().GetUserId() != kim || comments[2].GetFromBand() {
		t.Errorf("%+v", comments)
	}
}

func TestANewPostOfBandIsAnnouncedAndNotifiesNobody(t *testing.T) {
	f := bandClub(t)
	old := posts.Post{ID: "old", Title: "옛 글", Category: posts.Band, AuthorName: "손님", CreatedAt: time.Date(2025, 3, 1, 11, 0, 0, 0, time.UTC)}
	_, err := f.PutBandPosts(t.Context(), 1, []posts.Post{old})
	must(t, err)
	var b realtime.Batch
	must(t, f.board.Take(t.Context(), &b))
	if len(b.Events) != 1 || b.Events[0].Message().GetPostCreated().GetPost().GetId() != "band" {
		t.Errorf("%d events", len(b.Events))
	}
	refs, err := f.store.Untold(t.Context(), 10)
	if err != nil || len(refs) != 0 {
		t.Errorf("%v is to be told of, %v", refs, err)
	}
}

func TestAnotherURLOfAPictureIsNoEdit(t *testing.T) {
	at := time.Date(2026, 3, 1, 11, 0, 0, 0, time.UTC)
	old := posts.Post{Title: "사진", Attachments: []posts.Attachment{{FileID: "a", URL: "https://old.example/photos/a/s"}}}
	moved := old
	moved.Attachments = []posts.Attachment{{FileID: "a", URL: "https://new.example/photos/a/t"}}
	next, changed := old.TakeOver(moved, at)
	if !changed || !next.UpdatedAt.IsZero() || next.Attachments[0] != moved.Attachments[0] {
		t.Errorf("%v, %+v", changed, next)
	}
	other := moved
	other.Attachments = []posts.Attachment{{FileID: "b"}}
	if next, changed := old.TakeOver(other, at); !changed || !next.UpdatedAt.Equal(at) {
		t.Errorf("%v, %+v", changed, next)
	}
}
