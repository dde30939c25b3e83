package main

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
)

// A post that cannot be marked as read is shown all the same.
func TestAPostIsShownThatCannotBeMarked(t *testing.T) {
	t.Parallel()
	server := settings()[0].start(t)
	to, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(to)
	front := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/MarkPostRead") {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		proxy.ServeHTTP(w, r)
	}))
	front.Config.Protocols = new(http.Protocols)
	front.Config.Protocols.SetUnencryptedHTTP2(true)
	front.Start()
	defer front.Close()
	post := signedIn(t, server, 0).post(t, "안내", "체육관이 쉽니다.", v1.PostCategory_POST_CATEGORY_FREE)
	through := *server
	through.URL = front.URL
	sh := newShell(t, &through)
	sh.do(t, "login", "--user-key", server.People(t)[1].UserKey)
	for _, format := range []string{"table", "json"} {
		r := sh.run(t.Context(), "", "posts", "show", post.GetId(), "-o", format)
		if r.code != exitDone || !strings.Contains(r.out, "체육관이 쉽니다.") || !strings.Contains(r.err, "읽음으로 표시하지 못했습니다") {
			t.Errorf("%s: %+v", format, r)
		}
	}
}

func TestShortenedTextsAreBounded(t *testing.T) {
	for text, want := range map[string]string{
		"가나다": "가나다", "가나다라": "가나…", "a" + strings.Repeat("\u0301", 50): "a\u0301…",
	} {
		if got := shorten(text, 3); got != want {
			t.Errorf("%+q is %+q, want %+q", text, got, want)
		}
	}
}
