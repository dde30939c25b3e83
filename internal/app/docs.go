package app

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"
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
		f := newDocsFile(name, body)
		if !packed {
			f.packed = sync.OnceValue(func() []byte { return gzipped(body) })
		}
		handlers[pattern] = unary(f)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the documentation: %w", err)
	}
	return handlers, nil
}

// docsFile is a file of the documentation. It is sent packed by gzip, but to clients that cannot unpack it.
type docsFile struct {
	contentType string
	policy      string
	// tag is the entity tag of the packed form, without quotes. It follows from what the program holds of the file.
	tag    string
	packed func() []byte
}

// newDocsFile is a file whose body is packed.
func newDocsFile(name string, body []byte) *docsFile {
	sum := sha256.Sum256(body)
	f := &docsFile{
		tag: hex.EncodeToString(sum[:12]), packed: func() []byte { return body }, contentType: "text/plain; charset=utf-8",
	}
	switch path.Ext(name) {
	case ".yaml":
		f.contentType = "application/yaml"
	case ".html":
		f.contentType, f.policy = "text/html; charset=utf-8", docsPolicy
	case ".js":
		f.contentType = "text/javascript; charset=utf-8"
	case ".css":
		f.contentType = "text/css; charset=utf-8"
	}
	return f
}

func (f *docsFile) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		refuseMethod(w, r, []string{http.MethodGet, http.MethodHead})
		return
	}
	h := w.Header()
	h.Set("Content-Type", f.contentType)
	// A browser asks every time whether it has changed, and is told in a few bytes that it has not.
	h.Set("Cache-Control", "public, no-cache")
	h.Add("Vary", "Accept-Encoding")
	if f.policy != "" {
		h.Set("Content-Security-Policy", f.policy)
	}
	body, tag := f.packed(), f.tag
	if accepts(r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
	} else {
		body, tag = unpack(body), tag+"-plain"
	}
	h.Set("Etag", `"`+tag+`"`)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}

func gzipped(plain []byte) []byte {
	var packed bytes.Buffer
	// Writing to memory does not fail.
	writer, _ := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	_, _ = writer.Write(plain)
	_ = writer.Close()
	return packed.Bytes()
}
