package app

import (
	"net/http"
	"net/url"
	"path"
	"regexp"
	"strings"

	"github.com/dongbaejul/dongbaejul/internal/rest"
)

// exactMux answers addresses as they are written. http.ServeMux redirects those that it would write otherwise, which clients
// of an API follow with another method, or not at all. Pages that people type the address of have redirects of their own.
type exactMux struct{ *http.ServeMux }

// Handle is that of http.ServeMux, without a redirect to a pattern that ends with a slash.
func (m exactMux) Handle(pattern string, handler http.Handler) {
	m.ServeMux.Handle(pattern, handler)
	if above := strings.TrimSuffix(pattern, "/"); above != pattern && above != "" {
		m.ServeMux.HandleFunc(above, rest.RefuseUnknownPath)
	}
}

// ServeHTTP is that of http.ServeMux, which takes a segment that is an escaped slash for the slash at a path's end. Handlers get no
// path values.
func (m exactMux) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	handler, _ := m.Handler(withoutSlashes(r))
	handler.ServeHTTP(w, r)
}

var escapedSlash = regexp.MustCompile(`(?i)/%2f(/|$)`)

// withoutSlashes returns r with something else in place of each segment that is an escaped slash.
func withoutSlashes(r *http.Request) *http.Request {
	path := r.URL.EscapedPath()
	if !escapedSlash.MatchString(path) {
		return r
	}
	routed := r.Clone(r.Context())
	for escapedSlash.MatchString(path) {
		path = escapedSlash.ReplaceAllString(path, "/-$1")
	}
	routed.URL.RawPath = path
	routed.URL.Path, _ = url.PathUnescape(path)
	return routed
}

// refusing returns a handler that serves what has dots or nothing for a segment of its path by unknown, and all else by m.
func (m exactMux) refusing(unknown http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if isClean(r.URL.EscapedPath()) {
			m.ServeHTTP(w, r)
			return
		}
		unknown.ServeHTTP(w, r)
	})
}

// redirectWithoutSlash redirects from a page's path with a slash at its end.
func redirectWithoutSlash(w http.ResponseWriter, r *http.Request) {
	redirectTo(w, r, strings.TrimSuffix(r.URL.EscapedPath(), "/"))
}

// redirectWithSlash redirects from a page's path whose slash at the end is missing.
func redirectWithSlash(w http.ResponseWriter, r *http.Request) {
	redirectTo(w, r, r.URL.EscapedPath()+"/")
}

func redirectTo(w http.ResponseWriter, r *http.Request, path string) {
	http.Redirect(w, r, (&url.URL{Opaque: path, RawQuery: r.URL.RawQuery}).String(), http.StatusTemporaryRedirect)
}

// isClean reports whether a path is one that http.ServeMux leaves as it is.
func isClean(p string) bool {
	cleaned := path.Clean(p)
	return strings.HasPrefix(p, "/") && (p == cleaned || p == cleaned+"/" && cleaned != "/")
}
