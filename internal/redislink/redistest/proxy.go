package redistest

import (
	"testing"

	"github.com/dongbaejul/dongbaejul/internal/nettest"
)

// Proxy is a way to a Redis that can be cut.
type Proxy struct{ *nettest.Proxy }

// NewProxy makes a way to the Redis at an address, until the test ends.
func NewProxy(t testing.TB, to string) Proxy { return Proxy{nettest.NewProxy(t, to)} }

// URL is where the proxy is.
func (p Proxy) URL() string { return "redis://" + p.Addr }
