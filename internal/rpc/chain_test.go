package rpc_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"connectrpc.com/connect"

	dongbaejulv1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1/dongbaejulv1connect"
	"github.com/dongbaejul/dongbaejul/internal/rpc"
)

func TestRequestsAreCleanedAndValidated(t *testing.T) {
	for protocol, options := range protocols {
		f := newFixture(t, nil)
		served := 0
		f.chat.send = func(_ context.Context, req *dongbaejulv1.SendMessageRequest) (*dongbaejulv1.SendMessageResponse, error) {
			served++
			return &dongbaejulv1.SendMessageResponse{Message: &dongbaejulv1.Message{Content: req.Content}}, nil
		}
		var room string
		f.chat.watch = func(_ context.Context, req *dongbaejulv1.WatchRoomRequest, _ *connect.ServerStream[dongbaejulv1.WatchRoomResponse]) error {
			served++
			room = req.RoomId
			return nil
		}
		client := f.client(signedIn(), options...)
		// 63 letters of three jamo each are too many before they are put together, and not after.
		jamo := strings.Repeat("\u1112\u1161\u11ab", 63)
		res, err := client.SendMessage(t.Context(), aMessage(jamo))
		if err != nil || res.Message.Content != strings.Repeat("한", 63) {
			t.Errorf("%s: %v, %v", protocol, res, err)
		}
		if _, _, err := watch(t, client, &dongbaejulv1.WatchRoomRequest{RoomId: jamo}); err != nil || room != strings.Repeat("한", 63) {
			t.Errorf("%s: a stream of %q: %v", protocol, room, err)
		}
		served = 0
		for _, c := range []struct{ text, rule, message string }{
			{"\x01", "text.control", ": 제어 문자는 쓸 수 없습니다."},
			{strings.Repeat("a", 10_001), "string.max_len", "자까지 쓸 수 있습니다."},
		} {
			_, unary := client.SendMessage(t.Context(), aMessage(c.text))
			_, _, stream := watch(t, client, &dongbaejulv1.WatchRoomRequest{RoomId: c.text})
			for path, err := range map[string]error{"content": unary, "room_id": stream} {
				d := detailsOf(t, err)
				violations := d.bad.GetFieldViolations()
				if len(violations) != 1 || violations[0].Field != path || violations[0].Reason != c.rule {
					t.Errorf("%s: %v", protocol, violations)
				}
				if d.code != connect.CodeInvalidArgument || d.info.Reason != "INVALID_FIELD" ||
					!strings.HasPrefix(d.message, path+": ") || !strings.HasSuffix(d.message, c.message) {
					t.Errorf("%s: %v %s %q", protocol, d.code, d.info.Reason, d.message)
				}
			}
		}
		if served != 0 {
			t.Errorf("%s: what was refused reached the service", protocol)
		}
	}
}

func TestWhoIsCallingComesFirst(t *testing.T) {
	f := newFixture(t, nil)
	client := f.client(http.Header{})
	_, unary := client.SendMessage(t.Context(), aMessage("\x01"))
	_, _, stream := watch(t, client, &dongbaejulv1.WatchRoomRequest{})
	for _, err := range []error{unary, stream} {
		if connect.CodeOf(err) != connect.CodeUnauthenticated {
			t.Errorf("nobody is told %v", err)
		}
	}
}

func TestWhatIsPacked(t *testing.T) {
	f := newFixture(t, nil)
	long := strings.Repeat("가나다라", 500)
	f.chat.watch = func(_ context.Context, _ *dongbaejulv1.WatchRoomRequest, s *connect.ServerStream[dongbaejulv1.WatchRoomResponse]) error {
		return s.Send(&dongbaejulv1.WatchRoomResponse{Events: []*dongbaejulv1.ChatEvent{{
			Payload: &dongbaejulv1.ChatEvent_Message{Message: &dongbaejulv1.Message{Content: long}},
		}}})
	}
	for content, packed := range map[string]bool{"short": false, long: true} {
		body, err := json.Marshal(map[string]string{"roomId": "r", "tempId": "t", "content": content})
		if err != nil {
			t.Fatal(err)
		}
		res, _ := f.post(t, sendMessage, "application/json", body, "Accept-Encoding", "gzip")
		if got := res.Header.Get("Content-Encoding") == "gzip"; res.StatusCode != http.StatusOK || got != packed {
			t.Errorf("an answer of %d letters is packed: %v, %s", len(content), got, res.Status)
		}
	}
	_, body := f.post(t, watchRoom, "application/connect+json", frame([]byte(`{"roomId":"r1"}`)), "Connect-Accept-Encoding", "gzip")
	if flags := body[0]; flags != 0 || !bytes.Contains(body, []byte(long)) {
		t.Errorf("a stream's message has the flags %b", flags)
	}
}

func TestWhatUnpacksToTooMuch(t *testing.T) {
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	_, _ = z.Write([]byte(`{"content":"` + strings.Repeat("a", 8<<20) + `"}`))
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	f := newFixture(t, nil)
	res, _ := f.post(t, sendMessage, "application/json", bomb.Bytes(), "Content-Encoding", "gzip")
	if res.StatusCode != http.StatusTooManyRequests {
		t.Errorf("unary: %s", res.Status)
	}
	packed := frame(bomb.Bytes())
	packed[0] = 1
	_, body := f.post(t, watchRoom, "application/connect+json", packed, "Connect-Content-Encoding", "gzip")
	if !bytes.Contains(body, []byte("REQUEST_TOO_LARGE")) && !bytes.Contains(body, []byte("resource_exhausted")) {
		t.Errorf("a stream: %q", body)
	}
}

func TestARequestCutShort(t *testing.T) {
	f := newFixture(t, nil)
	short := binary.BigEndian.AppendUint32([]byte{0}, 100)
	_, _ = f.post(t, watchRoom, "application/connect+json", append(short, '{'))
	if line := f.log.call(t, 1); line["level"] != "INFO" || line["error"] != nil {
		t.Errorf("logged %v", line)
	}
}

// TestOptionsAlone serves a handler with the options of a chain and nothing around it.
func TestOptionsAlone(t *testing.T) {
	chain, err := rpc.New(rpc.Config{Log: discard, Authenticator: authenticator{}})
	if err != nil {
		t.Fatal(err)
	}
	c := &chat{list: func(context.Context) (*dongbaejulv1.ListRoomsResponse, error) { return nil, errFull }}
	_, handler := dongbaejulv1connect.NewChatServiceHandler(c, chain.Authenticated()...)
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	f := &fixture{Server: server}
	client := f.client(signedIn("X-Request-Id", "req-1"))
	_, refused := client.ListRooms(t.Context(), &dongbaejulv1.ListRoomsRequest{})
	if d := detailsOf(t, refused); d.info.Reason != "GAME_FULL" || d.meta.Get("X-Request-Id") != "req-1" || d.request.RequestId != "req-1" {
		t.Errorf("%v, %v", refused, d.meta)
	}
	if _, header, err := watch(t, client, &dongbaejulv1.WatchRoomRequest{RoomId: "r1"}); err != nil || header.Get("X-Request-Id") != "req-1" {
		t.Errorf("a stream: %v, %v", err, header)
	}
}

func TestWhatGoesAroundSeesTheCode(t *testing.T) {
	var seen []connect.Code
	f := newFixture(t, func(cfg *rpc.Config) {
		cfg.Outermost = []connect.Interceptor{connect.UnaryInterceptorFunc(func(next connect.UnaryFunc) connect.UnaryFunc {
			return func(ctx context.Context, req connect.AnyRequest) (connect.AnyResponse, error) {
				res, err := next(ctx, req)
				seen = append(seen, connect.CodeOf(err))
				return res, err
			}
		})}
	})
	f.chat.list = func(context.Context) (*dongbaejulv1.ListRoomsResponse, error) { return nil, errFull }
	_, _ = f.client(http.Header{}).ListRooms(t.Context(), &dongbaejulv1.ListRoomsRequest{})
	_, _ = f.client(signedIn()).ListRooms(t.Context(), &dongbaejulv1.ListRoomsRequest{})
	// Of what is refused by its header nothing else is asked.
	if len(seen) != 1 || seen[0] != connect.CodeFailedPrecondition {
		t.Errorf("saw %v", seen)
	}
}
