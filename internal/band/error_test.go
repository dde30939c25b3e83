package band_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/band"
)

// traits are the answers of an Error's predicates, one letter each: (R)ate limited, (U)nauthorized, invalid (G)rant, (N)ot a
// member, band (C)losed, (T)emporary, (O)utcome unknown.
func traits(e *band.Error) string {
	var set strings.Builder
	for _, trait := range []struct {
		letter byte
		has    bool
	}{
		{'R', e.RateLimited()}, {'U', e.Unauthorized()}, {'G', e.InvalidGrant()}, {'N', e.NotMember()}, {'C', e.BandClosed()},
		{'T', e.Temporary()}, {'O', e.OutcomeUnknown()},
	} {
		if trait.has {
			set.WriteByte(trait.letter)
		}
	}
	return set.String()
}

func TestRefusalsByTheirKind(t *testing.T) {
	const html = "<!DOCTYPE html><html><body>502 Bad Gateway</body></html>"
	for _, c := range []struct {
		name        string
		status      int
		body        string
		read, write string // traits of a GET and of a POST
		text        string // of the GET
	}{
		{"cool-down", 200, `{"result_code":1003,"result_data":{"message":"m","cool_time":{"expired_in":8}}}`, "RT", "RT",
			"band: GET /v2/profile: cool-down between calls (code 1003, HTTP 200, retry after 8s)"},
		{"app quota", 200, `{"result_code":1001,"result_data":{"message":"m"}}`, "RT", "RT",
			"band: GET /v2/profile: quota of the app exceeded (code 1001, HTTP 200)"},
		{"user quota", 200, `{"result_code":"1002","result_data":null}`, "RT", "RT", "band: GET /v2/profile: quota of the user exceeded (code 1002, HTTP 200)"},
		{"bad token", 401, `{"result_code":10401,"result_data":{"message":"Unauthorized","detail":{"error":"invalid_token"}}}`, "U", "U",
			"band: GET /v2/profile: unauthorized (code 10401, HTTP 401)"},
		{"bad token with 200", 200, `{"result_code":10401}`, "U", "U", "band: GET /v2/profile: unauthorized (code 10401, HTTP 200)"},
		{"bad token as OAuth", 401, `{"error":"invalid_token","error_description":"d"}`, "U", "U", "band: GET /v2/profile: refused: invalid_token (HTTP 401)"},
		{"bad token as page", 401, html, "U", "U", "band: GET /v2/profile: the answer is not Band's (HTTP 401)"},
		{"another code with 401", 401, `{"result_code":211}`, "", "", "band: GET /v2/profile: invalid parameters (code 211, HTTP 401)"},
		{"forbidden", 200, `{"result_code":10403}`, "", "", "band: GET /v2/profile: forbidden (code 10403, HTTP 200)"},
		{"not a member", 200, `{"result_code":60102}`, "N", "N", "band: GET /v2/profile: not a member of the band (code 60102, HTTP 200)"},
		{"not a member with 500", 500, `{"result_code":60102}`, "N", "N", "band: GET /v2/profile: not a member of the band (code 60102, HTTP 500)"},
		{"unknown band", 200, `{"result_code":60200}`, "C", "C", "band: GET /v2/profile: band invalid or not connected (code 60200, HTTP 200)"},
		{"other band type", 200, `{"result_code":60203}`, "C", "C", "band: GET /v2/profile: band of another type or not connected (code 60203, HTTP 200)"},
		{"band not allowed", 200, `{"result_code":60204}`, "C", "C", "band: GET /v2/profile: band not opened to the app by the user (code 60204, HTTP 200)"},
		{"invalid response", 200, `{"result_code":2300}`, "T", "O", "band: GET /v2/profile: invalid response (code 2300, HTTP 200)"},
		{"unpublished code", 200, `{"result_code":77}`, "", "", "band: GET /v2/profile: refused with an unpublished code (code 77, HTTP 200)"},
		{"unpublished code with 503", 503, `{"result_code":77}`, "T", "TO", "band: GET /v2/profile: refused with an unpublished code (code 77, HTTP 503)"},
		{"too many requests", 429, "Too Many Requests", "RT", "RT", "band: GET /v2/profile: the answer is not Band's (HTTP 429)"},
		{"gateway's page", 502, html, "T", "TO", "band: GET /v2/profile: the answer is not Band's (HTTP 502)"},
		{"page with 200", 200, html, "T", "TO", "band: GET /v2/profile: the answer is not Band's (HTTP 200)"},
		{"page with 403", 403, html, "", "", "band: GET /v2/profile: the answer is not Band's (HTTP 403)"},
		{"redirect", 302, "", "", "", "band: GET /v2/profile: the answer is not Band's (HTTP 302)"},
		{"request timeout", 408, "", "T", "TO", "band: GET /v2/profile: the answer is not Band's (HTTP 408)"},
		{"nothing", 200, "", "T", "TO", "band: GET /v2/profile: the answer is not Band's (HTTP 200)"},
		{"cut off", 200, `{"result_code":1,"result_da`, "T", "TO", "band: GET /v2/profile: the answer is not Band's (HTTP 200)"},
		{"array", 200, `[1]`, "T", "TO", "band: GET /v2/profile: the answer is not Band's (HTTP 200)"},
		{"null", 200, `null`, "T", "TO", "band: GET /v2/profile: the answer is not Band's (HTTP 200)"},
		{"no code", 200, `{"result_data":{}}`, "T", "TO", "band: GET /v2/profile: the answer is not Band's (HTTP 200)"},
		{"no number", 200, `{"result_code":{}}`, "T", "TO", "band: GET /v2/profile: the answer is not Band's (HTTP 200)"},
		{"too long", 200, `{"result_code":1,"x":"` + strings.Repeat("x", 4<<20) + `"}`, "T", "TO",
			"band: GET /v2/profile: the answer is longer than 4194304 bytes (HTTP 200)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			client, token := clientOf(t, always(c.status, c.body)), band.NewSecret(testToken)
			_, err := client.Profile(t.Context(), token)
			if e := failure(t, err); traits(e) != c.read || e.Error() != c.text {
				t.Errorf("GET: %q, want %q\n got %s\nwant %s", traits(e), c.read, e, c.text)
			}
			for name, call := range everyWrite(client) {
				if e := failure(t, call(t.Context())); traits(e) != c.write || !strings.HasPrefix(e.Op, "POST /v2") {
					t.Errorf("%s: %q, want %q (%s)", name, traits(e), c.write, e)
				}
			}
		})
	}
}

func TestTokenEndpointRefusals(t *testing.T) {
	for _, c := range []struct {
		name, body string
		status     int
		traits     string
		word       string
	}{
		{"wrong app", `{"error":"unauthorized","error_description":"d"}`, 401, "U", "unauthorized"},
		{"wrong app, capitals, 200", `{"error":"Unauthorized"}`, 200, "U", "unauthorized"},
		{"wrong code", `{"error":"invalid_grant"}`, 400, "G", "invalid_grant"},
		{"capitals", `{"error":"INVALID_GRANT"}`, 400, "G", "invalid_grant"},
		{"server error", `{"error":"server_error"}`, 500, "T", "server_error"},
		{"unknown word", `{"error":"Bearer ZQAAA"}`, 400, "", "other"},
		{"unknown word with 500", `{"error":"x"}`, 500, "T", "other"},
		{"envelope", `{"result_code":10401,"result_data":{}}`, 401, "U", ""},
		{"page", `<html></html>`, 503, "T", ""},
		{"empty token", `{"access_token":"","token_type":"bearer"}`, 200, "T", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			client := clientOf(t, always(c.status, c.body))
			_, err := client.Exchange(t.Context(), "code", "")
			if e := failure(t, err); traits(e) != c.traits || e.OAuth != c.word || e.Op != "GET /oauth2/token" {
				t.Errorf("%q, word %q, op %q; want %q, %q", traits(e), e.OAuth, e.Op, c.traits, c.word)
			}
		})
	}
}

func TestHowLongToWait(t *testing.T) {
	coolTime := func(expiredIn string) string {
		return `{"result_code":1003,"result_data":{"cool_time":{"expired_in":` + expiredIn + `}}}`
	}
	synctest.Test(t, func(t *testing.T) {
		for _, c := range []struct {
			body, header string
			want         time.Duration
		}{
			{coolTime("8"), "", 8 * time.Second},
			{coolTime(`"8"`), "", 8 * time.Second},
			{coolTime("7.2"), "", 8 * time.Second},
			{coolTime("8"), "100", 8 * time.Second},
			{coolTime("0"), "", 0},
			{coolTime("-5"), "", 0},
			{coolTime("null"), "", 0},
			{coolTime("{}"), "3", 3 * time.Second},
			{coolTime("1e300"), "", 0},
			{coolTime("99999999999999"), "", 24 * time.Hour},
			{`{"result_code":1003,"result_data":{"cool_time":null}}`, "", 0},
			{`{"result_code":1003,"result_data":[]}`, "", 0},
			{`{"result_code":1003}`, "", 0},
			{"slow down", "30", 30 * time.Second},
			{"slow down", " 30 ", 30 * time.Second},
			{"slow down", time.Now().Add(time.Minute).UTC().Format(http.TimeFormat), time.Minute},
			{"slow down", time.Now().Add(-time.Minute).UTC().Format(http.TimeFormat), 0},
			{"slow down", "soon", 0},
		} {
			s := always(429, c.body)
			s.header = http.Header{"Retry-After": {c.header}}
			_, err := clientOf(t, s).Bands(t.Context(), band.NewSecret(testToken))
			if e := failure(t, err); e.RetryAfter != c.want || !e.RateLimited() {
				t.Errorf("%s, Retry-After %q: %v, want %v (%s)", c.body, c.header, e.RetryAfter, c.want, e)
			}
		}
	})
}

func TestFailedExchanges(t *testing.T) {
	quoting := &url.Error{Op: "Get", URL: "https://api.test/?access_token=" + testToken, Err: errors.New(testToken)}
	for _, c := range []struct {
		name        string
		err         error
		read, write string
		is          error // nil for none
	}{
		{"connection refused", &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}, "T", "T", syscall.ECONNREFUSED},
		{"connection reset", &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}, "T", "TO", syscall.ECONNRESET},
		{"timeout while dialling", &net.OpError{Op: "dial", Net: "tcp", Err: context.DeadlineExceeded}, "T", "T", context.DeadlineExceeded},
		{"timeout", context.DeadlineExceeded, "T", "TO", context.DeadlineExceeded},
		{"no such host", &net.DNSError{Err: "no such host", Name: testToken}, "T", "T", nil},
		{"certificate", &tls.CertificateVerificationError{Err: errors.New(testToken)}, "", "", nil},
		{"closed", io.EOF, "T", "TO", io.ErrUnexpectedEOF},
		{"quoting the URL", quoting, "T", "TO", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			client := clientOf(t, &server{answer: func(int, url.Values) (int, string, error) { return 0, "", c.err }})
			for name, call := range everyCall(client) {
				e, want := failure(t, call(t.Context())), c.read
				if strings.HasPrefix(e.Op, "POST") {
					want = c.write
				}
				if traits(e) != want || (c.is != nil && !errors.Is(e, c.is)) || e.Status != 0 {
					t.Errorf("%s: %q, want %q; %v", name, traits(e), want, e)
				}
				if leaks(e.Error()) || leaks(errors.Unwrap(e).Error()) {
					t.Errorf("%s: %v", name, e)
				}
			}
		})
	}
}

// silence is a transport that never answers.
type silence struct{}

func (silence) RoundTrip(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

func TestTimeoutAndCancellation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, began := clientOf(t, silence{}), time.Now()
		err := client.RemovePost(t.Context(), band.NewSecret(testToken), "AAband", "AApost")
		if e := failure(t, err); traits(e) != "TO" || !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != 20*time.Second {
			t.Errorf("after %v: %q, %v", time.Since(began), traits(e), err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		began = time.Now()
		err = client.RemovePost(ctx, band.NewSecret(testToken), "AAband", "AApost")
		if e := failure(t, err); traits(e) != "O" || !errors.Is(err, context.Canceled) || time.Since(began) != time.Second {
			t.Errorf("cancelled after %v: %q, %v", time.Since(began), traits(e), err)
		}
	})
}

func TestTimeoutOfTheHTTPClientIsUsed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, err := band.New(band.Config{HTTP: &http.Client{Transport: silence{}, Timeout: 3 * time.Second}})
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		if _, err = client.Bands(t.Context(), band.NewSecret(testToken)); err == nil || time.Since(began) != 3*time.Second {
			t.Errorf("%v after %v", err, time.Since(began))
		}
	})
}

func TestNewRefusesWrongURLs(t *testing.T) {
	for _, bad := range []string{"/bandsim", "ftp://x", "http://", "http://u:p@x", "http://x?y=1", "http://x#y", "::"} {
		for _, cfg := range []band.Config{{AuthURL: bad}, {APIURL: bad}} {
			if c, err := band.New(cfg); err == nil || c != nil {
				t.Errorf("New accepts %q", bad)
			}
		}
	}
	if _, err := band.New(band.Config{}); err != nil {
		t.Errorf("New refuses Band's own hosts: %v", err)
	}
}
