package rpc_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	dongbaejulv1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/rpc"
)

func TestTheNameOfARequest(t *testing.T) {
	f := newFixture(t, nil)
	var within string
	f.chat.list = func(ctx context.Context) (*dongbaejulv1.ListRoomsResponse, error) {
		within = rpc.RequestID(ctx)
		return &dongbaejulv1.ListRoomsResponse{}, nil
	}
	for asked, kept := range map[string]bool{
		"0198-a.b_c:D": true, strings.Repeat("a", 64): true, "": false, strings.Repeat("a", 65): false, "a b": false, `"`: false,
		"한글": false, "a\tb": false, "a/b": false,
	} {
		for _, path := range []string{"/dongbaejul.v1.ChatService/ListRooms", "/dongbaejul.v1.ChatService/Nothing", "/nothing"} {
			within = ""
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, f.URL+path, strings.NewReader("{}"))
			if err != nil {
				t.Fatal(err)
			}
			req.Header = signedIn("Content-Type", "application/json")
			req.Header["X-Request-Id"] = []string{asked}
			res, err := f.Client().Do(req)
			if err != nil {
				t.Fatal(err)
			}
			_, _ = io.Copy(io.Discard, res.Body)
			res.Body.Close()
			got := res.Header.Values("X-Request-Id")
			if len(got) != 1 || got[0] == "" || (got[0] == asked) != kept {
				t.Errorf("%s: asked for %q, got %q", path, asked, got)
			}
			if res.StatusCode == http.StatusOK && within != got[0] {
				t.Errorf("%q within, %q outside", within, got)
			}
		}
	}
}
