// Package bandsim is a Naver Band of one club on this machine: the OAuth pages, every call of the Open API, cool-downs, quotas and
// faults, over two hundred invented members with their posts, comments, albums and photos. It is for development and tests, and lets in
// anybody who asks; it must never be mounted in production.
//
// The one rule: what Band documents, the simulator does; what Band leaves open is one of the [Knobs], whose zero value is the likeliest
// behaviour, so that a client can be tried against every other.
//
// Everything invented follows from Options.Seed alone, and so does which keys and tokens are good: they outlive a restart, and several
// processes serve one club. Only what was written through the API is lost, and seen by one process alone. The memory used is bounded.
package bandsim

import (
	"html/template"
	"maps"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"time"
)

// DefaultClientID and DefaultClientSecret are those of the only app, unless Options says otherwise.
const (
	DefaultClientID     = "bandsim"
	DefaultClientSecret = "bandsim-secret"
)

// Options say where the simulator is mounted and what it invents. The zero value is a simulator at the root.
type Options struct {
	// Prefix is the path under which the simulator is mounted, such as "/bandsim"; requests come with it.
	Prefix string
	// PublicURL is the origin, without path, that URLs of images begin with; empty means the one the request was sent to.
	PublicURL string
	// Seed decides everything that is invented.
	Seed uint64
	// Apps are the registered apps, 100 at most; none means one with the default id and secret. Keys shown outside the API are those
	// of the first.
	Apps []App
	// Knobs are the first settings; see [Simulator.Set].
	Knobs Knobs
	// Size is how much is invented; a field that is zero means the usual amount.
	Size Size
}

// Size is how much a club has written.
type Size struct{ Posts, Comments, Albums, Photos int }

// App is an app registered with Band.
type App struct{ ClientID, ClientSecret string }

// Simulator is an http.Handler that serves, under its prefix, /oauth2/authorize and /oauth2/token, the API under /v2, /v2.1 and
// /v2.2, /members, and the images the API names. It may be used concurrently.
type Simulator struct {
	prefix    string
	publicURL string
	apps      []App
	keys      keyring
	bands     []band
	consent   *template.Template
	routes    map[string]http.HandlerFunc

	mu        sync.Mutex // guards what follows
	knobs     Knobs
	faults    *rand.Rand
	requests  map[string]int // by path
	people    []person
	albums    []*album // oldest first
	photos    []*photo // of albums and posts, in the order of their numbers
	posts     []*post  // oldest first
	lastNo    uint64   // of posts, comments, albums and photos
	written   int      // bytes of what was written through the API
	spent     spentSet
	coolUntil map[coolKey]time.Time
}

// New returns a simulator of the whole invented club.
func New(o Options) *Simulator {
	if len(o.Apps) == 0 {
		o.Apps = []App{{DefaultClientID, DefaultClientSecret}}
	}
	if o.Prefix = strings.Trim(o.Prefix, "/"); o.Prefix != "" {
		o.Prefix = "/" + o.Prefix
	}
	s := &Simulator{
		prefix:    o.Prefix,
		publicURL: strings.TrimRight(o.PublicURL, "/"),
		apps:      o.Apps[:min(len(o.Apps), 100)],
		keys:      newKeyring(o.Seed),
		bands:     inventBands(),
		consent:   template.Must(template.New("consent").Parse(consentHTML)),
		knobs:     o.Knobs,
		coolUntil: make(map[coolKey]time.Time),
		requests:  make(map[string]int),
		faults:    rand.New(newRandom(o.Seed, "faults")),
	}
	s.invent(rand.New(newRandom(o.Seed, "club")), o.Size)
	s.routes = map[string]http.HandlerFunc{
		"/oauth2/authorize": s.authorize,
		"/oauth2/token":     s.token,
		"/members":          s.listMembers,
		"/style.css":        serveStyle,
	}
	return s
}

// ServeHTTP answers a request whose path begins with the prefix.
func (s *Simulator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Content-Type-Options", "nosniff")
	path, ok := strings.CutPrefix(r.URL.Path, s.prefix)
	if route := s.routes[path]; ok && route != nil {
		route(w, r)
		return
	}
	if image, isImage := strings.CutPrefix(path, "/images/"); ok && isImage {
		s.serveImage(w, r, image)
		return
	}
	if !ok {
		path = ""
	}
	s.serveAPI(w, r, path)
}

// Set changes the knobs, for requests that come from now on.
func (s *Simulator) Set(k Knobs) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.knobs = k
}

// Knobs returns the present settings.
func (s *Simulator) Knobs() Knobs {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.knobs
}

// Requests returns how often each path of the API was called.
func (s *Simulator) Requests() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.requests)
}

// BandKey returns the key of the club's band.
func (s *Simulator) BandKey() string { return s.bandKey(clubBand) }

// Transport returns a round tripper that hands every request, whatever its host, to the simulator in this process.
func (s *Simulator) Transport() http.RoundTripper { return transport{s} }
