package rpc_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"connectrpc.com/connect"

	dongbaejulv1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
)

func TestAPanicIsInternal(t *testing.T) {
	for protocol, options := range protocols {
		f := newFixture(t, nil)
		f.chat.list = func(context.Context) (*dongbaejulv1.ListRoomsResponse, error) { panic("secret value") }
		f.chat.watch = func(_ context.Context, _ *dongbaejulv1.WatchRoomRequest, s *connect.ServerStream[dongbaejulv1.WatchRoomResponse]) error {
			if err := s.Send(&dongbaejulv1.WatchRoomResponse{}); err != nil {
				return err
			}
			var rooms []string
			return errFull.WithMeta(rooms[1], "")
		}
		client := f.client(signedIn(), options...)
		_, unary := client.ListRooms(t.Context(), &dongbaejulv1.ListRoomsRequest{})
		_, _, stream := watch(t, client, &dongbaejulv1.WatchRoomRequest{RoomId: "r1"})
		for n, err := range []error{unary, stream} {
			d := detailsOf(t, err)
			if d.code != connect.CodeInternal || d.info.Reason != "INTERNAL" || strings.Contains(d.message, "secret") {
				t.Errorf("%s: %v %q", protocol, d.code, d.message)
			}
			line := f.log.call(t, n+1)
			stack, _ := line["stack"].(string)
			if line["level"] != "ERROR" || !strings.Contains(stack, "recover_test.go") || line["request_id"] != d.request.RequestId {
				t.Errorf("%s: logged %v", protocol, line)
			}
		}
	}
}

func TestAnAbortCutsTheConnection(t *testing.T) {
	f := newFixture(t, nil)
	f.chat.list = func(context.Context) (*dongbaejulv1.ListRoomsResponse, error) { panic(http.ErrAbortHandler) }
	_, err := f.client(signedIn()).ListRooms(t.Context(), &dongbaejulv1.ListRoomsRequest{})
	if err == nil || connect.IsWireError(err) {
		t.Errorf("the client was answered: %v", err)
	}
}
