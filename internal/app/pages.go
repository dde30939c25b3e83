package app

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"regexp"
	"strings"

	"github.com/dongbaejul/dongbaejul/internal/accept"
	"github.com/dongbaejul/dongbaejul/internal/rest"
)

const (
	// indexFile is the page that all the app's paths show.
	indexFile = "index.html"
	// routesFile lists those paths.
	routesFile = "routes.json"
	// hashedPrefix is where the files lie whose names change with their content.
	hashedPrefix = "assets/"
)

// inlineElement matches a style or a script that stands in the page itself.
var inlineElement = regexp.MustCompile(`(?s)<(style|script)>(.*?)</(?:style|script)>`)

// pagePolicy returns the policy of the app's page: it has no styles and scripts but those of its files, and those that stand in it,
// which are allowed by their hashes.
func pagePolicy(page []byte) string {
	hashes := map[string]string{}
	for _, found := range inlineElement.FindAllSubmatch(page, -1) {
		sum := sha256.Sum256(found[2])
		hashes[string(found[1])] += " 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	}
	scripts := "script-src 'self'" + hashes["script"]
	return strings.Replace(policy, "script-src 'self'", scripts, 1) + "; style-src 'self'" + hashes["style"]
}

// routeParameter is a part of a path that stands for any: ":game" in "/games/:game".
var routeParameter = regexp.MustCompile(`:(\w+)`)

// pages returns the handlers of the web app that files hold, by patterns: its page at each of its paths, what that loads, and at all
// other paths an error, which is shown to a browser by the page.
func pages(files fs.FS) (map[string]http.Handler, error) {
	assets, err := readAssets(files)
	if err != nil {
		return nil, err
	}
	handlers := make(map[string]http.Handler)
	for name, a := range assets {
		if name != indexFile {
			handlers["GET /"+name] = forOwnPages(unary(a))
		}
	}
	index, ok := assets[indexFile]
	if !ok {
		return nil, fmt.Errorf("the web app has no %s", indexFile)
	}
	text, err := fs.ReadFile(files, routesFile)
	if err != nil {
		return nil, fmt.Errorf("read the web app's paths: %w", err)
	}
	var routes []string
	if err := json.Unmarshal(text, &routes); err != nil {
		return nil, fmt.Errorf("read the web app's paths in %s: %w", routesFile, err)
	}
	for _, route := range routes {
		pattern := routeParameter.ReplaceAllString(route, "{$1}")
		if strings.HasSuffix(pattern, "/") {
			pattern += "{$}"
		} else {
			handlers["GET "+pattern+"/{$}"] = forOwnPages(unary(http.HandlerFunc(redirectWithoutSlash)))
		}
		handlers["GET "+pattern] = forOwnPages(unary(index))
	}
	handlers["/"] = unary(unknownPage(*index))
	return handlers, nil
}

// forOwnPages drops what CORS has set: the files of the app are for its own pages, and are the same whatever the origin. With
// Vary: Origin, a browser does not find a file in its caches that it has loaded without an origin before.
func forOwnPages(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Del("Vary")
		for name := range h {
			if strings.HasPrefix(name, "Access-Control-") {
				h.Del(name)
			}
		}
		next.ServeHTTP(w, r)
	})
}

// unknownPage returns the handler of paths that lead nowhere: clients of the API get an error, and a browser that is led there the
// app's page, which says so.
func unknownPage(page asset) http.Handler {
	page.cache = "no-store"
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Add("Vary", "Accept")
		if !acceptsPage(r) {
			rest.RefuseUnknownPath(w, r)
			return
		}
		whole := r.Clone(r.Context())
		whole.Header = http.Header{"Accept-Encoding": r.Header.Values("Accept-Encoding")}
		page.ServeHTTP(notFoundWriter{w}, whole)
	})
}

// acceptsPage reports whether a request is one of a browser that shows what it gets.
func acceptsPage(r *http.Request) bool {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return false
	}
	for kind, weight := range accept.Elements(r.Header.Values("Accept")) {
		if strings.EqualFold(kind, "text/html") {
			return weight > 0
		}
	}
	return false
}

// notFoundWriter sends what its handler writes with the status 404.
type notFoundWriter struct{ http.ResponseWriter }

func (w notFoundWriter) WriteHeader(int) { w.ResponseWriter.WriteHeader(http.StatusNotFound) }

// readAssets returns the files by their names.
func readAssets(files fs.FS) (map[string]*asset, error) {
	assets := make(map[string]*asset)
	err := fs.WalkDir(files, ".", func(file string, entry fs.DirEntry, err error) error {
		name, packed := strings.CutSuffix(file, ".gz")
		if err != nil || entry.IsDir() || !packed {
			return err
		}
		assets[name], err = readAsset(files, name)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the web app: %w", err)
	}
	return assets, nil
}

func readAsset(files fs.FS, name string) (*asset, error) {
	br, err := fs.ReadFile(files, name+".br")
	if err != nil {
		return nil, err
	}
	gz, err := fs.ReadFile(files, name+".gz")
	if err != nil {
		return nil, err
	}
	a := newAsset(name, form{"br", func() []byte { return br }}, form{"gzip", func() []byte { return gz }},
		form{"", func() []byte { return unpack(gz) }})
	if strings.HasPrefix(name, hashedPrefix) {
		a.cache = "public, max-age=31536000, immutable"
	}
	if name == indexFile {
		a.policy = pagePolicy(unpack(gz))
	}
	return a, nil
}
