package rpc_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"connectrpc.com/connect"

	dongbaejulv1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1/dongbaejulv1connect"
	"github.com/dongbaejul/dongbaejul/internal/identity"
)

func TestWhoIsCalling(t *testing.T) {
	const plain, invalid = `Bearer realm="dongbaejul"`, `Bearer realm="dongbaejul", error="invalid_token"`
	for name, c := range map[string]struct {
		authorization []string
		reason        string
		challenge     string
	}{
		"a good token":        {[]string{"Bearer good.token"}, "", ""},
		"any case":            {[]string{"bearer  good.token"}, "", ""},
		"none":                {nil, "UNAUTHENTICATED", plain},
		"a bad token":         {[]string{"Bearer bad.token"}, "TOKEN_INVALID", invalid},
		"another scheme":      {[]string{"Basic Z29vZC50b2tlbg=="}, "INVALID_AUTHORIZATION", invalid},
		"only the token":      {[]string{"good.token"}, "INVALID_AUTHORIZATION", invalid},
		"only the scheme":     {[]string{"Bearer"}, "INVALID_AUTHORIZATION", invalid},
		"no token":            {[]string{"Bearer ="}, "INVALID_AUTHORIZATION", invalid},
		"what is no token":    {[]string{"Bearer good token"}, "INVALID_AUTHORIZATION", invalid},
		"two":                 {[]string{"Bearer good.token", "Bearer good.token"}, "INVALID_AUTHORIZATION", invalid},
		"a token too long":    {[]string{"Bearer " + strings.Repeat("a", 5000)}, "INVALID_AUTHORIZATION", invalid},
		"a long token, ended": {[]string{"Bearer " + strings.Repeat("=", 5000)}, "INVALID_AUTHORIZATION", invalid},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, nil)
			var seen []identity.Caller
			note := func(ctx context.Context) error {
				got, err := identity.From(ctx)
				seen = append(seen, got)
				return err
			}
			f.chat.list = func(ctx context.Context) (*dongbaejulv1.ListRoomsResponse, error) {
				return &dongbaejulv1.ListRoomsResponse{}, note(ctx)
			}
			f.chat.watch = func(ctx context.Context, _ *dongbaejulv1.WatchRoomRequest, _ *connect.ServerStream[dongbaejulv1.WatchRoomResponse]) error {
				return note(ctx)
			}
			for protocol, options := range protocols {
				seen = nil
				client := f.client(http.Header{"Authorization": c.authorization}, options...)
				_, unary := client.ListRooms(t.Context(), &dongbaejulv1.ListRoomsRequest{})
				_, _, stream := watch(t, client, &dongbaejulv1.WatchRoomRequest{RoomId: "r1"})
				if c.reason == "" {
					if unary != nil || stream != nil || len(seen) != 2 || seen[0] != caller || seen[1] != caller {
						t.Errorf("%s: %v, %v; callers %v", protocol, unary, stream, seen)
					}
					continue
				}
				for _, err := range []error{unary, stream} {
					d := detailsOf(t, err)
					if d.code != connect.CodeUnauthenticated || d.info.Reason != c.reason || d.meta.Get("WWW-Authenticate") != c.challenge {
						t.Errorf("%s: %v %s, %s", protocol, d.code, d.info.Reason, d.meta.Get("WWW-Authenticate"))
					}
				}
				if len(seen) != 0 {
					t.Errorf("%s: the handler was called by %v", protocol, seen)
				}
			}
		})
	}
}

func TestOpenCallsTakeNoNoticeOfTokens(t *testing.T) {
	f := newFixture(t, nil)
	for _, header := range []http.Header{{}, {"Authorization": {"Bearer bad.token"}}} {
		client := dongbaejulv1connect.NewAuthServiceClient(f.Client(), f.URL, connect.WithInterceptors(setHeader(header)))
		if _, err := client.CompleteBandLogin(t.Context(), &dongbaejulv1.CompleteBandLoginRequest{Code: "c", State: "s"}); err != nil {
			t.Errorf("%v: %v", header, err)
		}
	}
}
