package band_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/dongbaejul/dongbaejul/internal/band"
	"github.com/dongbaejul/dongbaejul/internal/band/bandsim"
)

// answering is a transport that answers always alike, or not at all.
type answering struct {
	status int
	body   string
	err    error
}

func (a answering) RoundTrip(r *http.Request) (*http.Response, error) {
	if a.err != nil {
		return nil, a.err
	}
	return &http.Response{StatusCode: a.status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(a.body)), Request: r}, nil
}

// Band is down where nobody can use it, and not where it refuses somebody.
func TestDown(t *testing.T) {
	for name, c := range map[string]struct {
		answering
		// profile and token are what a call for a profile and for a token say, and ping what Ping says.
		profile, token, ping bool
	}{
		"unauthorized":       {answering{status: 401, body: `{"result_code":10401}`}, false, true, false},
		"as OAuth":           {answering{status: 401, body: `{"error":"invalid_token"}`}, false, true, false},
		"wrong secret":       {answering{status: 401, body: `{"error":"invalid_client"}`}, false, true, false},
		"a used code":        {answering{status: 400, body: `{"error":"invalid_grant"}`}, false, false, false},
		"quota of the app":   {answering{status: 200, body: `{"result_code":1001}`}, true, true, true},
		"quota of a user":    {answering{status: 200, body: `{"result_code":1002}`}, false, false, false},
		"cool-down":          {answering{status: 200, body: `{"result_code":1003}`}, false, false, false},
		"no member":          {answering{status: 200, body: `{"result_code":60102}`}, false, false, false},
		"another server":     {answering{status: 404, body: "<html>404</html>"}, true, true, true},
		"a gateway":          {answering{status: 502, body: "<html>"}, true, true, true},
		"a page for a token": {answering{status: 401, body: "<html>"}, false, false, false},
		"trouble":            {answering{status: 503, body: `{"error":"server_error"}`}, true, true, true},
		"no connection":      {answering{err: errors.New("refused")}, true, true, true},
	} {
		client := clientOf(t, c.answering)
		down := func(err error) bool {
			failure, ok := errors.AsType[*band.Error](err)
			return ok && failure.Down()
		}
		_, profile := client.Profile(t.Context(), band.NewSecret("token"))
		_, token := client.Exchange(t.Context(), "code", "")
		if down(profile) != c.profile || down(token) != c.token {
			t.Errorf("%s: down for a profile %v, for a token %v", name, down(profile), down(token))
		}
		if ping := client.Ping(t.Context()); (ping != nil) != c.ping {
			t.Errorf("%s: ping %v", name, ping)
		}
	}
	gone, leave := context.WithCancel(t.Context())
	leave()
	if err := clientOf(t, answering{err: context.Canceled}).Ping(gone); !errors.Is(err, context.Canceled) {
		t.Errorf("a ping that is given up: %v", err)
	}
}

func TestPingOfTheSimulator(t *testing.T) {
	if err := newClub(t, bandsim.Knobs{}).client.Ping(t.Context()); err != nil {
		t.Error(err)
	}
}

// What the documentation writes behind the hosts may be configured with them.
func TestURLsWithTheBeginningOfPaths(t *testing.T) {
	var asked []string
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { asked = append(asked, r.URL.Path) }))
	defer server.Close()
	for _, at := range []string{"", "/bandsim"} {
		for _, ends := range [][2]string{{"", ""}, {"/", "/"}, {"/v2", "/oauth2"}, {"/v2/", "/oauth2/"}, {"/v2.1", "/oauth2/authorize"}, {"//v2//", "/oauth2/token"}} {
			client, err := band.New(band.Config{ClientID: "club", APIURL: server.URL + at + ends[0], AuthURL: server.URL + at + ends[1]})
			if err != nil {
				t.Fatal(err)
			}
			asked = nil
			_, _ = client.Profile(t.Context(), band.NewSecret("token"))
			_, _ = client.Exchange(t.Context(), "code", "")
			if got, want := strings.Join(asked, " "), at+"/v2/profile "+at+"/oauth2/token"; got != want {
				t.Errorf("%q: asked for %s, want %s", ends, got, want)
			}
			if page := client.AuthorizeURL("https://a.example/", ""); !strings.HasPrefix(page, server.URL+at+"/oauth2/authorize?") {
				t.Errorf("%q: the browser is sent to %s", ends, page)
			}
		}
	}
}
