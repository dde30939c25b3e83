package app

import (
	"context"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/realtime"
)

// closingAnswerTimeout is how long a client may take to read an answer or the end of a stream while the server closes.
const closingAnswerTimeout = 2 * time.Second

// answers tracks the answers that a server is writing, so that clients that do not read theirs do not hold up its closing. It may
// be used concurrently.
type answers struct {
	mu      sync.Mutex
	closing bool
	open    map[*trackedWriter]struct{}
}

func newAnswers() *answers { return &answers{open: make(map[*trackedWriter]struct{})} }

// track serves next with writers whose deadlines close may shorten.
func (a *answers) track(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		tracked := a.add(w)
		defer a.remove(tracked)
		next.ServeHTTP(tracked, r)
	})
}

// trackStream is track for streams, as a step before them: a stream waits for long, and keeps no frame of it on its stack.
func (a *answers) trackStream(w http.ResponseWriter, r *http.Request) *http.Request {
	tracked := a.add(w)
	context.AfterFunc(r.Context(), func() { a.remove(tracked) })
	return realtime.WithDeadlines(tracked, r)
}

func (a *answers) add(w http.ResponseWriter) *trackedWriter {
	tracked := &trackedWriter{ResponseWriter: w, all: a}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.open[tracked] = struct{}{}
	return tracked
}

func (a *answers) remove(tracked *trackedWriter) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.open, tracked)
}

// close ends the answers that are being written after closingAnswerTimeout, and each that is begun later after as long.
func (a *answers) close() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.closing = true
	for w := range a.open {
		if w.limited {
			_ = w.setWriteDeadline(time.Now().Add(closingAnswerTimeout))
		}
	}
}

// trackedWriter writes one answer.
type trackedWriter struct {
	http.ResponseWriter
	all *answers
	// limited is whether it has a deadline; handlers set one when they begin to write.
	limited bool
}

// SetWriteDeadline is for http.ResponseController.
func (w *trackedWriter) SetWriteDeadline(deadline time.Time) error {
	w.all.mu.Lock()
	defer w.all.mu.Unlock()
	w.limited = true
	if last := time.Now().Add(closingAnswerTimeout); w.all.closing && deadline.After(last) {
		deadline = last
	}
	return w.setWriteDeadline(deadline)
}

func (w *trackedWriter) setWriteDeadline(deadline time.Time) error {
	return http.NewResponseController(w.ResponseWriter).SetWriteDeadline(deadline)
}

// Flush is what connect asks a writer for before it serves a stream.
func (w *trackedWriter) Flush() { _ = w.FlushError() }

// FlushError is for http.ResponseController.
func (w *trackedWriter) FlushError() error {
	return http.NewResponseController(w.ResponseWriter).Flush()
}

// Unwrap is for http.ResponseController.
func (w *trackedWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// newConns are the connections of a server on which no request has arrived yet. net/http waits 5 s for one. It may be used
// concurrently.
type newConns struct {
	mu    sync.Mutex
	conns map[net.Conn]struct{}
}

// watch is an http.Server.ConnState.
func (n *newConns) watch(conn net.Conn, state http.ConnState) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if state != http.StateNew {
		delete(n.conns, conn)
		return
	}
	if n.conns == nil {
		n.conns = make(map[net.Conn]struct{})
	}
	n.conns[conn] = struct{}{}
}

// close closes them.
func (n *newConns) close() {
	n.mu.Lock()
	defer n.mu.Unlock()
	for conn := range n.conns {
		_ = conn.Close()
	}
}
