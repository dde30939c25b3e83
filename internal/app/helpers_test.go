package app

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"io"
	"log/slog"
	"maps"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"connectrpc.com/connect"

	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/identity"
	"github.com/dongbaejul/dongbaejul/internal/rpc"
)

// goodToken is the only one that testAuth knows.
const goodToken = "good"

type testAuth struct{}

func (testAuth) Authenticate(_ context.Context, token string) (identity.Caller, error) {
	if token != goodToken {
		return identity.Caller{}, fault.Unauthenticated
	}
	return identity.Caller{UserID: "u1", SessionID: "s1", Role: identity.Member, Expires: time.Now().Add(time.Hour)}, nil
}

// tellProcedure names the RPC that a request has reached in the answer's header.
func tellProcedure() connect.Interceptor {
	return connect.UnaryInterceptorFunc(func(next connect.UnaryFunc) connect.UnaryFunc {
		return func(ctx context.Context, request connect.AnyRequest) (connect.AnyResponse, error) {
			if info, ok := connect.CallInfoForHandlerContext(ctx); ok {
				info.ResponseHeader().Set("X-Procedure", request.Spec().Procedure)
			}
			return next(ctx, request)
		}
	})
}

// testChain is made once: it reads every rule of the contract.
var testChain = sync.OnceValues(func() (*rpc.Chain, error) {
	return rpc.New(rpc.Config{
		Log: slog.New(slog.DiscardHandler), Authenticator: testAuth{}, Outermost: []connect.Interceptor{tellProcedure()},
	})
})

func testBackend(t testing.TB, services Services) Backend {
	t.Helper()
	chain, err := testChain()
	if err != nil {
		t.Fatal(err)
	}
	return Backend{Services: services, Chain: chain, Leave: func() {}, Close: func() error { return nil }}
}

func testConfig() Config {
	return Config{Environment: Development, Version: "v1.2.3", Log: slog.New(slog.DiscardHandler)}
}

// testServer is a server that listens, and a client of it.
type testServer struct {
	*App
	url string
	// token goes with every request.
	token string
}

// serve starts a server that ends with the test.
func serve(t testing.TB, cfg Config, b Backend) *testServer {
	t.Helper()
	a, err := newApp(cfg, b)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- a.Serve(listener) }()
	t.Cleanup(func() {
		if err := a.Close(context.Background()); err != nil {
			t.Errorf("close: %v", err)
		}
		if err := <-served; err != nil {
			t.Errorf("serve: %v", err)
		}
	})
	return &testServer{App: a, url: "http://" + listener.Addr().String(), token: goodToken}
}

// serveServices starts a server of the services, with nothing else behind it.
func serveServices(t testing.TB, services Services) *testServer {
	t.Helper()
	return serve(t, testConfig(), testBackend(t, services))
}

// answer is what a request got.
type answer struct {
	*http.Response
	body []byte
}

// json is the body.
func (a answer) json(t testing.TB) map[string]any {
	t.Helper()
	var body map[string]any
	if err := json.Unmarshal(a.body, &body); err != nil {
		t.Fatalf("%s: the body is not JSON: %v: %q", a.Status, err, a.body)
	}
	return body
}

// do sends a request with header lines such as "Content-Type: application/json", in place of those it has otherwise.
func (s *testServer) do(t testing.TB, method, path, body string, header ...string) answer {
	t.Helper()
	var reader io.Reader
	if body != "" {
		reader = strings.NewReader(body)
	}
	request, err := http.NewRequestWithContext(t.Context(), method, s.url+path, reader)
	if err != nil {
		t.Fatal(err)
	}
	if s.token != "" {
		request.Header.Set("Authorization", "Bearer "+s.token)
	}
	given := make(http.Header)
	for _, line := range header {
		name, value, _ := strings.Cut(line, ": ")
		given.Add(name, value)
	}
	maps.Copy(request.Header, given)
	return send(t, http.DefaultTransport, request)
}

func send(t testing.TB, transport http.RoundTripper, request *http.Request) answer {
	t.Helper()
	response, err := transport.RoundTrip(request)
	if err != nil {
		t.Fatalf("%s %s: %v", request.Method, request.URL, err)
	}
	defer response.Body.Close()
	read, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatalf("%s %s: %v", request.Method, request.URL, err)
	}
	return answer{Response: response, body: bytes.TrimSpace(read)}
}

// wantError checks that an answer is an error in REST's form.
func (a answer) wantError(t testing.TB, status int, code connect.Code) map[string]any {
	t.Helper()
	if a.StatusCode != status || a.Header.Get("Content-Type") != "application/json" {
		t.Fatalf("%s, %s: want status %d, application/json: %s", a.Status, a.Header.Get("Content-Type"), status, a.body)
	}
	body := a.json(t)
	if body["code"] != float64(code) || body["message"] == "" {
		t.Fatalf("want code %d and a message: %s", code, a.body)
	}
	if _, ok := body["details"].([]any); !ok {
		t.Fatalf("no details: %s", a.body)
	}
	if a.Header.Get("X-Request-Id") == "" {
		t.Errorf("no X-Request-Id")
	}
	if got := a.Header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("Cache-Control is %q, want no-store", got)
	}
	return body
}

// wantReason is wantError for an error with a reason of the contract.
func (a answer) wantReason(t testing.TB, status int, code connect.Code, reason string) {
	t.Helper()
	for _, detail := range a.wantError(t, status, code)["details"].([]any) {
		if info := detail.(map[string]any); info["reason"] == reason {
			return
		}
	}
	t.Errorf("want the reason %s: %s", reason, a.body)
}

// selfSigned writes a certificate for 127.0.0.1 and its key.
func selfSigned(t *testing.T) (certFile, keyFile string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	certFile, keyFile = filepath.Join(t.TempDir(), "cert.pem"), filepath.Join(t.TempDir(), "key.pem")
	for file, block := range map[string]*pem.Block{
		certFile: {Type: "CERTIFICATE", Bytes: cert}, keyFile: {Type: "PRIVATE KEY", Bytes: private},
	} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return certFile, keyFile
}
