package publicnet_test

import (
	"errors"
	"net"
	"net/netip"
	"testing"

	"github.com/dongbaejul/dongbaejul/internal/publicnet"
)

func TestPublic(t *testing.T) {
	for address, want := range map[string]bool{
		"1.1.1.1": true, "8.8.8.8": true, "17.253.144.10": true, "93.184.216.34": true, "142.250.207.42": true, "223.130.195.95": true,
		"2404:6800:4004::1": true, "2606:2800:220:1:248:1893:25c8:1946": true, "2a00::1": true,
		// The neighbours of what is not.
		"1.0.0.0": true, "9.255.255.255": true, "11.0.0.0": true, "100.63.255.255": true, "100.128.0.0": true, "126.255.255.255": true,
		"128.0.0.0": true, "169.253.255.255": true, "169.255.0.0": true, "172.15.255.255": true, "172.32.0.0": true, "192.0.1.0": true,
		"192.167.255.255": true, "192.169.0.0": true, "198.17.255.255": true, "198.20.0.0": true, "223.255.255.255": true, "2001:200::1": true, "2003::1": true,

		"0.0.0.0": false, "0.1.2.3": false, "127.0.0.1": false, "127.8.8.8": false, "255.255.255.255": false,
		"10.0.0.1": false, "172.16.0.1": false, "172.31.255.255": false, "192.168.1.1": false, "fc00::1": false, "fd12::1": false,
		"100.64.0.1": false, "100.127.255.255": false, "169.254.169.254": false, "fe80::1": false, "fe80::1%eth0": false, "fec0::1": false,
		"192.0.0.1": false, "192.0.2.1": false, "192.88.99.1": false, "198.18.0.1": false, "198.19.255.255": false, "198.51.100.7": false,
		"203.0.113.9": false, "224.0.0.1": false, "239.1.2.3": false, "240.0.0.1": false, "ff02::1": false, "ff0e::1": false,
		"::": false, "::1": false, "100::1": false, "2001:db8::1": false, "3fff::1": false, "4000::1": false, "5f00::1": false, "2606:2800::1%eth0": false,
		// IPv4 in IPv6: mapped, compatible, translated, NAT64, Teredo, 6to4.
		"::ffff:8.8.8.8": true, "::ffff:127.0.0.1": false, "::ffff:10.0.0.1": false, "::ffff:169.254.169.254": false, "::ffff:0.0.0.0": false,
		"::127.0.0.1": false, "::8.8.8.8": false, "::ffff:0:127.0.0.1": false, "64:ff9b::7f00:1": false, "64:ff9b::808:808": false,
		"64:ff9b:1::a00:1": false, "2001::1": false, "2001:0:4136:e378:8000:63bf:80ff:fffe": false, "2002:7f00:1::": false, "2002:808:808::1": false,
	} {
		if got := publicnet.Public(netip.MustParseAddr(address)); got != want {
			t.Errorf("%s: %t, want %t", address, got, want)
		}
		if err := publicnet.Control("tcp", net.JoinHostPort(address, "80"), nil); (err == nil) != want || err != nil && !errors.Is(err, publicnet.ErrInside) {
			t.Errorf("%s when it is dialled: %v, want %t", address, err, want)
		}
	}
	if publicnet.Public(netip.Addr{}) {
		t.Error("no address is public")
	}
	for _, address := range []string{"example.com:80", "", "/run/socket", "8.8.8.8"} {
		if err := publicnet.Control("tcp", address, nil); !errors.Is(err, publicnet.ErrInside) {
			t.Errorf("%q when it is dialled: %v", address, err)
		}
	}
}

func TestADialerWithControlRefusesThisMachine(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	_, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	dialer := &net.Dialer{Control: publicnet.Control}
	for _, host := range []string{"127.0.0.1", "::ffff:127.0.0.1", "localhost", "0.0.0.0"} {
		if conn, err := dialer.DialContext(t.Context(), "tcp", net.JoinHostPort(host, port)); !errors.Is(err, publicnet.ErrInside) {
			t.Errorf("%s: got %v, %v", host, conn, err)
		}
	}
}
