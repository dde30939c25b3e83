package bandsim

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"net/http"
	"slices"
	"time"
)

const (
	codeLife    = 10 * time.Minute
	refreshLife = 10 * 365 * 24 * time.Hour
	scopes      = "READ_MY_PROFILE READ_BAND_AND_USERS_LIST READ_POST WRITE_POST DELETE_POST READ_COMMENT CREATE_COMMENT " +
		"READ_BAND_PERMISSION READ_ALBUM READ_PHOTO"
)

// issue seals a new ticket. It is unlike any other, also of another process with the same seed: where several serve one club,
// each redeems what another has issued.
func (s *Simulator) issue(t ticket, life time.Duration) string {
	t.expires = time.Now().Add(life)
	_, _ = rand.Read(t.nonce[:])
	return s.keys.ticket(t)
}

// issueCode seals a new code that is bound to a redirect URI: the end of its nonce says to which.
func (s *Simulator) issueCode(t ticket, redirectURI string) string {
	t.expires = time.Now().Add(codeLife)
	_, _ = rand.Read(t.nonce[:])
	copy(t.nonce[boundAt:], bindingOf(redirectURI))
	return s.keys.ticket(t)
}

// boundAt is where in the nonce of a code its binding begins.
const boundAt = 24

func bindingOf(redirectURI string) []byte {
	sum := sha256.Sum256([]byte(redirectURI))
	return sum[:32-boundAt]
}

// boundTo reports whether a code may be exchanged for a redirect URI: for the one it was made for, and for any if none is named,
// since Band documents a token endpoint without it.
func (t ticket) boundTo(redirectURI string) bool {
	return redirectURI == "" || bytes.Equal(t.nonce[boundAt:], bindingOf(redirectURI)) || bytes.Equal(t.nonce[boundAt:], bindingOf(""))
}

// Code returns an authorization code for the first app and any redirect URI, as the consent page hands it to the person with
// userKey. It reports false if there is no such person.
func (s *Simulator) Code(userKey string) (string, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, ok := s.personOf(userKey)
	if !ok {
		return "", false
	}
	return s.issueCode(ticket{kind: kindCode, person: p.no, bands: s.consented(p, "")}, ""), true
}

// consented returns the bands that p allows: as chosen on the consent page or, if nothing is, by the knob.
func (s *Simulator) consented(p person, chosen string) uint8 {
	consent := s.knobs.Consent
	if i := slices.Index([]string{"all", "some", "none"}, chosen); i >= 0 {
		consent = Consent(i)
	}
	switch consent {
	case ConsentNone:
		return 0
	case ConsentSome:
		return p.bands &^ (1 << clubBand)
	}
	return p.bands
}

// token is the token endpoint.
func (s *Simulator) token(w http.ResponseWriter, r *http.Request) {
	knobs := s.Knobs()
	sleep(r.Context(), knobs.Latency)
	w.Header().Set("Cache-Control", "no-store")
	if r.Method != http.MethodGet && (r.Method != http.MethodPost || knobs.TokenGETOnly) {
		refuseToken(w, http.StatusMethodNotAllowed, "invalid_request", "The method is not supported.")
		return
	}
	if !parseForm(w, r) {
		refuseToken(w, http.StatusBadRequest, "invalid_request", "The parameters cannot be read.")
		return
	}
	id, secret, _ := r.BasicAuth()
	app := slices.Index(s.apps, App{id, secret})
	if app < 0 {
		w.Header().Set("WWW-Authenticate", `Basic realm="oauth2/client"`)
		refuseToken(w, http.StatusUnauthorized, "unauthorized", "Full authentication is required to access this resource")
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch r.Form.Get("grant_type") {
	case "authorization_code":
		if t, ok := s.keys.openTicket(kindCode, r.Form.Get("code"), time.Now()); ok && !t.boundTo(r.Form.Get("redirect_uri")) {
			refuseToken(w, http.StatusBadRequest, "invalid_grant", "Redirect URI mismatch.")
			return
		}
		s.redeem(w, knobs, kindCode, app, r.Form.Get("code"))
	case "refresh_token":
		s.redeem(w, knobs, kindRefresh, app, r.Form.Get("refresh_token"))
	default:
		refuseToken(w, http.StatusBadRequest, "unsupported_grant_type", "Unsupported grant type")
	}
}

// redeem turns a code or refresh token into tokens.
func (s *Simulator) redeem(w http.ResponseWriter, k Knobs, of kind, app int, sealed string) {
	t, ok := s.keys.openTicket(of, sealed, time.Now())
	once := of == kindCode || k.Refresh == RefreshRotates
	if !ok || t.app != app || t.person >= len(s.people) || (once && !s.spent.spend(t.nonce)) {
		refuseToken(w, http.StatusBadRequest, "invalid_grant", "Invalid authorization code or refresh token")
		return
	}
	granted := ticket{app: app, person: t.person, bands: t.bands}
	access, refresh := granted, granted
	access.kind, refresh.kind = kindAccess, kindRefresh
	answer := map[string]any{
		"access_token": s.issue(access, k.expiresIn()),
		"token_type":   "bearer",
		"expires_in":   int64(k.expiresIn() / time.Second),
		"scope":        scopes,
		"user_key":     (&call{Simulator: s, knobs: k, ticket: granted}).userKey(t.person),
	}
	switch {
	case k.RefreshTokenAbsent, of == kindRefresh && k.Refresh == RefreshSilent:
	case of == kindRefresh && k.Refresh == RefreshKept:
		answer["refresh_token"] = sealed
	default:
		answer["refresh_token"] = s.issue(refresh, refreshLife)
	}
	if k.ExpiresInAbsent {
		delete(answer, "expires_in")
	}
	writeJSON(w, http.StatusOK, answer)
}

func refuseToken(w http.ResponseWriter, status int, word, description string) {
	writeJSON(w, status, map[string]any{"error": word, "error_description": description})
}
