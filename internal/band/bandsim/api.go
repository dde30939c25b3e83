package bandsim

import (
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"
)

// call is a request to the API from somebody with a token. It is handled under the simulator's lock.
type call struct {
	*Simulator
	knobs  Knobs
	ticket ticket
	me     person
	form   url.Values
	path   string
	base   string // of URLs of images
	now    time.Time
}

type endpoint struct {
	write  bool
	handle func(*call) reply
}

var endpoints = map[string]endpoint{
	"/v2/profile":                  {false, (*call).profile},
	"/v2.1/bands":                  {false, (*call).listBands},
	"/v2/band/permissions":         {false, (*call).permissions},
	"/v2/band/posts":               {false, (*call).listPosts},
	"/v2/band/post":                {false, (*call).oldPost},
	"/v2.1/band/post":              {false, (*call).getPost},
	"/v2.2/band/post/create":       {true, (*call).createPost},
	"/v2/band/post/remove":         {true, (*call).removePost},
	"/v2/band/post/comments":       {false, (*call).listComments},
	"/v2/band/post/comment/create": {true, (*call).createComment},
	"/v2/band/post/comment/remove": {true, (*call).removeComment},
	"/v2/band/albums":              {false, (*call).listAlbums},
	"/v2/band/album/photos":        {false, (*call).listPhotos},
}

// hang is how long a silent write keeps the connection; see Knobs.HangAfterWrite.
const hang = time.Minute

func (s *Simulator) serveAPI(w http.ResponseWriter, r *http.Request, path string) {
	knobs := s.Knobs()
	sleep(r.Context(), knobs.Latency)
	called, known := endpoints[path]
	if knobs.MembersPath != "" && path == knobs.MembersPath {
		called, known = endpoint{false, (*call).memberList}, true
	}
	switch {
	case !known:
		refuseStatus(codeInvalidRequest, http.StatusNotFound).write(w)
		return
	case called.write && r.Method != http.MethodPost, r.Method != http.MethodGet && r.Method != http.MethodPost:
		refuseStatus(codeInvalidRequest, http.StatusMethodNotAllowed).write(w)
		return
	}
	if !parseForm(w, r) {
		refuse(codeInvalidParameters).write(w)
		return
	}
	s.count(path)
	if !called.write && s.fail(w, r, called, path, knobs) {
		return
	}
	answer := s.answer(called, r, path, knobs)
	if called.write && knobs.HangAfterWrite && answer.code == 0 {
		sleep(r.Context(), hang)
		answer = page(http.StatusGatewayTimeout)
	}
	answer.write(w)
}

// maxRequest bounds the body of a request, in bytes.
const maxRequest = 1 << 20

// parseForm reads query and body into r.Form, and reports whether both could be read.
func parseForm(w http.ResponseWriter, r *http.Request) bool {
	if r.Body != nil {
		r.Body = http.MaxBytesReader(w, r.Body, maxRequest)
	}
	return r.ParseForm() == nil
}

func (s *Simulator) answer(called endpoint, r *http.Request, path string, knobs Knobs) reply {
	token := r.Form.Get("access_token")
	if bearer, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok && token == "" {
		token = bearer
	}
	now := time.Now()
	granted, ok := s.keys.openTicket(kindAccess, token, now)
	s.mu.Lock()
	defer s.mu.Unlock()
	if !ok || granted.app >= len(s.apps) || granted.person >= len(s.people) {
		return badToken(knobs)
	}
	switch knobs.Quota {
	case QuotaApp:
		return refuse(codeAppQuota)
	case QuotaUser:
		return refuse(codeUserQuota)
	}
	return called.handle(&call{
		Simulator: s, knobs: knobs, ticket: granted, me: s.people[granted.person], form: r.Form, path: path, base: s.imageBase(r), now: now,
	})
}

// band finds the band a call is about; the refusal is nil if the caller may see it through this app.
func (c *call) band() (band, *reply) {
	refused := refuse(codeMissingParameters)
	key := c.form.Get("band_key")
	if key == "" {
		return band{}, &refused
	}
	_, no, ok := c.keys.open(kindBand, key)
	switch {
	case !ok || no >= uint64(len(c.bands)):
		refused = refuse(codeInvalidBand)
	case !c.me.in(int(no)):
		refused = refuse(codeNotMember)
	case c.ticket.bands&(1<<no) == 0:
		refused = refuse(codeAccessDenied)
	default:
		return c.bands[no], nil
	}
	return band{}, &refused
}

type coolKey struct {
	app, person int
	path        string
}

// coolDown refuses a write that comes too soon after one of its kind, and else begins the next pause. It comes last before the write.
func (c *call) coolDown() *reply {
	key := coolKey{c.ticket.app, c.ticket.person, c.path}
	if left := c.coolUntil[key].Sub(c.now); left > 0 {
		refused := coolingDown(c.knobs, left)
		return &refused
	}
	c.coolUntil[key] = c.now.Add(c.knobs.coolDown())
	return nil
}

const (
	// maxText is the longest text that can be written, in characters. Band has a limit but does not publish it.
	maxText = 10_000
	// maxWritten bounds the memory of everything written through the API, in bytes; more is over quota.
	maxWritten = 4 << 20
)

// typed reads a text to be written.
func (c *call) typed(field string) ([]span, *reply) {
	var refused reply
	text := strings.ToValidUTF8(c.form.Get(field), "\uFFFD")
	switch {
	case strings.TrimSpace(text) == "":
		refused = refuse(codeMissingParameters)
	case utf8.RuneCountInString(text) > maxText:
		refused = refuse(codeTooLong)
	case c.written+weight(text) > maxWritten:
		refused = refuse(codeAppQuota)
	default:
		return []span{{kind: plain, text: text}}, nil
	}
	return nil, &refused
}

// weight is the memory of a post or comment with this text, roughly.
func weight(text string) int { return 512 + len(text) }

// mayRemove refuses to remove what another app, or somebody else, wrote.
func (c *call) mayRemove(app, author int) *reply {
	var refused reply
	switch {
	case app != c.ticket.app && c.knobs.RemoveForeign == RemoveForeign60401:
		refused = refuse(codePostForeign)
	case app != c.ticket.app && c.knobs.RemoveForeign == RemoveForeign10403:
		refused = refuse(codeForbidden)
	case app != c.ticket.app:
		refused = refuse(codeInvalidResponse)
	case author != c.me.no && !c.me.leads():
		refused = refuse(codeForbidden)
	default:
		return nil
	}
	return &refused
}

func (p person) leads() bool { return p.role != "member" }
