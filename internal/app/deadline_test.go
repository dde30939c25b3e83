package app

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"connectrpc.com/connect"
)

// pipes is a network in memory, whose deadlines go by the clock of a synctest bubble.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
}

func newPipes() *pipes { return &pipes{conns: make(chan net.Conn), closed: make(chan struct{})} }

func (p *pipes) dial(context.Context, string, string) (net.Conn, error) {
	client, server := net.Pipe()
	p.conns <- server
	return client, nil
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case conn := <-p.conns:
		return conn, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { close(p.closed); return nil }
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }

// overPipes runs test against a server of handler, with clients of HTTP/1.1 and of HTTP/2, in a bubble.
func overPipes(t *testing.T, handler http.Handler, test func(t *testing.T, client *http.Client)) {
	t.Helper()
	for name, http2 := range map[string]bool{"HTTP/1.1": false, "HTTP/2": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				network := newPipes()
				server := newServer(t.Context(), handler, slog.New(slog.DiscardHandler))
				// Its pings would be what the clock goes on to.
				server.HTTP2 = nil
				served := make(chan error, 1)
				go func() { served <- server.Serve(network) }()
				protocols := new(http.Protocols)
				protocols.SetHTTP1(!http2)
				protocols.SetUnencryptedHTTP2(http2)
				transport := &http.Transport{DialContext: network.dial, Protocols: protocols}
				test(t, &http.Client{Transport: transport})
				transport.CloseIdleConnections()
				if err := server.Close(); err != nil {
					t.Error(err)
				}
				<-served
				// By the bubble's clock, everything that still waits for something gives up.
				time.Sleep(time.Hour)
			})
		})
	}
}

// trickle is a body that ends late.
type trickle struct{ last time.Duration }

func (b *trickle) Read(p []byte) (int, error) {
	if b.last == 0 {
		return 0, io.EOF
	}
	time.Sleep(b.last) // the bubble's clock
	b.last = 0
	return copy(p, "x"), nil
}

func TestBodyMustArriveInTime(t *testing.T) {
	read := make(chan error, 1)
	handler := after([]step{newBodies(time.Second).limit}, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, err := io.ReadAll(r.Body)
		read <- err
	}))
	overPipes(t, handler, func(t *testing.T, client *http.Client) {
		for took, want := range map[time.Duration]connect.Code{500 * time.Millisecond: 0, 2 * time.Second: connect.CodeDeadlineExceeded} {
			request, err := http.NewRequestWithContext(t.Context(), "POST", "http://server/", &trickle{last: took})
			if err != nil {
				t.Fatal(err)
			}
			if response, err := client.Do(request); err == nil {
				_ = response.Body.Close()
			}
			err = <-read
			if want == 0 && err != nil || want != 0 && connect.CodeOf(err) != want {
				t.Errorf("a body that takes %s: %v", took, err)
			}
		}
	})
}

func TestStreamsOutliveTheBodyDeadline(t *testing.T) {
	handler := after([]step{newBodies(time.Second).limit}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.ReadAll(r.Body); err != nil {
			t.Error(err)
		}
		controller := http.NewResponseController(w)
		for range 3 {
			if _, err := io.WriteString(w, "x"); err != nil {
				t.Error(err)
			}
			if err := controller.Flush(); err != nil {
				t.Error(err)
			}
			select {
			case <-r.Context().Done():
				t.Error("the deadline has ended the stream")
			case <-time.After(time.Minute):
			}
		}
	}))
	overPipes(t, handler, func(t *testing.T, client *http.Client) {
		request, err := http.NewRequestWithContext(t.Context(), "POST", "http://server/", strings.NewReader("body"))
		if err != nil {
			t.Fatal(err)
		}
		response, err := client.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		if got, err := io.ReadAll(response.Body); err != nil || string(got) != "xxx" {
			t.Errorf("%q %v", got, err)
		}
	})
}

// A client that takes nothing of its answer is let go, whoever answers.
func TestAnswersMustBeTaken(t *testing.T) {
	const large = 1 << 20
	files := builtApp(t)
	files["assets/large-a1.js.gz"] = &fstest.MapFile{Data: make([]byte, large)}
	files["assets/large-a1.js.br"] = files["assets/large-a1.js.gz"]
	app, err := pages(files)
	if err != nil {
		t.Fatal(err)
	}
	for name, handler := range map[string]http.Handler{
		"a call": http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write(make([]byte, large))
		}),
		"the web app": app["GET /assets/large-a1.js"],
		"a picture": http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", strconv.Itoa(10*large))
			_, _ = w.Write(make([]byte, 10*large))
		}),
	} {
		want := answerTimeout
		if name == "a picture" {
			// As slowly as one may be uploaded.
			want = 320 * time.Second
		}
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				network := newPipes()
				took := make(chan time.Duration, 1)
				server := newServer(t.Context(), http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					began := time.Now()
					answering(handler).ServeHTTP(w, r)
					took <- time.Since(began)
				}), slog.New(slog.DiscardHandler))
				served := make(chan error, 1)
				go func() { served <- server.Serve(network) }()
				client, err := network.dial(t.Context(), "", "")
				if err != nil {
					t.Fatal(err)
				}
				defer client.Close()
				if _, err := io.WriteString(client, "GET / HTTP/1.1\r\nHost: server\r\nAccept-Encoding: br\r\n\r\n"); err != nil {
					t.Fatal(err)
				}
				select {
				case got := <-took:
					if got != want {
						t.Errorf("after %s, want %s", got, want)
					}
				case <-time.After(time.Hour):
					t.Error("it is waited for")
				}
				client.Close()
				if err := server.Close(); err != nil {
					t.Error(err)
				}
				<-served
			})
		})
	}
}
