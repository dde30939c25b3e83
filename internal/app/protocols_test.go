package app_test

import (
	"context"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"connectrpc.com/connect"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1/dongbaejulv1connect"
	"github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1/dongbaejulv1grpc"
	"github.com/dongbaejul/dongbaejul/internal/app/apptest"
)

// wire is one way to call the server: what the test of all ways needs, over generated clients or over none.
type wire struct {
	startLogin    func(context.Context, *v1.StartBandLoginRequest) (*v1.StartBandLoginResponse, error)
	completeLogin func(context.Context, *v1.CompleteBandLoginRequest) (*v1.CompleteBandLoginResponse, error)
	profile       func(context.Context, *v1.GetProfileRequest) (*v1.GetProfileResponse, error)
	createRoom    func(context.Context, *v1.CreateRoomRequest) (*v1.CreateRoomResponse, error)
	send          func(context.Context, *v1.SendMessageRequest) (*v1.SendMessageResponse, error)
	list          func(context.Context, *v1.ListMessagesRequest) (*v1.ListMessagesResponse, error)
	// subscribe returns what receives the next response.
	subscribe func(context.Context, *v1.SubscribeRequest) (func() (*v1.SubscribeResponse, error), error)
	// code returns the code of an error.
	code func(error) connect.Code
}

// connectWire calls by the clients connect-go generates. token is read at each call.
func connectWire(t *testing.T, s *apptest.Server, over apptest.Transport, token *string) wire {
	open, c := s.Clients(t, over, nil), s.Clients(t, over, func() string { return *token })
	return wire{
		startLogin: open.Auth.StartBandLogin, completeLogin: open.Auth.CompleteBandLogin, profile: c.Users.GetProfile,
		createRoom: c.Chat.CreateRoom, send: c.Chat.SendMessage, list: c.Chat.ListMessages,
		subscribe: func(ctx context.Context, req *v1.SubscribeRequest) (func() (*v1.SubscribeResponse, error), error) {
			stream, err := c.Events.Subscribe(ctx, req)
			if err != nil {
				return nil, err
			}
			return func() (*v1.SubscribeResponse, error) {
				if !stream.Receive() {
					return nil, stream.Err()
				}
				return stream.Msg(), nil
			}, nil
		},
		code: connect.CodeOf,
	}
}

// grpcWire calls by the stubs of grpc-go, which shares no code with the server.
func grpcWire(t *testing.T, s *apptest.Server, token *string) wire {
	conn, err := grpc.NewClient(strings.TrimPrefix(s.URL, "http://"), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	auth, chat := dongbaejulv1grpc.NewAuthServiceClient(conn), dongbaejulv1grpc.NewChatServiceClient(conn)
	return wire{
		startLogin: open(auth.StartBandLogin), completeLogin: open(auth.CompleteBandLogin),
		profile:    signedIn(token, dongbaejulv1grpc.NewUserServiceClient(conn).GetProfile),
		createRoom: signedIn(token, chat.CreateRoom), send: signedIn(token, chat.SendMessage), list: signedIn(token, chat.ListMessages),
		subscribe: func(ctx context.Context, req *v1.SubscribeRequest) (func() (*v1.SubscribeResponse, error), error) {
			stream, err := signedIn(token, dongbaejulv1grpc.NewEventServiceClient(conn).Subscribe)(ctx, req)
			if err != nil {
				return nil, err
			}
			return stream.Recv, nil
		},
		code: func(err error) connect.Code {
			if code := status.Code(err); code != codes.OK {
				return connect.Code(code)
			}
			return 0
		},
	}
}

// open is a method of a stub, called without options.
func open[Req, Res any](method func(context.Context, Req, ...grpc.CallOption) (Res, error)) func(context.Context, Req) (Res, error) {
	return func(ctx context.Context, req Req) (Res, error) { return method(ctx, req) }
}

// signedIn is a method of a stub, called with the token.
func signedIn[Req, Res any](token *string, method func(context.Context, Req, ...grpc.CallOption) (Res, error)) func(context.Context, Req) (Res, error) {
	return func(ctx context.Context, req Req) (Res, error) {
		return method(metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+*token), req)
	}
}

// Importing the messages, or connect-go's clients, does not import grpc-go.
func TestMessagesDoNotImportGRPC(t *testing.T) {
	t.Parallel()
	const messages = "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	list, err := exec.CommandContext(t.Context(), "go", "list", "-deps", messages, messages+"/dongbaejulv1connect").Output()
	if err != nil {
		t.Fatal(err)
	}
	for dependency := range strings.FieldsSeq(string(list)) {
		if strings.HasPrefix(dependency, "google.golang.org/grpc") {
			t.Errorf("the messages import %s", dependency)
		}
	}
}

func TestEveryProtocolServesTheSame(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t)
	token := new(string)
	wires := map[string]wire{"grpc-go": grpcWire(t, s, token)}
	for _, over := range apptest.Transports() {
		wires[over.Name] = connectWire(t, s, over, token)
	}
	leader := s.People(t)[0]
	for name, w := range wires {
		t.Run(name, func(t *testing.T) { exercise(t, s, w, leader, token) })
	}
}

// exercise signs in, sends a message, reads it back, gets it by a stream, and is refused what is to be refused.
func exercise(t *testing.T, s *apptest.Server, w wire, who apptest.Person, token *string) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	*token = "not a token"
	if _, err := w.profile(ctx, &v1.GetProfileRequest{}); w.code(err) != connect.CodeUnauthenticated {
		t.Errorf("without a token: %v", err)
	}
	login, err := w.startLogin(ctx, &v1.StartBandLoginRequest{RedirectUri: apptest.RedirectURI})
	if err != nil {
		t.Fatal(err)
	}
	signedIn, err := w.completeLogin(ctx, &v1.CompleteBandLoginRequest{Code: s.Consent(t, login.GetAuthUrl(), who), State: login.GetState()})
	if err != nil {
		t.Fatal(err)
	}
	*token = signedIn.GetAccessToken()
	if profile, err := w.profile(ctx, &v1.GetProfileRequest{}); err != nil || profile.GetUser().GetDisplayName() != who.Name {
		t.Fatalf("profile %v, %v", profile, err)
	}
	room, err := w.createRoom(ctx, &v1.CreateRoomRequest{Name: "혼자", Type: v1.RoomType_ROOM_TYPE_GROUP})
	if err != nil {
		t.Fatal(err)
	}
	id := room.GetRoom().GetId()
	receive, err := w.subscribe(ctx, &v1.SubscribeRequest{Rooms: []*v1.RoomCursor{{RoomId: id}}})
	if err != nil {
		t.Fatal(err)
	}
	sent, err := w.send(ctx, &v1.SendMessageRequest{RoomId: id, TempId: "1", Content: "안녕 🏸"})
	if err != nil {
		t.Fatal(err)
	}
	if list, err := w.list(ctx, &v1.ListMessagesRequest{RoomId: id}); err != nil || len(list.GetMessages()) != 1 || list.GetMessages()[0].GetContent() != "안녕 🏸" {
		t.Errorf("history %v, %v", list, err)
	}
	for received := false; !received; {
		res, err := receive()
		if err != nil {
			t.Fatal(err)
		}
		received = slices.ContainsFunc(res.GetEvents(), func(e *v1.Event) bool { return e.GetMessage().GetId() == sent.GetMessage().GetId() })
	}
	if _, err := w.send(ctx, &v1.SendMessageRequest{RoomId: id, Content: "no temp_id"}); w.code(err) != connect.CodeInvalidArgument {
		t.Errorf("a request that breaks a rule: %v", err)
	}
	if _, err := w.list(ctx, &v1.ListMessagesRequest{RoomId: "no-such-room"}); w.code(err) != connect.CodeNotFound {
		t.Errorf("a room that is not there: %v", err)
	}
	refused, err := w.subscribe(ctx, &v1.SubscribeRequest{Rooms: []*v1.RoomCursor{{RoomId: id, Seq: -1}}})
	if err == nil {
		_, err = refused()
	}
	if w.code(err) != connect.CodeInvalidArgument {
		t.Errorf("a stream that breaks a rule: %v", err)
	}
}

// Tools learn the contract from the server itself.
func TestReflectionServesTools(t *testing.T) {
	t.Parallel()
	buf, err := exec.LookPath("../../clients/typescript/node_modules/.bin/buf")
	if err != nil {
		t.Fatal("buf is missing: `make test` installs it; by hand: npm install --prefix clients/typescript")
	}
	s := apptest.Start(t)
	run := func(args ...string) string {
		out, err := exec.CommandContext(t.Context(), buf, append([]string{"curl", "--http2-prior-knowledge"}, args...)...).CombinedOutput()
		if err != nil {
			t.Fatalf("buf curl %v: %v\n%s", args, err, out)
		}
		return string(out)
	}
	services := run("--list-services", s.URL)
	for _, name := range []string{"AuthService", "UserService", "PostService", "GameService", "ChatService", "PhotoService", "NotificationService", "EventService"} {
		if !strings.Contains(services, "dongbaejul.v1."+name) {
			t.Errorf("%s is not listed in:\n%s", name, services)
		}
	}
	answer := run("--protocol", "grpc", "-d", `{"redirect_uri": "dongbaejul://auth"}`, s.URL+dongbaejulv1connect.AuthServiceStartBandLoginProcedure)
	if !strings.Contains(answer, "authUrl") {
		t.Errorf("the call answered %s", answer)
	}
}
