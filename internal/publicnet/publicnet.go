// Package publicnet decides which addresses are public: those that a server may connect to on behalf of others, who must not reach its own
// machine or network through it.
package publicnet

import (
	"errors"
	"net/netip"
	"slices"
	"syscall"
)

// ErrInside is why no connection is made to an address that is not public.
var ErrInside = errors.New("the address is not public")

// special are networks that no public server is in, besides those that net/netip knows (IANA's special-purpose address registries).
var special = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),
	netip.MustParsePrefix("100.64.0.0/10"), // carriers' NAT
	netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("192.0.2.0/24"), // documentation
	netip.MustParsePrefix("192.88.99.0/24"),
	netip.MustParsePrefix("198.18.0.0/15"),   // benchmarks
	netip.MustParsePrefix("198.51.100.0/24"), // documentation
	netip.MustParsePrefix("203.0.113.0/24"),  // documentation
	netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("2001::/23"), // Teredo among them, which embeds an IPv4 address
	netip.MustParsePrefix("2001:db8::/32"),
	netip.MustParsePrefix("2002::/16"), // 6to4, which embeds one too
	netip.MustParsePrefix("3fff::/20"), // documentation
}

// global has all public IPv6 addresses. What translates to IPv4, such as NAT64's 64:ff9b::/96 and 64:ff9b:1::/48, is outside.
var global = netip.MustParsePrefix("2000::/3")

// Public reports whether an address is one of the Internet, and not of this machine or its network. An IPv4-mapped IPv6 address is what
// it maps: that is what a connection to it reaches.
func Public(addr netip.Addr) bool {
	addr = addr.Unmap()
	if !addr.IsGlobalUnicast() || addr.IsPrivate() || addr.Zone() != "" || addr.Is6() && !global.Contains(addr) {
		return false
	}
	return !slices.ContainsFunc(special, func(network netip.Prefix) bool { return network.Contains(addr) })
}

// Control is net.Dialer.Control for connections to public addresses only: it sees the address that is dialled, whatever a name resolved to.
func Control(_, address string, _ syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil || !Public(to.Addr()) {
		return ErrInside
	}
	return nil
}
