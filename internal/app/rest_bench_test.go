package app_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/app/apptest"
)

// BenchmarkREST sends the same calls by REST and by Connect's JSON to one server, from clients that decode what they get.
func BenchmarkREST(b *testing.B) {
	s := apptest.Start(b)
	m := s.Club(b, 1, apptest.ConnectBinary)[0]
	var post string
	for i := range 40 {
		created, err := m.Posts.CreatePost(b.Context(), &v1.CreatePostRequest{
			Title: fmt.Sprintf("수요일 저녁 모임 안내 %d", i), Category: v1.PostCategory_POST_CATEGORY_FREE,
			Content: strings.Repeat("이번 주 수요일 저녁 7시에 체육관 3번 코트에서 만나요. ", 8),
		})
		if err != nil {
			b.Fatal(err)
		}
		post = created.GetPost().GetId()
	}
	for _, call := range []struct{ name, rest, procedure, body string }{
		{"ListPosts", "/api/v1/posts?limit=20", "PostService/ListPosts", `{"limit":20}`},
		{"GetPost", "/api/v1/posts/" + post, "PostService/GetPost", `{"postId":"` + post + `"}`},
		{"VerifyToken", "/api/v1/auth/verify", "AuthService/VerifyToken", `{}`},
	} {
		b.Run(call.name+"/REST", func(b *testing.B) {
			for b.Loop() {
				decode(b, m, newRequest(b, http.MethodGet, s.URL+call.rest, ""))
			}
		})
		b.Run(call.name+"/Connect", func(b *testing.B) {
			for b.Loop() {
				decode(b, m, newRequest(b, http.MethodPost, s.URL+"/dongbaejul.v1."+call.procedure, call.body))
			}
		})
	}
}

func newRequest(b *testing.B, method, url, body string) *http.Request {
	b.Helper()
	r, err := http.NewRequestWithContext(b.Context(), method, url, strings.NewReader(body))
	if err != nil {
		b.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	return r
}

func decode(b *testing.B, m *apptest.Member, r *http.Request) {
	b.Helper()
	r.Header.Set("Authorization", "Bearer "+m.AccessToken)
	r.Header.Set("Accept-Encoding", "identity")
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		b.Fatal(err)
	}
	text, err := io.ReadAll(res.Body)
	res.Body.Close()
	var answer map[string]any
	if err != nil || res.StatusCode != http.StatusOK || json.Unmarshal(text, &answer) != nil {
		b.Fatalf("%v: %s: %s", err, res.Status, text)
	}
}
