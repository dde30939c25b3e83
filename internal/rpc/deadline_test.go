package rpc_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"connectrpc.com/connect"

	dongbaejulv1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1/dongbaejulv1connect"
	"github.com/dongbaejul/dongbaejul/internal/rpc"
)

// remaining returns the time a unary call and a stream have, 0 for no end.
func remaining(t *testing.T, change func(*rpc.Config), ctx context.Context) (list, send, stream time.Duration) {
	t.Helper()
	f := newFixture(t, change)
	left := func(ctx context.Context) time.Duration {
		if end, ok := ctx.Deadline(); ok {
			return time.Until(end)
		}
		return 0
	}
	f.chat.list = func(ctx context.Context) (*dongbaejulv1.ListRoomsResponse, error) {
		list = left(ctx)
		return &dongbaejulv1.ListRoomsResponse{}, nil
	}
	f.chat.send = func(ctx context.Context, _ *dongbaejulv1.SendMessageRequest) (*dongbaejulv1.SendMessageResponse, error) {
		send = left(ctx)
		return &dongbaejulv1.SendMessageResponse{}, nil
	}
	f.chat.watch = func(ctx context.Context, _ *dongbaejulv1.WatchRoomRequest, _ *connect.ServerStream[dongbaejulv1.WatchRoomResponse]) error {
		stream = left(ctx)
		return nil
	}
	client := f.client(signedIn())
	_, err1 := client.ListRooms(ctx, &dongbaejulv1.ListRoomsRequest{})
	_, err2 := client.SendMessage(ctx, aMessage("x"))
	_, _, err3 := watch(t, client, &dongbaejulv1.WatchRoomRequest{RoomId: "r1"})
	if err := errors.Join(err1, err2, err3); err != nil {
		t.Fatal(err)
	}
	return list, send, stream
}

func TestHowLongACallMayTake(t *testing.T) {
	about := func(got, want time.Duration) bool { return got > want-10*time.Second && got <= want }
	list, send, stream := remaining(t, nil, t.Context())
	if !about(list, 30*time.Second) || !about(send, 30*time.Second) || stream != 0 {
		t.Errorf("by default: %v, %v, a stream %v", list, send, stream)
	}
	list, send, stream = remaining(t, func(cfg *rpc.Config) {
		cfg.Timeout = time.Hour
		cfg.Timeouts = map[string]time.Duration{dongbaejulv1connect.ChatServiceSendMessageProcedure: 2 * time.Hour}
	}, t.Context())
	if !about(list, time.Hour) || !about(send, 2*time.Hour) || stream != 0 {
		t.Errorf("by configuration: %v, %v, a stream %v", list, send, stream)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if list, send, _ = remaining(t, nil, ctx); !about(list, 20*time.Second) || !about(send, 20*time.Second) {
		t.Errorf("by the client: %v, %v", list, send)
	}
}

func TestWhatComesAfterTheDeadline(t *testing.T) {
	f := newFixture(t, func(cfg *rpc.Config) { cfg.Timeout = 10 * time.Millisecond })
	f.chat.list = func(ctx context.Context) (*dongbaejulv1.ListRoomsResponse, error) {
		<-ctx.Done()
		return nil, errors.New("interrupted")
	}
	_, err := f.client(signedIn()).ListRooms(t.Context(), &dongbaejulv1.ListRoomsRequest{})
	if d := detailsOf(t, err); d.code != connect.CodeDeadlineExceeded || d.info.Reason != "DEADLINE_EXCEEDED" {
		t.Errorf("a driver's own words: %v", err)
	}
	f.chat.list = func(ctx context.Context) (*dongbaejulv1.ListRoomsResponse, error) {
		<-ctx.Done()
		return nil, errFull.WithCause(ctx.Err())
	}
	_, err = f.client(signedIn()).ListRooms(t.Context(), &dongbaejulv1.ListRoomsRequest{})
	if d := detailsOf(t, err); d.info.Reason != "GAME_FULL" {
		t.Errorf("a fault: %v", err)
	}
}

func TestACallThatItsClientLeft(t *testing.T) {
	f := newFixture(t, nil)
	ctx, cancel := context.WithCancel(t.Context())
	f.chat.list = func(ctx context.Context) (*dongbaejulv1.ListRoomsResponse, error) {
		cancel()
		<-ctx.Done()
		return nil, errors.New("interrupted")
	}
	_, _ = f.client(signedIn()).ListRooms(ctx, &dongbaejulv1.ListRoomsRequest{})
	if line := f.log.call(t, 1); line["code"] != "canceled" || line["level"] != "INFO" {
		t.Errorf("logged %v", line)
	}
}

func TestPollHasTimeToWait(t *testing.T) {
	f := newFixture(t, nil)
	var left time.Duration
	f.poll = func(ctx context.Context) {
		end, _ := ctx.Deadline()
		left = time.Until(end)
	}
	client := dongbaejulv1connect.NewEventServiceClient(f.Client(), f.URL, connect.WithInterceptors(setHeader(signedIn())))
	if _, err := client.Poll(t.Context(), &dongbaejulv1.PollRequest{WaitMs: 30_000}); err != nil {
		t.Fatal(err)
	}
	if left < 40*time.Second {
		t.Errorf("Poll waits up to 30 s and has %v", left)
	}
}
