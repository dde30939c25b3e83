package app

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"time"

	"connectrpc.com/connect"
	"connectrpc.com/grpchealth"
	"connectrpc.com/grpcreflect"

	"github.com/dongbaejul/dongbaejul/internal/realtime"
	"github.com/dongbaejul/dongbaejul/internal/rest"
	"github.com/dongbaejul/dongbaejul/internal/rpc"
)

const (
	headerTimeout = 10 * time.Second
	// bodyTimeout is for the body of one request to arrive.
	bodyTimeout = 30 * time.Second
	// closingBodyTimeout is for it on a server that closes, and leftBodyTimeout for what a handler has not read of it.
	closingBodyTimeout = time.Second
	leftBodyTimeout    = 3 * time.Second
	// idleTimeout is longer than the minute after which load balancers let go of a connection: who closes first should be
	// who sends the requests.
	idleTimeout = 2 * time.Minute
	// pingTimeout is how long an HTTP/2 connection may be silent before it is asked whether it is alive, and then how long
	// that may take.
	pingTimeout = 15 * time.Second
	// writeTimeout is how long an HTTP/2 connection may take nothing of what is to be written.
	writeTimeout = 30 * time.Second
	// maxHeader bounds a request's header, in bytes. The largest are URLs of Connect's GET.
	maxHeader = 64 << 10
	// maxSmallMessage bounds a request for health or reflection, in bytes: it is a name.
	maxSmallMessage = 4 << 10
	// maxStreams is how many requests, streams among them, one HTTP/2 connection may have open.
	maxStreams = 1000
)

// newHandler is everything that is served on the public port.
func newHandler(cfg Config, b Backend, h *health, arriving *bodies) (http.Handler, error) {
	procedures, streams := b.Services.procedures(b.Chain, b.Options)
	restful, err := newREST(b)
	if err != nil {
		return nil, err
	}
	mux := exactMux{http.NewServeMux()}
	mux.Handle(rest.Prefix, negotiated(restful))
	for _, service := range contractServices() {
		mux.Handle(servicePath(service), negotiated(procedures))
	}
	// Anybody may call these, and nothing counts their calls: they read small messages, and unpack none.
	small := []connect.HandlerOption{connect.WithReadMaxBytes(maxSmallMessage), connect.WithCompression("gzip", nil, nil)}
	mux.Handle(grpchealth.NewHandler(h, small...))
	reflector := grpcreflect.NewStaticReflector(contractServiceNames()...)
	mux.Handle(grpcreflect.NewHandlerV1(reflector, small...))
	mux.Handle(grpcreflect.NewHandlerV1Alpha(reflector, small...))
	mux.HandleFunc("/health", h.simple)
	mux.HandleFunc("/health/detailed", h.detailed)
	docs, err := docsHandlers()
	if err != nil {
		return nil, err
	}
	for pattern, handler := range docs {
		mux.Handle(pattern, handler)
	}
	for pattern, handler := range b.Handlers {
		mux.Handle(pattern, handler)
	}
	unknown := b.Handlers["/"]
	if unknown == nil {
		unknown = http.HandlerFunc(rest.RefuseUnknownPath)
		mux.Handle("/", unknown)
	}
	cors, limit := allowOrigins(cfg.AllowedOrigins), arriving.limit
	front, steps := exactMux{http.NewServeMux()}, []step{setSecurityHeaders, cors, limit, joinLines}
	front.Handle("/", after(steps, answering(mux)))
	for path, stream := range streams {
		// Not the headers that are for pages: they would be held for as long as the stream is open.
		front.Handle(path, after([]step{cors, limit, setStreamHeaders, realtime.WithDeadlines}, stream))
	}
	return rpc.WithRequest(cfg.TrustedProxies, front.refusing(after(steps, answering(unknown)))), nil
}

// newREST serves the contract as REST, by handlers of its own.
func newREST(b Backend) (http.Handler, error) {
	r, err := rest.New(b.Chain)
	if err != nil {
		return nil, err
	}
	procedures, _ := b.Services.procedures(b.Chain, append(slices.Clone(b.Options), r.Options()...))
	handlers, err := r.Handlers(procedures)
	if err != nil {
		return nil, err
	}
	mux := exactMux{http.NewServeMux()}
	for path, handler := range handlers {
		mux.Handle(path, handler)
	}
	mux.HandleFunc("/", rest.RefuseUnknownPath)
	return mux, nil
}

// newServer has no timeout for whole requests and answers: it would cut streams.
func newServer(ctx context.Context, handler http.Handler, log *slog.Logger) *http.Server {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(true)
	protocols.SetUnencryptedHTTP2(true)
	return &http.Server{
		Handler:           handler,
		Protocols:         protocols,
		ReadHeaderTimeout: headerTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeader,
		HTTP2: &http.HTTP2Config{
			MaxConcurrentStreams: maxStreams,
			SendPingTimeout:      pingTimeout,
			PingTimeout:          pingTimeout,
			WriteByteTimeout:     writeTimeout,
		},
		BaseContext: func(net.Listener) context.Context { return ctx },
		ErrorLog:    slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
}
