package band_test

import (
	"context"
	"net/url"
	"testing"

	"github.com/dongbaejul/dongbaejul/internal/band"
)

// TestRequestsAreAsDocumented compares what is sent with Band's guide: paths, methods, and where each parameter goes.
func TestRequestsAreAsDocumented(t *testing.T) {
	with := func(more ...string) url.Values {
		params := url.Values{"access_token": {testToken}}
		for i := 0; i < len(more); i += 2 {
			params.Set(more[i], more[i+1])
		}
		return params
	}
	for name, want := range map[string]sent{
		"Exchange":      {method: "GET", path: "/bandsim/oauth2/token", query: url.Values{"grant_type": {"authorization_code"}, "code": {testToken}}},
		"Refresh":       {method: "GET", path: "/bandsim/oauth2/token", query: url.Values{"grant_type": {"refresh_token"}, "refresh_token": {testToken}}},
		"Profile":       {method: "GET", path: "/bandsim/v2/profile", query: with()},
		"MemberProfile": {method: "GET", path: "/bandsim/v2/profile", query: with("band_key", "AAband")},
		"Bands":         {method: "GET", path: "/bandsim/v2.1/bands", query: with()},
		"IsMember":      {method: "GET", path: "/bandsim/v2.1/bands", query: with()},
		"Permissions": {method: "GET", path: "/bandsim/v2/band/permissions",
			query: with("band_key", "AAband", "permissions", "posting,commenting,contents_deletion")},
		"Members":  {method: "GET", path: "/bandsim/v2/band/members", query: with("band_key", "AAband")},
		"Posts":    {method: "GET", path: "/bandsim/v2/band/posts", query: with("band_key", "AAband", "locale", "ko_KR")},
		"Post":     {method: "GET", path: "/bandsim/v2.1/band/post", query: with("band_key", "AAband", "post_key", "AApost")},
		"Comments": {method: "GET", path: "/bandsim/v2/band/post/comments", query: with("band_key", "AAband", "post_key", "AApost", "sort", "+created_at")},
		"Albums":   {method: "GET", path: "/bandsim/v2/band/albums", query: with("band_key", "AAband")},
		"Photos":   {method: "GET", path: "/bandsim/v2/band/album/photos", query: with("band_key", "AAband", "photo_album_key", "AAalbum")},
		"CreatePost": {method: "POST", path: "/bandsim/v2.2/band/post/create",
			form: with("band_key", "AAband", "content", "글", "do_push", "false")},
		"RemovePost": {method: "POST", path: "/bandsim/v2/band/post/remove", form: with("band_key", "AAband", "post_key", "AApost")},
		"CreateComment": {method: "POST", path: "/bandsim/v2/band/post/comment/create",
			form: with("band_key", "AAband", "post_key", "AApost", "body", "댓글")},
		"RemoveComment": {method: "POST", path: "/bandsim/v2/band/post/comment/remove",
			form: with("band_key", "AAband", "post_key", "AApost", "comment_key", "AAcomment")},
	} {
		t.Run(name, func(t *testing.T) {
			s := inTurn(`{"result_code":1,"access_token":"ZQAAA"}`)
			if err := everyCall(clientOf(t, s))[name](t.Context()); err != nil || len(s.requests) != 1 {
				t.Fatalf("%d requests, %v", len(s.requests), err)
			}
			got := s.requests[0]
			if got.method != want.method || got.path != want.path || got.query.Encode() != want.query.Encode() || got.form.Encode() != want.form.Encode() {
				t.Errorf("\n got %s %s query %v form %v\nwant %s %s query %v form %v",
					got.method, got.path, got.query, got.form, want.method, want.path, want.query, want.form)
			}
			basic, want := got.header.Get("Authorization"), ""
			if got.path == "/bandsim/oauth2/token" {
				want = "Basic Y2x1YjpjbGllbnQtc2VjcmV0LXRoYXQtbXVzdC1ub3QtYXBwZWFy"
			}
			if basic != want {
				t.Errorf("Authorization %q, want %q", basic, want)
			}
			if contentType := got.header.Get("Content-Type"); (contentType == "application/x-www-form-urlencoded") != (got.method == "POST") {
				t.Errorf("Content-Type %q", contentType)
			}
		})
	}
	if n := len(everyCall(clientOf(t, always(200, "")))); n != 17 {
		t.Errorf("the client has %d calls, and not all are compared", n)
	}
}

func TestAuthorizeURL(t *testing.T) {
	c := clientOf(t, always(200, ""))
	for state, want := range map[string]string{
		"":    "https://auth.test/bandsim/oauth2/authorize?client_id=club&redirect_uri=dongbaejul%3A%2F%2Fauth&response_type=code",
		"a&b": "https://auth.test/bandsim/oauth2/authorize?client_id=club&redirect_uri=dongbaejul%3A%2F%2Fauth&response_type=code&state=a%26b",
	} {
		if got := c.AuthorizeURL("dongbaejul://auth", state); got != want {
			t.Errorf("AuthorizeURL\n got %s\nwant %s", got, want)
		}
	}
}

func TestObserveIsToldOfEachExchange(t *testing.T) {
	type seen struct {
		op string
		ok bool
	}
	var all []seen
	s := inTurn(passing, fine)
	c, err := band.New(band.Config{HTTP: clientTransport(s), Observe: func(_ context.Context, op string) func(error) {
		if op == "GET /v2/profile" {
			return nil
		}
		return func(err error) { all = append(all, seen{op, err == nil}) }
	}})
	if err != nil {
		t.Fatal(err)
	}
	token := band.NewSecret(testToken)
	_, first := c.Bands(t.Context(), token)
	_, second := c.Bands(t.Context(), token)
	_, third := c.Profile(t.Context(), token)
	if first == nil || second != nil || third != nil {
		t.Fatalf("%v, %v, %v", first, second, third)
	}
	if want := []seen{{"GET /v2.1/bands", false}, {"GET /v2.1/bands", true}}; len(all) != 2 || all[0] != want[0] || all[1] != want[1] {
		t.Errorf("%v, want %v", all, want)
	}
}
