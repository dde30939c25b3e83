package app_test

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"connectrpc.com/connect"
	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/app/apptest"
)

func TestSignalsThatEndTheServer(t *testing.T) {
	for _, signal := range []os.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP} {
		t.Run(fmt.Sprint(signal), func(t *testing.T) {
			t.Parallel()
			p := apptest.StartProcessIn(t, apptest.Setting{})
			p.Signal(t, signal)
			if err := p.Wait(); err != nil {
				t.Error(err)
			}
		})
	}
}

// Who sends a second signal does not want to wait for what the first one has begun.
func TestASecondSignalEndsTheServerAtOnce(t *testing.T) {
	const delay = 10 * time.Second
	for _, second := range []os.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP} {
		t.Run(fmt.Sprint(second), func(t *testing.T) {
			t.Parallel()
			p := apptest.StartProcessIn(t, apptest.Setting{}, "SHUTDOWN_DELAY="+delay.String())
			began := time.Now()
			p.Signal(t, syscall.SIGTERM)
			<-time.After(20 * time.Millisecond) // two signals that come together are one
			p.Signal(t, second)
			if err := p.Wait(); err == nil {
				t.Error("it says that it ended in order")
			}
			if took := time.Since(began); took > delay/2 {
				t.Errorf("it took %s", took)
			}
		})
	}
}

// Requests whose bodies do not arrive do not hold up a server that closes.
func TestHalfSentBodiesDoNotHoldUpClosing(t *testing.T) {
	for name, token := range map[string]func(*apptest.Server) string{
		"members":   func(s *apptest.Server) string { return s.Club(t, 1, apptest.ConnectBinary)[0].AccessToken },
		"strangers": func(*apptest.Server) string { return "nobody" },
	} {
		t.Run(name, func(t *testing.T) {
			s := apptest.StartIn(t, apptest.Setting{})
			bearer := token(s)
			for i := range 5 {
				conn, err := net.Dial("tcp", strings.TrimPrefix(s.URL, "http://"))
				fatal(t, err)
				defer conn.Close()
				path := []string{"/dongbaejul.v1.UserService/UpdateProfile", "/dongbaejul.v1.EventService/Subscribe", "/api/v1/chat/rooms"}[i%3]
				kind := []string{"application/proto", "application/connect+proto", "application/json"}[i%3]
				_, err = fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer %s\r\nContent-Type: %s\r\n"+
					"Content-Length: 1000\r\n\r\nhalf", path, bearer, kind)
				fatal(t, err)
			}
			// One that is answered: those before it have reached the server.
			conn, err := net.Dial("tcp", strings.TrimPrefix(s.URL, "http://"))
			fatal(t, err)
			defer conn.Close()
			_, err = io.WriteString(conn, "GET /health HTTP/1.1\r\nHost: test\r\n\r\n")
			fatal(t, err)
			_, err = conn.Read(make([]byte, 1))
			fatal(t, err)
			closesWithin(t, s, 5*time.Second)
		})
	}
}

// Connections on which no request arrives do not hold up a server that closes.
func TestSilentConnectionsDoNotHoldUpClosing(t *testing.T) {
	for name, sent := range map[string]string{"nothing": "", "half a header": "GET /health HTTP/1.1\r\nHo"} {
		t.Run(name, func(t *testing.T) {
			s := apptest.StartIn(t, apptest.Setting{})
			for range 5 {
				conn, err := net.Dial("tcp", strings.TrimPrefix(s.URL, "http://"))
				fatal(t, err)
				defer conn.Close()
				_, err = io.WriteString(conn, sent)
				fatal(t, err)
			}
			closesWithin(t, s, 3*time.Second)
		})
	}
}

// A client that does not read its stream, such as one behind a proxy while its app is in the background, does not hold up a server
// that closes.
func TestStreamsThatAreNotReadDoNotHoldUpClosing(t *testing.T) {
	s := apptest.StartIn(t, apptest.Setting{})
	club := s.Club(t, 2, apptest.ConnectBinary)
	room := club[0].Group(t, club[1]).GetId()
	small := net.Dialer{Control: func(_, _ string, raw syscall.RawConn) error {
		return raw.Control(func(fd uintptr) { _ = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, 4096) })
	}}
	conn, err := small.DialContext(t.Context(), "tcp", strings.TrimPrefix(s.URL, "http://"))
	fatal(t, err)
	defer conn.Close()
	_, err = fmt.Fprintf(conn, "POST /dongbaejul.v1.EventService/Subscribe HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer %s\r\n"+
		"Content-Type: application/connect+json\r\nContent-Length: 7\r\n\r\n\x00\x00\x00\x00\x02{}", club[1].AccessToken)
	fatal(t, err)
	_, err = conn.Read(make([]byte, 1))
	fatal(t, err)
	content := strings.Repeat("가", 9000)
	for i := range 250 {
		_, err := club[0].Chat.SendMessage(t.Context(), &v1.SendMessageRequest{RoomId: room, TempId: fmt.Sprint(i), Content: content})
		fatal(t, err)
	}
	closesWithin(t, s, 5*time.Second)
}

// closesWithin stops the server, which fails the test where calls were cut off.
func closesWithin(t *testing.T, s *apptest.Server, most time.Duration) {
	t.Helper()
	began := time.Now()
	s.Stop()
	if took := time.Since(began); took > most {
		t.Errorf("closing took %s", took)
	}
}

// Clients that leave HTTP/2's window full do not hold up a server that closes, whichever handler answers them.
func TestAnswersWithoutAWindowDoNotHoldUpClosing(t *testing.T) {
	for _, path := range []string{"/health", "/nowhere", "/", "/api/v1/auth/verify", "/docs"} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			s := apptest.StartIn(t, apptest.Setting{})
			conn, err := net.Dial("tcp", strings.TrimPrefix(s.URL, "http://"))
			fatal(t, err)
			defer conn.Close()
			_, err = io.WriteString(conn, http2.ClientPreface)
			fatal(t, err)
			framer := http2.NewFramer(conn, conn)
			fatal(t, framer.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 0}))
			var header bytes.Buffer
			encoder := hpack.NewEncoder(&header)
			for _, field := range [][2]string{{":method", "GET"}, {":scheme", "http"}, {":authority", "test"}, {":path", path}} {
				fatal(t, encoder.WriteField(hpack.HeaderField{Name: field[0], Value: field[1]}))
			}
			fatal(t, framer.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: header.Bytes(), EndStream: true, EndHeaders: true}))
			for {
				frame, err := framer.ReadFrame()
				fatal(t, err)
				if frame.Header().Type == http2.FrameHeaders {
					break
				}
			}
			closesWithin(t, s, 5*time.Second)
		})
	}
}

// Many streams of few connections, as behind a proxy, are all told why they end.
func TestManyStreamsOfFewConnectionsEndInOrder(t *testing.T) {
	const clients, streams = 20, 30
	s := apptest.StartIn(t, apptest.Setting{})
	var open, ended sync.WaitGroup
	for _, m := range s.Club(t, clients, apptest.GRPC) {
		for range streams {
			open.Add(1)
			ended.Go(func() {
				stream, err := m.Events.Subscribe(t.Context(), &v1.SubscribeRequest{})
				greeted := err == nil && stream.Receive()
				open.Done()
				if !greeted {
					return
				}
				for stream.Receive() {
				}
				if code := connect.CodeOf(stream.Err()); code != connect.CodeUnavailable {
					t.Errorf("a stream ended with %v", stream.Err())
				}
			})
		}
	}
	open.Wait()
	closesWithin(t, s, 8*time.Second)
	ended.Wait()
}
