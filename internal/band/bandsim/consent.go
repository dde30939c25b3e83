package bandsim

import (
	_ "embed"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/dongbaejul/dongbaejul/internal/hangul"
)

//go:embed consent.html
var consentHTML string

//go:embed style.css
var styleCSS string

// pagePolicy lets the pages load their style and images from here and nothing else. They work with links and a form that comes back
// here: a form whose answer redirects to an app's own scheme would be blocked by form-action.
const pagePolicy = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// choice is a person on the page.
type choice struct {
	Name, About, Role, Face, Link string
}

// consentPage is what the template shows: an error, a list to choose from, or one person to agree.
type consentPage struct {
	Style    string
	Problem  string
	Query    string
	Hidden   map[string]string // the parameters that go along with a search
	Members  []choice
	Others   []choice
	Person   *choice
	Redirect string
	Agree    string // links
	Partly   string
	Deny     string
	Back     string
}

// authorize is Band's sign-in: choose who you are, then agree or decline. With a user_key it redirects at once.
func (s *Simulator) authorize(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		s.showPage(w, http.StatusMethodNotAllowed, consentPage{Problem: "이 주소는 GET으로만 열 수 있습니다."})
		return
	}
	query := r.URL.Query()
	app := slices.IndexFunc(s.apps, func(a App) bool { return a.ClientID == query.Get("client_id") })
	target, ok := redirectTarget(query.Get("redirect_uri"))
	switch {
	case app < 0:
		s.showPage(w, http.StatusBadRequest, consentPage{Problem: "등록되지 않은 앱입니다. client_id를 확인하세요."})
	case query.Get("response_type") != "code":
		s.showPage(w, http.StatusBadRequest, consentPage{Problem: "response_type은 code여야 합니다."})
	case !ok:
		s.showPage(w, http.StatusBadRequest, consentPage{Problem: "redirect_uri가 절대 주소가 아니거나 허용되지 않는 주소입니다."})
	case query.Has("deny"):
		s.redirectDenied(w, target, query.Get("state"))
	case query.Has("user_key"):
		s.redirectWithCode(w, app, target, query)
	case query.Has("member"):
		s.showConsent(w, query)
	default:
		s.showPeople(w, query)
	}
}

// redirectTarget accepts any absolute URL, since the server that asks has a list of its own, except those that a browser would run or
// read from the disk.
func redirectTarget(raw string) (*url.URL, bool) {
	u, err := url.Parse(raw)
	if err != nil || len(raw) > 2048 || u.Scheme == "" || u.Opaque != "" || u.Fragment != "" {
		return nil, false
	}
	if web := u.Scheme == "http" || u.Scheme == "https"; u.Host == "" && (web || u.Path == "") {
		return nil, false
	}
	refused := []string{"javascript", "data", "vbscript", "file", "blob", "about", "filesystem", "view-source"}
	return u, !slices.Contains(refused, strings.ToLower(u.Scheme))
}

func (s *Simulator) redirectWithCode(w http.ResponseWriter, app int, target *url.URL, query url.Values) {
	s.mu.Lock()
	p, ok := s.personOf(query.Get("user_key"))
	var code string
	if ok {
		code = s.issueCode(ticket{kind: kindCode, app: app, person: p.no, bands: s.consented(p, query.Get("bands"))}, query.Get("redirect_uri"))
	}
	s.mu.Unlock()
	if !ok {
		s.showPage(w, http.StatusBadRequest, consentPage{Problem: "그런 회원이 없습니다. user_key를 확인하세요."})
		return
	}
	s.redirect(w, target, url.Values{"code": {code}}, query.Get("state"))
}

func (s *Simulator) redirectDenied(w http.ResponseWriter, target *url.URL, state string) {
	if s.Knobs().DenySilently {
		s.redirect(w, target, url.Values{}, "")
		return
	}
	s.redirect(w, target, url.Values{"error": {"access_denied"}}, state)
}

func (s *Simulator) redirect(w http.ResponseWriter, target *url.URL, params url.Values, state string) {
	if state != "" && s.Knobs().EchoState {
		params.Set("state", state)
	}
	location := *target
	if added := params.Encode(); added != "" && location.RawQuery != "" {
		location.RawQuery += "&" + added
	} else if added != "" {
		location.RawQuery = added
	}
	setPageHeaders(w.Header())
	w.Header().Set("Location", location.String())
	w.WriteHeader(http.StatusFound)
}

// kept are the parameters of the app's request, which go along from page to page.
func kept(query url.Values) url.Values {
	params := url.Values{}
	for _, key := range []string{"response_type", "client_id", "redirect_uri", "state"} {
		if query.Get(key) != "" {
			params.Set(key, query.Get(key))
		}
	}
	return params
}

// link returns a link to this page with the app's parameters and one more.
func link(query url.Values, more ...string) string {
	params := kept(query)
	for i := 0; i+1 < len(more); i += 2 {
		params.Set(more[i], more[i+1])
	}
	return "?" + params.Encode()
}

func (s *Simulator) showPeople(w http.ResponseWriter, query url.Values) {
	shown := consentPage{Query: query.Get("q"), Hidden: map[string]string{}}
	for key, values := range kept(query) {
		shown.Hidden[key] = values[0]
	}
	s.mu.Lock()
	for _, p := range s.people {
		if !hangul.Contains(p.nickname, shown.Query) && !hangul.Contains(p.name, shown.Query) {
			continue
		}
		c := s.choice(p)
		c.Link = link(query, "member", s.keys.key(kindUser, 0, uint64(p.no)))
		if p.in(clubBand) {
			shown.Members = append(shown.Members, c)
		} else {
			shown.Others = append(shown.Others, c)
		}
	}
	s.mu.Unlock()
	s.showPage(w, http.StatusOK, shown)
}

func (s *Simulator) showConsent(w http.ResponseWriter, query url.Values) {
	key := query.Get("member")
	s.mu.Lock()
	p, ok := s.personOf(key)
	s.mu.Unlock()
	if !ok {
		s.showPage(w, http.StatusBadRequest, consentPage{Problem: "그런 회원이 없습니다."})
		return
	}
	c := s.choice(p)
	s.showPage(w, http.StatusOK, consentPage{
		Person:   &c,
		Redirect: query.Get("redirect_uri"),
		Agree:    link(query, "user_key", key),
		Partly:   link(query, "user_key", key, "bands", "some"),
		Deny:     link(query, "deny", "1"),
		Back:     link(query),
	})
}

func (s *Simulator) choice(p person) choice {
	roles := map[string]string{"leader": "리더", "coleader": "공동리더"}
	return choice{Name: p.nickname, About: p.about, Role: roles[p.role], Face: faceURL(s.imagePath(), p.no)}
}

func (s *Simulator) showPage(w http.ResponseWriter, status int, shown consentPage) {
	shown.Style = s.prefix + "/style.css"
	w.Header().Set("Content-Type", "text/html; charset=UTF-8")
	w.Header().Set("Content-Security-Policy", pagePolicy)
	setPageHeaders(w.Header())
	w.WriteHeader(status)
	_ = s.consent.Execute(w, shown) // fails only when nobody reads on
}

// setPageHeaders is for every step of a sign-in. A web app may have opened it in a second window, whose last page tells the
// code to its opener: so no step may cut the two windows off from each other.
func setPageHeaders(h http.Header) {
	h.Set("Cache-Control", "no-store")
	h.Set("Cross-Origin-Opener-Policy", "unsafe-none")
	h.Set("Referrer-Policy", "no-referrer")
}

func serveStyle(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/css; charset=UTF-8")
	w.Header().Set("Cache-Control", "max-age=60")
	http.ServeContent(w, r, "", epoch, strings.NewReader(styleCSS))
}
