package imageproxy

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"net/url"
	"testing"

	"github.com/dongbaejul/dongbaejul/internal/publicnet"
)

func TestHosts(t *testing.T) {
	allowed := Hosts("campmobile.net", "Images.example")
	for address, want := range map[string]bool{
		"http://campmobile.net/a.jpg": true, "https://band.phinf.campmobile.net/a?b=c": true, "https://BAND.CAMPMOBILE.NET/": true,
		"https://campmobile.net./": true, "http://campmobile.net:80/": true, "https://campmobile.net:443/": true, "https://images.example/": true,
		"https://evilcampmobile.net/": false, "https://campmobile.net.evil.example/": false, "https://example/": false,
		"ftp://campmobile.net/": false, "file:///etc/passwd": false, "//campmobile.net/": false, "https:campmobile.net": false,
		"http://campmobile.net:443/": false, "http://campmobile.net:8080/": false, "http://campmobile.net:/": false,
		"http://user@campmobile.net/": false, "http://campmobile.net@evil.example/": false, "http://127.0.0.1/": false, "http://[::1]/": false,
		"": false, "http:///a": false,
	} {
		at, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		if got := allowed(at); got != want {
			t.Errorf("%s: %v, want %v", address, got, want)
		}
	}
}

func TestUnder(t *testing.T) {
	allowed := Under("http://localhost:3000/bandsim/")
	for address, want := range map[string]bool{
		"http://localhost:3000/bandsim/images/photo/1.jpg": true, "http://LOCALHOST:3000/bandsim/": true,
		"http://localhost:3000/api": false, "http://localhost:3001/bandsim/": false, "https://localhost:3000/bandsim/": false,
		"http://localhost:3000/bandsim/../api": false, "http://a@localhost:3000/bandsim/": false, "/bandsim/": false,
	} {
		at, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		if got := allowed(at); got != want {
			t.Errorf("%s: %v, want %v", address, got, want)
		}
	}
}

// A name may lead anywhere. What is dialled is an address that was looked at, and not the name once more.
func TestNamesThatLeadInside(t *testing.T) {
	public, inside := netip.MustParseAddr("93.184.216.34"), netip.MustParseAddr("10.0.0.7")
	reached := errors.New("dialled")
	for _, tt := range []struct {
		name, address string
		answer        []netip.Addr
		resolve       error
		want          error
		dialled       string
	}{
		{"public", "img.example:80", []netip.Addr{public}, nil, reached, "93.184.216.34:80"},
		{"public in the form of IPv6", "img.example:443", []netip.Addr{netip.MustParseAddr("::ffff:93.184.216.34")}, nil, reached, "93.184.216.34:443"},
		{"inside", "img.example:80", []netip.Addr{inside}, nil, publicnet.ErrInside, ""},
		{"inside in the form of IPv6", "img.example:80", []netip.Addr{netip.MustParseAddr("::ffff:10.0.0.7")}, nil, publicnet.ErrInside, ""},
		{"inside among public ones", "img.example:80", []netip.Addr{public, inside}, nil, publicnet.ErrInside, ""},
		{"an address", "127.0.0.1:80", nil, nil, publicnet.ErrInside, ""},
		{"an address of IPv6", "[::1]:80", nil, nil, publicnet.ErrInside, ""},
		{"no name", "img.example:80", nil, context.DeadlineExceeded, context.DeadlineExceeded, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dialled := ""
			n := Network{
				Resolve: func(context.Context, string) ([]netip.Addr, error) { return tt.answer, tt.resolve },
				Dial: func(_ context.Context, _, address string) (net.Conn, error) {
					dialled = address
					return nil, reached
				},
			}
			if _, err := n.dial(t.Context(), "tcp", tt.address); !errors.Is(err, tt.want) || dialled != tt.dialled {
				t.Errorf("got %v, dialled %q, want %v and %q", err, dialled, tt.want, tt.dialled)
			}
		})
	}
	nowhere := Network{Resolve: func(context.Context, string) ([]netip.Addr, error) { return nil, nil }}
	if _, err := nowhere.dial(t.Context(), "tcp", "img.example:80"); err == nil {
		t.Error("a name without an address was dialled")
	}
}
