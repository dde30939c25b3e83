package app

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"connectrpc.com/connect"
)

// limitBody gives the body of a request as long as timeout to arrive, so that one that trickles in does not hold a
// connection for ever. It is lifted when the body is read: a deadline left in place would end what the server reads to
// notice that a client has gone, and streams with it.
func limitBody(timeout time.Duration) step {
	return func(w http.ResponseWriter, r *http.Request) *http.Request {
		controller := http.NewResponseController(w)
		if r.Body == nil || r.Body == http.NoBody || controller.SetReadDeadline(time.Now().Add(timeout)) != nil {
			return r
		}
		inner := *r
		inner.Body = &timedBody{ReadCloser: r.Body, controller: controller, timeout: timeout}
		return &inner
	}
}

type timedBody struct {
	io.ReadCloser
	controller *http.ResponseController
	timeout    time.Duration
	lifted     bool
}

func (b *timedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		err = connect.NewError(connect.CodeDeadlineExceeded, fmt.Errorf("the body did not arrive within %s", b.timeout))
	case errors.Is(err, io.EOF) && !b.lifted:
		b.lifted = true
		// It was set, so it can be lifted, unless the connection has gone.
		_ = b.controller.SetReadDeadline(time.Time{})
	}
	return n, err
}
