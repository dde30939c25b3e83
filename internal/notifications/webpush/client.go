package webpush

import (
	"net"
	"net/http"
	"syscall"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/publicnet"
)

// httpTimeout is for one request, and dialTimeout for its connection.
const (
	httpTimeout = 10 * time.Second
	dialTimeout = 5 * time.Second
)

// newClient returns a client that connects to public addresses only, whatever a name resolves to: any member names the addresses that are
// pushed to.
func newClient() *http.Client {
	dialer := &net.Dialer{Timeout: dialTimeout, Control: func(network, address string, raw syscall.RawConn) error {
		if _, port, err := net.SplitHostPort(address); err != nil || port != "443" {
			return publicnet.ErrInside
		}
		return publicnet.Control(network, address, raw)
	}}
	return &http.Client{
		Timeout: httpTimeout,
		// Without the environment's proxy, which would connect to any address.
		Transport: &http.Transport{DialContext: dialer.DialContext, ForceAttemptHTTP2: true, MaxIdleConns: 100, IdleConnTimeout: 90 * time.Second},
	}
}
