package imageproxy

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"syscall"
	"time"
)

const (
	dialTimeout   = 5 * time.Second
	headerTimeout = 10 * time.Second
)

// special are networks that no public server is in, beside those that netip knows (IANA's registries of special-purpose addresses).
var special = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),
	netip.MustParsePrefix("100.64.0.0/10"), // carriers' NAT
	netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("192.0.2.0/24"),
	netip.MustParsePrefix("192.88.99.0/24"),
	netip.MustParsePrefix("198.18.0.0/15"),
	netip.MustParsePrefix("198.51.100.0/24"),
	netip.MustParsePrefix("203.0.113.0/24"),
	netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("2001::/23"), // Teredo among them, which holds an address of IPv4
	netip.MustParsePrefix("2001:db8::/32"),
	netip.MustParsePrefix("2002::/16"), // 6to4, which holds one too
	netip.MustParsePrefix("3fff::/20"),
}

// global has all public addresses of IPv6. What translates from IPv4, such as ::ffff:0:0/96 and 64:ff9b::/96, is outside.
var global = netip.MustParsePrefix("2000::/3")

// isPublic reports whether an address is one of the Internet, and not of this machine or its network.
func isPublic(addr netip.Addr) bool {
	if !addr.IsGlobalUnicast() || addr.IsPrivate() || addr.Zone() != "" || addr.Is6() && !global.Contains(addr) {
		return false
	}
	return !slices.ContainsFunc(special, func(network netip.Prefix) bool { return network.Contains(addr) })
}

var errInside = errors.New("the address is not public")

// Network is how servers of pictures are reached. The zero value is the network of this machine.
type Network struct {
	Resolve func(ctx context.Context, host string) ([]netip.Addr, error)
	Dial    func(ctx context.Context, network, address string) (net.Conn, error)
}

// NewTransport returns a transport to public addresses only: names are resolved first, and what is dialled is the address that was
// checked.
func NewTransport(n Network) *http.Transport {
	if n.Resolve == nil {
		n.Resolve = func(ctx context.Context, host string) ([]netip.Addr, error) {
			return net.DefaultResolver.LookupNetIP(ctx, "ip", host)
		}
	}
	if n.Dial == nil {
		n.Dial = (&net.Dialer{Timeout: dialTimeout, Control: refuseInside}).DialContext
	}
	return &http.Transport{
		// No proxy of the environment: it would resolve names by itself.
		Proxy:                 nil,
		DialContext:           n.dial,
		DisableCompression:    true,
		ForceAttemptHTTP2:     true,
		MaxConnsPerHost:       maxFetches,
		MaxIdleConnsPerHost:   maxFetches,
		IdleConnTimeout:       time.Minute,
		TLSHandshakeTimeout:   dialTimeout,
		ResponseHeaderTimeout: headerTimeout,
		// The largest headers of honest servers are far below.
		MaxResponseHeaderBytes: 64 << 10,
	}
}

func (n Network) dial(ctx context.Context, network, address string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	addrs := []netip.Addr{}
	if literal, err := netip.ParseAddr(host); err == nil {
		addrs = append(addrs, literal)
	} else if addrs, err = n.Resolve(ctx, host); err != nil {
		return nil, fmt.Errorf("resolve a host: %w", err)
	}
	var failed error
	for _, addr := range addrs {
		// Resolvers return addresses of IPv4 in the form of IPv6; a name with one in its own record does too.
		if addr = addr.Unmap(); !isPublic(addr) {
			// One such address among public ones is an attack, too.
			return nil, errInside
		}
	}
	for _, addr := range addrs {
		conn, err := n.Dial(ctx, network, net.JoinHostPort(addr.Unmap().String(), port))
		if err == nil {
			return conn, nil
		}
		failed = err
	}
	if failed == nil {
		failed = errors.New("the host has no address")
	}
	return nil, failed
}

// refuseInside looks at an address again when it is dialled.
func refuseInside(_, address string, _ syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil || !isPublic(to.Addr()) {
		return errInside
	}
	return nil
}

// Hosts returns what allows URLs of http and https on the standard ports of hosts: those listed, and those below one listed, as
// a.example.com is below example.com.
func Hosts(hosts ...string) func(*url.URL) bool {
	return func(u *url.URL) bool {
		standard := u.Scheme == "http" && (u.Port() == "" || u.Port() == "80") || u.Scheme == "https" && (u.Port() == "" || u.Port() == "443")
		if !standard || u.User != nil || strings.HasSuffix(u.Host, ":") {
			return false
		}
		host := strings.ToLower(strings.TrimSuffix(u.Hostname(), "."))
		return slices.ContainsFunc(hosts, func(listed string) bool {
			listed = strings.ToLower(listed)
			return host == listed || strings.HasSuffix(host, "."+listed)
		})
	}
}

// Under returns what allows URLs that begin with base, whose path ends with a slash.
func Under(base string) func(*url.URL) bool {
	parsed, err := url.Parse(base)
	return func(u *url.URL) bool {
		return err == nil && u.User == nil && u.Scheme == parsed.Scheme && strings.EqualFold(u.Host, parsed.Host) &&
			strings.HasPrefix(u.EscapedPath(), parsed.EscapedPath()) && !strings.Contains(u.EscapedPath(), "..")
	}
}
