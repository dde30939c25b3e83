// Package imageproxy serves pictures that other servers have, Band's above all, under URLs of this server that do not change. A
// picture is fetched once, cleaned, and kept in a folder; narrower ones are made of what is kept. Whoever has a signed URL sees
// the picture, for as long as its Source has it.
package imageproxy

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/expirable"

	"github.com/dongbaejul/dongbaejul/internal/accept"
	"github.com/dongbaejul/dongbaejul/internal/cache"
	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/picture"
)

// Widths are those that can be asked for by ?w=.
var Widths = []int{320, 640, 1280, 2048}

const (
	// format is part of the names of what is kept: another one makes all pictures again.
	format = "1"
	// sourceAge is how long what the Source said may be used, and sources how many answers are kept.
	sourceAge = 5 * time.Second
	sources   = 10_000
	// cacheControl is for a year.
	cacheControl = "public, max-age=31536000, immutable"
)

var (
	errNotFound    = fault.New(fault.NotFound, "PICTURE_NOT_FOUND", "사진을 찾을 수 없어요.", "The picture was not found.")
	errUnavailable = fault.New(fault.Unavailable, "PICTURE_UNAVAILABLE",
		"지금은 사진을 불러올 수 없어요. 잠시 후 다시 시도해 주세요.", "The picture cannot be loaded now. Try again later.")
	errWidth = fault.InvalidField("w", "int32.in", "320, 640, 1280, 2048 중 하나여야 해요.", "must be 320, 640, 1280 or 2048")
)

// Source knows the pictures.
type Source interface {
	// Source returns where the picture with this id is to be fetched, and a version that changes when the picture does; an error of
	// the kind fault.NotFound if there is none, or it is hidden.
	Source(ctx context.Context, id string) (url, version string, err error)
}

// Codec is what a Proxy uses of picture.Codec.
type Codec interface {
	Reserve(ctx context.Context) (release func(), err error)
	Clean(ctx context.Context, data []byte) (picture.Picture, error)
	Variant(ctx context.Context, data []byte, width int, takesWebP bool) (picture.Picture, error)
}

// Config is what a Proxy works with.
type Config struct {
	Source Source
	Signer *Signer
	Codec  Codec
	// Folder holds what is kept, in at most MaxBytes.
	Folder   string
	MaxBytes int64
	// Transport reaches the servers, whose URLs Allowed allows.
	Transport http.RoundTripper
	Allowed   func(*url.URL) bool
	// Refuse answers a request with an error.
	Refuse func(w http.ResponseWriter, r *http.Request, err error)
	Log    *slog.Logger
	Clock  func() time.Time
}

// Proxy is an http.Handler of GET and HEAD, for what Path begins.
type Proxy struct {
	cfg      Config
	cache    *diskCache
	fetcher  *fetcher
	sources  *cache.Cache[location]
	failures *expirable.LRU[string, failure]

	mu      sync.Mutex
	flights map[string]*flight

	// What is made goes on without who asked for it, until the Proxy is closed.
	ctx    context.Context
	cancel context.CancelFunc
	making sync.WaitGroup
}

// location is what the Source says of a picture, and the name under which it is kept.
type location struct{ url, key string }

// failure is why a picture is not served, until a time.
type failure struct {
	err   error
	until time.Time
}

// New returns a Proxy, which must be closed.
func New(cfg Config) (*Proxy, error) { return newProxy(cfg, fetchTimeout) }

func newProxy(cfg Config, timeout time.Duration) (*Proxy, error) {
	kept, err := openCache(cfg.Folder, cfg.MaxBytes, cfg.Clock)
	if err != nil {
		return nil, err
	}
	p := &Proxy{
		cfg: cfg, cache: kept, flights: make(map[string]*flight),
		sources:  cache.New[location](sources, cache.For(sourceAge), cfg.Clock),
		failures: expirable.NewLRU[string, failure](failures, nil, 0),
	}
	p.fetcher = newFetcher(cfg.Transport, cfg.Allowed, p.reserve, timeout)
	p.ctx, p.cancel = context.WithCancel(context.Background())
	return p, nil
}

// Close ends what is being fetched and made. The Proxy must serve nothing any more.
func (p *Proxy) Close() {
	p.cancel()
	p.making.Wait()
}

// Forget makes the next request ask the Source again, which otherwise happens within sourceAge.
func (p *Proxy) Forget(id string) { p.sources.Forget(id) }

func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := p.serve(w, r); err != nil {
		p.cfg.Refuse(w, r, err)
	}
}

func (p *Proxy) serve(w http.ResponseWriter, r *http.Request) error {
	id, ok := p.cfg.Signer.signed(r.URL.EscapedPath())
	if !ok {
		return errNotFound
	}
	v, err := variantOf(r)
	if err != nil {
		return err
	}
	at, err := p.sources.Get(r.Context(), id, p.locate)
	if err != nil {
		return err
	}
	shown, kind, err := p.open(r.Context(), id, at, v)
	if err != nil {
		return err
	}
	defer func() { _ = shown.Close() }() // was only read
	h := w.Header()
	h.Set("Content-Type", string(kind))
	h.Set("Cache-Control", cacheControl)
	h.Add("Vary", "Accept")
	h.Set("Etag", `"`+v.name(at)+`"`)
	// Pages of apps, which come from elsewhere, show them.
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	serveContent(w, r, shown)
	return nil
}

// serveContent is http.ServeContent, which takes longer for what is in memory.
func serveContent(w http.ResponseWriter, r *http.Request, shown content) {
	if shown.bytes == nil || r.Method != http.MethodGet || conditional(r.Header) {
		http.ServeContent(w, r, "", time.Time{}, shown)
		return
	}
	w.Header().Set("Accept-Ranges", "bytes")
	w.Header().Set("Content-Length", strconv.Itoa(len(shown.bytes)))
	_, _ = w.Write(shown.bytes) // the reader has gone
}

// conditional reports whether a request may be answered by something else than the whole content.
func conditional(h http.Header) bool {
	for _, name := range []string{"Range", "If-Match", "If-None-Match"} {
		if len(h[name]) > 0 {
			return true
		}
	}
	return false
}

func (p *Proxy) locate(ctx context.Context, id string) (location, error) {
	address, version, err := p.cfg.Source.Source(ctx, id)
	if errors.Is(err, fault.NotFound) {
		return location{}, errNotFound.WithCause(err)
	}
	if err != nil {
		return location{}, fmt.Errorf("look up picture %s: %w", id, err)
	}
	sum := sha256.Sum256([]byte(strings.Join([]string{format, id, version}, "\x00")))
	return location{url: address, key: hex.EncodeToString(sum[:16])}, nil
}

// variant is a form of a picture: the original if width is 0.
type variant struct {
	width int
	webp  bool
}

func variantOf(r *http.Request) (variant, error) {
	if r.URL.RawQuery == "" {
		return variant{}, nil
	}
	asked := r.URL.Query().Get("w")
	if asked == "" {
		return variant{}, nil
	}
	width, err := strconv.Atoi(asked)
	if err != nil || !slices.Contains(Widths, width) {
		return variant{}, errWidth
	}
	return variant{width: width, webp: takesWebP(r.Header)}, nil
}

// takesWebP reports whether the reader names WebP: "*/*" and "image/*" come from those that do not know it, too.
func takesWebP(h http.Header) bool {
	for name, weight := range accept.Elements(h.Values("Accept")) {
		if weight > 0 && strings.EqualFold(name, string(picture.WebP)) {
			return true
		}
	}
	return false
}

// name is the one under which a variant is kept.
func (v variant) name(at location) string {
	switch {
	case v.width == 0:
		return at.key
	case v.webp:
		return at.key + "-" + strconv.Itoa(v.width) + "w"
	}
	return at.key + "-" + strconv.Itoa(v.width)
}

// open returns a variant that is kept, or makes it.
func (p *Proxy) open(ctx context.Context, id string, at location, v variant) (content, picture.Type, error) {
	kept, kind, err := p.cache.open(v.name(at))
	if err == nil {
		return kept, kind, nil
	}
	m, err := p.once(ctx, v.name(at), id, func(ctx context.Context) (made, error) {
		if v.width == 0 {
			return p.original(ctx, id, at)
		}
		return p.narrow(ctx, id, at, v)
	})
	if err != nil {
		return content{}, "", err
	}
	if len(m.data) > maxSmall {
		// A slow reader holds a file rather than its bytes.
		if kept, kind, err := p.cache.open(v.name(at)); err == nil {
			return kept, kind, nil
		}
	}
	return contentOf(m.data), m.kind, nil
}
