package posts_test

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/hangul"
	"github.com/dongbaejul/dongbaejul/internal/posts"
	"github.com/dongbaejul/dongbaejul/internal/users"
)

const (
	notice = v1.PostCategory_POST_CATEGORY_NOTICE
	free   = v1.PostCategory_POST_CATEGORY_FREE
	market = v1.PostCategory_POST_CATEGORY_MARKET
	band   = v1.PostCategory_POST_CATEGORY_BAND
)

func equal[T any](t testing.TB, what string, got, want T) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s: got %+v, want %+v", what, got, want)
	}
}

func TestNobodyIsRefused(t *testing.T) {
	f := open(t)
	p := f.post(t, kim)
	c := f.comment(t, kim, p.GetId(), "")
	ctx := t.Context()
	for name, call := range map[string]func() error{
		"ListPosts":     func() error { _, err := f.ListPosts(ctx, &v1.ListPostsRequest{}); return err },
		"GetPost":       func() error { _, err := f.GetPost(ctx, &v1.GetPostRequest{PostId: p.GetId()}); return err },
		"MarkPostRead":  func() error { _, err := f.MarkPostRead(ctx, &v1.MarkPostReadRequest{PostId: p.GetId()}); return err },
		"CreatePost":    func() error { _, err := f.CreatePost(ctx, post()); return err },
		"UpdatePost":    func() error { _, err := f.UpdatePost(ctx, &v1.UpdatePostRequest{PostId: p.GetId()}); return err },
		"DeletePost":    func() error { _, err := f.DeletePost(ctx, &v1.DeletePostRequest{PostId: p.GetId()}); return err },
		"ToggleLike":    func() error { _, err := f.ToggleLike(ctx, &v1.ToggleLikeRequest{PostId: p.GetId()}); return err },
		"CreateComment": func() error { _, err := f.CreateComment(ctx, comment(p.GetId(), "")); return err },
		"UpdateComment": func() error {
			_, err := f.UpdateComment(ctx, &v1.UpdateCommentRequest{PostId: p.GetId(), CommentId: c.GetId(), Content: "x"})
			return err
		},
		"DeleteComment": func() error {
			_, err := f.DeleteComment(ctx, &v1.DeleteCommentRequest{PostId: p.GetId(), CommentId: c.GetId()})
			return err
		},
	} {
		refused(t, name, call(), fault.Unauthenticated, "UNAUTHENTICATED")
	}
	got := f.get(t, kim, p.GetId())
	equal(t, "views", got.GetPost().GetViewCount(), 0)
	equal(t, "likes", got.GetPost().GetLikeCount(), 0)
	equal(t, "comments", got.GetPost().GetCommentCount(), 1)
}

func TestCreatePost(t *testing.T) {
	f := open(t)
	f.uploads[kim] = []string{"file", "other"}
	p := f.post(t, kim, func(req *v1.CreatePostRequest) {
		req.Attachments = []string{"file", "other"}
	})
	equal(t, "title", p.GetTitle(), "정모")
	equal(t, "content", p.GetContent(), "토요일에 봅시다")
	equal(t, "category", p.GetCategory(), free)
	equal(t, "author", p.GetAuthor().GetDisplayName(), "이름 kim")
	equal(t, "the attachment", p.GetAttachments()[0].GetFileId()+" "+p.GetAttachments()[0].GetName(), "file 이름 file")
	equal(t, "changed", p.GetUpdatedAt() == nil, true)
	stored := f.get(t, lee, p.GetId()).GetPost()
	equal(t, "what is stored", stored.String(), p.String())

	told := f.events(t)
	equal(t, "events", len(told), 1)
	p.Content = ""
	equal(t, "the event", told[0].String(), p.String())
	for id := range roles {
		equal(t, "told "+id, f.told(t, id), nil)
	}
}

func TestCreatePostRefuses(t *testing.T) {
	f := open(t)
	for name, tt := range map[string]struct {
		by     string
		change func(*v1.CreatePostRequest)
		kind   fault.Kind
		reason string
	}{
		"a member's notice": {kim, in(notice), fault.Denied, "PERMISSION_DENIED"},
		"a member's pin":    {kim, func(req *v1.CreatePostRequest) { req.IsPinned = true }, fault.Denied, "PERMISSION_DENIED"},
		"Band's":            {choi, in(band), fault.Invalid, "BAND_CATEGORY"},
		"no category":       {choi, in(0), fault.Invalid, "CATEGORY_REQUIRED"},
	} {
		_, err := f.CreatePost(as(t, tt.by), post(tt.change))
		refused(t, name, err, tt.kind, tt.reason)
	}
	_, pages := f.list(t, &v1.ListPostsRequest{})
	equal(t, "posts", pages.GetTotal(), 0)
	equal(t, "events", len(f.events(t)), 0)
	f.post(t, park, in(notice), func(req *v1.CreatePostRequest) { req.IsPinned = true })
}

func TestCreatePostRepeated(t *testing.T) {
	f := open(t)
	first := f.post(t, park, in(notice), keyed("key"))
	ids := make(chan string, 8)
	for range cap(ids) {
		go func() {
			res, err := f.CreatePost(as(t, park), post(in(notice), keyed("key")))
			if err != nil {
				t.Error(err)
			}
			ids <- res.GetPost().GetId()
		}()
	}
	for range cap(ids) {
		equal(t, "the id", <-ids, first.GetId())
	}
	_, err := f.CreatePost(as(t, park), post(in(notice), keyed("key"), titled("다른 제목")))
	refused(t, "other content", err, fault.Invalid, "REQUEST_ID_REUSED")
	if other := f.post(t, kim, keyed("key")); other.GetId() == first.GetId() {
		t.Error("another member's request_id is the same post")
	}
	titles, _ := f.list(t, &v1.ListPostsRequest{})
	equal(t, "the list", titles, "정모 정모")
	equal(t, "events", len(f.events(t)), 2)
	equal(t, "told", f.told(t, lee), []string{"notice: [공지] 정모"})

	_, err = f.DeletePost(as(t, park), &v1.DeletePostRequest{PostId: first.GetId()})
	must(t, err)
	_, err = f.CreatePost(as(t, park), post(in(notice), keyed("key")))
	refused(t, "a deleted post", err, fault.NotFound, "POST_NOT_FOUND")
	titles, _ = f.list(t, &v1.ListPostsRequest{})
	equal(t, "the list", titles, "정모")
}

func TestUpdatePost(t *testing.T) {
	f := open(t)
	f.uploads[kim] = []string{"file"}
	p := f.post(t, kim, func(req *v1.CreatePostRequest) { req.Attachments = []string{"file"} })
	update := func(by string, req *v1.UpdatePostRequest) (*v1.Post, error) {
		req.PostId = p.GetId()
		res, err := f.UpdatePost(as(t, by), req)
		return res.GetPost(), err
	}
	got, err := update(kim, &v1.UpdatePostRequest{Title: new("새 제목"), Category: new(market)})
	must(t, err)
	equal(t, "title", got.GetTitle(), "새 제목")
	equal(t, "content", got.GetContent(), p.GetContent())
	equal(t, "category", got.GetCategory(), market)
	equal(t, "attachments", len(got.GetAttachments()), 1)
	equal(t, "changed", got.GetUpdatedAt() != nil, true)
	p = got

	for name, tt := range map[string]struct {
		by     string
		req    *v1.UpdatePostRequest
		kind   fault.Kind
		reason string
	}{
		"somebody else's":    {lee, &v1.UpdatePostRequest{Title: new("x")}, fault.Denied, "NOT_THE_AUTHOR"},
		"a member's pin":     {kim, &v1.UpdatePostRequest{IsPinned: new(true)}, fault.Denied, "PERMISSION_DENIED"},
		"a member's notice":  {kim, &v1.UpdatePostRequest{Category: new(notice)}, fault.Denied, "PERMISSION_DENIED"},
		"Band's":             {park, &v1.UpdatePostRequest{Category: new(band)}, fault.Invalid, "BAND_CATEGORY"},
		"no category":        {park, &v1.UpdatePostRequest{Category: new(v1.PostCategory(0))}, fault.Invalid, "CATEGORY_REQUIRED"},
		"one of many wrongs": {kim, &v1.UpdatePostRequest{Title: new("x"), IsPinned: new(true)}, fault.Denied, "PERMISSION_DENIED"},
		"attachments given and cleared": {kim, &v1.UpdatePostRequest{
			Attachments: []string{"new"}, ClearAttachments: new(true),
		}, fault.Invalid, "ATTACHMENTS_OR_CLEAR"},
	} {
		_, err := update(tt.by, tt.req)
		refused(t, name, err, tt.kind, tt.reason)
	}
	stored := f.get(t, kim, p.GetId()).GetPost()
	equal(t, "what is stored", stored.String(), p.String())

	same, err := update(kim, &v1.UpdatePostRequest{Title: new(p.GetTitle()), IsPinned: new(false), Category: new(market)})
	must(t, err)
	equal(t, "asking for what is so", same.String(), p.String())
	cleared, err := update(kim, &v1.UpdatePostRequest{ClearAttachments: new(true)})
	must(t, err)
	equal(t, "attachments cleared", len(cleared.GetAttachments()), 0)

	_, err = f.UpdatePost(as(t, kim), &v1.UpdatePostRequest{PostId: "unknown", Title: new("x")})
	refused(t, "no such post", err, fault.NotFound, "POST_NOT_FOUND")
}

func TestAPostThatBecomesANoticeIsToldOnce(t *testing.T) {
	f := open(t)
	p := f.post(t, kim)
	for _, c := range []v1.PostCategory{notice, free, notice} {
		_, err := f.UpdatePost(as(t, park), &v1.UpdatePostRequest{PostId: p.GetId(), Category: &c})
		must(t, err)
	}
	for id := range roles {
		want := []string{"notice: [공지] 정모"}
		if id == kim {
			// The author's own.
			want = nil
		}
		equal(t, "told "+id, f.told(t, id), want)
	}
}

func TestBandPosts(t *testing.T) {
	f := open(t)
	_, _, err := f.store.CreatePost(t.Context(), posts.Post{ID: "copy", Title: "밴드 글", Category: posts.Band, AuthorID: kim})
	must(t, err)
	for by := range map[string]bool{kim: true, choi: true} {
		_, err := f.UpdatePost(as(t, by), &v1.UpdatePostRequest{PostId: "copy", Content: new("x")})
		refused(t, "rewritten by "+by, err, fault.Precondition, "BAND_POST")
	}
	res, err := f.UpdatePost(as(t, park), &v1.UpdatePostRequest{PostId: "copy", IsPinned: new(true)})
	must(t, err)
	equal(t, "pinned", res.GetPost().GetIsPinned(), true)
	f.comment(t, lee, "copy", "")
}

func TestDeletePost(t *testing.T) {
	f := open(t)
	mine, other := f.post(t, kim), f.post(t, kim)
	c := f.comment(t, lee, mine.GetId(), "")
	remove := func(by, postID string) error {
		_, err := f.DeletePost(as(t, by), &v1.DeletePostRequest{PostId: postID})
		return err
	}
	refused(t, "somebody else's", remove(lee, mine.GetId()), fault.Denied, "NOT_THE_AUTHOR")
	must(t, remove(kim, mine.GetId()))
	must(t, remove(park, other.GetId()))
	// An answer can be lost, and the call comes again.
	must(t, remove(kim, mine.GetId()))
	must(t, remove(park, other.GetId()))
	refused(t, "what somebody else has deleted", remove(kim, other.GetId()), fault.NotFound, "POST_NOT_FOUND")
	refused(t, "what never was", remove(park, "none"), fault.NotFound, "POST_NOT_FOUND")
	_, err := f.GetPost(as(t, kim), &v1.GetPostRequest{PostId: mine.GetId()})
	refused(t, "reading it", err, fault.NotFound, "POST_NOT_FOUND")
	_, err = f.ToggleLike(as(t, kim), &v1.ToggleLikeRequest{PostId: mine.GetId()})
	refused(t, "liking it", err, fault.NotFound, "POST_NOT_FOUND")
	_, err = f.UpdateComment(as(t, lee), &v1.UpdateCommentRequest{PostId: mine.GetId(), CommentId: c.GetId(), Content: "x"})
	refused(t, "its comment", err, fault.NotFound, "COMMENT_NOT_FOUND")
}

// blind is a store that does not find a post when it is first asked, as if it were created right afterwards.
type blind struct {
	posts.Store
	asked bool
}

func (s *blind) Post(ctx context.Context, postID string) (posts.Post, error) {
	if !s.asked {
		s.asked = true
		return posts.Post{}, fault.NotFound
	}
	return s.Store.Post(ctx, postID)
}

func TestDeletePostCreatedAfterItWasLookedFor(t *testing.T) {
	store := &blind{asked: true}
	f := open(t, func(c *posts.Config) { store.Store, c.Store = c.Store, store })
	p := f.post(t, kim)
	store.asked = false
	_, err := f.DeletePost(as(t, lee), &v1.DeletePostRequest{PostId: p.GetId()})
	refused(t, "somebody else's", err, fault.NotFound, "POST_NOT_FOUND")
	_, err = f.GetPost(as(t, kim), &v1.GetPostRequest{PostId: p.GetId()})
	must(t, err)
}

func TestListPosts(t *testing.T) {
	f := open(t)
	pinned := func(req *v1.CreatePostRequest) { req.IsPinned = true }
	f.post(t, park, titled("회칙"), in(notice), pinned)
	f.post(t, kim, titled("배드민턴"))
	f.post(t, kim, titled("라켓"), in(market))
	f.post(t, lee, titled("셔틀콕"), in(market))
	for _, tt := range []struct {
		name  string
		req   *v1.ListPostsRequest
		want  string
		total int32
	}{
		{"all", &v1.ListPostsRequest{}, "회칙 셔틀콕 라켓 배드민턴", 4},
		{"a page", &v1.ListPostsRequest{Page: new(int32(2)), Limit: new(int32(3))}, "배드민턴", 4},
		{"beyond the last page", &v1.ListPostsRequest{Page: new(int32(1_000_000)), Limit: new(int32(100))}, "", 4},
		{"a category", &v1.ListPostsRequest{Category: new(market)}, "셔틀콕 라켓", 2},
		{"pinned", &v1.ListPostsRequest{Pinned: new(true)}, "회칙", 1},
		{"not pinned", &v1.ListPostsRequest{Pinned: new(false), Category: new(free)}, "배드민턴", 1},
		{"part of a title", &v1.ListPostsRequest{Search: "드민"}, "배드민턴", 1},
		{"part of the content", &v1.ListPostsRequest{Search: " 봅시 "}, "회칙 셔틀콕 라켓 배드민턴", 4},
		{"in a category", &v1.ListPostsRequest{Search: "토요일", Category: new(market)}, "셔틀콕 라켓", 2},
		{"signs that are nowhere", &v1.ListPostsRequest{Search: "!?"}, "", 0},
		{"nothing to look for", &v1.ListPostsRequest{Search: "\u20e3"}, "", 0},
		{"nothing found", &v1.ListPostsRequest{Search: "탁구"}, "", 0},
	} {
		titles, pages := f.list(t, tt.req)
		equal(t, tt.name, titles, tt.want)
		equal(t, tt.name+": total", pages.GetTotal(), tt.total)
	}
}

func TestMarkPostRead(t *testing.T) {
	f := open(t)
	p := f.post(t, kim)
	mark := func(by string) *v1.MarkPostReadResponse {
		t.Helper()
		res, err := f.MarkPostRead(as(t, by), &v1.MarkPostReadRequest{PostId: p.GetId()})
		must(t, err)
		return res
	}
	for range 2 {
		got := f.get(t, lee, p.GetId())
		equal(t, "read by who gets it", got.GetUserInteraction().GetRead(), false)
		equal(t, "views", got.GetPost().GetViewCount(), 0)
	}
	_, err := f.ToggleLike(as(t, park), &v1.ToggleLikeRequest{PostId: p.GetId(), Liked: new(true)})
	must(t, err)
	for _, tt := range []struct {
		by    string
		liked bool
		views int32
	}{{lee, false, 1}, {lee, false, 1}, {park, true, 2}, {kim, false, 3}} {
		res := mark(tt.by)
		equal(t, "read by "+tt.by, res.GetUserInteraction().GetRead(), true)
		equal(t, "liked by "+tt.by, res.GetUserInteraction().GetLiked(), tt.liked)
		equal(t, "views then", res.GetViewCount(), tt.views)
	}
	got := f.get(t, lee, p.GetId())
	equal(t, "read then", got.GetUserInteraction().GetRead(), true)
	equal(t, "views", got.GetPost().GetViewCount(), 3)
	equal(t, "liked by lee", got.GetUserInteraction().GetLiked(), false)
	equal(t, "liked by park", f.get(t, park, p.GetId()).GetUserInteraction().GetLiked(), true)
	equal(t, "the version", got.GetPost().GetVersion(), 1)
	for name, call := range map[string]func() error{
		"getting": func() error { _, err := f.GetPost(as(t, kim), &v1.GetPostRequest{PostId: "unknown"}); return err },
		"marking": func() error {
			_, err := f.MarkPostRead(as(t, kim), &v1.MarkPostReadRequest{PostId: "unknown"})
			return err
		},
	} {
		refused(t, name+" no such post", call(), fault.NotFound, "POST_NOT_FOUND")
	}
}

func TestUpdatePostExpectsAVersion(t *testing.T) {
	f := open(t)
	p := f.post(t, kim)
	equal(t, "the version of a new post", p.GetVersion(), 1)
	f.comment(t, lee, p.GetId(), "")
	_, err := f.ToggleLike(as(t, lee), &v1.ToggleLikeRequest{PostId: p.GetId()})
	must(t, err)
	update := func(by, content string, version int32) (*v1.Post, error) {
		res, err := f.UpdatePost(as(t, by), &v1.UpdatePostRequest{PostId: p.GetId(), Content: &content, ExpectedVersion: &version})
		return res.GetPost(), err
	}
	// The second is a retry of the first.
	for range 2 {
		got, err := update(kim, "일요일에 봅시다", 1)
		must(t, err)
		equal(t, "the version of a changed post", got.GetVersion(), 2)
	}
	_, err = update(park, "금요일에 봅시다", 1)
	refused(t, "a change of what was seen before", err, fault.Aborted, "VERSION_CONFLICT")
	now := f.get(t, kim, p.GetId()).GetPost()
	detail, ok := errors.AsType[*fault.Error](err)
	if !ok || !proto.Equal(detail.Detail.(*v1.Post), now) {
		t.Errorf("the detail is %v, want %v", detail, now)
	}
	equal(t, "the content", now.GetContent(), "일요일에 봅시다")
	got, err := update(park, "금요일에 봅시다", now.GetVersion())
	must(t, err)
	equal(t, "the version then", got.GetVersion(), 3)
}

func TestAnErasedAuthorHasNoName(t *testing.T) {
	f := open(t)
	p := f.post(t, kim)
	_, err := f.store.UpdateUser(context.Background(), kim, func(u *users.User) error {
		u.DisplayName, u.Status, u.BandUserID = "", users.Withdrawn, ""
		return nil
	})
	must(t, err)
	f.Users.Forget(kim)
	author := f.get(t, lee, p.GetId()).GetPost().GetAuthor()
	equal(t, "the author's name", author.GetDisplayName(), "")
	equal(t, "withdrawn", author.GetWithdrawn(), true)
}

func TestToggleLikeCountsPeople(t *testing.T) {
	f := open(t)
	p := f.post(t, kim)
	// 20 people, 50 requests of each, each sent twice: half of them like the post at last.
	const people, changes = 20, 50
	errs := make(chan error, people)
	for i := range people {
		go func() {
			ctx := as(t, kim+strings.Repeat("'", i))
			for n := range changes {
				req := &v1.ToggleLikeRequest{PostId: p.GetId(), Liked: new(n%2 == i%2)}
				for range 2 {
					if _, err := f.ToggleLike(ctx, req); err != nil {
						errs <- err
						return
					}
				}
			}
			errs <- nil
		}()
	}
	for range people {
		must(t, <-errs)
	}
	equal(t, "likes", f.get(t, kim, p.GetId()).GetPost().GetLikeCount(), people/2)
	res, err := f.ToggleLike(as(t, lee), &v1.ToggleLikeRequest{PostId: p.GetId()})
	must(t, err)
	equal(t, "toggled", res.GetLiked(), true)
	equal(t, "likes then", res.GetLikeCount(), people/2+1)
}

// TestSearchFoldsWhatIsTyped looks for text as macOS writes it.
func TestSearchFoldsWhatIsTyped(t *testing.T) {
	f := open(t)
	f.post(t, kim, titled("ABC 배드민턴"))
	decomposed := string(slices.Concat([]rune("a"), []rune("bc "), []rune("\u1107\u1162\u1103\u1173")))
	equal(t, "the query", hangul.NFC(decomposed), "abc 배드")
	titles, _ := f.list(t, &v1.ListPostsRequest{Search: decomposed})
	equal(t, "found", titles, "ABC 배드민턴")
}
