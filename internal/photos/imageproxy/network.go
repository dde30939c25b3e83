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
	"time"

	"github.com/dongbaejul/dongbaejul/internal/publicnet"
)

const (
	dialTimeout   = 5 * time.Second
	headerTimeout = 10 * time.Second
)

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
		n.Dial = (&net.Dialer{Timeout: dialTimeout, Control: publicnet.Control}).DialContext
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
		if addr = addr.Unmap(); !publicnet.Public(addr) {
			// One such address among public ones is an attack, too.
			return nil, publicnet.ErrInside
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
