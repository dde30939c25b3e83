package app

import (
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// A connection is quiet while no call of it is being computed, and closed when it has been so for quietTimeout.
func TestConnectionsThatNothingIsComputedFor(t *testing.T) {
	c := newConnections()
	conn, other := net.Pipe()
	defer conn.Close()
	defer other.Close()
	request := httptest.NewRequestWithContext(c.accept(t.Context(), conn), http.MethodGet, "/", nil)
	now := time.Now()
	after := func(d time.Duration) int {
		now = now.Add(d)
		return len(c.quiet(now))
	}
	if n := after(0) + after(quietTimeout-1); n != 0 {
		t.Error("it is closed too early")
	}
	if after(1) != 1 {
		t.Error("it is not closed when nothing was asked")
	}
	answering(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if after(0)+after(10*quietTimeout) != 0 {
			t.Error("it is closed while a call is being computed")
		}
		_, _ = w.Write([]byte("x"))
		if after(0)+after(quietTimeout-1) != 0 || after(1) != 1 {
			t.Error("an answer does not get quietTimeout to be read")
		}
	})).ServeHTTP(httptest.NewRecorder(), request)
	answering(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})).ServeHTTP(httptest.NewRecorder(), request)
	if after(0)+after(quietTimeout) != 1 {
		t.Error("calls that have ended still count")
	}
	c.watch(conn, http.StateClosed)
	if after(10*quietTimeout) != 0 || len(c.open) != 0 {
		t.Error("it is there after it was closed")
	}
}
