package app

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"mime"
	"net/http"
	"path"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/accept"
)

// asset is a file that the program holds, in several forms.
type asset struct {
	contentType string
	// A browser asks every time whether it has changed, unless this says otherwise, and is told in a few bytes that it has not.
	cache  string
	policy string
	// forms are by falling preference, the plain one last. Each is made when it is first asked for.
	forms []offer
}

// form is how a file can be sent: in a coding, or plain where that is empty.
type form struct {
	coding string
	body   func() []byte
}

// offer is a form with what makes it, once.
type offer struct {
	coding string
	encode func() encoded
}

// encoded is a form that was made, with its entity tag.
type encoded struct {
	tag  string
	body []byte
}

func newAsset(name string, forms ...form) *asset {
	a := &asset{contentType: contentType(name), cache: "no-cache"}
	for _, f := range forms {
		a.forms = append(a.forms, offer{f.coding, sync.OnceValue(func() encoded {
			body := f.body()
			sum := sha256.Sum256(body)
			return encoded{tag: `"` + hex.EncodeToString(sum[:12]) + `"`, body: body}
		})})
	}
	return a
}

// contentType goes by the name, and for the common ones not by what the machine's own tables say.
func contentType(name string) string {
	switch extension := path.Ext(name); extension {
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".webmanifest":
		return "application/manifest+json"
	case ".yaml":
		return "application/yaml"
	default:
		return cmp.Or(mime.TypeByExtension(extension), "text/plain; charset=utf-8")
	}
}

// gzipped packs what it is given.
func gzipped(plain []byte) []byte {
	var packed bytes.Buffer
	// Writing to memory does not fail.
	writer, _ := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	_, _ = writer.Write(plain)
	_ = writer.Close()
	return packed.Bytes()
}

// unpack returns what gz holds. The file is part of the program: one that is broken is caught by tests.
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

// ServeHTTP answers with the form that the client prefers.
func (a *asset) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	codings := make([]string, 0, len(a.forms))
	for _, o := range a.forms {
		codings = append(codings, o.coding)
	}
	preferred := append(accept.Codings(r.Header.Values("Accept-Encoding"), codings[:len(codings)-1]...), "")
	o := a.forms[slices.Index(codings, preferred[0])]
	a.serve(w, r, o.coding, o.encode())
}

func (a *asset) serve(w http.ResponseWriter, r *http.Request, coding string, e encoded) {
	h := w.Header()
	h.Set("Content-Type", a.contentType)
	h.Set("Cache-Control", a.cache)
	h.Set("Etag", e.tag)
	if a.policy != "" {
		h.Set("Content-Security-Policy", a.policy)
	}
	if coding != "" {
		h.Set("Content-Encoding", coding)
		// Known, though http.ServeContent leaves it out of what is encoded.
		h.Set("Content-Length", strconv.Itoa(len(e.body)))
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(e.body))
}
