package webpush

import (
	"errors"
	"net/http"
	"net/netip"
	"testing"
)

func TestOnlyPublicAddressesArePublic(t *testing.T) {
	for address, public := range map[string]bool{
		"142.250.207.42": true, "1.1.1.1": true, "2404:6800:400a:80b::200a": true, "17.253.144.10": true,
		"127.0.0.1": false, "127.8.8.8": false, "10.1.2.3": false, "172.16.0.1": false, "172.31.255.255": false, "192.168.0.7": false,
		"169.254.169.254": false, "100.64.0.1": false, "0.0.0.0": false, "0.1.2.3": false, "224.0.0.1": false, "255.255.255.255": false,
		"192.0.2.1": false, "198.18.0.1": false, "240.0.0.1": false, "::": false, "::1": false, "fe80::1": false, "fc00::1": false, "fd12::1": false, "ff02::1": false,
		"::ffff:127.0.0.1": false, "::ffff:10.0.0.1": false, "::ffff:1.1.1.1": true, "64:ff9b::7f00:1": false, "2002:7f00:1::": false, "2001:db8::1": false,
	} {
		if got := isPublic(netip.MustParseAddr(address)); got != public {
			t.Errorf("%s: %t", address, got)
		}
	}
}

// Whatever leads to an inside address, no connection is made to it.
func TestTheClientConnectsToNoInsideAddress(t *testing.T) {
	client := newClient()
	for _, url := range []string{"https://127.0.0.1/", "https://localhost/", "https://[::1]/", "https://169.254.169.254/latest/meta-data", "https://0.0.0.0/", "https://1.1.1.1:8443/"} {
		res, err := client.Post(url, "", nil)
		if err == nil {
			_ = res.Body.Close()
		}
		if !errors.Is(err, errInside) {
			t.Errorf("%s: %v", url, err)
		}
	}
	if proxy := client.Transport.(*http.Transport).Proxy; proxy != nil {
		t.Error("a proxy of the environment is used")
	}
}
