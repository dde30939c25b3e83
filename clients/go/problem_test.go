package dongbaejul_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"connectrpc.com/connect"

	dongbaejul "github.com/dongbaejul/dongbaejul/clients/go"
	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/app/apptest"
)

func TestExplainWhatTheServerSays(t *testing.T) {
	t.Parallel()
	server := apptest.Start(t)
	for _, test := range []struct{ language, want string }{{"", "회원"}, {"en", "member"}} {
		client := signIn(t, server, 0, dongbaejul.WithLanguage(test.language))
		_, err := client.Users.GetMember(t.Context(), &v1.GetMemberRequest{MemberId: "nobody"})
		p := dongbaejul.Explain(err)
		if p.Code != connect.CodeNotFound || p.Reason == "" || p.RequestID == "" || !strings.Contains(p.Message, test.want) {
			t.Errorf("got %+v", p)
		}
		if dongbaejul.Temporary(err) {
			t.Error("what is not there is taken to be there soon")
		}
		_, err = client.Chat.SendMessage(t.Context(), &v1.SendMessageRequest{RoomId: "r"})
		if p := dongbaejul.Explain(err); len(p.Fields) == 0 || p.Code != connect.CodeInvalidArgument {
			t.Errorf("got %+v", p)
		}
	}
	if p := dongbaejul.Explain(errors.New("else")); p.Message != "else" || p.Reason != "" {
		t.Errorf("got %+v", p)
	}
}

func TestWhatIsTemporary(t *testing.T) {
	t.Parallel()
	server := apptest.Start(t)
	client := signIn(t, server, 0)
	call := func(client *dongbaejul.Client) error { return verify(t.Context(), client) }
	late, cancel := context.WithTimeout(t.Context(), time.Nanosecond)
	defer cancel()
	tokens := dongbaejul.WithTokens(dongbaejul.MemoryTokens(dongbaejul.Tokens{AccessToken: "x"}))
	redirecting := httptest.NewServer(http.RedirectHandler(server.URL, http.StatusTemporaryRedirect))
	defer redirecting.Close()
	canceled, stop := context.WithCancel(t.Context())
	stop()
	lost := newCounted(t)
	lost.after = func(string, int) error { return errLost }
	for _, test := range []struct {
		name string
		err  error
		want bool
	}{
		{"nothing", nil, false},
		{"a deadline", verify(late, client), true},
		{"given up", verify(canceled, client), false},
		{"nobody there", call(newClient(t, "http://127.0.0.1:1", tokens)), true},
		{"an answer that was lost", call(newClient(t, server.URL, tokens, dongbaejul.WithHTTPClient(lost.client()))), true},
		{"nobody signed in", call(newClient(t, server.URL)), false},
		{"an address that leads elsewhere", call(newClient(t, redirecting.URL, tokens, dongbaejul.WithConnect())), false},
		{"what is not of a call", errors.New("else"), false},
	} {
		if got := dongbaejul.Temporary(test.err); got != test.want || (test.err == nil) != (test.name == "nothing") {
			t.Errorf("%s: %t, want %t: %v", test.name, got, test.want, test.err)
		}
	}
}

// What cannot be sent is the caller's own fault: it fails at once, for good, and nothing is tried again.
func TestWhatCannotBeSentIsNotTriedAgain(t *testing.T) {
	t.Parallel()
	const invalid = "a\xffb"
	server := apptest.Start(t)
	for name, options := range map[string][]dongbaejul.Option{"gRPC": nil, "Connect": {dongbaejul.WithConnect()}} {
		retried := newNotices()
		client := signIn(t, server, 0, append(options, dongbaejul.WithNotice(retried.add))...)
		tokens := dongbaejul.MemoryTokens(dongbaejul.Tokens{AccessToken: "a\nb", RefreshToken: "c"})
		unreadable := newClient(t, server.URL, append(options, dongbaejul.WithTokens(tokens), dongbaejul.WithNotice(retried.add))...)
		stale := dongbaejul.MemoryTokens(dongbaejul.Tokens{AccessToken: "a", RefreshToken: invalid})
		unrenewable := newClient(t, server.URL, append(options, dongbaejul.WithTokens(stale), dongbaejul.WithNotice(retried.add))...)
		followed := func(s *dongbaejul.Subscription) (last error) {
			for _, err := range s.Events(t.Context()) {
				last = err
			}
			return last
		}
		for what, c := range map[string]struct {
			call func() error
			code connect.Code
		}{
			"a call": {func() error {
				return client.Retry(t.Context(), func(ctx context.Context) error {
					_, err := client.Users.ListMembers(ctx, &v1.ListMembersRequest{Search: invalid})
					return err
				})
			}, connect.CodeInvalidArgument},
			"a room": {func() error { return followed(client.WatchRoom(invalid, 0)) }, connect.CodeInvalidArgument},
			"games":  {func() error { return followed(client.WatchGames(&v1.WatchGamesRequest{GameIds: []string{invalid}})) }, connect.CodeInvalidArgument},
			"cursors": {func() error {
				return followed(client.Subscribe(dongbaejul.Cursors{Rooms: map[string]int64{invalid: 1}}))
			}, connect.CodeInvalidArgument},
			"an access token":   {func() error { return verify(t.Context(), unreadable) }, connect.CodeUnauthenticated},
			"a refresh token":   {func() error { return verify(t.Context(), unrenewable) }, connect.CodeInvalidArgument},
			"a stream's tokens": {func() error { return followed(unreadable.Subscribe(dongbaejul.Cursors{})) }, connect.CodeUnauthenticated},
		} {
			if err := c.call(); connect.CodeOf(err) != c.code || dongbaejul.Temporary(err) {
				t.Errorf("%s, %s: %v, temporary: %t", name, what, err, dongbaejul.Temporary(err))
			}
		}
		if len(retried.told) > 0 {
			t.Errorf("%s: tried again: %v", name, retried.told)
		}
	}
	for name, option := range map[string]dongbaejul.Option{"language": dongbaejul.WithLanguage("en\n"), "name": dongbaejul.WithUserAgent("a\x00b")} {
		if _, err := dongbaejul.New(server.URL, option); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("a %s that no header can have: %v", name, err)
		}
	}
}

func TestRetryUntilItSucceeds(t *testing.T) {
	t.Parallel()
	told := newNotices()
	client := newClient(t, "http://127.0.0.1:1", dongbaejul.WithNotice(told.add))
	away := connect.NewError(connect.CodeUnavailable, errors.New("away"))
	var tries atomic.Int32
	if err := client.Retry(t.Context(), func(context.Context) error {
		if tries.Add(1) < 4 {
			return away
		}
		return nil
	}); err != nil || tries.Load() != 4 || len(told.told) != 3 {
		t.Errorf("%d tries, %d told of, %v", tries.Load(), len(told.told), err)
	}
	refused := connect.NewError(connect.CodeNotFound, errors.New("no"))
	tries.Store(0)
	if err := client.Retry(t.Context(), func(context.Context) error { tries.Add(1); return refused }); !errors.Is(err, refused) || tries.Load() != 1 {
		t.Errorf("%d tries, %v", tries.Load(), err)
	}
	// Who would come too late is not waited for.
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := client.Retry(ctx, func(context.Context) error { return away }); !errors.Is(err, away) {
		t.Errorf("got %v", err)
	}
}

func TestAddresses(t *testing.T) {
	t.Parallel()
	for _, wrong := range []string{"", "localhost:3000", "ftp://x", "http://", "http://a@b", "http://b/?q=1", "http://b/#x", "http://%"} {
		if _, err := dongbaejul.New(wrong); err == nil || !strings.Contains(err.Error(), "the server's address") {
			t.Errorf("%q: %v", wrong, err)
		}
	}
	server := apptest.Start(t)
	client := newClient(t, server.URL+"/")
	if _, err := client.Auth.StartBandLogin(t.Context(), &v1.StartBandLoginRequest{RedirectUri: apptest.RedirectURI}); err != nil {
		t.Error(err)
	}
}
