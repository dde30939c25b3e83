package posts_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/posts"
)

func TestCreateComment(t *testing.T) {
	f := open(t)
	p := f.post(t, kim)
	c := f.comment(t, lee, p.GetId(), "")
	r := f.comment(t, kim, p.GetId(), c.GetId())
	rr := f.comment(t, lee, p.GetId(), r.GetId())
	equal(t, "its post", c.GetPostId(), p.GetId())
	equal(t, "its content", c.GetContent(), "갑니다")
	equal(t, "its author", c.GetAuthor().GetDisplayName(), "이름 lee")
	equal(t, "its parent", c.GetParentId(), "")
	equal(t, "a reply's parent", r.GetParentId(), c.GetId())
	got := f.get(t, kim, p.GetId())
	equal(t, "comments counted", got.GetPost().GetCommentCount(), 3)
	for i, want := range []*v1.Comment{c, r, rr} {
		equal(t, "a comment", got.GetComments()[i].String(), want.String())
	}
}

func TestCreateCommentRefuses(t *testing.T) {
	f := open(t)
	p, other := f.post(t, kim), f.post(t, kim)
	elsewhere := f.comment(t, lee, other.GetId(), "")
	gone := f.comment(t, lee, p.GetId(), "")
	f.uncomment(t, lee, p.GetId(), gone.GetId())
	for name, tt := range map[string]struct {
		req    *v1.CreateCommentRequest
		kind   fault.Kind
		reason string
	}{
		"no such post":                  {comment("unknown", ""), fault.NotFound, "POST_NOT_FOUND"},
		"no such parent":                {comment(p.GetId(), "unknown"), fault.Invalid, "PARENT_NOT_FOUND"},
		"a comment of another post":     {comment(p.GetId(), elsewhere.GetId()), fault.Invalid, "PARENT_NOT_FOUND"},
		"a deleted comment":             {comment(p.GetId(), gone.GetId()), fault.Precondition, "COMMENT_DELETED"},
		"the post, as if it were one":   {comment(p.GetId(), p.GetId()), fault.Invalid, "PARENT_NOT_FOUND"},
		"a post, by a comment's id":     {comment(elsewhere.GetId(), ""), fault.NotFound, "POST_NOT_FOUND"},
		"another post's, on no post":    {comment("unknown", elsewhere.GetId()), fault.NotFound, "POST_NOT_FOUND"},
		"a deleted one, from elsewhere": {comment(other.GetId(), gone.GetId()), fault.Invalid, "PARENT_NOT_FOUND"},
	} {
		_, err := f.CreateComment(as(t, lee), tt.req)
		refused(t, name, err, tt.kind, tt.reason)
	}
	equal(t, "comments", len(f.get(t, kim, p.GetId()).GetComments()), 0)
	equal(t, "comments of the other", len(f.get(t, kim, other.GetId()).GetComments()), 1)
}

func TestCreateCommentRepeated(t *testing.T) {
	f := open(t)
	p, other := f.post(t, kim), f.post(t, kim)
	parent := f.comment(t, kim, p.GetId(), "")
	create := func(by, postID, parentID, content string) (*v1.Comment, error) {
		req := comment(postID, parentID)
		req.Content, req.RequestId = content, new("key")
		res, err := f.CreateComment(as(t, by), req)
		return res.GetComment(), err
	}
	first, err := create(lee, p.GetId(), parent.GetId(), "저요")
	must(t, err)
	f.uncomment(t, kim, p.GetId(), parent.GetId())
	again, err := create(lee, p.GetId(), parent.GetId(), "저요")
	must(t, err)
	equal(t, "the comment again", again.String(), first.String())
	for name, call := range map[string]func() (*v1.Comment, error){
		"other content": func() (*v1.Comment, error) { return create(lee, p.GetId(), parent.GetId(), "저도요") },
		"other parent":  func() (*v1.Comment, error) { return create(lee, p.GetId(), "", "저요") },
		"other post":    func() (*v1.Comment, error) { return create(lee, other.GetId(), parent.GetId(), "저요") },
	} {
		_, err := call()
		refused(t, name, err, fault.Invalid, "REQUEST_ID_REUSED")
	}
	_, err = create(park, p.GetId(), "", "저요")
	must(t, err)
	equal(t, "comments counted", f.get(t, kim, p.GetId()).GetPost().GetCommentCount(), 2)
	equal(t, "told", f.told(t, kim), []string{"reply: 새 답글 · 정모", "comment: 새 댓글 · 정모"})

	f.uncomment(t, lee, p.GetId(), first.GetId())
	gone, err := create(lee, p.GetId(), parent.GetId(), "저요")
	must(t, err)
	equal(t, "deleted since", gone.GetDeleted(), true)
	equal(t, "comments counted then", f.get(t, kim, p.GetId()).GetPost().GetCommentCount(), 1)
}

func TestUpdateComment(t *testing.T) {
	f := open(t)
	p, other := f.post(t, kim), f.post(t, kim)
	c, gone := f.comment(t, lee, p.GetId(), ""), f.comment(t, lee, p.GetId(), "")
	f.uncomment(t, lee, p.GetId(), gone.GetId())
	update := func(by, postID, commentID, content string) (*v1.Comment, error) {
		res, err := f.UpdateComment(as(t, by), &v1.UpdateCommentRequest{PostId: postID, CommentId: commentID, Content: content})
		return res.GetComment(), err
	}
	same, err := update(lee, p.GetId(), c.GetId(), c.GetContent())
	must(t, err)
	equal(t, "asking for what is so", same.String(), c.String())
	for name, tt := range map[string]struct {
		by, postID, commentID string
		kind                  fault.Kind
		reason                string
	}{
		"somebody else's":     {kim, p.GetId(), c.GetId(), fault.Denied, "NOT_THE_AUTHOR"},
		"a moderator":         {choi, p.GetId(), c.GetId(), fault.Denied, "NOT_THE_AUTHOR"},
		"on another post":     {lee, other.GetId(), c.GetId(), fault.NotFound, "COMMENT_NOT_FOUND"},
		"no such post":        {lee, "unknown", c.GetId(), fault.NotFound, "COMMENT_NOT_FOUND"},
		"no such comment":     {lee, p.GetId(), "unknown", fault.NotFound, "COMMENT_NOT_FOUND"},
		"one that is deleted": {lee, p.GetId(), gone.GetId(), fault.Precondition, "COMMENT_DELETED"},
	} {
		_, err := update(tt.by, tt.postID, tt.commentID, "다르게")
		refused(t, name, err, tt.kind, tt.reason)
	}
	got := f.get(t, kim, p.GetId()).GetComments()
	equal(t, "comments", len(got), 1)
	equal(t, "the comment", got[0].String(), c.String())

	changed, err := update(lee, p.GetId(), c.GetId(), "못 갑니다")
	must(t, err)
	equal(t, "content", changed.GetContent(), "못 갑니다")
	equal(t, "changed", changed.GetUpdatedAt() != nil, true)
	equal(t, "what is stored", f.get(t, kim, p.GetId()).GetComments()[0].String(), changed.String())
}

func TestDeleteComment(t *testing.T) {
	f := open(t)
	p, other := f.post(t, kim), f.post(t, kim)
	c := f.comment(t, lee, p.GetId(), "")
	r := f.comment(t, kim, p.GetId(), c.GetId())
	rr := f.comment(t, lee, p.GetId(), r.GetId())
	for name, tt := range map[string]struct {
		by, postID, commentID string
		kind                  fault.Kind
		reason                string
	}{
		"somebody else's": {kim, p.GetId(), c.GetId(), fault.Denied, "NOT_THE_AUTHOR"},
		"on another post": {lee, other.GetId(), c.GetId(), fault.NotFound, "COMMENT_NOT_FOUND"},
		"no such comment": {lee, p.GetId(), "unknown", fault.NotFound, "COMMENT_NOT_FOUND"},
	} {
		_, err := f.DeleteComment(as(t, tt.by), &v1.DeleteCommentRequest{PostId: tt.postID, CommentId: tt.commentID})
		refused(t, name, err, tt.kind, tt.reason)
	}
	left := func(counted int32, want ...string) []*v1.Comment {
		t.Helper()
		got := f.get(t, kim, p.GetId())
		equal(t, "comments counted", got.GetPost().GetCommentCount(), counted)
		var ids []string
		for _, c := range got.GetComments() {
			ids = append(ids, c.GetId())
		}
		equal(t, "comments", ids, want)
		return got.GetComments()
	}
	left(3, c.GetId(), r.GetId(), rr.GetId())
	f.uncomment(t, lee, p.GetId(), c.GetId())
	f.uncomment(t, lee, p.GetId(), c.GetId())
	marker := left(2, c.GetId(), r.GetId(), rr.GetId())[0]
	equal(t, "the marker", marker.String(), (&v1.Comment{
		Id: c.GetId(), PostId: p.GetId(), Deleted: true, CreatedAt: c.GetCreatedAt(),
	}).String())
	f.uncomment(t, park, p.GetId(), r.GetId())
	left(1, c.GetId(), r.GetId(), rr.GetId())
	f.uncomment(t, lee, p.GetId(), rr.GetId())
	left(0)
}

func TestNotificationsAreMadeUpFor(t *testing.T) {
	f := open(t)
	p := f.post(t, kim)
	f.notifier.away.Store(true)
	f.post(t, park, in(notice), titled("회칙"))
	f.comment(t, lee, p.GetId(), "")
	gone := f.comment(t, lee, p.GetId(), "")
	f.uncomment(t, lee, p.GetId(), gone.GetId())
	deleted := f.post(t, park, in(notice), titled("취소"))
	_, err := f.DeletePost(as(t, park), &v1.DeletePostRequest{PostId: deleted.GetId()})
	must(t, err)
	equal(t, "told while away", f.told(t, kim), nil)
	f.notifier.away.Store(false)

	run(t, f)
	equal(t, "told the author", f.told(t, kim), []string{"notice: [공지] 회칙", "comment: 새 댓글 · 정모"})
	equal(t, "told another", f.told(t, lee), []string{"notice: [공지] 회칙"})
	run(t, f)
	equal(t, "told the author once", len(f.told(t, kim)), 2)
}

func TestARepeatedRequestNotifies(t *testing.T) {
	f := open(t)
	p := f.post(t, kim)
	f.notifier.away.Store(true)
	req := comment(p.GetId(), "")
	req.RequestId = new("key")
	for _, told := range [][]string{nil, {"comment: 새 댓글 · 정모"}, {"comment: 새 댓글 · 정모"}} {
		_, err := f.CreateComment(as(t, lee), req)
		must(t, err)
		equal(t, "told", f.told(t, kim), told)
		f.notifier.away.Store(false)
	}
}

// run has the service do what it does by itself, until nothing is left to do.
func run(t *testing.T, f *fixture) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		f.Run(ctx)
	}()
	deadline := time.Now().Add(10 * time.Second)
	for {
		left, err := f.store.Untold(t.Context(), 1)
		must(t, err)
		if len(left) == 0 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("still untold: %v", left)
		}
	}
	stop()
	<-done
}

func TestAPostTakesSoManyComments(t *testing.T) {
	f := open(t)
	p := f.post(t, kim)
	const most, free, calls = 2000, 3, 20
	for i := range most - free {
		_, _, err := f.store.CreateComment(t.Context(), posts.Comment{ID: fmt.Sprint(i), PostID: p.GetId(), AuthorID: lee}, most)
		must(t, err)
	}
	first := comment(p.GetId(), "")
	first.RequestId = new("first")
	_, err := f.CreateComment(as(t, lee), first)
	must(t, err)
	begin, errs := make(chan struct{}), make(chan error, calls)
	for range calls {
		go func() {
			<-begin
			_, err := f.CreateComment(as(t, lee), comment(p.GetId(), ""))
			errs <- err
		}()
	}
	close(begin)
	created := 1
	for range calls {
		if err := <-errs; err == nil {
			created++
		} else {
			refused(t, "one too many", err, fault.Precondition, "TOO_MANY_COMMENTS")
		}
	}
	equal(t, "created", created, free)
	equal(t, "comments", f.get(t, lee, p.GetId()).GetPost().GetCommentCount(), most)
	_, err = f.CreateComment(as(t, lee), first)
	must(t, err)
	// A deleted comment still counts.
	f.uncomment(t, lee, p.GetId(), "0")
	_, err = f.CreateComment(as(t, lee), comment(p.GetId(), ""))
	refused(t, "one more", err, fault.Precondition, "TOO_MANY_COMMENTS")
}
