package app

import (
	"encoding/json"
	"io/fs"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"connectrpc.com/connect"

	"github.com/dongbaejul/dongbaejul/clients/web"
)

// builtApp is a web app of a page and a script. Nothing here unpacks brotli: what stands for it is only handed on.
func builtApp(t *testing.T) fstest.MapFS {
	t.Helper()
	files := fstest.MapFS{"routes.json": {Data: []byte(`["/", "/games", "/games/:game", "/games/:game/score"]`)}}
	for name, text := range map[string]string{"index.html": "<!doctype html>", "assets/main-a1.js": "let a", "icon.svg": "<svg/>"} {
		files[name+".gz"] = &fstest.MapFile{Data: gzipped([]byte(text))}
		files[name+".br"] = &fstest.MapFile{Data: []byte("br of " + name)}
	}
	return files
}

// servePages serves a web app with the contract beside it.
func servePages(t *testing.T, files fs.FS) *testServer {
	t.Helper()
	b := testBackend(t, Services{Games: testGames{}})
	handlers, err := pages(files)
	if err != nil {
		t.Fatal(err)
	}
	b.Handlers = handlers
	cfg := testConfig()
	cfg.AllowedOrigins = []string{"https://club.example"}
	s := serve(t, cfg, b)
	s.token = ""
	return s
}

func TestPagesOfTheWebApp(t *testing.T) {
	s := servePages(t, builtApp(t))
	for _, path := range []string{"/", "/games", "/games/g1", "/games/g1/score", "/games?show=past", "/games/%2F", "/games/%2f/score"} {
		got := s.do(t, "GET", path, "", "Accept-Encoding: identity")
		if got.StatusCode != http.StatusOK || string(got.body) != "<!doctype html>" {
			t.Errorf("%s: %s %q", path, got.Status, got.body)
		}
		for name, want := range map[string]string{
			"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-cache", "X-Frame-Options": "DENY",
		} {
			if value := got.Header.Get(name); value != want {
				t.Errorf("%s: %s is %q, want %q", path, name, value, want)
			}
		}
		if policy := got.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'self'") || strings.Contains(policy, "unsafe") {
			t.Errorf("%s: policy %q", path, policy)
		}
	}
	// What is no page of the app stays what it was.
	for _, path := range []string{"/games/g1/nothing", "/games/g1/score/x", "/index.html", "/routes.json", "/assets/", "/assets/old.js", "/api/v1/nothing"} {
		s.do(t, "GET", path, "").wantError(t, http.StatusNotFound, connect.CodeNotFound)
	}
	s.do(t, "POST", "/games", "{}").wantError(t, http.StatusNotFound, connect.CodeNotFound)
	if got := s.do(t, "GET", "/health", ""); got.StatusCode != http.StatusOK || got.json(t)["status"] != "OK" {
		t.Errorf("health: %s %s", got.Status, got.body)
	}
}

// A page is found with a slash too many or too few, as people type it.
func TestSlashesOfPages(t *testing.T) {
	b := testBackend(t, Services{Games: testGames{}})
	handlers, err := pages(builtApp(t))
	if err != nil {
		t.Fatal(err)
	}
	cfg := testConfig()
	cfg.PublicURL = "http://localhost:3000"
	sim, err := newBandPart(cfg)
	if err != nil {
		t.Fatal(err)
	}
	maps.Copy(handlers, sim.handlers)
	b.Handlers = handlers
	s := serve(t, cfg, b)
	for path, want := range map[string]string{
		"/games/": "/games", "/games/?show=past&x=%2F": "/games?show=past&x=%2F", "/games/g1/": "/games/g1", "/games/a%2F%3Fb/": "/games/a%2F%3Fb", "/games/%2F/": "/games/%2F",
		"/games/g1/score/": "/games/g1/score", "/docs/": "/docs", "/bandsim": "/bandsim/", "/bandsim?a=b": "/bandsim/?a=b",
	} {
		for _, method := range []string{"GET", "HEAD"} {
			request, err := http.NewRequestWithContext(t.Context(), method, s.url+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			if got := send(t, http.DefaultTransport, request); got.StatusCode != http.StatusTemporaryRedirect || got.Header.Get("Location") != want {
				t.Errorf("%s %s: %s to %q, want %q", method, path, got.Status, got.Header.Get("Location"), want)
			}
		}
		// No client of an API is led elsewhere.
		if got := s.do(t, "POST", path, "{}"); got.StatusCode/100 != 4 {
			t.Errorf("POST %s: %s", path, got.Status)
		}
	}
}

// Styles and scripts that stand in the page are allowed by their hashes, and no others.
func TestPolicyOfAPageWithInlineElements(t *testing.T) {
	const (
		// What `printf 'let a' | openssl dgst -sha256 -binary | base64` prints, and the same of 'p{}'.
		script = "'sha256-IfEXP/8HLuXoAiy0hZVrCAcjcLsZqYFpLOHDGj8enqE='"
		style  = "'sha256-gG2yISYereRMiG2lMXrbiUgi0Ubw9p7QCeWcroOvy9Y='"
	)
	got := pagePolicy([]byte("<!doctype html><style>p{}</style><script>let a</script><script type=\"module\" src=\"/a.js\"></script>"))
	for _, want := range []string{"; script-src 'self' " + script + ";", "; style-src 'self' " + style} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in %q", want, got)
		}
	}
	if strings.Count(got, "sha256") != 2 || strings.Contains(got, "unsafe") {
		t.Errorf("policy %q", got)
	}
}

// A browser at an address that is none gets the app, which says so. Clients of the API get an error.
func TestPagesThatAreNone(t *testing.T) {
	s := servePages(t, builtApp(t))
	const browser = "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
	for _, path := range []string{
		"/nothing", "/games/g1/nothing", "/index.html", "/assets/old.js", "/health/x", "//", "/games//", "/games//g1", "/./games", "/games/..", "/%2F", "/docs/%2F", "/health/%2f",
	} {
		got := s.do(t, "GET", path, "", browser, "Accept-Encoding: identity", `If-None-Match: *`)
		if got.StatusCode != http.StatusNotFound || string(got.body) != "<!doctype html>" || got.Header.Get("Content-Type") != "text/html; charset=utf-8" {
			t.Errorf("%s: %s %q", path, got.Status, got.body)
		}
		if cache, sent := got.Header.Get("Cache-Control"), got.Header.Get("Content-Security-Policy"); cache != "no-store" || sent != policy+"; style-src 'self'" {
			t.Errorf("%s: cached as %q, policy %q", path, cache, sent)
		}
		for _, accepted := range []string{"*/*", "application/json", "text/html;q=0", ""} {
			got := s.do(t, "GET", path, "", "Accept: "+accepted)
			got.wantError(t, http.StatusNotFound, connect.CodeNotFound)
			if vary := strings.Join(got.Header.Values("Vary"), ", "); !strings.Contains(vary, "Accept,") && !strings.HasSuffix(vary, "Accept") {
				t.Errorf("%s: Vary is %q", path, vary)
			}
		}
	}
	for _, path := range []string{"/api", "/api/v1/nothing", "/dongbaejul.v1.GameService/Nothing"} {
		s.do(t, "GET", path, "", browser).wantError(t, http.StatusNotFound, connect.CodeNotFound)
	}
	s.do(t, "POST", "/nothing", "{}", browser).wantError(t, http.StatusNotFound, connect.CodeNotFound)
}

// What the app loads is the same for every origin: a browser finds it in its caches whether it was loaded with one or without.
func TestPagesVaryByNoOrigin(t *testing.T) {
	s := servePages(t, builtApp(t))
	for _, path := range []string{"/", "/games/g1", "/games/", "/assets/main-a1.js", "/icon.svg"} {
		for _, lines := range [][]string{nil, {"Origin: https://club.example"}, {"Origin: https://evil.example"}} {
			request, err := http.NewRequestWithContext(t.Context(), "GET", s.url+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			for _, line := range lines {
				name, value, _ := strings.Cut(line, ": ")
				request.Header.Set(name, value)
			}
			got := send(t, http.DefaultTransport, request)
			if vary := strings.Join(got.Header.Values("Vary"), ", "); vary != "Accept-Encoding" {
				t.Errorf("%s with %q: Vary is %q", path, lines, vary)
			}
			if allowed, ok := got.Header["Access-Control-Allow-Origin"]; ok {
				t.Errorf("%s with %q: %q may read it", path, lines, allowed)
			}
		}
	}
}

func TestFormsOfAssets(t *testing.T) {
	s := servePages(t, builtApp(t))
	const path = "/assets/main-a1.js"
	tags := make(map[string]bool)
	for accepted, c := range map[string]struct{ coding, body string }{
		"gzip, deflate, br, zstd":  {"br", "br of assets/main-a1.js"},
		"BR;q=0.1":                 {"br", "br of assets/main-a1.js"},
		"gzip":                     {"gzip", string(gzipped([]byte("let a")))},
		"br; q=0, gzip;q=1.0":      {"gzip", string(gzipped([]byte("let a")))},
		"br;q=no, gzip":            {"gzip", string(gzipped([]byte("let a")))},
		"identity":                 {"", "let a"},
		"gzip;q=0, x-br, brotli":   {"", "let a"},
		"gzip;q=0,br;q=0.0,zstd;q": {"", "let a"},
		"*":                        {"br", "br of assets/main-a1.js"},
		"*;q=0":                    {"", "let a"},
		"gzip ; q=0, *;q=0.1":      {"br", "br of assets/main-a1.js"},
		"br;q=0.5, x-gzip":         {"gzip", string(gzipped([]byte("let a")))},
		"identity, br;q=0.9":       {"", "let a"},
		"identity;q=0":             {"", "let a"},
	} {
		got := s.do(t, "GET", path, "", "Accept-Encoding: "+accepted)
		if got.StatusCode != http.StatusOK || got.Header.Get("Content-Encoding") != c.coding || string(got.body) != c.body || got.ContentLength != int64(len(c.body)) {
			t.Errorf("%q: %s %q, %d bytes %q", accepted, got.Status, got.Header.Get("Content-Encoding"), got.ContentLength, got.body)
		}
		for name, want := range map[string]string{
			"Content-Type": "text/javascript; charset=utf-8", "Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff",
		} {
			if value := got.Header.Get(name); value != want {
				t.Errorf("%q: %s is %q, want %q", accepted, name, value, want)
			}
		}
		if vary := got.Header.Values("Vary"); !slices.Contains(vary, "Accept-Encoding") {
			t.Errorf("%q: Vary is %q", accepted, vary)
		}
		tag := got.Header.Get("Etag")
		tags[tag] = true
		head := s.do(t, "HEAD", path, "", "Accept-Encoding: "+accepted)
		if head.StatusCode != http.StatusOK || len(head.body) != 0 || head.Header.Get("Etag") != tag || head.ContentLength != int64(len(c.body)) {
			t.Errorf("%q: HEAD %s, %d bytes, tag %s", accepted, head.Status, head.ContentLength, head.Header.Get("Etag"))
		}
		known := s.do(t, "GET", path, "", "Accept-Encoding: "+accepted, "If-None-Match: "+tag)
		if known.StatusCode != http.StatusNotModified || len(known.body) != 0 {
			t.Errorf("%q: %s for who has it", accepted, known.Status)
		}
	}
	if len(tags) != 3 {
		t.Errorf("%d tags for three forms", len(tags))
	}
}

// A client that has the present version gets 304, in however many lines it sends its tags (RFC 9110 §13.1.2).
func TestWhatIsThereAlready(t *testing.T) {
	s := servePages(t, builtApp(t))
	for _, path := range []string{"/assets/main-a1.js", "/", "/openapi.yaml", "/docs"} {
		tag := s.do(t, "GET", path, "", "Accept-Encoding: gzip").Header.Get("Etag")
		for _, c := range []struct {
			lines  []string
			status int
		}{
			{[]string{tag}, http.StatusNotModified},
			{[]string{`"x"`, tag}, http.StatusNotModified},
			{[]string{tag, `"x"`}, http.StatusNotModified},
			{[]string{`"x", W/"y"`, `"z", W/` + tag}, http.StatusNotModified},
			{[]string{"W/" + tag}, http.StatusNotModified},
			{[]string{"*"}, http.StatusNotModified},
			{[]string{`"x"`, "*"}, http.StatusNotModified},
			{[]string{`"x"`, `"y"`}, http.StatusOK},
		} {
			for _, method := range []string{"GET", "HEAD"} {
				lines := []string{"Accept-Encoding: gzip"}
				for _, line := range c.lines {
					lines = append(lines, "If-None-Match: "+line)
				}
				got := s.do(t, method, path, "", lines...)
				if got.StatusCode != c.status || got.Header.Get("Etag") != tag {
					t.Errorf("%s %s for who has %q: %s with the tag %s", method, path, c.lines, got.Status, got.Header.Get("Etag"))
				}
				if vary := got.Header.Values("Vary"); !slices.Contains(vary, "Accept-Encoding") {
					t.Errorf("%s %s: Vary is %q", method, path, vary)
				}
			}
		}
	}
}

func TestPagesThatAreNotBuilt(t *testing.T) {
	for name, spoil := range map[string]func(fstest.MapFS){
		"no page":       func(files fstest.MapFS) { delete(files, "index.html.gz") },
		"no brotli":     func(files fstest.MapFS) { delete(files, "icon.svg.br") },
		"no routes":     func(files fstest.MapFS) { delete(files, "routes.json") },
		"broken routes": func(files fstest.MapFS) { files["routes.json"] = &fstest.MapFile{Data: []byte("/")} },
	} {
		files := builtApp(t)
		spoil(files)
		if _, err := pages(files); err == nil {
			t.Errorf("%s: served", name)
		}
	}
}

// What is embedded is whole: all that the page loads is there and can be unpacked.
func TestBuiltWebApp(t *testing.T) {
	files := web.Files()
	s := servePages(t, files)
	err := fs.WalkDir(files, ".", func(file string, entry fs.DirEntry, err error) error {
		name, packed := strings.CutSuffix(file, ".gz")
		if err != nil || !packed || name == indexFile {
			return err
		}
		got := s.do(t, "GET", "/"+name, "", "Accept-Encoding: identity")
		if got.StatusCode != http.StatusOK || len(got.body) == 0 || got.Header.Get("Content-Type") == "" {
			t.Errorf("%s: %s, %s, %d bytes", name, got.Status, got.Header.Get("Content-Type"), len(got.body))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	index := s.do(t, "GET", "/", "", "Accept-Encoding: identity")
	for _, part := range strings.Split(string(index.body), `"/`)[1:] {
		path, _, _ := strings.Cut(part, `"`)
		if got := s.do(t, "GET", "/"+path, ""); got.StatusCode != http.StatusOK {
			t.Errorf("the page loads /%s: %s", path, got.Status)
		}
	}
	text, err := fs.ReadFile(files, routesFile)
	if err != nil {
		t.Fatal(err)
	}
	var routes []string
	if err := json.Unmarshal(text, &routes); err != nil || len(routes) < 10 {
		t.Fatalf("%d paths, %v", len(routes), err)
	}
	for _, route := range routes {
		if got := s.do(t, "GET", routeParameter.ReplaceAllString(route, "x1"), ""); got.StatusCode != http.StatusOK {
			t.Errorf("%s: %s", route, got.Status)
		}
	}
}
