package app

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	// indexFile is the page that all the app's paths show.
	indexFile = "index.html"
	// routesFile lists those paths.
	routesFile = "routes.json"
	// hashedPrefix is where the files lie whose names change with their content.
	hashedPrefix = "assets/"
)

// pagePolicy is for the app's page, which has no styles but those of its files.
const pagePolicy = policy + "; style-src 'self'"

// routeParameter is a part of a path that stands for any: ":game" in "/games/:game".
var routeParameter = regexp.MustCompile(`:(\w+)`)

// pages gives the handlers of the web app that files hold, by patterns: its page at each of its paths, and what that loads.
// Other paths are none of its business, so that a mistyped address stays an error.
func pages(files fs.FS) (map[string]http.Handler, error) {
	assets, err := readAssets(files)
	if err != nil {
		return nil, err
	}
	handlers := make(map[string]http.Handler)
	for name, a := range assets {
		if name != indexFile {
			handlers["GET /"+name] = a
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
		}
		handlers["GET "+pattern] = index
	}
	return handlers, nil
}

// asset is a file of the web app.
type asset struct {
	contentType string
	cache       string
	policy      string
	brotli      encoded
	gzip        encoded
	// plain is for clients that take neither: rare enough to be unpacked when the first one comes.
	plain func() encoded
}

// encoded is one form of a file, with the entity tag of that form.
type encoded struct {
	coding string
	tag    string
	body   []byte
}

func newEncoded(coding string, body []byte) encoded {
	sum := sha256.Sum256(body)
	return encoded{coding: coding, tag: `"` + hex.EncodeToString(sum[:12]) + `"`, body: body}
}

// readAssets gives the files by their names.
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
	a := &asset{
		contentType: contentType(name), cache: "no-cache",
		brotli: newEncoded("br", br), gzip: newEncoded("gzip", gz),
		plain: sync.OnceValue(func() encoded { return newEncoded("", unpack(gz)) }),
	}
	if strings.HasPrefix(name, hashedPrefix) {
		a.cache = "public, max-age=31536000, immutable"
	}
	if name == indexFile {
		a.policy = pagePolicy
	}
	return a, nil
}

// contentType goes by the name, and for the common ones not by what the machine's own tables say.
func contentType(name string) string {
	switch extension := path.Ext(name); extension {
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".webmanifest":
		return "application/manifest+json"
	default:
		return mime.TypeByExtension(extension)
	}
}

// unpack gives what gz holds. The file is part of the program: one that is broken is caught by tests.
func unpack(gz []byte) []byte {
	reader, err := gzip.NewReader(bytes.NewReader(gz))
	if err != nil {
		return nil
	}
	body, err := io.ReadAll(reader)
	if err != nil {
		return nil
	}
	return body
}

// ServeHTTP answers with the smallest form that the client takes.
func (a *asset) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	form := a.plain
	if codings := r.Header.Get("Accept-Encoding"); accepts(codings, a.brotli.coding) {
		form = func() encoded { return a.brotli }
	} else if accepts(codings, a.gzip.coding) {
		form = func() encoded { return a.gzip }
	}
	a.serve(w, r, form())
}

func (a *asset) serve(w http.ResponseWriter, r *http.Request, form encoded) {
	h := w.Header()
	h.Set("Content-Type", a.contentType)
	h.Set("Cache-Control", a.cache)
	h.Add("Vary", "Accept-Encoding")
	h.Set("Etag", form.tag)
	if a.policy != "" {
		h.Set("Content-Security-Policy", a.policy)
	}
	if form.coding != "" {
		h.Set("Content-Encoding", form.coding)
		// Known, though http.ServeContent leaves it out of what is encoded.
		h.Set("Content-Length", strconv.Itoa(len(form.body)))
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(form.body))
}

// accepts tells whether an Accept-Encoding header takes a coding. What it does not name it is not asked for.
func accepts(header, coding string) bool {
	for item := range strings.SplitSeq(header, ",") {
		name, parameters, _ := strings.Cut(item, ";")
		if !strings.EqualFold(strings.TrimSpace(name), coding) {
			continue
		}
		weight, given := strings.CutPrefix(strings.ReplaceAll(parameters, " ", ""), "q=")
		if !given {
			return true
		}
		q, err := strconv.ParseFloat(weight, 64)
		return err == nil && q > 0
	}
	return false
}
