package redistest

import (
	"testing"

	"github.com/dongbaejul/dongbaejul/internal/testkit"
)

// Proxy is a way to a Redis that can be cut.
type Proxy struct{ *testkit.Proxy }

// NewProxy makes a way to the Redis at an address, until the test ends.
func NewProxy(t testing.TB, to string) Proxy { return Proxy{testkit.NewProxy(t, to)} }

// URL is where the proxy is.
func (p Proxy) URL() string { return "redis://" + p.Addr }
