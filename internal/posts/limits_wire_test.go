package posts_test

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/app/apptest"
	"github.com/dongbaejul/dongbaejul/internal/testkit"
)

// longest is the largest text that a post or a comment may have.
var longest = strings.Repeat("🏸", 10_000)

// rest gets a path by REST.
func rest(t *testing.T, s *apptest.Server, m *apptest.Member, path string) (status int, body string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+path, nil)
	must(t, err)
	req.Header.Set("Authorization", "Bearer "+m.AccessToken)
	res, err := http.DefaultClient.Do(req)
	must(t, err)
	defer res.Body.Close()
	read, err := io.ReadAll(res.Body)
	must(t, err)
	return res.StatusCode, string(read)
}

// TestALongThreadIsReadInPages has more comments, as long as they may be, than fit into one answer.
func TestALongThreadIsReadInPages(t *testing.T) {
	const comments, mostBytes = 200, 600 << 10
	s := apptest.Start(t)
	m := s.Club(t, 1, apptest.ConnectBinary)[0]
	created, err := m.Posts.CreatePost(t.Context(), post())
	must(t, err)
	id := created.GetPost().GetId()
	var want []string
	for i := range comments {
		req := comment(id, "")
		if i%4 == 0 {
			req.Content = longest
		}
		c, err := m.Posts.CreateComment(t.Context(), req)
		must(t, err)
		want = append(want, c.GetComment().GetId())
	}
	first, err := m.Posts.GetPost(t.Context(), &v1.GetPostRequest{PostId: id})
	must(t, err)
	equal(t, "comments counted", first.GetPost().GetCommentCount(), comments)
	var got []string
	page, next := first.GetComments(), first.GetNextPageToken()
	for {
		size := 0
		for _, c := range page {
			size += proto.Size(c)
			got = append(got, c.GetId())
		}
		if size > mostBytes || len(page) == 0 || len(page) > 100 {
			t.Errorf("a page of %d comments, %d bytes", len(page), size)
		}
		if next == "" {
			break
		}
		// What is deleted and written meanwhile moves nothing.
		if len(got) < comments/2 {
			_, err := m.Posts.DeleteComment(t.Context(), &v1.DeleteCommentRequest{PostId: id, CommentId: got[len(got)-1]})
			must(t, err)
		}
		if most := 200; len(next) > most {
			t.Errorf("the token %q has %d bytes, the contract allows %d", next, len(next), most)
		}
		res, err := m.Posts.ListComments(t.Context(), &v1.ListCommentsRequest{PostId: id, PageToken: &next})
		must(t, err)
		page, next = res.GetComments(), res.GetNextPageToken()
	}
	equal(t, "all comments", strings.Join(got, " "), strings.Join(want, " "))

	for path, most := range map[string]int{"": mostBytes, "/comments": mostBytes, "/comments?limit=1": 50_000} {
		if status, body := rest(t, s, m, "/api/v1/posts/"+id+path); status != http.StatusOK || len(body) > most || !strings.Contains(body, `"next_page_token"`) {
			t.Errorf("%s: %d, %d bytes", path, status, len(body))
		}
	}
	other, err := m.Posts.CreatePost(t.Context(), post())
	must(t, err)
	for what, path := range map[string]string{
		"that is none":    id + "/comments?page_token=nonsense",
		"of another post": other.GetPost().GetId() + "/comments?page_token=" + first.GetNextPageToken(),
	} {
		if status, body := rest(t, s, m, "/api/v1/posts/"+path); status != http.StatusBadRequest || !strings.Contains(body, "PAGE_TOKEN_INVALID") {
			t.Errorf("a page token %s: %d %s", what, status, body)
		}
	}
	for path, want := range map[string]int{
		"/api/v1/posts/" + id + "/comments?page_token=nonsense": http.StatusBadRequest, "/api/v1/posts/none/comments": http.StatusNotFound,
		"/api/v1/posts/" + id + "/comments?limit=101": http.StatusBadRequest,
	} {
		if status, body := rest(t, s, m, path); status != want {
			t.Errorf("%s: %d %s", path, status, body)
		}
	}
}

func TestAListOfLongPostsIsBounded(t *testing.T) {
	const long, mostBytes = 40, 3 << 19
	s := apptest.Start(t)
	m := s.Club(t, 1, apptest.ConnectBinary)[0]
	for i := range long {
		_, err := m.Posts.CreatePost(t.Context(), post(titled(fmt.Sprint(i)), func(req *v1.CreatePostRequest) { req.Content = longest }))
		must(t, err)
	}
	_, err := m.Posts.CreatePost(t.Context(), post())
	must(t, err)
	res, err := m.Posts.ListPosts(t.Context(), &v1.ListPostsRequest{Limit: proto.Int32(100)})
	must(t, err)
	cut := 0
	for _, p := range res.GetPosts() {
		if p.GetContentCut() {
			cut++
			equal(t, "characters left", len([]rune(p.GetContent())), 500)
		} else if p.GetContent() != longest && p.GetContent() != post().GetContent() {
			t.Errorf("%d bytes are not said to be cut", len(p.GetContent()))
		}
	}
	if size := proto.Size(res); len(res.GetPosts()) != long+1 || size > mostBytes || cut == 0 || cut == long {
		t.Errorf("%d posts in %d bytes, %d of them cut", len(res.GetPosts()), size, cut)
	}
	if status, body := rest(t, s, m, "/api/v1/posts?limit=100"); status != http.StatusOK || len(body) > mostBytes {
		t.Errorf("by REST: %d, %d bytes", status, len(body))
	}
	last := res.GetPosts()[long]
	whole, err := m.Posts.GetPost(t.Context(), &v1.GetPostRequest{PostId: last.GetId()})
	must(t, err)
	equal(t, "what is read of a post that was cut", len(whole.GetPost().GetContent()), len(longest))
}

// TestAPostWhoseAuthorHangsUpIsAnnounced has the author hang up at any moment of the call. What is stored is announced, in any
// order: the server goes on with a call that nobody waits for while later ones are answered.
func TestAPostWhoseAuthorHangsUpIsAnnounced(t *testing.T) {
	const times = 30
	s := apptest.Start(t)
	club := s.Club(t, 2, apptest.ConnectBinary)
	stream := club[1].Subscribe(t, &v1.SubscribeRequest{})
	stream.Hello(t)
	for i := range times {
		ctx, hangUp := contextFor(t, time.Duration(i)*300*time.Microsecond)
		_, _ = club[0].Posts.CreatePost(ctx, post(in(notice), titled(fmt.Sprint(i))))
		hangUp()
	}
	_, err := club[0].Posts.CreatePost(t.Context(), post(in(notice), titled("끝")))
	must(t, err)
	all, err := club[0].Posts.ListPosts(t.Context(), &v1.ListPostsRequest{Limit: proto.Int32(100)})
	must(t, err)
	unannounced := make(map[string]bool)
	for _, p := range all.GetPosts() {
		unannounced[p.GetTitle()] = true
	}
	stream.Until(t, "each post that is stored", func(e *v1.Event) bool {
		delete(unannounced, e.GetPostCreated().GetPost().GetTitle())
		return len(unannounced) == 0
	})
	testkit.Eventually(t, "each post that is stored is a notification", func() bool {
		told, err := club[1].Notifications.ListNotifications(t.Context(), &v1.ListNotificationsRequest{Limit: proto.Int32(100)})
		must(t, err)
		notified := make(map[string]bool)
		for _, n := range told.GetNotifications() {
			notified[n.GetTitle()] = true
		}
		return !slices.ContainsFunc(all.GetPosts(), func(p *v1.Post) bool { return !notified["[공지] "+p.GetTitle()] })
	})
}
