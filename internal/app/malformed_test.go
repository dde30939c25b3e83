package app

import (
	"bytes"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"connectrpc.com/connect"

	"github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1/dongbaejulv1connect"
	"github.com/dongbaejul/dongbaejul/internal/rest"
)

// A parameter that cannot be read is never left out: the answer would be to another question.
func TestRESTRefusesMalformedQueries(t *testing.T) {
	s := serveServices(t, Services{Games: testGames{}})
	for name, c := range map[string]struct{ query, field string }{
		"half an escape":            {"/posts?search=50%", "search"},
		"a bad escape":              {"/posts?search=%zz", "search"},
		"of what nobody reads":      {"/games?nothing=%", "nothing"},
		"in a name":                 {"/games?%=1", "%"},
		"a semicolon":               {"/posts?search=a;b", "search"},
		"a semicolon between":       {"/games?page=1;limit=2", "page"},
		"bytes that are not UTF-8":  {"/posts?search=%FF", "search"},
		"a surrogate":               {"/posts?search=%ED%A0%80", "search"},
		"a number twice":            {"/games?page=1&page=3", "page"},
		"a number twice, the same":  {"/games?page=1&page=1", "page"},
		"a word twice":              {"/games?status=ongoing&status=", "status"},
		"text twice":                {"/posts?search=a&search=b", "search"},
		"two spellings":             {"/games?date_from=2026-11-01T00:00:00Z&dateFrom=2026-11-01T00:00:00Z", "date_from"},
		"a number without a value":  {"/games?page=", "page"},
		"a number without anything": {"/games?page", "page"},
		"a switch without a value":  {"/notifications?unread=", "unread"},
		"a path of other bytes":     {"/posts/%FF", "post_id"},
		"a path of a surrogate":     {"/games/%ED%A0%80", "game_id"},
	} {
		t.Run(name, func(t *testing.T) {
			got := s.do(t, "GET", "/api/v1"+c.query, "")
			body := got.wantError(t, http.StatusBadRequest, connect.CodeInvalidArgument)
			if reached := got.Header.Get("X-Procedure"); reached != "" {
				t.Errorf("it reached %s", reached)
			}
			details := body["details"].([]any)
			if reason := details[0].(map[string]any)["reason"]; reason != "MALFORMED_REQUEST" {
				t.Errorf("reason %v", reason)
			}
			violations, _ := details[1].(map[string]any)["field_violations"].([]any)
			if len(violations) != 1 || violations[0].(map[string]any)["field"] != c.field {
				t.Errorf("it names %v, want %s", violations, c.field)
			}
		})
	}
}

func TestRESTBodiesByAnyCoding(t *testing.T) {
	games := &createdGames{}
	s := serveServices(t, Services{Games: games})
	const plain = `{"title":"수요일","game_date":"2026-11-01T19:00:00+09:00","duration":60,"max_participants":8,"skill_level":"all","game_type":"mixed_doubles"}`
	packed := string(gzipped([]byte(plain)))
	for coding, c := range map[string]struct {
		body   string
		status int
	}{
		"Identity":       {plain, http.StatusOK},
		"gzip":           {packed, http.StatusOK},
		"GZIP":           {packed, http.StatusOK},
		"x-gzip":         {packed, http.StatusOK},
		"identity, gzip": {packed, http.StatusOK},
		"br":             {packed, http.StatusUnsupportedMediaType},
		"gzip, gzip":     {string(gzipped([]byte(packed))), http.StatusUnsupportedMediaType},
	} {
		games.asked = nil
		got := s.do(t, "POST", "/api/v1/games", c.body, "Content-Encoding: "+coding, "Content-Type: application/json")
		if got.StatusCode != c.status || (c.status == http.StatusOK) != (games.asked.GetTitle() == "수요일") {
			t.Errorf("%s: %s, asked for %v: %s", coding, got.Status, games.asked, got.body)
		}
		if c.status != http.StatusOK && got.Header.Get("Accept-Encoding") != "gzip" {
			t.Errorf("%s: Accept-Encoding is %q", coding, got.Header.Get("Accept-Encoding"))
		}
	}
}

func TestRESTCompressedBodiesThatCannotBeRead(t *testing.T) {
	var calls []string
	s := serveServices(t, Services{Auth: calledAuth{calls: &calls}})
	whole := string(gzipped([]byte("{}")))
	for name, c := range map[string]struct {
		body   string
		status int
		code   connect.Code
	}{
		"no gzip":              {"{}", http.StatusBadRequest, connect.CodeInvalidArgument},
		"a part of its header": {whole[:5], http.StatusBadRequest, connect.CodeInvalidArgument},
		"ends early":           {whole[:len(whole)-3], http.StatusBadRequest, connect.CodeInvalidArgument},
		"more than it":         {whole + "x", http.StatusBadRequest, connect.CodeInvalidArgument},
		"no JSON":              {string(gzipped([]byte("{"))), http.StatusBadRequest, connect.CodeInvalidArgument},
		"too much":             {string(gzipped(bytes.Repeat([]byte(" "), 64<<10+1))), http.StatusRequestEntityTooLarge, connect.CodeResourceExhausted},
		"far too much":         {string(gzipped(bytes.Repeat([]byte(" "), 64<<20))), http.StatusRequestEntityTooLarge, connect.CodeResourceExhausted},
	} {
		t.Run(name, func(t *testing.T) {
			got := s.do(t, "POST", "/api/v1/auth/logout", c.body, "Content-Encoding: gzip")
			got.wantError(t, c.status, c.code)
		})
	}
	if len(calls) > 0 {
		t.Errorf("called %v", calls)
	}
	// Nothing is empty whatever it is called.
	for _, coding := range []string{"gzip", "Identity"} {
		if got := s.do(t, "POST", "/api/v1/auth/logout", "", "Content-Encoding: "+coding); got.StatusCode != http.StatusOK {
			t.Errorf("%s of nothing: %s %s", coding, got.Status, got.body)
		}
	}
}

// Answers of a kilobyte and more are compressed for clients that accept it, by REST and by Connect, and Vary says so.
func TestAnswersAreCompressedAsAsked(t *testing.T) {
	var header http.Header
	var ip string
	s := serveServices(t, Services{Posts: headerPosts{header: &header, ip: &ip}})
	for _, path := range []string{"/api/v1/posts", dongbaejulv1connect.PostServiceListPostsProcedure + "?encoding=json&message=%7B%7D"} {
		for accepted, want := range map[string]string{
			"gzip": "gzip", "x-gzip": "gzip", "GZIP;q=0.5": "gzip", "*": "gzip", "br, gzip;q=0.1": "gzip", "deflate, gzip": "gzip", "identity;q=0, gzip": "gzip",
			"identity": "", "gzip ; q=0": "", "gzip;q=0.0": "", "gzip;q=0, *": "", "*;q=0": "", "identity;q=0": "", "identity, gzip;q=0.5": "", "br": "",
		} {
			for _, method := range []string{"GET", "HEAD"} {
				got := s.do(t, method, path, "", "Accept-Encoding: "+accepted)
				if coding := got.Header.Get("Content-Encoding"); got.StatusCode != http.StatusOK || coding != want {
					t.Errorf("%s %s to %q: %s in %q, want %q", method, path, accepted, got.Status, coding, want)
				}
				if vary := got.Header.Values("Vary"); strings.Join(vary, ", ") != "Origin, Accept-Encoding" {
					t.Errorf("%s %s to %q: Vary is %q", method, path, accepted, vary)
				}
			}
		}
	}
	// Small ones may be too, when they have grown.
	for _, path := range []string{"/api/v1/games/g1", dongbaejulv1connect.GameServiceListGamesProcedure + "?encoding=json&message=%7B%7D"} {
		if vary := s.do(t, "GET", path, "").Header.Values("Vary"); strings.Join(vary, ", ") != "Origin, Accept-Encoding" {
			t.Errorf("%s: Vary is %q", path, vary)
		}
	}
}

// Only the address of something is its address.
func TestPathsAreNotCorrected(t *testing.T) {
	b := testBackend(t, Services{Games: testGames{}})
	b.Handlers = map[string]http.Handler{
		"/extra/":         http.NotFoundHandler(),
		"GET /games/{id}": http.NotFoundHandler(),
		"GET /{$}":        http.NotFoundHandler(),
	}
	s := serve(t, testConfig(), b)
	for _, path := range []string{
		"//", "//api/v1/games", "/api//v1/games", "/api/v1//games", "/api/v1/games//g1", "/api/v1/games//", "/api/v1/games/",
		"/./api/v1/games", "/api/v1/./games", "/api/v1/games/.", "/api/v1/games/..", "/x/../api/v1/games", "/api/v1/games/g1/../g2",
		"/..", "/.", "/api", "/api/", "/api/v1", "/api/v1/", "/docs/../docs", "/docs/nothing/", "/openapi.yaml/", "//health", "/health/", "/health/detailed/",
		"/extra", "/dongbaejul.v1.GameService", "/dongbaejul.v1.GameService/", "//dongbaejul.v1.GameService/ListGames",
		"/dongbaejul.v1.GameService//ListGames", "/dongbaejul.v1.GameService/ListGames/", "/dongbaejul.v1.GameService/./ListGames",
		"/grpc.health.v1.Health", "/grpc.reflection.v1.ServerReflection", "/games//g1", "/games/g1/",
	} {
		for _, method := range []string{"GET", "POST", "HEAD", "DELETE"} {
			request, err := http.NewRequestWithContext(t.Context(), method, s.url, nil)
			if err != nil {
				t.Fatal(err)
			}
			// As it is written, which no client's library leaves it.
			request.URL = &url.URL{Scheme: "http", Host: request.URL.Host, Opaque: "//" + request.URL.Host + path}
			request.Header.Set("Authorization", "Bearer "+goodToken)
			got := send(t, http.DefaultTransport, request)
			if method == "HEAD" {
				if got.StatusCode != http.StatusNotFound {
					t.Errorf("HEAD %s: %s", path, got.Status)
				}
				continue
			}
			if got.StatusCode != http.StatusNotFound || got.Header.Get("Content-Type") != rest.JSONType || got.json(t)["code"] != float64(connect.CodeNotFound) {
				t.Errorf("%s %s: %s %s", method, path, got.Status, got.body)
			}
		}
	}
	// What is escaped is a part of a name.
	if got := s.do(t, "GET", "/api/v1/games/%2E%2E", ""); got.StatusCode != http.StatusOK {
		t.Errorf("an escaped name: %s %s", got.Status, got.body)
	}
}
