package bandsim_test

import (
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/band/bandsim"
)

func authorize(s http.Handler, more url.Values) *httptest.ResponseRecorder {
	params := url.Values{"response_type": {"code"}, "client_id": {"club"}, "redirect_uri": {"dongbaejul://auth"}, "state": {"st&1"}}
	for key, values := range more {
		params[key] = values
	}
	return get(s, "/oauth2/authorize", params)
}

func TestConsentByHand(t *testing.T) {
	s := newSimulator(bandsim.Knobs{})
	follow := func(w *httptest.ResponseRecorder, link string) *httptest.ResponseRecorder {
		t.Helper()
		found := regexp.MustCompile(link).FindStringSubmatch(w.Body.String())
		if w.Code != http.StatusOK || found == nil {
			t.Fatalf("HTTP %d, no link %s in\n%s", w.Code, link, w.Body)
		}
		return serve(s, httptest.NewRequest(http.MethodGet, prefix+"/oauth2/authorize"+html.UnescapeString(found[1]), nil))
	}
	searched := authorize(s, url.Values{"q": {"ㄱㅁㅅ"}})
	consent := follow(searched, `href="(\?[^"]*)"><img[^>]*><span class="name">김민수<`)
	agreed := follow(consent, `href="(\?[^"]*)">모든 밴드에 동의`)
	location, err := url.Parse(agreed.Header().Get("Location"))
	if err != nil || agreed.Code != http.StatusFound || location.Scheme != "dongbaejul" || location.Host != "auth" {
		t.Fatalf("HTTP %d to %q", agreed.Code, agreed.Header().Get("Location"))
	}
	status, granted := redeem(t, s, clubApp, url.Values{"grant_type": {"authorization_code"}, "code": {location.Query().Get("code")}})
	if status != http.StatusOK || granted.UserKey != find(t, s, "김민수").UserKey || granted.ExpiresIn != 315359999 {
		t.Errorf("HTTP %d, %+v", status, granted)
	}
	if denied := follow(consent, `href="(\?[^"]*)">거부`).Header().Get("Location"); denied != "dongbaejul://auth?error=access_denied" {
		t.Errorf("denied: redirect to %q", denied)
	}
	if back := follow(consent, `href="(\?[^"]*)">다른 사람`); !strings.Contains(back.Body.String(), "밴드 회원 200명") {
		t.Errorf("the way back does not lead to the list:\n%s", back.Body)
	}
	partly := follow(consent, `href="(\?[^"]*)">동배즐 밴드만 빼고`).Header().Get("Location")
	location, _ = url.Parse(partly)
	_, granted = redeem(t, s, clubApp, url.Values{"grant_type": {"authorization_code"}, "code": {location.Query().Get("code")}})
	for _, b := range decode[envelope](t, get(s, "/v2.1/bands", url.Values{"access_token": {granted.AccessToken}})).Data.Bands {
		if b["band_key"] == s.BandKey() {
			t.Error("the club's band is there although it was not allowed")
		}
	}
}

func TestRedirects(t *testing.T) {
	key := newSimulator(bandsim.Knobs{}).Members()[0].UserKey
	withKey, denied := url.Values{"user_key": {key}}, url.Values{"deny": {"1"}}
	with := func(params url.Values, redirect string) url.Values {
		return url.Values{"redirect_uri": {redirect}, "user_key": params["user_key"], "deny": params["deny"]}
	}
	for _, c := range []struct {
		name   string
		knobs  bandsim.Knobs
		params url.Values
		want   string // a pattern, empty for a refusal
	}{
		{"member", bandsim.Knobs{}, withKey, `^dongbaejul://auth\?code=ZQAAA[\w-]+$`},
		{"state echoed", bandsim.Knobs{EchoState: true}, withKey, `^dongbaejul://auth\?code=ZQAAA[\w-]+&state=st%261$`},
		{"denied", bandsim.Knobs{EchoState: true}, denied, `^dongbaejul://auth\?error=access_denied&state=st%261$`},
		{"denied silently", bandsim.Knobs{EchoState: true, DenySilently: true}, denied, `^dongbaejul://auth$`},
		{"localhost", bandsim.Knobs{}, with(withKey, "http://localhost:5173/a/b"), `^http://localhost:5173/a/b\?code=ZQAAA`},
		{"with a query", bandsim.Knobs{}, with(withKey, "https://x.test/cb?a=1"), `^https://x.test/cb\?a=1&code=ZQAAA`},
		{"javascript", bandsim.Knobs{}, with(withKey, "javascript:alert(1)"), ""},
		{"javascript with host", bandsim.Knobs{}, with(withKey, "JavaScript://x/%0aalert(1)"), ""},
		{"data", bandsim.Knobs{}, with(denied, "data:text/html,<script>"), ""},
		{"relative", bandsim.Knobs{}, with(withKey, "/callback"), ""},
		{"no scheme", bandsim.Knobs{}, with(withKey, "//evil.test"), ""},
		{"no host", bandsim.Knobs{}, with(withKey, "https:///x"), ""},
		{"line break", bandsim.Knobs{}, with(withKey, "https://x.test/\r\nSet-Cookie: a=b"), ""},
		{"missing", bandsim.Knobs{}, with(withKey, ""), ""},
		{"unknown person", bandsim.Knobs{}, url.Values{"user_key": {"AAnobody"}}, ""},
		{"unknown app", bandsim.Knobs{}, url.Values{"user_key": {key}, "client_id": {"x"}}, ""},
		{"other response type", bandsim.Knobs{}, url.Values{"user_key": {key}, "response_type": {"token"}}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := authorize(newSimulator(c.knobs), c.params)
			location := w.Header().Get("Location")
			switch {
			case c.want == "" && (w.Code != http.StatusBadRequest || location != ""):
				t.Errorf("HTTP %d to %q, want a refusal", w.Code, location)
			case c.want != "" && (w.Code != http.StatusFound || !regexp.MustCompile(c.want).MatchString(location)):
				t.Errorf("HTTP %d to %q, want %s", w.Code, location, c.want)
			}
		})
	}
}

func TestPagesRunNothing(t *testing.T) {
	s := newSimulator(bandsim.Knobs{})
	const attack = `"><script>alert(1)</script>`
	for name, w := range map[string]*httptest.ResponseRecorder{
		"list":    authorize(s, url.Values{"state": {attack}, "redirect_uri": {"https://x.test/" + attack}}),
		"search":  authorize(s, url.Values{"q": {attack}}),
		"consent": authorize(s, url.Values{"member": {s.Members()[0].UserKey}, "redirect_uri": {"https://x.test/" + attack}}),
		"problem": authorize(s, url.Values{"client_id": {attack}}),
	} {
		page := w.Body.String()
		for _, forbidden := range []string{"<script", " style=", "<style", " onclick", "javascript:"} {
			if strings.Contains(page, forbidden) {
				t.Errorf("%s contains %q", name, forbidden)
			}
		}
		policy := w.Header().Get("Content-Security-Policy")
		if !strings.Contains(policy, "default-src 'none'") || !strings.Contains(page, `href="/bandsim/style.css"`) {
			t.Errorf("%s: policy %q or style sheet missing", name, policy)
		}
	}
	if w := get(s, "/style.css", nil); w.Code != http.StatusOK || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/css") {
		t.Errorf("style sheet: HTTP %d, %s", w.Code, w.Header().Get("Content-Type"))
	}
}

func TestSignInKeepsItsOpener(t *testing.T) {
	s := newSimulator(bandsim.Knobs{})
	member := s.Members()[0].UserKey
	for name, more := range map[string]url.Values{
		"list": nil, "consent": {"member": {member}}, "agreed": {"user_key": {member}}, "denied": {"deny": {"1"}}, "problem": {"client_id": {"x"}},
	} {
		if policy := authorize(s, more).Header().Get("Cross-Origin-Opener-Policy"); policy != "unsafe-none" {
			t.Errorf("%s: Cross-Origin-Opener-Policy is %q", name, policy)
		}
	}
}

func TestTokens(t *testing.T) {
	other := bandsim.App{ClientID: "other", ClientSecret: "0ther"}
	code := func(s *bandsim.Simulator) url.Values {
		code, _ := s.Code(s.Members()[9].UserKey)
		return url.Values{"grant_type": {"authorization_code"}, "code": {code}}
	}
	expect := func(t *testing.T, s http.Handler, app bandsim.App, params url.Values, status int, word string) grant {
		t.Helper()
		got, granted := redeem(t, s, app, params)
		if got != status || granted.Error != word || (word == "") != (granted.AccessToken != "") {
			t.Errorf("HTTP %d %q, want %d %q", got, granted.Error, status, word)
		}
		return granted
	}
	t.Run("a code is good once, for its app, for ten minutes", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := newSimulator(bandsim.Knobs{})
			once := code(s)
			expect(t, s, other, once, 400, "invalid_grant")
			expect(t, s, bandsim.App{ClientID: "club", ClientSecret: "wrong"}, once, 401, "unauthorized")
			expect(t, s, clubApp, once, 200, "")
			expect(t, s, clubApp, once, 400, "invalid_grant")
			late, forged := code(s), url.Values{"grant_type": {"authorization_code"}, "code": {"ZQAAA"}}
			time.Sleep(10*time.Minute + time.Second)
			expect(t, s, clubApp, late, 400, "invalid_grant")
			expect(t, s, clubApp, forged, 400, "invalid_grant")
			expect(t, s, clubApp, url.Values{"grant_type": {"password"}}, 400, "unsupported_grant_type")
		})
	})
	for _, c := range []struct {
		name        string
		refresh     bandsim.Refresh
		oldIsGood   bool
		newIsThere  bool
		newIsTheOld bool
	}{
		{"rotating", bandsim.RefreshRotates, false, true, false},
		{"kept", bandsim.RefreshKept, true, true, true},
		{"silent", bandsim.RefreshSilent, true, false, false},
	} {
		t.Run("refresh "+c.name, func(t *testing.T) {
			s := newSimulator(bandsim.Knobs{Refresh: c.refresh})
			first := expect(t, s, clubApp, code(s), 200, "")
			use := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {first.RefreshToken}}
			second := expect(t, s, clubApp, use, 200, "")
			if (second.RefreshToken != "") != c.newIsThere || (second.RefreshToken == first.RefreshToken) != c.newIsTheOld {
				t.Errorf("refresh token %q after %q", second.RefreshToken, first.RefreshToken)
			}
			if status, _ := redeem(t, s, clubApp, use); (status == 200) != c.oldIsGood {
				t.Errorf("the old token: HTTP %d", status)
			}
		})
	}
	t.Run("an access token expires", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := newSimulator(bandsim.Knobs{ExpiresIn: 5 * time.Second})
			granted := expect(t, s, clubApp, code(s), 200, "")
			asking := url.Values{"access_token": {granted.AccessToken}}
			before := decode[envelope](t, get(s, "/v2/profile", asking)).Code
			time.Sleep(6 * time.Second)
			after := decode[envelope](t, get(s, "/v2/profile", asking)).Code
			if granted.ExpiresIn != 5 || before != 1 || after != 10401 {
				t.Errorf("expires_in %d, code %d before and %d after", granted.ExpiresIn, before, after)
			}
		})
	})
	t.Run("a refresh token is no access token", func(t *testing.T) {
		s := newSimulator(bandsim.Knobs{})
		granted := expect(t, s, clubApp, code(s), 200, "")
		if w := get(s, "/v2/profile", url.Values{"access_token": {granted.RefreshToken}}); w.Code != http.StatusUnauthorized {
			t.Errorf("HTTP %d", w.Code)
		}
	})
	t.Run("user keys belong to the app", func(t *testing.T) {
		for shared, want := range map[bool]bool{false: false, true: true} {
			s := newSimulator(bandsim.Knobs{SharedUserKeys: shared})
			w := authorize(s, url.Values{"client_id": {"other"}, "user_key": {s.Members()[9].UserKey}})
			location, _ := url.Parse(w.Header().Get("Location"))
			in := expect(t, s, other, url.Values{"grant_type": {"authorization_code"}, "code": {location.Query().Get("code")}}, 200, "")
			if (in.UserKey == s.Members()[9].UserKey) != want {
				t.Errorf("shared %v: the same key is %v", shared, !want)
			}
		}
	})
}
