package app

import (
	"context"
	"net"
	"net/http"
	"sync"
	"time"
)

// quietTimeout is how long a connection of a server that closes stays open if no call of it is being computed: on which no request
// arrives, or whose client does not read its answers or the end of a stream. A client that does not read may stop at the connection,
// at the window of HTTP/2, or after the handler has returned; the end of the connection ends all of these.
const quietTimeout = 2 * time.Second

// connections are those of a server. It may be used concurrently.
type connections struct {
	mu   sync.Mutex
	open map[net.Conn]*connection
}

// connection is one of them. Its fields are guarded by its connections.
type connection struct {
	all *connections
	// computing is how many calls have not begun to answer. Streams do not count: when the server closes, all that is left of them
	// is to write their end.
	computing int
	// quietSince is when computing was first found to be 0 since a call began; zero if it was not.
	quietSince time.Time
}

func newConnections() *connections { return &connections{open: make(map[net.Conn]*connection)} }

type connectionKey struct{}

// accept is an http.Server.ConnContext.
func (c *connections) accept(ctx context.Context, conn net.Conn) context.Context {
	accepted := &connection{all: c}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open[conn] = accepted
	return context.WithValue(ctx, connectionKey{}, accepted)
}

// watch is an http.Server.ConnState.
func (c *connections) watch(conn net.Conn, state http.ConnState) {
	if state == http.StateClosed || state == http.StateHijacked {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.open, conn)
	}
}

// closeQuiet closes the connections that have been quiet for quietTimeout, until ctx ends.
func (c *connections) closeQuiet(ctx context.Context) {
	tick := time.NewTicker(quietTimeout / 20)
	defer tick.Stop()
	for {
		for _, conn := range c.quiet(time.Now()) {
			_ = conn.Close()
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// quiet returns the connections that have been quiet for quietTimeout.
func (c *connections) quiet(now time.Time) (conns []net.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for conn, state := range c.open {
		switch {
		case state.computing > 0:
		case state.quietSince.IsZero():
			state.quietSince = now
		case now.Sub(state.quietSince) >= quietTimeout:
			conns = append(conns, conn)
		}
	}
	return conns
}

// begin counts a call that is being computed.
func (c *connection) begin() {
	c.all.mu.Lock()
	defer c.all.mu.Unlock()
	c.computing++
	c.quietSince = time.Time{}
}

// answered is called when a call that was begun begins to answer, or ends.
func (c *connection) answered() {
	c.all.mu.Lock()
	defer c.all.mu.Unlock()
	c.computing--
	c.quietSince = time.Time{}
}

// answering serves calls that are not streams. It counts them by connection until they begin to answer, and lets a client take as
// long as timeToRead for the answer.
func answering(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answered := func() {}
		if conn, ok := r.Context().Value(connectionKey{}).(*connection); ok {
			conn.begin()
			answered = sync.OnceFunc(conn.answered)
		}
		defer answered()
		next.ServeHTTP(&headerWriter{ResponseWriter: w, complete: func(h http.Header) {
			answered()
			// A writer that cannot have a deadline has no client.
			_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(timeToRead(h)))
		}}, r)
	})
}
