package bandsim

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
)

// transport is an http.RoundTripper that calls a handler in the goroutine of the caller.
type transport struct{ handler http.Handler }

func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		defer r.Body.Close()
	}
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	received := r.Clone(r.Context()) // a handler may change what it gets, a round tripper may not
	received.RequestURI, received.RemoteAddr = r.URL.RequestURI(), "127.0.0.1:0"
	if received.Host == "" {
		received.Host = r.URL.Host
	}
	if received.Body == nil {
		received.Body = http.NoBody
	}
	recorded := &recorder{header: http.Header{}}
	aborted := serve(t.handler, recorded, received)
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	body := io.NopCloser(&recorded.body)
	switch {
	case aborted && recorded.status == 0:
		return nil, io.ErrUnexpectedEOF
	case aborted:
		body = io.NopCloser(io.MultiReader(&recorded.body, broken{}))
	}
	recorded.WriteHeader(http.StatusOK) // if the handler did not
	return &http.Response{
		Status:     fmt.Sprintf("%d %s", recorded.status, http.StatusText(recorded.status)),
		StatusCode: recorded.status,
		Proto:      "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header:        recorded.sent,
		Body:          body,
		ContentLength: int64(recorded.body.Len()),
		Request:       r,
	}, nil
}

// serve reports whether the handler ended the connection.
func serve(h http.Handler, w http.ResponseWriter, r *http.Request) (aborted bool) {
	defer func() {
		switch v := recover(); v {
		case nil:
		case http.ErrAbortHandler:
			aborted = true
		default:
			panic(v)
		}
	}()
	h.ServeHTTP(w, r)
	return false
}

// broken is the end of a body whose connection has ended.
type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// recorder is an http.ResponseWriter that keeps the answer.
type recorder struct {
	header http.Header
	sent   http.Header // as it was when the status was written
	status int
	body   bytes.Buffer
}

func (r *recorder) Header() http.Header { return r.header }

func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status, r.sent = status, r.header.Clone()
	}
}

func (r *recorder) Write(p []byte) (int, error) {
	r.WriteHeader(http.StatusOK)
	return r.body.Write(p)
}
