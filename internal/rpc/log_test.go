package rpc_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"connectrpc.com/connect"

	dongbaejulv1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1/dongbaejulv1connect"
	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/identity"
	"github.com/dongbaejul/dongbaejul/internal/rpc"
)

func TestTheLineOfACall(t *testing.T) {
	cause := errors.New("disk is full")
	for _, c := range []struct {
		name  string
		err   error
		level string
		code  string
		// reason and cause are empty where the line must not have them.
		reason, cause string
	}{
		{"it went well", nil, "INFO", "ok", "", ""},
		{"the caller's doing", errFull.WithCause(cause), "INFO", "failed_precondition", "GAME_FULL", ""},
		{"away", fault.New(fault.Unavailable, "BAND_UNAVAILABLE", "", "").WithCause(cause), "WARN", "unavailable", "BAND_UNAVAILABLE", "disk is full"},
		{"internal", cause, "ERROR", "internal", "INTERNAL", "disk is full"},
		{"unknown", connect.NewError(connect.CodeUnknown, cause), "ERROR", "internal", "INTERNAL", "disk is full"},
	} {
		t.Run(c.name, func(t *testing.T) {
			// Each on a server of its own: of lines that are alike, one a minute is written.
			f, g := newFixture(t, nil), newFixture(t, nil)
			f.chat.send = func(context.Context, *dongbaejulv1.SendMessageRequest) (*dongbaejulv1.SendMessageResponse, error) {
				if c.err != nil {
					return nil, c.err
				}
				return &dongbaejulv1.SendMessageResponse{}, nil
			}
			g.chat.watch = func(_ context.Context, _ *dongbaejulv1.WatchRoomRequest, s *connect.ServerStream[dongbaejulv1.WatchRoomResponse]) error {
				return errors.Join(s.Send(&dongbaejulv1.WatchRoomResponse{}), s.Send(&dongbaejulv1.WatchRoomResponse{}), c.err)
			}
			header := signedIn("X-Request-Id", "req-1", "X-Forwarded-For", "192.0.2.7")
			_, _ = f.client(header, connect.WithGRPC()).SendMessage(t.Context(), aMessage("secret content"))
			unary := f.log.call(t, 1)
			_, _, _ = watch(t, g.client(header, connect.WithGRPC()), &dongbaejulv1.WatchRoomRequest{RoomId: "r1"})
			stream := g.log.call(t, 1)
			for procedure, line := range map[string]map[string]any{"SendMessage": unary, "WatchRoom": stream} {
				for key, want := range map[string]any{
					"level": c.level, "procedure": "dongbaejul.v1.ChatService/" + procedure, "code": c.code, "ip": "192.0.2.7",
					"protocol": "grpc", "request_id": "req-1", "user_id": "u1", "session_id": "s1",
				} {
					if line[key] != want {
						t.Errorf("%s: %s is %v, want %v", procedure, key, line[key], want)
					}
				}
				if ms, ok := line["duration_ms"].(float64); !ok || ms < 0 || ms > 10_000 {
					t.Errorf("%s: took %v", procedure, line["duration_ms"])
				}
				if reason, _ := line["reason"].(string); reason != c.reason {
					t.Errorf("%s: reason %q", procedure, reason)
				}
				if text, _ := line["error"].(string); !strings.Contains(text, c.cause) || (text != "") != (c.cause != "") {
					t.Errorf("%s: error %q", procedure, text)
				}
			}
			if stream["sent"] != 2.0 || stream["received"] != 1.0 {
				t.Errorf("a stream of 2 messages: %v", stream)
			}
			for _, secret := range []string{"secret", goodToken} {
				if log := f.log.String() + g.log.String(); strings.Contains(log, secret) {
					t.Errorf("%q is in the log: %s", secret, log)
				}
			}
		})
	}
}

func TestWhatWentWellIsNotAlwaysOfInterest(t *testing.T) {
	f := newFixture(t, nil)
	client := f.client(signedIn())
	if _, err := client.ListRooms(t.Context(), &dongbaejulv1.ListRoomsRequest{}); err != nil {
		t.Fatal(err)
	}
	if line := f.log.call(t, 1); line["level"] != "DEBUG" {
		t.Errorf("reading is logged at %v", line["level"])
	}
}

func TestACallOfNobodyKnown(t *testing.T) {
	f := newFixture(t, nil)
	client := dongbaejulv1connect.NewAuthServiceClient(f.Client(), f.URL)
	if _, err := client.CompleteBandLogin(t.Context(), &dongbaejulv1.CompleteBandLoginRequest{Code: "c", State: "s"}); err != nil {
		t.Fatal(err)
	}
	line := f.log.call(t, 1)
	if _, ok := line["user_id"]; ok || line["request_id"] == "" || line["ip"] != "127.0.0.1" {
		t.Errorf("logged %v", line)
	}
}

func TestEveryLineOfACallHasItsName(t *testing.T) {
	f := newFixture(t, nil)
	var out bytes.Buffer
	logger := slog.New(rpc.LogHandler(slog.NewTextHandler(&out, nil))).With("a", 1).WithGroup("g")
	f.chat.list = func(ctx context.Context) (*dongbaejulv1.ListRoomsResponse, error) {
		logger.InfoContext(ctx, "within")
		return &dongbaejulv1.ListRoomsResponse{}, nil
	}
	if _, err := f.client(signedIn("X-Request-Id", "req-1")).ListRooms(t.Context(), &dongbaejulv1.ListRoomsRequest{}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"msg=within", "a=1", "request_id=req-1", "user_id=u1", "session_id=s1"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in %s", want, out.String())
		}
	}
	out.Reset()
	logger.InfoContext(t.Context(), "outside")
	if strings.Contains(out.String(), "_id") {
		t.Errorf("outside of a call: %s", out.String())
	}
	out.Reset()
	logger.InfoContext(identity.With(t.Context(), caller), "job")
	if !strings.Contains(out.String(), "user_id=u1") || strings.Contains(out.String(), "request_id") {
		t.Errorf("outside of a call, for somebody: %s", out.String())
	}
}
