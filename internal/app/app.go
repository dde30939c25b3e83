// Package app is the whole server as a value: made from a configuration, given a listener, closed. Everything here leans on
// one rule: what a request is told is decided in the same place however it comes, so that Connect, gRPC and REST are three
// spellings of one contract.
package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"connectrpc.com/connect"

	"github.com/dongbaejul/dongbaejul/internal/rpc"
)

// drainTimeout is how long calls that are being served may take to end when the server closes.
const drainTimeout = 10 * time.Second

// Backend is what stands behind the HTTP surface.
type Backend struct {
	Services Services
	// Chain is what every call passes.
	Chain *rpc.Chain
	// Options go to every handler of the contract, after those of Chain.
	Options []connect.HandlerOption
	// Checks are the parts that health asks.
	Checks []Check
	// Handlers are served besides the contract, by patterns of http.ServeMux.
	Handlers map[string]http.Handler
	// Leave tells every stream to end, those that begin after it too. It does not wait.
	Leave func()
	// Close lets go of what the services work with, after the last call has ended.
	Close func() error
}

// App is one server.
type App struct {
	cfg     Config
	backend Backend
	health  *health
	server  *http.Server
	bodies  *bodies
	// connections are those of server.
	connections *connections
	// abort ends the calls that did not end by themselves.
	abort context.CancelFunc

	closing sync.Once
	closed  error
}

// New makes a server with everything it needs; ctx is for the making only.
func New(ctx context.Context, cfg Config) (*App, error) {
	b, err := newBackend(ctx, cfg)
	if err != nil {
		return nil, err
	}
	return newApp(cfg, b)
}

func newApp(cfg Config, b Backend) (*App, error) {
	a := &App{cfg: cfg, backend: b, health: newHealth(cfg.Version, b.Checks, cfg.Log), bodies: newBodies(bodyTimeout)}
	handler, err := newHandler(cfg, b, a.health, a.bodies)
	if err != nil {
		return nil, errors.Join(err, b.Close())
	}
	// Not of New's context: calls end after whoever made the server has stopped waiting.
	ctx, abort := context.WithCancel(context.Background())
	a.abort, a.server = abort, newServer(ctx, handler, cfg.Log)
	a.connections = newConnections()
	a.server.ConnContext, a.server.ConnState = a.connections.accept, a.connections.watch
	return a, nil
}

// Handler is everything that is served.
func (a *App) Handler() http.Handler { return a.server.Handler }

// Serve serves what listener accepts, until Close; then it returns nil, at once, while Close still waits for calls to end.
// It closes listener.
func (a *App) Serve(listener net.Listener) error {
	var err error
	if a.cfg.TLSCertFile != "" {
		err = a.server.ServeTLS(listener, a.cfg.TLSCertFile, a.cfg.TLSKeyFile)
	} else {
		err = a.server.Serve(listener)
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return fmt.Errorf("serve: %w", err)
}

// Close ends the server in order: health says no, load balancers get ShutdownDelay to notice, streams are told to leave,
// bodies that have not arrived get 1 s, connections that nothing is computed for get 2 s, calls are waited for until ctx ends and 10 s
// at most, and what they work with is closed. It is an error if calls had to be cut off. Further calls wait for the first one and
// return the same.
func (a *App) Close(ctx context.Context) error {
	a.closing.Do(func() { a.closed = a.shutDown(ctx) })
	return a.closed
}

func (a *App) shutDown(ctx context.Context) error {
	a.health.stop()
	select {
	case <-time.After(a.cfg.ShutdownDelay):
	case <-ctx.Done():
	}
	a.backend.Leave()
	a.bodies.close()
	ctx, cancel := context.WithTimeout(ctx, drainTimeout)
	defer cancel()
	go a.connections.closeQuiet(ctx)
	err := a.server.Shutdown(ctx)
	a.abort()
	if err != nil {
		err = fmt.Errorf("calls were cut off: %w", errors.Join(err, a.server.Close()))
	}
	return errors.Join(err, a.backend.Close())
}
