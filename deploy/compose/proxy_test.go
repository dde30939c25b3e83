package compose_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/app"
	"github.com/dongbaejul/dongbaejul/internal/app/apptest"
	"github.com/dongbaejul/dongbaejul/internal/testkit"
)

// upstream stands in for a server process, where a test looks at what the proxy makes of a request.
type upstream struct {
	address string
	server  *http.Server
	// open is how many streams there are.
	open atomic.Int64
	// closing makes it say at /health that it will not be there for long.
	closing atomic.Bool
	// Once hang is closed it keeps silent, as a process that is stopped does, until the test has ended.
	hang, ended chan struct{}
}

// startUpstream serves /who (the protocol and the client), /stream (a word, and then silence for as long as the client is there) and
// /health.
func startUpstream(t *testing.T) *upstream {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	u := &upstream{address: listener.Addr().String(), hang: make(chan struct{}), ended: make(chan struct{})}
	mux := http.NewServeMux()
	mux.HandleFunc("/health", func(w http.ResponseWriter, _ *http.Request) {
		if u.closing.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	mux.HandleFunc("/who", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, u.address, " ", r.Proto, " ", strings.Join(r.Header.Values("X-Forwarded-For"), ", "))
	})
	mux.HandleFunc("/stream", func(w http.ResponseWriter, r *http.Request) {
		u.open.Add(1)
		defer u.open.Add(-1)
		fmt.Fprint(w, "hello")
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	})
	u.server = &http.Server{Handler: u.unlessHanging(mux), Protocols: new(http.Protocols)}
	u.server.Protocols.SetUnencryptedHTTP2(true)
	go func() { _ = u.server.Serve(listener) }()
	t.Cleanup(func() {
		close(u.ended)
		u.server.Close()
	})
	return u
}

func (u *upstream) unlessHanging(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-u.hang:
			<-u.ended
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// ask returns what /who answers, and the empty text where no process does.
func ask(t *testing.T, url string, header http.Header) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+"/who", strings.NewReader("a body"))
	if err != nil {
		t.Fatal(err)
	}
	req.Header = header
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		return ""
	}
	return string(text)
}

// The processes are spoken to over HTTP/2, and told who calls by the proxy alone.
func TestWhatProcessesAreTold(t *testing.T) {
	t.Parallel()
	process := startUpstream(t)
	url := startCaddy(t, process.address)
	invented := http.Header{"X-Forwarded-For": {"203.0.113.9", "10.89.27.2"}}
	if got, want := ask(t, url, invented), process.address+" HTTP/2.0 127.0.0.1"; got != want {
		t.Errorf("the process was told %q, want %q", got, want)
	}
}

// A stream's words arrive while it is open, and it ends for the process when the client goes.
func TestStreams(t *testing.T) {
	t.Parallel()
	process := startUpstream(t)
	url := startCaddy(t, process.address)
	res, err := http.Get(url + "/stream")
	if err != nil {
		t.Fatal(err)
	}
	word := make([]byte, len("hello"))
	if _, err := io.ReadFull(res.Body, word); err != nil || string(word) != "hello" || process.open.Load() != 1 {
		t.Fatalf("%q, %v, with %d streams open", word, err, process.open.Load())
	}
	res.Body.Close()
	testkit.Eventually(t, "the process's stream ends with the client's", func() bool { return process.open.Load() == 0 })
}

func TestStreamsGoWhereThereAreFewest(t *testing.T) {
	t.Parallel()
	one, two := startUpstream(t), startUpstream(t)
	url := startCaddy(t, one.address, two.address)
	for range 10 {
		res, err := http.Get(url + "/stream")
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
	}
	if a, b := one.open.Load(), two.open.Load(); a != 5 || b != 5 {
		t.Errorf("the processes have %d and %d streams", a, b)
	}
}

// A process that says that it closes, and waits for the proxy to notice, takes no call with it.
func TestAProcessThatCloses(t *testing.T) {
	t.Parallel()
	one, two := startUpstream(t), startUpstream(t)
	url := startCaddy(t, one.address, two.address)
	asked := func() bool {
		answer := ask(t, url, nil)
		if answer == "" {
			t.Error("a call failed")
		}
		return strings.HasPrefix(answer, one.address)
	}
	testkit.Eventually(t, "both are asked", asked)
	one.closing.Store(true)
	inARow := 0
	testkit.Eventually(t, "it is asked no more", func() bool {
		inARow++
		if asked() {
			inARow = 0
		}
		return inARow == 50
	})
	if err := one.server.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	for range 50 {
		if asked() {
			t.Error("it is asked when it is gone")
		}
	}
}

// Where a process is gone, or is there and keeps silent, calls go to the other one. Those that it had are lost.
func TestAProcessThatIsLost(t *testing.T) {
	t.Parallel()
	for how, lose := range map[string]func(*upstream){
		"gone":   func(u *upstream) { u.server.Close() },
		"silent": func(u *upstream) { close(u.hang) },
	} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			one, two := startUpstream(t), startUpstream(t)
			url := startCaddy(t, one.address, two.address)
			lose(one)
			impatient := &http.Client{Timeout: time.Second}
			inARow := 0
			testkit.Eventually(t, "every call goes to the process that is left", func() bool {
				inARow++
				if res, err := impatient.Post(url+"/who", "text/plain", strings.NewReader("a body")); err != nil {
					inARow = 0
				} else {
					res.Body.Close()
					if res.StatusCode != http.StatusOK {
						inARow = 0
					}
				}
				return inARow == 50
			})
		})
	}
}

// The product through the proxy, in every way that a client can speak to it.
func TestTheProductThroughTheProxy(t *testing.T) {
	t.Parallel()
	server := apptest.Start(t, func(cfg *app.Config) {
		cfg.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}
	})
	through := &apptest.Server{URL: startCaddy(t, strings.TrimPrefix(server.URL, "http://"))}
	for _, over := range apptest.Transports() {
		t.Run(over.Name, func(t *testing.T) {
			club := through.Club(t, 2, over)
			room := club[0].Group(t, club[1])
			stream := club[1].Subscribe(t, &v1.SubscribeRequest{})
			stream.Hello(t)
			sent, err := club[0].Chat.SendMessage(t.Context(), &v1.SendMessageRequest{RoomId: room.GetId(), TempId: "1", Content: "2번 코트!"})
			if err != nil {
				t.Fatal(err)
			}
			stream.Until(t, "the message", func(e *v1.Event) bool { return e.GetMessage().GetId() == sent.GetMessage().GetId() })
		})
	}
}
