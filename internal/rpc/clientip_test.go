package rpc

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"github.com/dongbaejul/dongbaejul/internal/identity"
)

func prefixes(t testing.TB, list ...string) []netip.Prefix {
	t.Helper()
	var prefixes []netip.Prefix
	for _, s := range list {
		p, err := netip.ParsePrefix(s)
		if err != nil {
			t.Fatal(err)
		}
		prefixes = append(prefixes, p)
	}
	return prefixes
}

func TestWhereARequestComesFrom(t *testing.T) {
	proxies := []string{"10.0.0.0/8", "fd00::/8", "203.0.113.9/32"}
	for _, c := range []struct {
		name      string
		remote    string
		forwarded []string
		trusted   []string
		want      string
	}{
		{"no proxy", "192.0.2.1:4711", nil, proxies, "192.0.2.1"},
		{"who is not trusted says nothing", "192.0.2.1:4711", []string{"198.51.100.1"}, proxies, "192.0.2.1"},
		{"nobody is trusted", "10.0.0.1:4711", []string{"198.51.100.1"}, nil, "10.0.0.1"},
		{"one proxy", "10.0.0.1:4711", []string{"198.51.100.1"}, proxies, "198.51.100.1"},
		{"a chain of proxies", "10.0.0.1:4711", []string{"198.51.100.1, 203.0.113.9, 10.0.0.2"}, proxies, "198.51.100.1"},
		{"a lie before it", "10.0.0.1:4711", []string{"127.0.0.1, 10.9.9.9, 198.51.100.1, 10.0.0.2"}, proxies, "198.51.100.1"},
		{"a lie of only proxies", "10.0.0.1:4711", []string{"10.9.9.9"}, proxies, "10.9.9.9"},
		{"several lines", "10.0.0.1:4711", []string{"198.51.100.7", "198.51.100.1", "10.0.0.2"}, proxies, "198.51.100.1"},
		{"no spaces, many spaces", "10.0.0.1:4711", []string{"198.51.100.1,10.0.0.2 ,	10.0.0.3"}, proxies, "198.51.100.1"},
		{"a proxy without a word", "10.0.0.1:4711", nil, proxies, "10.0.0.1"},
		{"an empty line", "10.0.0.1:4711", []string{""}, proxies, "10.0.0.1"},
		{"what is no address", "10.0.0.1:4711", []string{"198.51.100.1, unknown, 10.0.0.2"}, proxies, "10.0.0.2"},
		{"an empty element", "10.0.0.1:4711", []string{"198.51.100.1,,10.0.0.2"}, proxies, "10.0.0.2"},
		{"addresses with ports", "10.0.0.1:4711", []string{"198.51.100.1:8080, 10.0.0.2:80"}, proxies, "198.51.100.1"},
		{"IPv6", "[fd00::1]:4711", []string{"2001:db8::1"}, proxies, "2001:db8::1"},
		{"IPv6 with ports", "[fd00::1]:4711", []string{"[2001:db8::1]:8080, [fd00::2]"}, proxies, "2001:db8::1"},
		{"IPv4 in IPv6", "[::ffff:10.0.0.1]:4711", []string{"::ffff:198.51.100.1"}, proxies, "198.51.100.1"},
		{"a zone", "[fe80::1%eth0]:4711", nil, proxies, "fe80::1"},
		{"a trusted zone", "[fd00::1%eth0]:4711", []string{"198.51.100.1"}, proxies, "198.51.100.1"},
		{"a prefix with more than its bits", "10.0.0.1:4711", []string{"198.51.100.1"}, []string{"10.1.2.3/8"}, "198.51.100.1"},
		{"no address at all", "@", []string{"198.51.100.1"}, proxies, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got identity.Client
			handler := WithRequest(prefixes(t, c.trusted...), http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				got = identity.ClientFrom(r.Context())
			}))
			r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
			r.RemoteAddr = c.remote
			r.Header["X-Forwarded-For"] = c.forwarded
			r.Header.Set("X-Real-Ip", "198.51.100.99")
			r.Header.Set("Forwarded", "for=198.51.100.99")
			r.Header.Set("User-Agent", "dongbaejul/1.0 "+strings.Repeat("한", 500))
			handler.ServeHTTP(httptest.NewRecorder(), r)
			if got.IP != c.want {
				t.Errorf("got %q, want %q", got.IP, c.want)
			}
			if !strings.HasPrefix(got.Agent, "dongbaejul/1.0 한") || len(got.Agent) > maxAgent || strings.ContainsRune(got.Agent, '\uFFFD') {
				t.Errorf("the agent is %q", got.Agent)
			}
		})
	}
}

func FuzzClientIP(f *testing.F) {
	f.Add("10.0.0.1:1", "198.51.100.1, 10.0.0.2", "")
	f.Add("[::1]:1", "[2001:db8::1]:80,,x", "1.2.3.4")
	f.Add("192.0.2.1:1", "10.0.0.2", ",")
	trusted := prefixes(f, "10.0.0.0/8", "::1/128")
	f.Fuzz(func(t *testing.T, remote, first, second string) {
		got := clientIP(remote, []string{first, second}, trusted)
		from, ok := parseAddr(remote)
		if !ok {
			if got != "" {
				t.Fatalf("%q has the address %q", remote, got)
			}
			return
		}
		addr, err := netip.ParseAddr(got)
		if err != nil || addr.Zone() != "" || addr.Is4In6() {
			t.Fatalf("%q is no address as we write them: %v", got, err)
		}
		if !isTrusted(from, trusted) && addr != from {
			t.Fatalf("%q believed what %q said", got, remote)
		}
		// Whatever comes before what a trusted proxy added is not looked at.
		if again := clientIP(remote, []string{"203.0.113.66", first, second}, trusted); again != got && !isTrusted(addr, trusted) {
			t.Fatalf("%q became %q by what is left of it", got, again)
		}
	})
}

func TestNetworks(t *testing.T) {
	for ip, want := range map[string]string{
		"192.0.2.1": "192.0.2.1", "2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64", "": "", "@": "@",
	} {
		if got := network(ip); got != want {
			t.Errorf("%q counts as %q, want %q", ip, got, want)
		}
	}
}
