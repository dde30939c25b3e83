package app

import (
	"context"
	"errors"
	"net"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"connectrpc.com/connect"

	dongbaejulv1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1/dongbaejulv1connect"
)

// diary notes what happens, in order.
type diary struct {
	mu     sync.Mutex
	events []string
}

func (d *diary) note(event string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.events = append(d.events, event)
}

// slowPosts has a call that takes until it is released, or its context ends.
type slowPosts struct {
	dongbaejulv1connect.UnimplementedPostServiceHandler
	began   chan struct{}
	release chan struct{}
	diary   *diary
}

func (p slowPosts) ListPosts(ctx context.Context, _ *dongbaejulv1.ListPostsRequest) (*dongbaejulv1.ListPostsResponse, error) {
	close(p.began)
	select {
	case <-p.release:
		p.diary.note("call ends")
		return &dongbaejulv1.ListPostsResponse{}, nil
	case <-ctx.Done():
		p.diary.note("call is cut off")
		return nil, ctx.Err()
	}
}

// start serves a backend whose end the test decides.
func start(t *testing.T, b Backend) (s *testServer, served chan error) {
	t.Helper()
	a, err := newApp(testConfig(), b)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served = make(chan error, 1)
	go func() { served <- a.Serve(listener) }()
	return &testServer{App: a, url: "http://" + listener.Addr().String(), token: goodToken}, served
}

// ask sends a request to the call of slowPosts.
func (s *testServer) ask(t *testing.T) <-chan int {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), "GET", s.url+"/api/v1/posts", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+goodToken)
	status := make(chan int, 1)
	go func() {
		response, err := http.DefaultTransport.RoundTrip(request)
		if err != nil {
			status <- 0
			return
		}
		_ = response.Body.Close()
		status <- response.StatusCode
	}()
	return status
}

func TestCloseInOrder(t *testing.T) {
	var d diary
	leave := make(chan struct{})
	posts := slowPosts{began: make(chan struct{}), release: make(chan struct{}), diary: &d}
	b := testBackend(t, Services{Chat: testChat{leave: leave}, Posts: posts})
	var a *App
	b.Leave = func() {
		if !a.health.stopping.Load() {
			t.Error("streams are told to leave while health says yes")
		}
		d.note("leave")
		close(leave)
		close(posts.release)
	}
	b.Close = func() error { d.note("close"); return nil }
	s, served := start(t, b)
	a = s.App

	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	stream := s.watch(t, t.Context(), transport)
	if !stream.Receive() {
		t.Fatal(stream.Err())
	}
	status := s.ask(t)
	<-posts.began

	if err := s.Close(t.Context()); err != nil {
		t.Errorf("close: %v", err)
	}
	if stream.Receive() || connect.CodeOf(stream.Err()) != connect.CodeUnavailable {
		t.Errorf("the stream ends with %v", stream.Err())
	}
	if got := <-status; got != http.StatusOK {
		t.Errorf("the call gets %d", got)
	}
	if want := []string{"leave", "call ends", "close"}; !slices.Equal(d.events, want) {
		t.Errorf("%v, want %v", d.events, want)
	}
	if err := <-served; err != nil {
		t.Errorf("serve: %v", err)
	}
	// Once is enough.
	if err := s.Close(t.Context()); err != nil || len(d.events) != 3 {
		t.Errorf("closed again: %v %v", err, d.events)
	}
}

// While load balancers notice, what they send is served.
func TestCloseGivesLoadBalancersTime(t *testing.T) {
	var d diary
	posts := slowPosts{began: make(chan struct{}), release: make(chan struct{}), diary: &d}
	close(posts.release)
	b := testBackend(t, Services{Posts: posts})
	b.Leave = func() { d.note("leave") }
	s, served := start(t, b)
	s.cfg.ShutdownDelay = time.Hour
	ctx, enough := context.WithCancel(t.Context())
	defer enough()
	closed := make(chan error, 1)
	go func() { closed <- s.Close(ctx) }()
	for status := 0; status != http.StatusServiceUnavailable; {
		response, err := http.Get(s.url + "/health")
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		status = response.StatusCode
	}
	if got := <-s.ask(t); got != http.StatusOK {
		t.Errorf("a call meanwhile gets %d", got)
	}
	enough()
	<-closed
	if want := []string{"call ends", "leave"}; !slices.Equal(d.events, want) {
		t.Errorf("%v, want %v", d.events, want)
	}
	if err := <-served; err != nil {
		t.Errorf("serve: %v", err)
	}
}

func TestCloseCutsOffWhatDoesNotEnd(t *testing.T) {
	var d diary
	posts := slowPosts{began: make(chan struct{}), diary: &d}
	b := testBackend(t, Services{Posts: posts})
	broken := errors.New("the store is broken")
	b.Close = func() error { return broken }
	s, served := start(t, b)
	status := s.ask(t)
	<-posts.began
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if err := s.Close(ctx); !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, broken) {
		t.Errorf("close: %v", err)
	}
	if got := <-status; got == http.StatusOK {
		t.Errorf("the call gets %d", got)
	}
	if err := <-served; err != nil {
		t.Errorf("serve: %v", err)
	}
}

func TestServeAfterClose(t *testing.T) {
	a, err := newApp(testConfig(), testBackend(t, Services{}))
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Serve(listener); err != nil {
		t.Errorf("serve: %v", err)
	}
}
