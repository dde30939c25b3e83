package app

import (
	"embed"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strings"

	"github.com/dongbaejul/dongbaejul/internal/rest"
)

// docsFiles are the OpenAPI document of REST, which tools/openapi writes, and the page that shows it: Swagger UI, packed as
// `make generate` takes it from npm, and what puts it to work.
//
//go:embed docs
var docsFiles embed.FS

// docsPolicy lets the page load what is served here and nothing else. Swagger UI has its pictures in its style sheet.
const docsPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// docsPatterns are where files are served that do not lie under /docs/.
var docsPatterns = map[string]string{"docs/openapi.yaml": "/openapi.yaml", "docs/index.html": "/docs"}

// docsHandlers serve the document and its page, by patterns.
func docsHandlers() (map[string]http.Handler, error) {
	handlers := make(map[string]http.Handler)
	err := fs.WalkDir(docsFiles, ".", func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		body, err := docsFiles.ReadFile(file)
		if err != nil {
			return err
		}
		name, packed := strings.CutSuffix(file, ".gz")
		pattern, ok := docsPatterns[name]
		if !ok {
			pattern = "/" + name
		}
		gz, plain := form{"gzip", func() []byte { return gzipped(body) }}, form{"", func() []byte { return body }}
		if packed {
			gz.body, plain.body = plain.body, func() []byte { return unpack(body) }
		}
		a := newAsset(name, gz, plain)
		a.cache = "public, no-cache"
		if path.Ext(name) == ".html" {
			a.policy = docsPolicy
		}
		handlers[pattern] = unary(readOnly(a))
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the documentation: %w", err)
	}
	handlers["GET /docs/{$}"] = unary(http.HandlerFunc(redirectWithoutSlash))
	return handlers, nil
}

// readOnly refuses what would change something.
func readOnly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			rest.RefuseMethod(w, r, []string{http.MethodGet, http.MethodHead})
			return
		}
		next.ServeHTTP(w, r)
	})
}
