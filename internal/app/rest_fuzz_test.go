package app

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/dongbaejul/dongbaejul/internal/rest"
)

// Whatever is sent, the server is never at fault, and says so in JSON.
func FuzzREST(f *testing.F) {
	var calls []string
	a, err := newApp(testConfig(), testBackend(f, Services{
		Auth: calledAuth{calls: &calls}, Posts: calledPosts{calls: &calls}, Games: testGames{},
	}))
	if err != nil {
		f.Fatal(err)
	}
	for _, method := range contractProcedures() {
		for _, binding := range rest.Bindings(method) {
			f.Add(binding.Verb, strings.TrimPrefix(binding.Path, rest.Prefix), "", "", "", "{}")
		}
	}
	f.Add("GET", "v1/games", "status=ongoing&date_from=2026-01-01T00:00:00Z&page=1&limit=&connect=v1", "", "", "")
	f.Add("GET", "v1/games/%2F:x", "game_id=1&page.x=1&date_from.seconds=1", "", "", "")
	f.Add("POST", "v1/games", "scoring.preset=1x21&title=%FF", "", "", `{"title":"x","game_date":"2026-01-01T00:00:00Z","scoring":{"preset":"1x21"}}`)
	f.Add("PUT", "v1/users/profile", "", "", "", `{"preferences":{"privacy":{"show_stats":null}},"skill_level":"all"}`)
	f.Add("POST", "v1/events/poll", "", "", "", `{"rooms":[{"room_id":"r","seq":"1"}],"wait_ms":1e0}`)
	f.Add("POST", "v1/photos/uploads", "size=-0&purpose=1", "", "", "\ufeff{}")
	f.Add("GET", "v1/posts", "search=50%", "", "gzip ; q=0", "")
	f.Add("HEAD", "v1/games", "page=1&page=2;limit&dateFrom=&%zz", "", "*;q=0, en;q=0.4", "")
	f.Add("GET", "/v1//games/../", "", "", "en,-BE;q=0.43", "")
	f.Add("POST", "v1/auth/logout", "", "GZIP", "identity;q=0", string(gzipped([]byte("{}"))))
	f.Add("POST", "v1/auth/logout", "", "x-gzip, identity", "*", "\x1f\x8b")
	for _, query := range []string{
		"search=%F0%9F%8F%B8%2B", "search=%E3%80%80&user_id=%E2%80%AE", "date_from=2026-01-02T9:00:00Z", "date_from=2026-01-02T09:00:00,5Z", "date_to=2026-01-02T09:00:00%2B24:00",
		"date_to=2026-01-02T09:00:00%2B00:60", "date_from=2027-01-03&date_to=2027-02-30", "date_from=9999-12-31&date_to=0000-01-01", "page=9223372036854775808&limit=1e1",
	} {
		f.Add("GET", "v1/games", query, "", "*;q=0.5, en;q=0.4", "")
		f.Add("GET", "v1/posts", query, "", "en-US;q=0.9", "")
	}
	for _, body := range []string{
		`{"Title":"x"}`, `{"title":"\u3000"}`, `{"title":"\u202ea\u2066"}`, `{"title":"김\u200b민\u3164수"}`, `{"title":"👨\u200d👩\u200d👧","game_date":"2026-01-02T24:00:00Z"}`, `{"title":"\ud800"}`,
	} {
		f.Add("POST", "v1/games", "", "Identity", "", body)
		f.Add("POST", "v1/posts", "", "", "", body)
	}
	for _, avatar := range []string{"https://", "https://?x", "https://u:p@h/", "HTTPS://E.COM/x"} {
		f.Add("PATCH", "v1/users/profile", "", "", "", `{"avatar":"`+avatar+`"}`)
	}
	f.Fuzz(func(t *testing.T, method, path, query, coding, accepted, body string) {
		target, err := url.ParseRequestURI(rest.Prefix + path)
		if err != nil || !validMethod(method) {
			return
		}
		target.RawQuery = query
		request := httptest.NewRequestWithContext(t.Context(), "GET", "/", strings.NewReader(body))
		request.Method, request.URL = method, target
		request.Header.Set("Authorization", "Bearer "+goodToken)
		request.Header.Set("Content-Encoding", coding)
		request.Header["Accept-Encoding"] = strings.Split(accepted, "\n")
		request.Header["Accept-Language"] = request.Header["Accept-Encoding"]
		recorder := httptest.NewRecorder()
		a.Handler().ServeHTTP(recorder, request)
		status := recorder.Code
		if status >= http.StatusInternalServerError && status != http.StatusNotImplemented {
			t.Fatalf("%s %s: %d %s", method, target, status, recorder.Body)
		}
		if status >= http.StatusMultipleChoices && status < http.StatusBadRequest {
			t.Fatalf("%s %s: %d to %q", method, target, status, recorder.Header().Get("Location"))
		}
		if status >= http.StatusBadRequest && recorder.Header().Get("Content-Type") != rest.JSONType {
			t.Fatalf("%s %s: %d is %s: %s", method, target, status, recorder.Header().Get("Content-Type"), recorder.Body)
		}
	})
}

// FuzzPaths: whatever the address, nothing of the API is redirected, and what is refused is in JSON.
func FuzzPaths(f *testing.F) {
	a, err := newApp(testConfig(), testBackend(f, Services{}))
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range []string{
		"//api/v1/games", "/api//v1/games", "/api/v1/games/", "/api/v1/../v1/games", "/api/v1/./games", "/%2e%2e/api/v1/games", "/api/v1%2Fgames", "/api", "/api/", "//", "/.", "/\u3000", "/%",
		"/dongbaejul.v1.GameService/ListGames/", "/dongbaejul.v1.GameService//ListGames", "/dongbaejul.v1.GameService", "/health/", "/docs/..", "/api/v1/games/%E2%80%AE",
	} {
		f.Add("GET", path)
		f.Add("POST", path)
	}
	f.Fuzz(func(t *testing.T, method, path string) {
		target, err := url.ParseRequestURI(path)
		if err != nil || !strings.HasPrefix(path, "/") || !validMethod(method) {
			return
		}
		request := httptest.NewRequestWithContext(t.Context(), "GET", "/", http.NoBody)
		request.Method, request.URL, request.RequestURI = method, target, path
		recorder := httptest.NewRecorder()
		a.Handler().ServeHTTP(recorder, request)
		status := recorder.Code
		if status >= http.StatusMultipleChoices && status < http.StatusBadRequest {
			t.Fatalf("%s %q: %d to %q", method, path, status, recorder.Header().Get("Location"))
		}
		isAPI := strings.HasPrefix(strings.TrimLeft(target.Path, "/"), "api/")
		if status >= http.StatusInternalServerError && status != http.StatusNotImplemented || isAPI && status >= http.StatusBadRequest && recorder.Header().Get("Content-Type") != rest.JSONType {
			t.Fatalf("%s %q: %d %s %s", method, path, status, recorder.Header().Get("Content-Type"), recorder.Body)
		}
	})
}

// FuzzKnownTags: a client that has the present version gets 304, whatever other tags it sends, in however many lines.
func FuzzKnownTags(f *testing.F) {
	page := newAsset("a.txt", form{body: func() []byte { return []byte("a") }})
	tag := page.forms[0].encode().tag
	answer := func(t *testing.T, lines ...string) int {
		request := httptest.NewRequestWithContext(t.Context(), "GET", "/", http.NoBody)
		request.Header["If-None-Match"] = lines
		recorder := httptest.NewRecorder()
		page.ServeHTTP(recorder, joinLines(recorder, request))
		return recorder.Code
	}
	f.Add("x", "y", true)
	f.Add("", "é\u3000", false)
	f.Add("50%", "a,b", true)
	f.Fuzz(func(t *testing.T, before, after string, weak bool) {
		// RFC 9110 §8.8.3 has no others.
		isTag := func(s string) bool {
			return !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r == '"' || r == 0x7f })
		}
		if !isTag(before) || !isTag(after) {
			return
		}
		first, ours, last := `"`+before+`"`, tag, `W/"`+after+`"`
		if weak {
			first, ours, last = "W/"+first, "W/"+ours, strings.TrimPrefix(last, "W/")
		}
		for _, lines := range [][]string{{first, ours, last}, {last, ours}, {first + ", " + ours, last}, {ours, first}, {first + "," + last, ours}} {
			if got := answer(t, lines...); got != http.StatusNotModified {
				t.Errorf("%q: %d", lines, got)
			}
		}
		if lines := []string{first, last}; first != tag && last != tag && first != "W/"+tag && last != "W/"+tag && answer(t, lines...) != http.StatusOK {
			t.Errorf("%q: not sent", lines)
		}
	})
}

// validMethod reports whether net/http lets the method through.
func validMethod(method string) bool {
	_, err := http.NewRequest(method, "/", nil)
	return err == nil && method != ""
}
