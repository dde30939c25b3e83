package realtime

import (
	"context"
	"net/http"
	"time"
)

type controllerKey struct{}

// WithDeadlines returns r so that the stream it asks for, answered by w, can set a deadline on its writes: a client that takes
// nothing does not hold a connection for ever. A deadline for the whole answer would cut streams, so the server must not
// have one.
func WithDeadlines(w http.ResponseWriter, r *http.Request) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), controllerKey{}, http.NewResponseController(w)))
}

// deadline moves the write deadline of one connection on. The zero value does nothing.
type deadline struct {
	controller *http.ResponseController
	// quiet is how long nothing may be written: HTTP/2 ends a stream whose deadline passes then, too.
	quiet, timeout time.Duration
	set            time.Time
}

func deadlineFrom(ctx context.Context, quiet, timeout time.Duration) deadline {
	c, _ := ctx.Value(controllerKey{}).(*http.ResponseController)
	return deadline{controller: c, quiet: quiet, timeout: timeout}
}

// extend returns the next write, when it comes, at least three quarters of the timeout. It sets the deadline only now and then,
// since on HTTP/2 that costs a turn of the connection's own goroutine.
func (d *deadline) extend() {
	if d.controller == nil || d.timeout <= 0 {
		return
	}
	now := time.Now()
	if now.Sub(d.set) < d.timeout/4 {
		return
	}
	d.set = now
	// An error means that the connection cannot do it; the write goes on without.
	_ = d.controller.SetWriteDeadline(now.Add(d.quiet + d.timeout))
}
