package main

import (
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/dongbaejul/dongbaejul/internal/app"
)

func TestOtherArgumentsAreRefused(t *testing.T) {
	for _, args := range [][]string{{"serve"}, {"healthcheck", "now"}, {"web-push-key", "2"}, {"-h"}} {
		if err := command(args)(); err == nil || !strings.Contains(err.Error(), "healthcheck") {
			t.Errorf("%q: %v", args, err)
		}
	}
}

func TestHealthcheck(t *testing.T) {
	status := http.StatusOK
	answer := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/health" {
			status = http.StatusNotFound
		}
		w.WriteHeader(status)
	})
	plain, secure := httptest.NewServer(answer), httptest.NewTLSServer(answer)
	defer plain.Close()
	defer secure.Close()
	configs := map[string]app.Config{"plain": {Port: portOf(t, plain)}, "TLS": {Port: portOf(t, secure), TLSCertFile: "cert.pem"}}
	for name, cfg := range configs {
		status = http.StatusOK
		if err := askHealth(t.Context(), cfg); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		status = http.StatusServiceUnavailable
		if err := askHealth(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), "503") {
			t.Errorf("%s, a server that is closing: %v", name, err)
		}
	}
	plain.Close()
	if err := askHealth(t.Context(), configs["plain"]); err == nil {
		t.Error("no server is healthy")
	}
}

func portOf(t *testing.T, server *httptest.Server) uint16 {
	t.Helper()
	_, port, err := net.SplitHostPort(server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		t.Fatal(err)
	}
	return uint16(number)
}
