// Package events is the app's one connection. Everything here leans on one rule: a stream belongs to a caller, not to a
// list of subscriptions; what the caller may see is read again at every signal and every heartbeat, and the stream follows
// just that.
package events

import (
	"context"
	"time"

	"connectrpc.com/connect"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1/dongbaejulv1connect"
	"github.com/dongbaejul/dongbaejul/internal/chat"
	"github.com/dongbaejul/dongbaejul/internal/games"
	"github.com/dongbaejul/dongbaejul/internal/notifications"
	"github.com/dongbaejul/dongbaejul/internal/realtime"
)

// Presence knows who has a stream open, over all server processes, and which of them members may see.
type Presence interface {
	// Enter notes a stream of the user; leave, to be called once, notes its end. The user goes offline a while after the last.
	Enter(userID string) (leave func())
	// Online returns the ids of those who are shown as online, in no order.
	Online(ctx context.Context) ([]string, error)
}

// Config is what the service works with.
type Config struct {
	Bus           realtime.Bus
	Streams       *realtime.Streams
	Access        chat.Access
	Presence      Presence
	Notifications *notifications.Service
	Chat          *chat.Service
	Games         *games.Service
}

// Service implements EventService. It may be used concurrently.
type Service struct {
	Config
}

var _ dongbaejulv1connect.EventServiceHandler = (*Service)(nil)

// New makes the service.
func New(c Config) *Service { return &Service{Config: c} }

// Subscribe implements the RPC.
func (s *Service) Subscribe(ctx context.Context, req *v1.SubscribeRequest, stream *connect.ServerStream[v1.SubscribeResponse]) error {
	f, err := s.feed(ctx, cursorsOf(req, req.NotificationSeq))
	if err != nil {
		return err
	}
	return s.Streams.Serve(ctx, stream.Conn(), req.GetDeviceId(), f)
}

// Poll implements the RPC.
func (s *Service) Poll(ctx context.Context, req *v1.PollRequest) (*v1.PollResponse, error) {
	f, err := s.feed(ctx, cursorsOf(req, req.NotificationSeq))
	if err != nil {
		return nil, err
	}
	wait := time.Duration(req.GetWaitMs()) * time.Millisecond
	events, err := s.Streams.Poll(ctx, wait, f)
	return &v1.PollResponse{Events: events}, err
}
