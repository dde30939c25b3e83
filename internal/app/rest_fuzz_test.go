package app

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"
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
		if rule, _ := proto.GetExtension(method.Options(), annotations.E_Http).(*annotations.HttpRule); rule != nil {
			for _, rule := range bindings(rule) {
				verb, path := verbAndPath(rule)
				f.Add(verb, strings.TrimPrefix(path, restPrefix), "", "", "", "{}")
			}
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
	f.Add("POST", "v1/auth/logout", "", "GZIP", "identity;q=0", zipped(f, "{}"))
	f.Add("POST", "v1/auth/logout", "", "x-gzip, identity", "*", "\x1f\x8b")
	f.Fuzz(func(t *testing.T, method, path, query, coding, accepted, body string) {
		target, err := url.ParseRequestURI(restPrefix + path)
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
		if status >= http.StatusBadRequest && recorder.Header().Get("Content-Type") != jsonType {
			t.Fatalf("%s %s: %d is %s: %s", method, target, status, recorder.Header().Get("Content-Type"), recorder.Body)
		}
	})
}

// validMethod tells whether net/http lets the method through.
func validMethod(method string) bool {
	_, err := http.NewRequest(method, "/", nil)
	return err == nil && method != ""
}
