package dongbaejul_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"connectrpc.com/connect"

	dongbaejul "github.com/dongbaejul/dongbaejul/clients/go"
	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1/dongbaejulv1connect"
	"github.com/dongbaejul/dongbaejul/internal/app"
	"github.com/dongbaejul/dongbaejul/internal/app/apptest"
)

const refreshPath = dongbaejulv1connect.AuthServiceRefreshTokenProcedure

// stale signs somebody in and gives a store whose access token the server does not take.
func stale(t *testing.T, server *apptest.Server, n int) (store dongbaejul.TokenStore, path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "tokens.json")
	store = dongbaejul.FileTokens(path)
	signIn(t, server, n, dongbaejul.WithTokens(store))
	spoil(t, store)
	return store, path
}

func spoil(t *testing.T, store dongbaejul.TokenStore) {
	t.Helper()
	if err := store.Update(t.Context(), func(kept dongbaejul.Tokens) (dongbaejul.Tokens, error) {
		kept.AccessToken = "stale"
		return kept, nil
	}); err != nil {
		t.Fatal(err)
	}
}

func verify(ctx context.Context, client *dongbaejul.Client) error {
	_, err := client.Auth.VerifyToken(ctx, &v1.VerifyTokenRequest{})
	return err
}

// firstEvent opens a stream without the library's help and gives its first event.
func firstEvent(ctx context.Context, client *dongbaejul.Client) (*v1.Event, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := client.Events.Subscribe(ctx, &v1.SubscribeRequest{})
	if err != nil {
		return nil, err
	}
	defer stream.Close()
	if !stream.Receive() {
		return nil, stream.Err()
	}
	return stream.Msg().GetEvents()[0], nil
}

func TestACallBeforeAnybodySignsIn(t *testing.T) {
	t.Parallel()
	server := apptest.Start(t)
	sent := newCounted(t)
	client := newClient(t, server.URL, dongbaejul.WithHTTPClient(sent.client()))
	for name, call := range map[string]func() error{
		"call":   func() error { return verify(t.Context(), client) },
		"stream": func() error { _, err := firstEvent(t.Context(), client); return err },
		"subscription": func() error {
			return read(t, client.Subscribe(dongbaejul.Cursors{})).end(t)
		},
		"sign-out": func() error { return client.SignOut(t.Context(), false) },
		"user":     func() error { _, err := client.UserID(t.Context()); return err },
	} {
		if err := call(); !errors.Is(err, dongbaejul.ErrSignedOut) || connect.CodeOf(err) != connect.CodeUnauthenticated {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if len(sent.paths) > 0 {
		t.Errorf("something was sent: %v", sent.paths)
	}
}

// However many calls and streams, of two clients that share a file, find the token stale at once: it is renewed once, and
// all of them succeed.
func TestATokenIsRenewedOnce(t *testing.T) {
	t.Parallel()
	for _, protocol := range []struct {
		name    string
		options []dongbaejul.Option
	}{
		{"gRPC", nil},
		{"Connect", []dongbaejul.Option{dongbaejul.WithConnect()}},
	} {
		t.Run(protocol.name, func(t *testing.T) {
			t.Parallel()
			server := apptest.Start(t)
			_, path := stale(t, server, 0)
			sent := newCounted(t)
			var clients [2]*dongbaejul.Client
			for i := range clients {
				// Of two processes, for all that they share.
				clients[i] = newClient(t, server.URL, append(protocol.options,
					dongbaejul.WithTokens(dongbaejul.FileTokens(path)), dongbaejul.WithHTTPClient(sent.client()))...)
			}
			var calling sync.WaitGroup
			for i := range 40 {
				client := clients[i%2]
				calling.Go(func() {
					var err error
					if i%4 < 2 {
						err = verify(t.Context(), client)
					} else {
						_, err = firstEvent(t.Context(), client)
					}
					if err != nil {
						t.Errorf("call %d: %v", i, err)
					}
				})
			}
			calling.Wait()
			if n := sent.count(refreshPath); n != 1 {
				t.Errorf("%d renewals", n)
			}
		})
	}
}

// By its own clock a client knows when its token has ended, and does not send it.
func TestAnExpiredTokenIsNotSent(t *testing.T) {
	t.Parallel()
	server := apptest.Start(t)
	store := dongbaejul.MemoryTokens(dongbaejul.Tokens{})
	signIn(t, server, 0, dongbaejul.WithTokens(store))
	if err := store.Update(t.Context(), func(kept dongbaejul.Tokens) (dongbaejul.Tokens, error) {
		kept.ExpiresAt = time.Now()
		return kept, nil
	}); err != nil {
		t.Fatal(err)
	}
	sent := newCounted(t)
	client := newClient(t, server.URL, dongbaejul.WithTokens(store), dongbaejul.WithHTTPClient(sent.client()))
	if err := verify(t.Context(), client); err != nil {
		t.Fatal(err)
	}
	if n := sent.count(refreshPath); n != 1 {
		t.Errorf("%d renewals", n)
	}
	if n := sent.count(dongbaejulv1connect.AuthServiceVerifyTokenProcedure); n != 1 {
		t.Errorf("sent %d times", n)
	}
}

// The answer to a renewal is lost: it is asked for again, and the session goes on.
func TestALostRenewalIsRepeated(t *testing.T) {
	t.Parallel()
	server := apptest.Start(t)
	store, _ := stale(t, server, 0)
	sent := newCounted(t)
	sent.after = func(path string, n int) error {
		if path == refreshPath && n <= 2 {
			return errLost
		}
		return nil
	}
	client := newClient(t, server.URL, dongbaejul.WithTokens(store), dongbaejul.WithHTTPClient(sent.client()))
	if err := verify(t.Context(), client); err != nil {
		t.Fatal(err)
	}
	if n := sent.count(refreshPath); n != 3 {
		t.Errorf("%d tries", n)
	}
	spoil(t, store)
	if err := verify(t.Context(), newClient(t, server.URL, dongbaejul.WithTokens(store))); err != nil {
		t.Errorf("the tokens that were kept: %v", err)
	}
}

// Who gives up on a call does not give up the renewal that it has begun.
func TestARenewalOutlivesItsCall(t *testing.T) {
	t.Parallel()
	server := apptest.Start(t)
	store, _ := stale(t, server, 0)
	sent := newCounted(t)
	asked, answer := make(chan struct{}), make(chan struct{})
	sent.after = func(path string, _ int) error {
		if path == refreshPath {
			close(asked)
			<-answer
		}
		return nil
	}
	client := newClient(t, server.URL, dongbaejul.WithTokens(store), dongbaejul.WithHTTPClient(sent.client()))
	ctx, cancel := context.WithCancel(t.Context())
	called := make(chan error, 1)
	go func() { called <- verify(ctx, client) }()
	<-asked
	cancel()
	if err := <-called; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	close(answer)
	client.Close()
	if kept := load(t, store); kept.AccessToken == "stale" {
		t.Error("what the renewal got was not kept")
	}
}

func TestASessionThatIsOver(t *testing.T) {
	t.Parallel()
	server := apptest.Start(t)
	store := dongbaejul.MemoryTokens(dongbaejul.Tokens{})
	client := signIn(t, server, 0, dongbaejul.WithTokens(store))
	other := signIn(t, server, 0)
	stream := read(t, client.Subscribe(dongbaejul.Cursors{}))
	stream.hello(t)
	if err := other.SignOut(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	if err := stream.end(t); !errors.Is(err, dongbaejul.ErrSignedOut) {
		t.Errorf("the subscription ended with %v", err)
	}
	if p := dongbaejul.Explain(stream.err); p.Message == "" {
		t.Errorf("the subscription ended without a word: %+v", p)
	}
	if err := verify(t.Context(), client); !errors.Is(err, dongbaejul.ErrSignedOut) {
		t.Errorf("got %v", err)
	}
	if kept := load(t, store); kept != (dongbaejul.Tokens{}) {
		t.Errorf("the store has %+v", kept)
	}
}

func TestSomebodyElseSignsInMeanwhile(t *testing.T) {
	t.Parallel()
	server := apptest.Start(t)
	store := dongbaejul.MemoryTokens(dongbaejul.Tokens{})
	client := signIn(t, server, 0, dongbaejul.WithTokens(store))
	signIn(t, server, 1, dongbaejul.WithTokens(store))
	// The first session ends, so that its client looks for other tokens.
	if _, err := client.Auth.Logout(t.Context(), &v1.LogoutRequest{}); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := verify(t.Context(), client); !errors.Is(err, dongbaejul.ErrSignedOut) {
			t.Errorf("got %v", err)
		}
	}
}

// Who is signed in is known from what is kept, whether the server is there or not, and the token any good.
func TestTheUserOfStoredTokens(t *testing.T) {
	t.Parallel()
	server := apptest.Start(t)
	store, path := stale(t, server, 0)
	server.Stop()
	client := newClient(t, server.URL, dongbaejul.WithTokens(dongbaejul.FileTokens(path)))
	if id, err := client.UserID(t.Context()); err != nil || id != load(t, store).UserID {
		t.Errorf("got %q, %v", id, err)
	}
}

// Tokens that came without a user's id are of somebody whom the server knows.
func TestTheUserOfTokensWithoutOne(t *testing.T) {
	t.Parallel()
	server := apptest.Start(t)
	store := dongbaejul.MemoryTokens(dongbaejul.Tokens{})
	signIn(t, server, 0, dongbaejul.WithTokens(store))
	kept := load(t, store)
	client := newClient(t, server.URL, dongbaejul.WithTokens(dongbaejul.MemoryTokens(dongbaejul.Tokens{AccessToken: kept.AccessToken})))
	if id, err := client.UserID(t.Context()); err != nil || id != kept.UserID {
		t.Errorf("got %q, %v", id, err)
	}
}

// Streams of tokens that end every two seconds.
func TestASubscriptionOutlivesItsToken(t *testing.T) {
	t.Parallel()
	server := apptest.Start(t, func(c *app.Config) { c.JWTExpiresIn = 2 * time.Second })
	sent := newCounted(t)
	client := signIn(t, server, 0, dongbaejul.WithHTTPClient(sent.client()))
	writer := signIn(t, server, 1)
	room := group(t, client, writer)
	stream := read(t, client.Subscribe(dongbaejul.Cursors{}))
	stream.hello(t)
	for i := 0; sent.count(refreshPath) < 2; i++ {
		key := fmt.Sprint(i)
		mustSay(t, writer, room, key)
		stream.message(t, key)
	}
}
