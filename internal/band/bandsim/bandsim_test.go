package bandsim_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/dongbaejul/dongbaejul/internal/band/bandsim"
)

const prefix = "/bandsim"

func newSimulator(knobs bandsim.Knobs) *bandsim.Simulator {
	return bandsim.New(bandsim.Options{
		Prefix: prefix, Seed: 1, Knobs: knobs, PublicURL: "http://club.test",
		Apps: []bandsim.App{{ClientID: "club", ClientSecret: "s3cret"}, {ClientID: "other", ClientSecret: "0ther"}},
	})
}

// get asks the simulator for a path under its prefix.
func get(s http.Handler, path string, params url.Values) *httptest.ResponseRecorder {
	return serve(s, httptest.NewRequest(http.MethodGet, prefix+path+"?"+params.Encode(), nil))
}

// post sends params as a form.
func post(s http.Handler, path string, params url.Values) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, prefix+path, strings.NewReader(params.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return serve(s, r)
}

func serve(s http.Handler, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

// envelope is an answer of the API.
type envelope struct {
	Code int `json:"result_code"`
	Data struct {
		PostKey  string           `json:"post_key"`
		UserKey  string           `json:"user_key"`
		Items    []map[string]any `json:"items"`
		Bands    []map[string]any `json:"bands"`
		CoolTime struct {
			ExpiredIn int `json:"expired_in"`
		} `json:"cool_time"`
	} `json:"result_data"`
}

func decode[T any](t *testing.T, w *httptest.ResponseRecorder) T {
	t.Helper()
	var v T
	if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil {
		t.Fatalf("HTTP %d, not JSON: %v\n%s", w.Code, err, w.Body)
	}
	return v
}

// grant is an answer of the token endpoint.
type grant struct {
	AccessToken  string `json:"access_token"`
	RefreshToken string `json:"refresh_token"`
	ExpiresIn    int64  `json:"expires_in"`
	UserKey      string `json:"user_key"`
	Error        string `json:"error"`
}

// redeem trades a code or refresh token at the token endpoint.
func redeem(t *testing.T, s http.Handler, app bandsim.App, params url.Values) (int, grant) {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, prefix+"/oauth2/token?"+params.Encode(), nil)
	r.SetBasicAuth(app.ClientID, app.ClientSecret)
	w := serve(s, r)
	return w.Code, decode[grant](t, w)
}

var clubApp = bandsim.App{ClientID: "club", ClientSecret: "s3cret"}

// signIn returns an access token of the person with userKey.
func signIn(t *testing.T, s *bandsim.Simulator, userKey string) string {
	t.Helper()
	code, ok := s.Code(userKey)
	if !ok {
		t.Fatalf("no such person: %s", userKey)
	}
	status, granted := redeem(t, s, clubApp, url.Values{"grant_type": {"authorization_code"}, "code": {code}})
	if status != http.StatusOK || granted.AccessToken == "" {
		t.Fatalf("HTTP %d %s for a fresh code", status, granted.Error)
	}
	return granted.AccessToken
}

func find(t *testing.T, s *bandsim.Simulator, name string) bandsim.Member {
	t.Helper()
	for _, m := range s.Members() {
		if m.Name == name {
			return m
		}
	}
	t.Fatalf("no member is called %q", name)
	return bandsim.Member{}
}

func TestMembers(t *testing.T) {
	s := newSimulator(bandsim.Knobs{})
	answer := decode[struct{ Members []bandsim.Member }](t, get(s, "/members", nil))
	roles, keys, names := map[string]int{}, map[string]bool{}, map[string]bool{}
	for _, m := range answer.Members {
		roles[m.Role]++
		keys[m.UserKey], names[m.Name] = true, true
	}
	if len(keys) != 200 || len(names) != 200 || roles["leader"] != 1 || roles["coleader"] != 3 || roles["member"] != 196 {
		t.Errorf("%d keys, %d names, roles %v", len(keys), len(names), roles)
	}
	if m := find(t, s, "김민수"); m.Role != "member" {
		t.Errorf("김민수 is a %s", m.Role)
	}
	if !names["민수 (A조)"] || !names["Jenny Kim"] {
		t.Error("nobody has a nickname with spaces or Latin letters")
	}
	if w := serve(s, httptest.NewRequest(http.MethodPost, prefix+"/members", nil)); w.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST /members: HTTP %d", w.Code)
	}
}

func TestEverythingFollowsFromTheSeed(t *testing.T) {
	first, again := newSimulator(bandsim.Knobs{}), newSimulator(bandsim.Knobs{})
	token := signIn(t, first, find(t, first, "김민수").UserKey)
	params := url.Values{"access_token": {token}, "band_key": {first.BandKey()}}
	before, after := get(first, "/v2/band/posts", params), get(again, "/v2/band/posts", params)
	if before.Code != http.StatusOK || before.Body.String() != after.Body.String() {
		t.Errorf("the same token gets other posts after a restart:\n%s\n%s", before.Body, after.Body)
	}
	other := bandsim.New(bandsim.Options{Prefix: prefix, Seed: 2})
	if other.BandKey() == first.BandKey() || decode[envelope](t, get(other, "/v2/profile", params)).Code != 10401 {
		t.Error("another seed accepts the keys and tokens of this one")
	}
}

// Of two processes each redeems what the other has issued, once.
func TestTwoServeOneClub(t *testing.T) {
	app := bandsim.App{ClientID: "club", ClientSecret: "s3cret"}
	pair := []*bandsim.Simulator{newSimulator(bandsim.Knobs{}), newSimulator(bandsim.Knobs{})}
	for i, m := range pair[0].Members()[:20] {
		issuer, redeemer := pair[i%2], pair[i/2%2]
		code, _ := issuer.Code(m.UserKey)
		params := url.Values{"grant_type": {"authorization_code"}, "code": {code}}
		if status, granted := redeem(t, redeemer, app, params); status != http.StatusOK || granted.UserKey != m.UserKey {
			t.Errorf("sign-in %d: HTTP %d %+v", i, status, granted)
		}
		if status, _ := redeem(t, redeemer, app, params); status != http.StatusBadRequest {
			t.Errorf("sign-in %d: the code is good twice, HTTP %d", i, status)
		}
	}
}

func TestLeave(t *testing.T) {
	s := newSimulator(bandsim.Knobs{})
	minsu := find(t, s, "김민수")
	token := signIn(t, s, minsu.UserKey)
	if !s.Leave(minsu.UserKey) || s.Leave(minsu.UserKey) || s.Leave("AAnobody") {
		t.Error("Leave does not tell members from others")
	}
	if n := len(s.Members()); n != 199 {
		t.Errorf("%d members after one left", n)
	}
	params := url.Values{"access_token": {token}, "band_key": {s.BandKey()}}
	if code := decode[envelope](t, get(s, "/v2/band/posts", params)).Code; code != 60102 {
		t.Errorf("who left gets code %d", code)
	}
}

func TestConcurrentUse(t *testing.T) {
	s := newSimulator(bandsim.Knobs{CoolDown: -1})
	var wg sync.WaitGroup
	for _, m := range s.Members()[:8] {
		wg.Go(func() {
			token := signIn(t, s, m.UserKey)
			params := url.Values{"access_token": {token}, "band_key": {s.BandKey()}, "content": {"동시에"}}
			for range 5 {
				created := decode[envelope](t, post(s, "/v2.2/band/post/create", params))
				listed := decode[envelope](t, get(s, "/v2/band/posts", params))
				removing := url.Values{"access_token": {token}, "band_key": {s.BandKey()}, "post_key": {created.Data.PostKey}}
				removed := decode[envelope](t, post(s, "/v2/band/post/remove", removing))
				if created.Code != 1 || listed.Code != 1 || removed.Code != 1 {
					t.Errorf("codes %d, %d, %d", created.Code, listed.Code, removed.Code)
				}
				s.Set(s.Knobs())
			}
		})
	}
	wg.Wait()
}
