package app

import (
	"context"
	"crypto/tls"
	"net/http"
	"slices"
	"strings"
	"testing"

	"connectrpc.com/connect"
	"connectrpc.com/grpcreflect"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/protobuf/reflect/protoreflect"

	dongbaejulv1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1/dongbaejulv1connect"
)

// h2c is a transport that speaks HTTP/2 without TLS.
func h2c() *http.Transport {
	protocols := new(http.Protocols)
	protocols.SetUnencryptedHTTP2(true)
	return &http.Transport{Protocols: protocols}
}

// Only the calls that come before there is a token are let in without one: this is the whole list.
func TestOpenProcedures(t *testing.T) {
	s := serveServices(t, Services{})
	s.token = ""
	var open []string
	for procedure, method := range contractProcedures() {
		if method.IsStreamingServer() {
			continue
		}
		got := s.do(t, "POST", procedure, "{}", "Content-Type: application/json")
		if got.StatusCode != http.StatusUnauthorized {
			open = append(open, procedure[strings.LastIndexByte(procedure, '/')+1:])
		}
	}
	slices.Sort(open)
	if want := []string{"CompleteBandLogin", "RefreshToken", "StartBandLogin"}; !slices.Equal(open, want) {
		t.Errorf("let in without a token: %v, want %v", open, want)
	}
}

// testChat has a stream that says two things, the second when told to.
type testChat struct {
	dongbaejulv1connect.UnimplementedChatServiceHandler
	next <-chan struct{}
	// leave ends streams.
	leave <-chan struct{}
}

func (c testChat) WatchRoom(ctx context.Context, request *dongbaejulv1.WatchRoomRequest, stream *connect.ServerStream[dongbaejulv1.WatchRoomResponse]) error {
	for seq := int64(1); ; seq++ {
		message := &dongbaejulv1.ChatEvent{Payload: &dongbaejulv1.ChatEvent_Message{Message: &dongbaejulv1.Message{RoomId: request.GetRoomId(), Seq: seq}}}
		if err := stream.Send(&dongbaejulv1.WatchRoomResponse{Events: []*dongbaejulv1.ChatEvent{message}}); err != nil {
			return err
		}
		select {
		case <-c.next:
			if seq == 2 {
				return nil
			}
		case <-c.leave:
			return connect.NewError(connect.CodeUnavailable, nil)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// watch opens the stream of testChat.
func (s *testServer) watch(t *testing.T, ctx context.Context, transport http.RoundTripper, options ...connect.ClientOption) *connect.ServerStreamForClient[dongbaejulv1.WatchRoomResponse] {
	t.Helper()
	client := dongbaejulv1connect.NewChatServiceClient(&http.Client{Transport: transport}, s.url, options...)
	ctx, call := connect.NewClientContext(ctx)
	call.RequestHeader().Set("Authorization", "Bearer "+goodToken)
	stream, err := client.WatchRoom(ctx, &dongbaejulv1.WatchRoomRequest{RoomId: "r1"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = stream.Close() })
	return stream
}

func TestStreamsArriveAsTheyAreSent(t *testing.T) {
	h1, h2 := &http.Transport{}, h2c()
	t.Cleanup(h1.CloseIdleConnections)
	t.Cleanup(h2.CloseIdleConnections)
	for name, c := range map[string]struct {
		transport http.RoundTripper
		options   []connect.ClientOption
	}{
		"connect over HTTP/1.1":      {h1, nil},
		"connect JSON over HTTP/1.1": {h1, []connect.ClientOption{connect.WithProtoJSON()}},
		"connect over HTTP/2":        {h2, nil},
		"gRPC":                       {h2, []connect.ClientOption{connect.WithGRPC()}},
		"gRPC-Web over HTTP/1.1":     {h1, []connect.ClientOption{connect.WithGRPCWeb()}},
	} {
		t.Run(name, func(t *testing.T) {
			next := make(chan struct{})
			s := serveServices(t, Services{Chat: testChat{next: next}})
			stream := s.watch(t, t.Context(), c.transport, c.options...)
			for seq := int64(1); seq <= 2; seq++ {
				if !stream.Receive() {
					t.Fatalf("message %d: %v", seq, stream.Err())
				}
				if got := stream.Msg().GetEvents()[0].GetMessage().GetSeq(); got != seq {
					t.Errorf("message %d has seq %d", seq, got)
				}
				next <- struct{}{}
			}
			if stream.Receive() || stream.Err() != nil {
				t.Errorf("the stream did not end well: %v", stream.Err())
			}
			for name, want := range map[string]string{
				"Cache-Control": "no-store, no-transform", "X-Accel-Buffering": "no", "Content-Encoding": "",
				// It is for pages, and would be held for as long as the stream is open.
				"Content-Security-Policy": "",
			} {
				if got := stream.ResponseHeader().Get(name); got != want {
					t.Errorf("%s is %q, want %q", name, got, want)
				}
			}
		})
	}
}

func TestConnectKeepsItsOwnJSON(t *testing.T) {
	s := serveServices(t, Services{Games: testGames{}})
	got := s.do(t, "POST", dongbaejulv1connect.GameServiceGetGameProcedure, `{"gameId":"g1"}`, "Content-Type: application/json")
	if game := got.json(t)["game"].(map[string]any); game["status"] != "GAME_STATUS_SCHEDULED" || game["gameDate"] == nil || game["title"] != nil {
		t.Errorf("%s %s", got.Status, got.body)
	}
	if cache := got.Header.Get("Cache-Control"); cache != "no-store" {
		t.Errorf("Cache-Control is %q", cache)
	}
	got = s.do(t, "GET", dongbaejulv1connect.GameServiceGetGameProcedure+`?connect=v1&encoding=json&message=%7B%22gameId%22%3A%22g1%22%7D`, "")
	if got.StatusCode != http.StatusOK || !strings.Contains(string(got.body), "gameDate") {
		t.Errorf("GET: %s %s", got.Status, got.body)
	}
}

func TestGRPCHealthAndReflection(t *testing.T) {
	s := serveServices(t, Services{})
	conn, err := grpc.NewClient("passthrough:///"+strings.TrimPrefix(s.url, "http://"), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	health := grpc_health_v1.NewHealthClient(conn)
	for _, service := range []string{"", "dongbaejul.v1.ChatService"} {
		got, err := health.Check(t.Context(), &grpc_health_v1.HealthCheckRequest{Service: service})
		if err != nil || got.GetStatus() != grpc_health_v1.HealthCheckResponse_SERVING {
			t.Errorf("%q: %v %v", service, got, err)
		}
	}
	if _, err := health.Check(t.Context(), &grpc_health_v1.HealthCheckRequest{Service: "nothing"}); err == nil {
		t.Errorf("an unknown service is healthy")
	}

	transport := h2c()
	defer transport.CloseIdleConnections()
	stream := grpcreflect.NewClient(&http.Client{Transport: transport}, s.url, connect.WithGRPC()).NewStream(t.Context())
	defer stream.Close()
	names, err := stream.ListServices()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []protoreflect.FullName{"dongbaejul.v1.AuthService", "dongbaejul.v1.EventService", "grpc.health.v1.Health"} {
		if !slices.Contains(names, want) {
			t.Errorf("reflection does not tell of %s: %v", want, names)
		}
	}
}

// Nobody signs in for health and reflection, and nothing counts their calls: what they read is small, and never unpacked.
func TestGRPCHealthAndReflectionReadLittle(t *testing.T) {
	s := serveServices(t, Services{})
	transport := h2c()
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	long := strings.Repeat("a", 8<<10)
	for _, test := range []struct {
		name    string
		options []connect.ClientOption
		service string
		want    connect.Code
	}{
		{"large", nil, long, connect.CodeResourceExhausted},
		{"packed", []connect.ClientOption{connect.WithSendGzip()}, "", connect.CodeUnimplemented},
		{"large and packed", []connect.ClientOption{connect.WithSendGzip()}, long, connect.CodeUnimplemented},
	} {
		options := append([]connect.ClientOption{connect.WithGRPC()}, test.options...)
		for _, rpc := range []string{"Check", "Watch"} {
			health := connect.NewClient[grpc_health_v1.HealthCheckRequest, grpc_health_v1.HealthCheckResponse](client, s.url+"/grpc.health.v1.Health/"+rpc, options...)
			_, err := health.CallUnary(t.Context(), connect.NewRequest(&grpc_health_v1.HealthCheckRequest{Service: test.service}))
			if got := connect.CodeOf(err); got != test.want {
				t.Errorf("%s: health's %s answers %.80v, want %v", test.name, rpc, err, test.want)
			}
		}
		stream := grpcreflect.NewClient(client, s.url, options...).NewStream(t.Context())
		if _, err := stream.FileContainingSymbol(protoreflect.FullName("a" + test.service)); connect.CodeOf(err) != test.want {
			t.Errorf("%s: reflection answers %.80v, want %v", test.name, err, test.want)
		}
		_, _ = stream.Close()
	}
}

func TestSecurityHeaders(t *testing.T) {
	s := serveServices(t, Services{})
	for _, path := range []string{"/health", "/api/v1/posts", "/nothing", dongbaejulv1connect.AuthServiceLogoutProcedure} {
		got := s.do(t, "GET", path, "")
		for name, parts := range map[string][]string{
			"Content-Security-Policy":   {"default-src 'self'", "img-src 'self' blob: data: https:", "connect-src 'self' wss: https:", "frame-ancestors 'none'"},
			"Strict-Transport-Security": {"max-age=31536000"}, "X-Content-Type-Options": {"nosniff"}, "Referrer-Policy": {"no-referrer"},
			"X-Request-Id": {"-"},
		} {
			for _, part := range parts {
				if value := got.Header.Get(name); !strings.Contains(value, part) {
					t.Errorf("%s: %s is %q, want %s", path, name, value, part)
				}
			}
		}
		if got.Header.Get("X-Powered-By") != "" {
			t.Errorf("%s tells what it runs on", path)
		}
	}
}

func TestCORS(t *testing.T) {
	cfg := testConfig()
	cfg.AllowedOrigins = []string{"https://club.example", "http://localhost:5173"}
	s := serve(t, cfg, testBackend(t, Services{Games: testGames{}}))
	preflight := func(origin, method, path string) answer {
		return s.do(t, "OPTIONS", path, "", "Origin: "+origin, "Access-Control-Request-Method: "+method,
			"Access-Control-Request-Headers: authorization,connect-protocol-version,content-type,x-request-id")
	}
	for _, origin := range cfg.AllowedOrigins {
		for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE"} {
			got := preflight(origin, method, "/api/v1/posts/p1")
			for name, want := range map[string]string{
				"Access-Control-Allow-Origin": origin, "Access-Control-Allow-Credentials": "true", "Access-Control-Max-Age": "7200",
				"Access-Control-Allow-Methods": method,
			} {
				if value := got.Header.Get(name); value != want {
					t.Errorf("%s %s: %s is %q, want %q", origin, method, name, value, want)
				}
			}
			if allowed := got.Header.Get("Access-Control-Allow-Headers"); !strings.Contains(allowed, "authorization") {
				t.Errorf("%s %s: allowed headers %q", origin, method, allowed)
			}
		}
		got := s.do(t, "GET", "/api/v1/games/g1", "", "Origin: "+origin)
		if got.StatusCode != http.StatusOK || got.Header.Get("Access-Control-Allow-Origin") != origin ||
			!strings.Contains(strings.Join(got.Header.Values("Vary"), ","), "Origin") {
			t.Errorf("%s: %s %v", origin, got.Status, got.Header)
		}
		for _, name := range []string{"X-Request-Id", "Ratelimit-Remaining", "Grpc-Status"} {
			if exposed := got.Header.Get("Access-Control-Expose-Headers"); !strings.Contains(strings.ToLower(exposed), strings.ToLower(name)) {
				t.Errorf("%s is not exposed: %s", name, exposed)
			}
		}
	}
	for _, origin := range []string{"https://evil.example", "https://club.example.evil.example", "http://club.example", "https://club.example:8443", "null", "*"} {
		for name, got := range map[string]answer{
			"preflight": preflight(origin, "POST", "/api/v1/posts"),
			"call":      s.do(t, "GET", "/api/v1/games/g1", "", "Origin: "+origin),
		} {
			for header := range got.Header {
				if strings.HasPrefix(header, "Access-Control-Allow-") {
					t.Errorf("%s from %s gets %s: %s", name, origin, header, got.Header.Get(header))
				}
			}
		}
	}
	// Browsers ask in lower case and in order; tools as their users type it.
	for _, asked := range []string{"content-type,authorization", "Content-Type, Authorization", "X-Request-Id"} {
		got := s.do(t, "OPTIONS", "/api/v1/posts", "", "Origin: "+cfg.AllowedOrigins[0], "Access-Control-Request-Method: POST",
			"Access-Control-Request-Headers: "+asked)
		if value := got.Header.Get("Access-Control-Allow-Origin"); value != cfg.AllowedOrigins[0] {
			t.Errorf("who asks for %q is allowed %q", asked, value)
		}
	}
	// Nobody is allowed by an empty list.
	s = serveServices(t, Services{Games: testGames{}})
	if got := preflight("https://evil.example", "POST", "/api/v1/posts"); got.Header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("an empty list allows %q", got.Header.Get("Access-Control-Allow-Origin"))
	}
	if got := s.do(t, "GET", "/api/v1/games/g1", ""); got.StatusCode != http.StatusOK {
		t.Errorf("without Origin: %s", got.Status)
	}
}

func TestHandlersBesidesTheContract(t *testing.T) {
	b := testBackend(t, Services{})
	b.Handlers = map[string]http.Handler{"/extra/": http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Security-Policy", "default-src 'none'")
	})}
	s := serve(t, testConfig(), b)
	got := s.do(t, "GET", "/extra/page", "")
	if got.StatusCode != http.StatusOK || got.Header.Get("Content-Security-Policy") != "default-src 'none'" {
		t.Errorf("%s %q", got.Status, got.Header.Get("Content-Security-Policy"))
	}
}

func TestTLS(t *testing.T) {
	cfg := testConfig()
	cfg.TLSCertFile, cfg.TLSKeyFile = selfSigned(t)
	s := serve(t, cfg, testBackend(t, Services{}))
	transport := &http.Transport{ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}} // its own certificate
	defer transport.CloseIdleConnections()
	request, err := http.NewRequestWithContext(t.Context(), "GET", "https"+strings.TrimPrefix(s.url, "http")+"/health", nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := send(t, transport, request); got.StatusCode != http.StatusOK || got.ProtoMajor != 2 {
		t.Errorf("%s by %s", got.Status, got.Proto)
	}
}
