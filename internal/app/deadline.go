package app

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"sync"
	"time"

	"connectrpc.com/connect"
)

// bodies are the bodies of the requests of a server. It may be used concurrently.
type bodies struct {
	// timeout is how long one may take to arrive.
	timeout time.Duration

	mu      sync.Mutex
	closing bool
	// arriving are those of requests that are being served.
	arriving map[*timedBody]struct{}
}

func newBodies(timeout time.Duration) *bodies {
	return &bodies{timeout: timeout, arriving: make(map[*timedBody]struct{})}
}

// limit lets the body of a request take as long as timeout to arrive, so that one that trickles in does not hold a connection
// forever. It is lifted when the body is read: a deadline left in place would end what the server reads to notice that a
// client has gone, and streams with it. The body must be left when the request has been served.
func (b *bodies) limit(w http.ResponseWriter, r *http.Request) *http.Request {
	body := &timedBody{ReadCloser: r.Body, all: b, controller: http.NewResponseController(w)}
	if r.Body == nil || r.Body == http.NoBody || body.controller.SetReadDeadline(time.Now().Add(b.timeout)) != nil {
		return r
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.arriving[body] = struct{}{}
	if b.closing {
		body.setDeadline(closingBodyTimeout)
	}
	inner := *r
	inner.Body = body
	return &inner
}

// close leaves the bodies that have not arrived yet closingBodyTimeout, so that they do not hold up a server that closes.
func (b *bodies) close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closing = true
	for body := range b.arriving {
		body.setDeadline(closingBodyTimeout)
	}
}

// settle notes that body is awaited no longer, and reports false where that was known.
func (b *bodies) settle(body *timedBody) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	_, arriving := b.arriving[body]
	delete(b.arriving, body)
	return arriving
}

func (b *bodies) isClosing() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.closing
}

type timedBody struct {
	io.ReadCloser
	all        *bodies
	controller *http.ResponseController
}

// setDeadline may be called while the body is read. A deadline could be set before, so it can be now, unless the connection
// has gone.
func (b *timedBody) setDeadline(after time.Duration) {
	_ = b.controller.SetReadDeadline(time.Now().Add(after))
}

// leave is called after the request was served. It bounds how long net/http reads what was left of the body.
func (b *timedBody) leave() {
	if b.all.settle(b) {
		b.setDeadline(leftBodyTimeout)
	}
}

func (b *timedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded) && b.all.isClosing():
		err = connect.NewError(connect.CodeUnavailable, errors.New("the server is closing, and the body has not arrived"))
	case errors.Is(err, os.ErrDeadlineExceeded):
		err = connect.NewError(connect.CodeDeadlineExceeded, fmt.Errorf("the body did not arrive within %s", b.all.timeout))
	case errors.Is(err, io.EOF) && b.all.settle(b):
		// As with setDeadline.
		_ = b.controller.SetReadDeadline(time.Time{})
	}
	return n, err
}
