package posts_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/app/apptest"
	"github.com/dongbaejul/dongbaejul/internal/audit"
	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/identity"
	"github.com/dongbaejul/dongbaejul/internal/notifications"
	"github.com/dongbaejul/dongbaejul/internal/posts"
	"github.com/dongbaejul/dongbaejul/internal/realtime"
	"github.com/dongbaejul/dongbaejul/internal/store"
	"github.com/dongbaejul/dongbaejul/internal/uploads"
	"github.com/dongbaejul/dongbaejul/internal/users"
)

// The people of the club of a fixture: two members, a manager, and an admin.
const (
	kim  = "kim"
	lee  = "lee"
	park = "park"
	choi = "choi"
)

var roles = map[string]identity.Role{
	kim: identity.Member, lee: identity.Member, park: identity.Manager, choi: identity.Admin,
}

// fixture is the service on a store of its own.
type fixture struct {
	*posts.Service
	config   posts.Config
	store    store.Store
	uploads  uploaded
	notifier *notifier
	board    *realtime.Reader
}

// uploaded are the ids of files by who has uploaded them.
type uploaded map[string][]string

func (uploaded) URL(fileID string) string { return "/files/" + fileID }

func (u uploaded) Uploaded(_ context.Context, userID string, _ uploads.Purpose, fileIDs []string) (map[string]uploads.File, error) {
	found := make(map[string]uploads.File)
	for _, id := range fileIDs {
		if slices.Contains(u[userID], id) {
			found[id] = uploads.File{ID: id, Name: "이름 " + id, URL: "/files/" + id, ContentType: "image/png", Size: 7}
		}
	}
	return found, nil
}

// open makes the service; change may alter its configuration.
func open(t *testing.T, change ...func(*posts.Config)) *fixture {
	t.Helper()
	store := apptest.OpenStore(t)
	for id, role := range roles {
		_, _, err := store.CreateUser(t.Context(), users.User{
			ID: id, BandUserID: "band " + id, DisplayName: "이름 " + id, Role: role, Status: users.Active, CreatedAt: time.Now(),
		})
		must(t, err)
	}
	hub, quiet := realtime.NewHub(), slog.New(slog.DiscardHandler)
	people := users.New(users.Config{
		Store: store, Sessions: store, Eraser: store, Changes: nobody{}, Online: nobody{}, Audit: audit.New(quiet), Log: quiet, Clock: time.Now,
	})
	told := notifications.New(notifications.Config{Store: store, Users: people, Bus: hub, Log: quiet, Writers: []notifications.Writer{
		posts.Writer{Store: store, Users: people},
	}})
	t.Cleanup(told.Close)
	f := &fixture{store: store, uploads: uploaded{}, notifier: &notifier{Service: told}, board: realtime.NewReader()}
	hub.Follow(f.board, realtime.Board)
	f.config = posts.Config{
		Store: store, Users: people, Notifier: f.notifier, Bus: hub, Uploads: f.uploads, Audit: audit.New(quiet), Log: quiet, Clock: ticking(),
	}
	for _, c := range change {
		c(&f.config)
	}
	f.Service = posts.New(f.config)
	return f
}

// ticking is a clock that never tells the same time twice.
func ticking() func() time.Time {
	var mu sync.Mutex
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	return func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		now = now.Add(time.Second)
		return now
	}
}

// nobody is online, and nobody is told of changes.
type nobody struct{}

func (nobody) UserChanged(context.Context, string) {}

func (nobody) Online(context.Context, []string) (map[string]bool, error) { return nil, nil }

// notifier is the notifications service, and fails while it is away.
type notifier struct {
	*notifications.Service
	away atomic.Bool
}

var errAway = errors.New("away")

func (n *notifier) Notify(ctx context.Context, notices ...notifications.Notice) error {
	if n.away.Load() {
		return errAway
	}
	return n.Service.Notify(ctx, notices...)
}

func (n *notifier) NotifyAll(ctx context.Context, notice notifications.Notice, except ...string) error {
	if n.away.Load() {
		return errAway
	}
	return n.Service.NotifyAll(ctx, notice, except...)
}

// as is the context of a call by a user.
func as(t testing.TB, userID string) context.Context {
	return identity.With(t.Context(), identity.Caller{UserID: userID, SessionID: "session", Role: roles[userID]})
}

// post writes a post and returns it.
func (f *fixture) post(t *testing.T, by string, change ...func(*v1.CreatePostRequest)) *v1.Post {
	t.Helper()
	res, err := f.CreatePost(as(t, by), post(change...))
	must(t, err)
	return res.GetPost()
}

func post(change ...func(*v1.CreatePostRequest)) *v1.CreatePostRequest {
	req := &v1.CreatePostRequest{Title: "정모", Content: "토요일에 봅시다", Category: v1.PostCategory_POST_CATEGORY_FREE}
	for _, f := range change {
		f(req)
	}
	return req
}

func in(c v1.PostCategory) func(*v1.CreatePostRequest) {
	return func(req *v1.CreatePostRequest) { req.Category = c }
}

func titled(title string) func(*v1.CreatePostRequest) {
	return func(req *v1.CreatePostRequest) { req.Title = title }
}

func keyed(requestID string) func(*v1.CreatePostRequest) {
	return func(req *v1.CreatePostRequest) { req.RequestId = &requestID }
}

// comment writes a comment and returns it.
func (f *fixture) comment(t *testing.T, by, postID, parentID string) *v1.Comment {
	t.Helper()
	res, err := f.CreateComment(as(t, by), comment(postID, parentID))
	must(t, err)
	return res.GetComment()
}

func comment(postID, parentID string) *v1.CreateCommentRequest {
	req := &v1.CreateCommentRequest{PostId: postID, Content: "갑니다"}
	if parentID != "" {
		req.ParentId = &parentID
	}
	return req
}

func (f *fixture) uncomment(t *testing.T, by, postID, commentID string) {
	t.Helper()
	res, err := f.DeleteComment(as(t, by), &v1.DeleteCommentRequest{PostId: postID, CommentId: commentID})
	must(t, err)
	equal(t, "the message", res.GetMessage(), "success")
}

func (f *fixture) get(t *testing.T, by, postID string) *v1.GetPostResponse {
	t.Helper()
	res, err := f.GetPost(as(t, by), &v1.GetPostRequest{PostId: postID})
	must(t, err)
	return res
}

// list returns the titles of a list, and its total.
func (f *fixture) list(t *testing.T, req *v1.ListPostsRequest) (string, *v1.PaginationInfo) {
	t.Helper()
	res, err := f.ListPosts(as(t, lee), req)
	must(t, err)
	var titles []string
	for _, p := range res.GetPosts() {
		titles = append(titles, p.GetTitle())
	}
	return strings.Join(titles, " "), res.GetPagination()
}

// events are the posts that streams were told of since it was last asked.
func (f *fixture) events(t *testing.T) []*v1.Post {
	t.Helper()
	var b realtime.Batch
	must(t, f.board.Take(t.Context(), &b))
	var told []*v1.Post
	for _, e := range b.Events {
		told = append(told, e.Message().GetPostCreated().GetPost())
	}
	return told
}

// told returns what a user was notified of: kinds and titles.
func (f *fixture) told(t *testing.T, userID string) []string {
	t.Helper()
	res, err := f.notifier.ListNotifications(as(t, userID), &v1.ListNotificationsRequest{Limit: new(int32(100))})
	must(t, err)
	slices.Reverse(res.GetNotifications())
	var out []string
	for _, n := range res.GetNotifications() {
		out = append(out, strings.ToLower(strings.TrimPrefix(n.GetKind().String(), "NOTIFICATION_KIND_"))+": "+n.GetTitle())
	}
	return out
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// refused fails unless err is of the kind and has the reason.
func refused(t testing.TB, what string, err error, kind fault.Kind, reason string) {
	t.Helper()
	if e, ok := errors.AsType[*fault.Error](err); !ok || e.Kind != kind || e.Reason != reason {
		t.Errorf("%s: got %v, want %v with %s", what, err, kind, reason)
	}
}
