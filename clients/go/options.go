package dongbaejul

import (
	"errors"
	"net/http"
	"time"

	"connectrpc.com/connect"
)

// settings are what options change.
type settings struct {
	tokens    TokenStore
	http      connect.HTTPClient
	connect   bool
	language  string
	userAgent string
	device    string
	// backlog is max_backlog of streams; nil for everything.
	backlog *int32
	notice  func(err error, wait time.Duration)
	delays  delays
}

func defaults() settings {
	return settings{
		tokens: MemoryTokens(Tokens{}), notice: func(error, time.Duration) {},
		delays: delays{first: 500 * time.Millisecond, most: 30 * time.Second},
	}
}

// Option changes how a client works.
type Option func(*settings)

// WithTokens makes the client keep its user's tokens in a store, and take those that are there. Without it they are kept in
// memory.
func WithTokens(store TokenStore) Option { return func(s *settings) { s.tokens = store } }

// WithHTTPClient makes the client send by another HTTP client, such as one that trusts an authority of its own. gRPC needs one
// that speaks HTTP/2, and a bucket of S3, which files may be sent to, one that speaks HTTP/1.1; a timeout of the whole client would cut
// streams.
func WithHTTPClient(client connect.HTTPClient) Option { return func(s *settings) { s.http = client } }

// WithConnect makes the client speak Connect's protocol in the place of gRPC: it passes HTTP/1.1 too, and proxies that do not
// know gRPC's trailers.
func WithConnect() Option { return func(s *settings) { s.connect = true } }

// WithLanguage chooses the language of what the server says, such as "en". The server's own choice is Korean.
func WithLanguage(tag string) Option { return func(s *settings) { s.language = tag } }

// WithUserAgent says what the program is called. The user sees it in the list of their sessions.
func WithUserAgent(name string) Option { return func(s *settings) { s.userAgent = name } }

// WithDevice names this device: of its streams, the newest replaces the others. Without it each Subscription is a device of
// its own, so that it replaces what the server still holds of it, and no other.
func WithDevice(id string) Option { return func(s *settings) { s.device = id } }

// WithMaxBacklog bounds how many entries of a room's log, and how many notifications, a stream may bring to catch up: 1 to 10,000.
// Of a log that is further ahead none come: a ResyncRequired says so (BACKLOG_TOO_LARGE), and what happens from then on follows.
// Without it everything comes.
func WithMaxBacklog(entries int32) Option { return func(s *settings) { s.backlog = &entries } }

// WithBackoff sets how long to wait before trying again: a random while of up to first, doubled each time up to most, and
// never less than the server asks for. Half a second and half a minute are what it is without.
func WithBackoff(first, most time.Duration) Option {
	return func(s *settings) { s.delays = delays{first: first, most: most} }
}

// WithNotice tells of every failure that is not given to the caller since it is tried again after a while, as to show it to
// somebody who waits. It may be called concurrently.
func WithNotice(notice func(err error, wait time.Duration)) Option {
	return func(s *settings) { s.notice = notice }
}

// clientOptions are those of the generated clients.
func (s *settings) clientOptions(interceptors ...connect.Interceptor) []connect.ClientOption {
	interceptors = append([]connect.Interceptor{caller{language: s.language, userAgent: s.userAgent}}, interceptors...)
	options := []connect.ClientOption{connect.WithInterceptors(interceptors...), connect.WithCodec(codec{})}
	if !s.connect {
		options = append(options, connect.WithGRPC())
	}
	return options
}

const (
	// pingAfter is how long an HTTP/2 connection may be silent before it is asked whether it is alive, and pingTimeout how
	// long that may take: a connection that a network has dropped without a word is not waited for.
	pingAfter   = 15 * time.Second
	pingTimeout = 10 * time.Second
	// streamBuffer is how much of a stream is taken in before its caller asks for it, in bytes.
	streamBuffer = 1 << 20
)

// newHTTPClient makes a client that keeps its connections, of HTTP/2 alone where that is needed.
func newHTTPClient(http2Only bool) *http.Client {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.Protocols = new(http.Protocols)
	t.Protocols.SetHTTP1(!http2Only)
	t.Protocols.SetHTTP2(true)
	t.Protocols.SetUnencryptedHTTP2(http2Only)
	t.HTTP2 = &http.HTTP2Config{
		SendPingTimeout: pingAfter, PingTimeout: pingTimeout, MaxReceiveBufferPerStream: streamBuffer,
	}
	return &http.Client{Transport: t, CheckRedirect: refuseRedirect}
}

var errRedirect = errors.New("the server's address leads elsewhere: give the address that it leads to")

// refuseRedirect keeps tokens from going anywhere but to the address that the client was given.
func refuseRedirect(*http.Request, []*http.Request) error { return errRedirect }
