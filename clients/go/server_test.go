package dongbaejul_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	dongbaejul "github.com/dongbaejul/dongbaejul/clients/go"
	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/app/apptest"
	"github.com/dongbaejul/dongbaejul/internal/testkit"
)

// patience is how long a test waits for what should come soon.
const patience = 30 * time.Second

// simulatedBrowser opens the simulator's consent page as somebody who agrees, and goes where it leads.
func simulatedBrowser(userKey string) func(context.Context, string) error {
	return func(ctx context.Context, authURL string) error {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, authURL+"&user_key="+url.QueryEscape(userKey), nil)
		if err != nil {
			return err
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			return err
		}
		return res.Body.Close()
	}
}

// newClient makes a client that waits briefly, and closes with the test.
func newClient(t testing.TB, server string, options ...dongbaejul.Option) *dongbaejul.Client {
	t.Helper()
	quick := dongbaejul.WithBackoff(20*time.Millisecond, 500*time.Millisecond)
	client, err := dongbaejul.New(server, append([]dongbaejul.Option{quick}, options...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

// signIn makes a client of the nth of the server's people.
func signIn(t testing.TB, server *apptest.Server, n int, options ...dongbaejul.Option) *dongbaejul.Client {
	t.Helper()
	client := newClient(t, server.URL, options...)
	if _, err := client.SignIn(t.Context(), "", simulatedBrowser(server.People(t)[n].UserKey)); err != nil {
		t.Fatal(err)
	}
	return client
}

// networkTo is a network to the server that can be cut, and the server's URL through it.
func networkTo(t testing.TB, server *apptest.Server) (*testkit.Proxy, string) {
	t.Helper()
	const scheme = "http://"
	network := testkit.NewProxy(t, strings.TrimPrefix(server.URL, scheme))
	return network, scheme + network.Addr
}

// me returns the id of who is signed in.
func me(t testing.TB, client *dongbaejul.Client) string {
	t.Helper()
	id, err := client.UserID(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// group opens a room with others.
func group(t testing.TB, client *dongbaejul.Client, others ...*dongbaejul.Client) string {
	t.Helper()
	req := &v1.CreateRoomRequest{Name: "모임", Type: v1.RoomType_ROOM_TYPE_GROUP}
	for _, other := range others {
		req.Participants = append(req.Participants, me(t, other))
	}
	answer, err := client.Chat.CreateRoom(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	return answer.GetRoom().GetId()
}

// say sends a message that is called after its key, again until it is answered.
func say(ctx context.Context, client *dongbaejul.Client, room, key string) (*v1.Message, error) {
	var sent *v1.Message
	err := client.Retry(ctx, func(ctx context.Context) error {
		answer, err := client.Chat.SendMessage(ctx, &v1.SendMessageRequest{RoomId: room, TempId: key, Content: key})
		sent = answer.GetMessage()
		return err
	})
	return sent, err
}

func mustSay(t testing.TB, client *dongbaejul.Client, room, key string) *v1.Message {
	t.Helper()
	m, err := say(t.Context(), client, room, key)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// transcript reads a subscription in the background.
type transcript struct {
	events chan *v1.Event
	// err may be read once events is closed.
	err  error
	stop context.CancelFunc
}

func read(t testing.TB, s *dongbaejul.Subscription) *transcript {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	r := &transcript{events: make(chan *v1.Event, 1<<14), stop: cancel}
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer close(r.events)
		for e, err := range s.Events(ctx) {
			if err != nil {
				r.err = err
				return
			}
			r.events <- e
		}
	}()
	t.Cleanup(func() { cancel(); <-done })
	return r
}

// until returns the first event that pass is true for, and passes over those before it.
func (r *transcript) until(t testing.TB, what string, pass func(*v1.Event) bool) *v1.Event {
	t.Helper()
	deadline := time.After(patience)
	for {
		select {
		case e, ok := <-r.events:
			if !ok {
				t.Fatalf("waiting for %s, the subscription has ended: %v", what, r.err)
			}
			if pass(e) {
				return e
			}
		case <-deadline:
			t.Fatal("no event came: ", what)
		}
	}
}

func (r *transcript) hello(t testing.TB) *v1.Hello {
	t.Helper()
	return r.until(t, "hello", func(e *v1.Event) bool { return e.GetHello() != nil }).GetHello()
}

// message returns the next message, and fails when it is not the one that is called so.
func (r *transcript) message(t testing.TB, key string) *v1.Message {
	t.Helper()
	m := r.until(t, key, func(e *v1.Event) bool { return e.GetMessage() != nil }).GetMessage()
	if m.GetTempId() != key {
		t.Fatalf("got %s, want %s", m.GetTempId(), key)
	}
	return m
}

// end returns why the subscription ended.
func (r *transcript) end(t testing.TB) error {
	t.Helper()
	deadline := time.After(patience)
	for {
		select {
		case _, ok := <-r.events:
			if !ok {
				return r.err
			}
		case <-deadline:
			t.Fatal("the subscription goes on")
		}
	}
}

// counted sends what a client does, and counts it by path. before may refuse a request.
type counted struct {
	next   http.RoundTripper
	before func(path string, n int) error
	// after may lose an answer.
	after func(path string, n int) error

	mu    sync.Mutex
	paths map[string]int
}

func newCounted(t testing.TB) *counted {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.Protocols = new(http.Protocols)
	transport.Protocols.SetUnencryptedHTTP2(true)
	t.Cleanup(transport.CloseIdleConnections)
	return &counted{next: transport, paths: make(map[string]int)}
}

func (c *counted) client() *http.Client { return &http.Client{Transport: c} }

func (c *counted) count(path string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.paths[path]
}

func (c *counted) RoundTrip(req *http.Request) (*http.Response, error) {
	path := req.URL.Path
	c.mu.Lock()
	c.paths[path]++
	n := c.paths[path]
	c.mu.Unlock()
	if c.before != nil {
		if err := c.before(path, n); err != nil {
			return nil, err
		}
	}
	res, err := c.next.RoundTrip(req)
	if err == nil && c.after != nil {
		if err := c.after(path, n); err != nil {
			res.Body.Close()
			return nil, err
		}
	}
	return res, err
}

var errLost = errors.New("lost on the way")

// writer sends numbered messages until it is stopped, each again until it is answered.
type writer struct {
	sent atomic.Int64
	stop context.CancelFunc
	done chan error
}

func write(t testing.TB, client *dongbaejul.Client, room string) *writer {
	t.Helper()
	w := &writer{done: make(chan error, 1)}
	stopped := make(chan struct{})
	w.stop = sync.OnceFunc(func() { close(stopped) })
	go func() {
		for i := 1; ; i++ {
			select {
			case <-stopped:
				w.done <- nil
				return
			default:
			}
			if _, err := say(context.Background(), client, room, fmt.Sprint(i)); err != nil {
				w.done <- err
				return
			}
			w.sent.Add(1)
		}
	}()
	return w
}

// last stops the writer and returns the number of its last message.
func (w *writer) last(t testing.TB) int64 {
	t.Helper()
	w.stop()
	if err := <-w.done; err != nil {
		t.Fatal(err)
	}
	return w.sent.Load()
}
