package testkit

import (
	"math/rand/v2"
	"net"
	"strconv"
	"sync/atomic"
	"testing"
)

// Ports for programs that tests start: below those that the system assigns to connections, so that none of those takes the port
// of a program that is to be started there again.
const (
	firstPort = 10_000
	ports     = 10_000
)

// given counts the addresses, from a port on that differs from one run to the next.
var (
	from  = rand.Uint32N(ports)
	given atomic.Uint32
)

// FreeAddr returns an address of this machine that nobody listens at, and that it has not given before.
func FreeAddr(t testing.TB) string {
	t.Helper()
	for range ports {
		addr := net.JoinHostPort("127.0.0.1", strconv.Itoa(int(firstPort+(from+given.Add(1))%ports)))
		if listener, err := net.Listen("tcp", addr); err == nil {
			listener.Close()
			return addr
		}
	}
	t.Fatal("there is no free port")
	return ""
}
