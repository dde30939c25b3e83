package dongbaejul

import (
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/app/apptest"
)

// secured stands before a server and ends TLS, as a proxy does that speaks HTTP/2 to it. It returns the address to call, and
// what trusts it.
func secured(t *testing.T, server *apptest.Server) (address string, trust *tls.Config) {
	t.Helper()
	certified := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(certified.Close)
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{
		Certificates: certified.TLS.Certificates, NextProtos: []string{"h2", "http/1.1"},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			behind, err := net.Dial("tcp", strings.TrimPrefix(server.URL, "http://"))
			if err != nil {
				client.Close()
				continue
			}
			for _, way := range [][2]net.Conn{{client, behind}, {behind, client}} {
				go func() {
					_, _ = io.Copy(way[0], way[1])
					client.Close()
					behind.Close()
				}()
			}
		}
	}()
	return "https://" + listener.Addr().String(), certified.Client().Transport.(*http.Transport).TLSClientConfig
}

// Both protocols, with TLS and without, by the HTTP clients that are made here.
func TestTransports(t *testing.T) {
	t.Parallel()
	server := apptest.Start(t)
	address, trust := secured(t, server)
	for _, base := range []string{server.URL, address} {
		for name, options := range map[string][]Option{"gRPC": nil, "Connect": {WithConnect()}} {
			client := newHTTPClient(name == "gRPC")
			client.Transport.(*http.Transport).TLSClientConfig = trust.Clone()
			c, err := New(base, append(options, WithHTTPClient(client))...)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			login, err := c.Auth.StartBandLogin(t.Context(), &v1.StartBandLoginRequest{RedirectUri: apptest.RedirectURI})
			if err != nil {
				t.Errorf("%s at %s: %v", name, base, err)
				continue
			}
			// Band's page is where the server is reached without TLS.
			code := server.Consent(t, login.GetAuthUrl(), server.People(t)[0])
			if _, err := c.CompleteSignIn(t.Context(), code, login.GetState()); err != nil {
				t.Errorf("%s at %s: %v", name, base, err)
			}
			for e, err := range c.Subscribe(Cursors{}).Events(t.Context()) {
				if err != nil || e.GetHello() == nil {
					t.Errorf("%s at %s: a stream begins with %v, %v", name, base, e, err)
				}
				break
			}
		}
	}
}
