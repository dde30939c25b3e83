package rpc_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"connectrpc.com/connect"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/protobuf/proto"

	dongbaejulv1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1/dongbaejulv1connect"
	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/identity"
	"github.com/dongbaejul/dongbaejul/internal/rpc"
)

var discard = slog.New(slog.DiscardHandler)

// caller is who goodToken belongs to.
var caller = identity.Caller{UserID: "u1", SessionID: "s1", Role: identity.Member}

const goodToken = "good.token"

var errBadToken = fault.New(fault.Unauthenticated, "TOKEN_INVALID", "로그인 정보가 올바르지 않습니다.", "The access token is not valid.")

type authenticator struct{}

func (authenticator) Authenticate(_ context.Context, token string) (identity.Caller, error) {
	if token != goodToken {
		return identity.Caller{}, errBadToken
	}
	return caller, nil
}

// chat is a service whose calls do what a test says.
type chat struct {
	dongbaejulv1connect.UnimplementedChatServiceHandler
	list  func(context.Context) (*dongbaejulv1.ListRoomsResponse, error)
	send  func(context.Context, *dongbaejulv1.SendMessageRequest) (*dongbaejulv1.SendMessageResponse, error)
	watch func(context.Context, *dongbaejulv1.WatchRoomRequest, *connect.ServerStream[dongbaejulv1.WatchRoomResponse]) error
}

func (c *chat) ListRooms(ctx context.Context, _ *dongbaejulv1.ListRoomsRequest) (*dongbaejulv1.ListRoomsResponse, error) {
	if c.list == nil {
		return &dongbaejulv1.ListRoomsResponse{}, nil
	}
	return c.list(ctx)
}

func (c *chat) SendMessage(ctx context.Context, req *dongbaejulv1.SendMessageRequest) (*dongbaejulv1.SendMessageResponse, error) {
	if c.send == nil {
		return &dongbaejulv1.SendMessageResponse{Message: &dongbaejulv1.Message{Content: req.Content, TempId: req.TempId}}, nil
	}
	return c.send(ctx, req)
}

func (c *chat) WatchRoom(ctx context.Context, req *dongbaejulv1.WatchRoomRequest, stream *connect.ServerStream[dongbaejulv1.WatchRoomResponse]) error {
	if c.watch == nil {
		return stream.Send(&dongbaejulv1.WatchRoomResponse{})
	}
	return c.watch(ctx, req, stream)
}

// signIn is an open service.
type signIn struct {
	dongbaejulv1connect.UnimplementedAuthServiceHandler
	*fixture
}

func (s signIn) CompleteBandLogin(ctx context.Context, req *dongbaejulv1.CompleteBandLoginRequest) (*dongbaejulv1.CompleteBandLoginResponse, error) {
	if s.complete != nil {
		return s.complete(ctx, req.GetCode())
	}
	return &dongbaejulv1.CompleteBandLoginResponse{}, nil
}

// events is a service whose one call does what a test says.
type events struct {
	dongbaejulv1connect.UnimplementedEventServiceHandler
	*fixture
}

func (e events) Poll(ctx context.Context, _ *dongbaejulv1.PollRequest) (*dongbaejulv1.PollResponse, error) {
	e.poll(ctx)
	return &dongbaejulv1.PollResponse{}, nil
}

// fixture is a server with these services on it, and what it logs.
type fixture struct {
	*httptest.Server
	chat *chat
	poll func(context.Context)
	// complete ends a sign-in by its code; nil lets everybody in.
	complete func(ctx context.Context, code string) (*dongbaejulv1.CompleteBandLoginResponse, error)
	log      *logs
}

func newFixture(t *testing.T, change func(*rpc.Config)) *fixture {
	t.Helper()
	f := &fixture{chat: &chat{}, log: &logs{}}
	logger := slog.New(rpc.LogHandler(slog.NewJSONHandler(f.log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	cfg := rpc.Config{Log: logger, Authenticator: authenticator{}}
	if change != nil {
		change(&cfg)
	}
	chain, err := rpc.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	path, handler := dongbaejulv1connect.NewChatServiceHandler(f.chat, chain.Authenticated()...)
	mux.Handle(path, chain.Handler(handler))
	path, handler = dongbaejulv1connect.NewEventServiceHandler(events{fixture: f}, chain.Authenticated()...)
	mux.Handle(path, chain.Handler(handler))
	path, handler = dongbaejulv1connect.NewAuthServiceHandler(signIn{fixture: f}, chain.Open()...)
	mux.Handle(path, chain.Handler(handler))
	loopback := []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}
	f.Server = httptest.NewUnstartedServer(rpc.WithRequest(loopback, mux))
	f.EnableHTTP2 = true
	f.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	f.StartTLS()
	t.Cleanup(f.Close)
	return f
}

// protocols are how clients may speak.
var protocols = map[string][]connect.ClientOption{
	"connect json":   {connect.WithProtoJSON()},
	"connect binary": nil,
	"grpc":           {connect.WithGRPC()},
	"grpc-web":       {connect.WithGRPCWeb()},
}

// client calls the chat service with a header of its own.
func (f *fixture) client(header http.Header, options ...connect.ClientOption) dongbaejulv1connect.ChatServiceClient {
	return dongbaejulv1connect.NewChatServiceClient(f.Client(), f.URL, append(options, connect.WithInterceptors(setHeader(header)))...)
}

// signedIn is the header of a request with a good token and more.
func signedIn(more ...string) http.Header {
	h := http.Header{"Authorization": {"Bearer " + goodToken}}
	for i := 0; i < len(more); i += 2 {
		h.Set(more[i], more[i+1])
	}
	return h
}

type setHeader http.Header

func (h setHeader) into(to http.Header) {
	for key, values := range h {
		to[key] = values
	}
}

func (h setHeader) WrapUnary(next connect.UnaryFunc) connect.UnaryFunc {
	return func(ctx context.Context, req connect.AnyRequest) (connect.AnyResponse, error) {
		h.into(req.Header())
		return next(ctx, req)
	}
}

func (h setHeader) WrapStreamingClient(next connect.StreamingClientFunc) connect.StreamingClientFunc {
	return func(ctx context.Context, spec connect.Spec) connect.StreamingClientConn {
		conn := next(ctx, spec)
		h.into(conn.RequestHeader())
		return conn
	}
}

func (setHeader) WrapStreamingHandler(next connect.StreamingHandlerFunc) connect.StreamingHandlerFunc {
	return next
}

// aMessage is a valid request.
func aMessage(content string) *dongbaejulv1.SendMessageRequest {
	return &dongbaejulv1.SendMessageRequest{RoomId: "r1", TempId: "t1", Content: content}
}

// watch opens a stream and reads it to its end.
func watch(t *testing.T, client dongbaejulv1connect.ChatServiceClient, req *dongbaejulv1.WatchRoomRequest) (frames int, header http.Header, err error) {
	t.Helper()
	stream, err := client.WatchRoom(t.Context(), req)
	if err != nil {
		return 0, nil, err
	}
	defer stream.Close()
	for stream.Receive() {
		frames++
	}
	return frames, stream.ResponseHeader(), stream.Err()
}

// details are what an error says besides its sentence.
type details struct {
	code    connect.Code
	message string
	meta    http.Header
	info    *errdetails.ErrorInfo
	bad     *errdetails.BadRequest
	retry   *errdetails.RetryInfo
	request *errdetails.RequestInfo
	others  []proto.Message
}

func detailsOf(t *testing.T, err error) details {
	t.Helper()
	wire, ok := errors.AsType[*connect.Error](err)
	if !ok {
		t.Fatalf("%v is a %T", err, err)
	}
	d := details{code: wire.Code(), message: wire.Message(), meta: wire.Meta()}
	for _, detail := range wire.Details() {
		value, err := detail.Value()
		if err != nil {
			t.Fatal(err)
		}
		switch value := value.(type) {
		case *errdetails.ErrorInfo:
			d.info = value
		case *errdetails.BadRequest:
			d.bad = value
		case *errdetails.RetryInfo:
			d.retry = value
		case *errdetails.RequestInfo:
			d.request = value
		default:
			d.others = append(d.others, value)
		}
	}
	if d.info.GetDomain() != "dongbaejul" || d.info.GetReason() == "" {
		t.Errorf("%v has no reason: %v", err, d.info)
	}
	if d.request.GetRequestId() == "" {
		t.Errorf("%v has no request id", err)
	}
	return d
}

func TestNewNamesWhatIsMissing(t *testing.T) {
	for name, cfg := range map[string]rpc.Config{
		"log":           {Authenticator: authenticator{}},
		"authenticator": {Log: discard},
		"limiter":       {Log: discard, Authenticator: authenticator{}, Limits: &rpc.Limits{}},
	} {
		if _, err := rpc.New(cfg); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("without a %s: %v", name, err)
		}
	}
}
