package app

import (
	"net/http"
	"slices"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1/dongbaejulv1connect"
	"github.com/dongbaejul/dongbaejul/internal/rest"
	"github.com/dongbaejul/dongbaejul/internal/rpc"
)

// Services implement the contract. A nil one answers unimplemented.
type Services struct {
	Auth          dongbaejulv1connect.AuthServiceHandler
	Users         dongbaejulv1connect.UserServiceHandler
	Posts         dongbaejulv1connect.PostServiceHandler
	Games         dongbaejulv1connect.GameServiceHandler
	Chat          dongbaejulv1connect.ChatServiceHandler
	Photos        dongbaejulv1connect.PhotoServiceHandler
	Notifications dongbaejulv1connect.NotificationServiceHandler
	Events        dongbaejulv1connect.EventServiceHandler
}

func (s Services) withUnimplemented() Services {
	if s.Auth == nil {
		s.Auth = dongbaejulv1connect.UnimplementedAuthServiceHandler{}
	}
	if s.Users == nil {
		s.Users = dongbaejulv1connect.UnimplementedUserServiceHandler{}
	}
	if s.Posts == nil {
		s.Posts = dongbaejulv1connect.UnimplementedPostServiceHandler{}
	}
	if s.Games == nil {
		s.Games = dongbaejulv1connect.UnimplementedGameServiceHandler{}
	}
	if s.Chat == nil {
		s.Chat = dongbaejulv1connect.UnimplementedChatServiceHandler{}
	}
	if s.Photos == nil {
		s.Photos = dongbaejulv1connect.UnimplementedPhotoServiceHandler{}
	}
	if s.Notifications == nil {
		s.Notifications = dongbaejulv1connect.UnimplementedNotificationServiceHandler{}
	}
	if s.Events == nil {
		s.Events = dongbaejulv1connect.UnimplementedEventServiceHandler{}
	}
	return s
}

// procedures serve every RPC of the contract at its own path, by Connect, gRPC and gRPC-Web: calls, and streams by path. The
// calls that come before there is a token are the only ones whose handlers let anybody in.
func (s Services) procedures(chain *rpc.Chain, options []connect.HandlerOption) (calls http.Handler, streams map[string]http.Handler) {
	services := s.handlers(append(chain.Authenticated(), options...))
	_, open := dongbaejulv1connect.NewAuthServiceHandler(s.withUnimplemented().Auth, append(chain.Open(), options...)...)
	openProcedures := []string{
		dongbaejulv1connect.AuthServiceStartBandLoginProcedure,
		dongbaejulv1connect.AuthServiceCompleteBandLoginProcedure,
		dongbaejulv1connect.AuthServiceRefreshTokenProcedure,
	}
	mux := http.NewServeMux()
	streams = make(map[string]http.Handler)
	for procedure, method := range contractProcedures() {
		handler := services[servicePath(method.Parent())]
		if slices.Contains(openProcedures, procedure) {
			handler = open
		}
		handler = chain.Handler(handler)
		if method.IsStreamingServer() {
			streams[procedure] = handler
		} else {
			mux.Handle(procedure, unary(handler))
		}
	}
	mux.HandleFunc("/", rest.RefuseUnknownPath)
	return mux, streams
}

// handlers are the generated ones, by the path of their service.
func (s Services) handlers(options []connect.HandlerOption) map[string]http.Handler {
	s = s.withUnimplemented()
	handlers := make(map[string]http.Handler)
	add := func(path string, service http.Handler) { handlers[path] = service }
	add(dongbaejulv1connect.NewAuthServiceHandler(s.Auth, options...))
	add(dongbaejulv1connect.NewUserServiceHandler(s.Users, options...))
	add(dongbaejulv1connect.NewPostServiceHandler(s.Posts, options...))
	add(dongbaejulv1connect.NewGameServiceHandler(s.Games, options...))
	add(dongbaejulv1connect.NewChatServiceHandler(s.Chat, options...))
	add(dongbaejulv1connect.NewPhotoServiceHandler(s.Photos, options...))
	add(dongbaejulv1connect.NewNotificationServiceHandler(s.Notifications, options...))
	add(dongbaejulv1connect.NewEventServiceHandler(s.Events, options...))
	return handlers
}

// contractServices are the services of the contract.
func contractServices() []protoreflect.ServiceDescriptor {
	return rest.Services()
}

// contractProcedures are the RPCs of the contract, by path.
func contractProcedures() map[string]protoreflect.MethodDescriptor {
	procedures := make(map[string]protoreflect.MethodDescriptor)
	for _, service := range contractServices() {
		for i := range service.Methods().Len() {
			method := service.Methods().Get(i)
			procedures[servicePath(service)+string(method.Name())] = method
		}
	}
	return procedures
}

// servicePath is where the RPCs of a service lie.
func servicePath(service protoreflect.Descriptor) string {
	return "/" + string(service.FullName()) + "/"
}
