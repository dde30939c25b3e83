package app_test

import (
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

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
			began := time.Now()
			s.Stop() // it fails the test where calls were cut off
			if took := time.Since(began); took > 5*time.Second {
				t.Errorf("closing took %s", took)
			}
		})
	}
}
