package dongbaejul_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
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

// stale signs somebody in and returns a store whose access token the server does not take.
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

// firstEvent opens a stream without the library's help and returns its first event.
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

const logoutPath = dongbaejulv1connect.AuthServiceLogoutProcedure

var errFull = errors.New("the storage is full")

// fullStore is a store whose writes fail while it is full.
type fullStore struct {
	dongbaejul.TokenStore
	full atomic.Bool
}

func (s *fullStore) Update(ctx context.Context, f func(dongbaejul.Tokens) (dongbaejul.Tokens, error)) error {
	return s.TokenStore.Update(ctx, func(kept dongbaejul.Tokens) (dongbaejul.Tokens, error) {
		next, err := f(kept)
		if err == nil && next != kept && s.full.Load() {
			return dongbaejul.Tokens{}, errFull
		}
		return next, err
	})
}

func TestSignOutWithoutANetwork(t *testing.T) {
	t.Parallel()
	server := apptest.Start(t)
	store := dongbaejul.MemoryTokens(dongbaejul.Tokens{})
	sent := newCounted(t)
	var cut atomic.Bool
	sent.before = func(string, int) error {
		if cut.Load() {
			return errLost
		}
		return nil
	}
	client := signIn(t, server, 0, dongbaejul.WithTokens(store), dongbaejul.WithHTTPClient(sent.client()))
	cut.Store(true)
	if err := client.SignOut(t.Context(), false); !errors.Is(err, dongbaejul.ErrNotRevoked) {
		t.Errorf("got %v", err)
	}
	if sent.count(logoutPath) == 0 {
		t.Error("the server was not asked")
	}
	if kept := load(t, store); kept != (dongbaejul.Tokens{}) {
		t.Errorf("the store has %+v", kept)
	}
	if err := verify(t.Context(), client); !errors.Is(err, dongbaejul.ErrSignedOut) {
		t.Errorf("got %v", err)
	}
}

// A renewal that gets no answer does not hold up the sign-out.
func TestSignOutDuringARenewal(t *testing.T) {
	t.Parallel()
	server := apptest.Start(t)
	store, _ := stale(t, server, 0)
	sent := newCounted(t)
	asked, release := make(chan struct{}), make(chan struct{})
	sent.before = func(path string, n int) error {
		if path == refreshPath && n == 1 {
			close(asked)
			<-release
		}
		if path == refreshPath || path == logoutPath {
			return errLost
		}
		return nil
	}
	client := newClient(t, server.URL, dongbaejul.WithTokens(store), dongbaejul.WithHTTPClient(sent.client()))
	called := make(chan error, 1)
	go func() { called <- verify(t.Context(), client) }()
	<-asked
	signedOut := make(chan error, 1)
	go func() { signedOut <- client.SignOut(t.Context(), false) }()
	close(release)
	if err := <-signedOut; !errors.Is(err, dongbaejul.ErrNotRevoked) {
		t.Errorf("got %v", err)
	}
	if err := <-called; err == nil {
		t.Error("the call succeeded")
	}
	if kept := load(t, store); kept != (dongbaejul.Tokens{}) {
		t.Errorf("the store has %+v", kept)
	}
}

// The server ends the session though its access token has expired: another is requested for that alone.
func TestSignOutWithAStaleToken(t *testing.T) {
	t.Parallel()
	server := apptest.Start(t)
	store, _ := stale(t, server, 0)
	kept := load(t, store)
	client := newClient(t, server.URL, dongbaejul.WithTokens(store))
	if err := client.SignOut(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	if left := load(t, store); left != (dongbaejul.Tokens{}) {
		t.Errorf("the store has %+v", left)
	}
	_, err := client.Auth.RefreshToken(t.Context(), &v1.RefreshTokenRequest{RefreshToken: kept.RefreshToken})
	if connect.CodeOf(err) != connect.CodeUnauthenticated {
		t.Errorf("the session goes on: %v", err)
	}
}

// Tokens that cannot be deleted are not used again, and are deleted as soon as that is possible.
func TestSignOutWithAStoreThatIsFull(t *testing.T) {
	t.Parallel()
	server := apptest.Start(t)
	store := &fullStore{TokenStore: dongbaejul.MemoryTokens(dongbaejul.Tokens{})}
	client := signIn(t, server, 0, dongbaejul.WithTokens(store))
	store.full.Store(true)
	if err := client.SignOut(t.Context(), false); !errors.Is(err, dongbaejul.ErrNotStored) || !errors.Is(err, errFull) {
		t.Errorf("got %v", err)
	}
	if err := verify(t.Context(), client); !errors.Is(err, dongbaejul.ErrSignedOut) {
		t.Errorf("got %v", err)
	}
	store.full.Store(false)
	client.Close()
	if kept := load(t, store); kept != (dongbaejul.Tokens{}) {
		t.Errorf("the store has %+v", kept)
	}
}

// Another user who has signed in by the same store meanwhile stays signed in.
func TestSignOutLeavesAnotherUsersTokens(t *testing.T) {
	t.Parallel()
	server := apptest.Start(t)
	store := dongbaejul.MemoryTokens(dongbaejul.Tokens{})
	client := signIn(t, server, 0, dongbaejul.WithTokens(store))
	other := signIn(t, server, 1, dongbaejul.WithTokens(store))
	if err := client.SignOut(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	if kept := load(t, store); kept.UserID != me(t, other) {
		t.Errorf("the store has %+v", kept)
	}
	if err := verify(t.Context(), other); err != nil {
		t.Error(err)
	}
}

// While the store is full, no call fails, and each renewal uses the newest refresh token, not the one that is stored.
func TestRenewalWithAStoreThatIsFull(t *testing.T) {
	t.Parallel()
	server := apptest.Start(t, func(c *app.Config) { c.JWTExpiresIn = 2 * time.Second })
	store := &fullStore{TokenStore: dongbaejul.MemoryTokens(dongbaejul.Tokens{})}
	sent := newCounted(t)
	client := signIn(t, server, 0, dongbaejul.WithTokens(store), dongbaejul.WithHTTPClient(sent.client()))
	first := load(t, store)
	store.full.Store(true)
	for sent.count(refreshPath) < 3 {
		if err := verify(t.Context(), client); err != nil {
			t.Fatalf("after %d renewals: %v", sent.count(refreshPath), err)
		}
	}
	if kept := load(t, store); kept != first {
		t.Errorf("the store has %+v", kept)
	}
	store.full.Store(false)
	client.Close()
	if kept := load(t, store); kept.RefreshToken == first.RefreshToken {
		t.Error("the newest tokens were not stored")
	}
	if err := verify(t.Context(), newClient(t, server.URL, dongbaejul.WithTokens(store))); err != nil {
		t.Errorf("the tokens that were stored: %v", err)
	}
}

func TestSignInWithAStoreThatIsFull(t *testing.T) {
	t.Parallel()
	server := apptest.Start(t)
	store := &fullStore{TokenStore: dongbaejul.MemoryTokens(dongbaejul.Tokens{})}
	signIn(t, server, 1, dongbaejul.WithTokens(store))
	store.full.Store(true)
	client := newClient(t, server.URL, dongbaejul.WithTokens(store))
	answer, err := client.SignIn(t.Context(), "", simulatedBrowser(server.People(t)[0].UserKey))
	if !errors.Is(err, dongbaejul.ErrNotStored) || answer == nil {
		t.Fatalf("got %v, %v", answer, err)
	}
	if id := me(t, client); id != answer.GetUser().GetId() {
		t.Errorf("signed in as %s, want %s", id, answer.GetUser().GetId())
	}
	if err := verify(t.Context(), client); err != nil {
		t.Error(err)
	}
}

// A call or stream of one user that is refused is not sent again as the user who has signed in on the same client meanwhile.
func TestARefusedCallIsNotSentAsAnother(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		path string
		call func(context.Context, *dongbaejul.Client) error
	}{
		"call": {dongbaejulv1connect.AuthServiceVerifyTokenProcedure, verify},
		"stream": {dongbaejulv1connect.EventServiceSubscribeProcedure, func(ctx context.Context, c *dongbaejul.Client) error {
			_, err := firstEvent(ctx, c)
			return err
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := apptest.Start(t)
			store, _ := stale(t, server, 0)
			sent := newCounted(t)
			var client *dongbaejul.Client
			sent.before = func(path string, n int) error {
				if path != test.path || n > 1 {
					return nil
				}
				_, err := client.SignIn(t.Context(), "", simulatedBrowser(server.People(t)[1].UserKey))
				return err
			}
			client = newClient(t, server.URL, dongbaejul.WithTokens(store), dongbaejul.WithHTTPClient(sent.client()))
			if err := test.call(t.Context(), client); !errors.Is(err, dongbaejul.ErrSignedOut) {
				t.Errorf("got %v", err)
			}
			if n := sent.count(test.path); n != 1 {
				t.Errorf("sent %d times", n)
			}
			if err := verify(t.Context(), client); err != nil {
				t.Errorf("the user who has signed in: %v", err)
			}
		})
	}
}
