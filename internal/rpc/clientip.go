package rpc

import (
	"context"
	"net/netip"
	"slices"
	"strings"

	"github.com/dongbaejul/dongbaejul/internal/identity"
)

// maxAgent bounds what is kept of what a client calls itself, in bytes.
const maxAgent = 512

// clientIP walks from the connection through the trusted proxies to who they forward for. What a trusted proxy reports that
// is no address ends the walk there. It is empty where the connection has no address.
func clientIP(remote string, forwarded []string, trusted []netip.Prefix) string {
	client, ok := parseAddr(remote)
	if !ok {
		return ""
	}
	for _, line := range slices.Backward(forwarded) {
		for line != "" {
			if !isTrusted(client, trusted) {
				return client.String()
			}
			var hop string
			line, hop = cutLast(line)
			addr, ok := parseAddr(hop)
			if !ok {
				return client.String()
			}
			client = addr
		}
	}
	return client.String()
}

// cutLast splits the last element off a list with commas.
func cutLast(list string) (rest, last string) {
	i := strings.LastIndexByte(list, ',')
	if i < 0 {
		return "", strings.TrimSpace(list)
	}
	return list[:i], strings.TrimSpace(list[i+1:])
}

func isTrusted(addr netip.Addr, trusted []netip.Prefix) bool {
	return slices.ContainsFunc(trusted, func(p netip.Prefix) bool { return p.Contains(addr) })
}

// parseAddr reads an address with or without a port. An IPv4 address in IPv6 is the IPv4 address, and zones, which mean
// something on this machine only, go.
func parseAddr(s string) (netip.Addr, bool) {
	if addr, err := netip.ParseAddr(strings.Trim(s, "[]")); err == nil {
		return addr.Unmap().WithZone(""), true
	}
	if ap, err := netip.ParseAddrPort(s); err == nil {
		return ap.Addr().Unmap().WithZone(""), true
	}
	return netip.Addr{}, false
}

// agent shortens what a client calls itself.
func agent(s string) string {
	return strings.ToValidUTF8(s[:min(len(s), maxAgent)], "")
}

// clientAddress is where a call comes from: what WithRequest found, or the address of the connection.
func clientAddress(ctx context.Context, remote string) string {
	if ip := identity.ClientFrom(ctx).IP; ip != "" {
		return ip
	}
	if addr, ok := parseAddr(remote); ok {
		return addr.String()
	}
	return remote
}

// network is what is counted as one client: an IPv4 address, or the 64 bits of an IPv6 address that are given out at once.
func network(ip string) string {
	addr, err := netip.ParseAddr(ip)
	if err != nil || addr.Is4() {
		return ip
	}
	return netip.PrefixFrom(addr, 64).Masked().String()
}
