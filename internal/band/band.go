// Package band is a client of the Naver Band Open API (https://developers.band.us): sign-in with OAuth 2.0, and the twelve calls on
// profiles, bands, posts, comments, permissions, albums and photos.
//
// The one rule: Band puts the access token into URLs and hands it back in paging parameters, so no URL, parameter or text of an
// answer ever leaves this package. An [Error] carries Band's code and our words for it; a [Secret] does not print.
//
// What Band leaves undocumented is decoded leniently: a field that is missing, null or of another type is a zero value, never an
// error. Text is passed on as Band sent it; see [ParseText].
package band

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"
)

// Band's own hosts.
const (
	DefaultAuthURL = "https://auth.band.us"
	DefaultAPIURL  = "https://openapi.band.us"
)

const (
	// requestTimeout bounds one HTTP exchange, body included, where Config.HTTP sets no timeout of its own.
	requestTimeout = 20 * time.Second
	// maxAnswer bounds the body of an answer, in bytes. A page is twenty posts of at most a few thousand characters.
	maxAnswer = 4 << 20
	// locale is a parameter of the list of posts; Band writes it with an underscore.
	locale = "ko_KR"

	tokenPath   = "/oauth2/token"
	profilePath = "/v2/profile"
)

// Config says which app calls which servers.
type Config struct {
	// ClientID and ClientSecret are the app's, as registered with Band.
	ClientID     string
	ClientSecret Secret
	// AuthURL and APIURL are absolute http or https URLs without a query, to which paths such as /oauth2/authorize and
	// /v2/profile are appended; empty means Band's own hosts. What Band's documentation writes behind the host, /oauth2 and
	// /v2 or another version, may stand at their ends. AuthURL is also where the browser is sent.
	AuthURL string
	APIURL  string
	// HTTP returns the transport and the timeout of one exchange (20 s if it has none). Its redirect policy and cookie jar are
	// not used: a redirect is never followed, since the token would travel with it. A transport that records URLs records
	// tokens; trace with Observe instead.
	HTTP *http.Client
	// Observe, if set, is called before each exchange with its method and path (without parameters), and what it returns
	// (unless nil) after it with the *Error or nil.
	Observe func(ctx context.Context, op string) (done func(error))
	// Log gets a warning before each retry of a client that retries; nil for none.
	Log *slog.Logger
	// Wait waits before a retry, and reports false if ctx ended first; nil for the time of the clock.
	Wait func(ctx context.Context, d time.Duration) bool
}

// Client calls Band for one registered app. It holds no user's token and may be used concurrently.
//
// Every method that talks to Band returns an *[Error] when it fails. A method that takes a token acts as the user who granted it.
type Client struct {
	cfg       Config
	transport http.RoundTripper
	timeout   time.Duration
	retrying  bool
}

// New returns a client that tries everything once. It fails if a URL of cfg cannot be used.
func New(cfg Config) (*Client, error) {
	var err error
	if cfg.AuthURL, err = baseURL("AuthURL", cfg.AuthURL, DefaultAuthURL, authEnd); err != nil {
		return nil, err
	}
	if cfg.APIURL, err = baseURL("APIURL", cfg.APIURL, DefaultAPIURL, versionEnd); err != nil {
		return nil, err
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Wait == nil {
		cfg.Wait = pause
	}
	c := &Client{cfg: cfg, transport: http.DefaultTransport, timeout: requestTimeout}
	if cfg.HTTP != nil && cfg.HTTP.Transport != nil {
		c.transport = cfg.HTTP.Transport
	}
	if cfg.HTTP != nil && cfg.HTTP.Timeout > 0 {
		c.timeout = cfg.HTTP.Timeout
	}
	return c, nil
}

// What the paths of calls begin with.
var (
	authEnd    = regexp.MustCompile(`/+oauth2(/authorize|/token)?/*$`)
	versionEnd = regexp.MustCompile(`/+v[0-9]+(\.[0-9]+)?/*$`)
)

// baseURL returns the URL that paths are appended to, without an end that they begin with.
func baseURL(field, configured, fallback string, end *regexp.Regexp) (string, error) {
	if configured == "" {
		configured = fallback
	}
	u, err := url.Parse(configured)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return "", fmt.Errorf("band: %s is not an absolute http or https URL without user, query and fragment", field)
	}
	return strings.TrimRight(end.ReplaceAllString(configured, ""), "/"), nil
}

// WithRetry returns a client like c that passes each exchange through [Retry]: for work in the background, such as a sync. A person
// who waits for an answer is better served by c itself, since a cool-down lasts seconds.
func (c *Client) WithRetry() *Client {
	retrying := *c
	retrying.retrying = true
	return &retrying
}
