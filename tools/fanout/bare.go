package main

import (
	"context"
	"net/http"
	"os"
	"strconv"
	"sync"

	"connectrpc.com/connect"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1/dongbaejulv1connect"
)

// bareCommand makes this program the server to compare with.
const bareCommand = "bare-server"

func startBare(ctx context.Context, env ...string) (*server, error) {
	s, err := start(ctx, env, "/proc/self/exe", bareCommand)
	if err != nil {
		return nil, err
	}
	s.room = "room"
	for i := range members {
		s.users = append(s.users, user{token: "user" + strconv.Itoa(i)})
	}
	return s, nil
}

// bare is what connect-go does with the least code: a channel for each stream, one frame for each message, nothing stored,
// nobody authenticated, nothing ever made up for.
type bare struct {
	dongbaejulv1connect.UnimplementedEventServiceHandler
	dongbaejulv1connect.UnimplementedChatServiceHandler

	mu      sync.Mutex
	seq     int64
	streams map[chan *v1.Message]struct{}
}

func serveBare() error {
	b := &bare{streams: make(map[chan *v1.Message]struct{})}
	mux := http.NewServeMux()
	// Compression of small frames would cost the most; nobody would leave it on.
	raw := connect.WithCompressMinBytes(1 << 20)
	mux.Handle(dongbaejulv1connect.NewEventServiceHandler(b, raw))
	mux.Handle(dongbaejulv1connect.NewChatServiceHandler(b, raw))
	mux.HandleFunc("/health", func(http.ResponseWriter, *http.Request) {})
	server := &http.Server{Addr: "127.0.0.1:" + os.Getenv("PORT"), Handler: mux, Protocols: new(http.Protocols)}
	server.Protocols.SetHTTP1(true)
	server.Protocols.SetUnencryptedHTTP2(true)
	return server.ListenAndServe()
}

func (b *bare) Subscribe(ctx context.Context, _ *v1.SubscribeRequest, stream *connect.ServerStream[v1.SubscribeResponse]) error {
	messages := make(chan *v1.Message, 1024)
	b.mu.Lock()
	b.streams[messages] = struct{}{}
	b.mu.Unlock()
	defer func() {
		b.mu.Lock()
		delete(b.streams, messages)
		b.mu.Unlock()
	}()
	if err := stream.Send(&v1.SubscribeResponse{Events: []*v1.Event{{Payload: &v1.Event_Hello{Hello: &v1.Hello{}}}}}); err != nil {
		return err
	}
	for {
		select {
		case <-ctx.Done():
			return nil
		case m := <-messages:
			if err := stream.Send(&v1.SubscribeResponse{Events: []*v1.Event{{Payload: &v1.Event_Message{Message: m}}}}); err != nil {
				return err
			}
		}
	}
}

func (b *bare) SendMessage(_ context.Context, req *v1.SendMessageRequest) (*v1.SendMessageResponse, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.seq++
	m := &v1.Message{
		Id: strconv.FormatInt(b.seq, 10), RoomId: req.GetRoomId(), Seq: b.seq, TempId: req.GetTempId(), Content: req.GetContent(),
	}
	for messages := range b.streams {
		messages <- m
	}
	return &v1.SendMessageResponse{Message: m}, nil
}
