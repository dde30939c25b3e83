package rpc_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"connectrpc.com/connect"

	dongbaejulv1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1/dongbaejulv1connect"
	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/rpc"
)

// unread is a body that counts what is read of it.
type unread struct {
	io.Reader
	n int
}

func (u *unread) Read(p []byte) (int, error) {
	n, err := u.Reader.Read(p)
	u.n += n
	return n, err
}

func (*unread) Close() error { return nil }

// kinds are what the body of a call may be.
var kinds = map[string]struct{ path, contentType string }{
	"Connect JSON":          {sendMessage, "application/json"},
	"Connect binary":        {sendMessage, "application/proto"},
	"gRPC":                  {sendMessage, "application/grpc"},
	"gRPC-Web":              {sendMessage, "application/grpc-web+proto"},
	"a stream of JSON":      {watchRoom, "application/connect+json"},
	"a stream of protobuf":  {watchRoom, "application/connect+proto"},
	"a stream over gRPC":    {watchRoom, "application/grpc+proto"},
	"a stream over gRPCWeb": {watchRoom, "application/grpc-web+json"},
}

func TestNothingIsReadOfACallThatIsRefusedByItsHeader(t *testing.T) {
	count := &counter{}
	limits := rpc.NewLimits(count)
	limits.Everybody.Requests = len(kinds)
	chain, err := rpc.New(rpc.Config{Log: discard, Authenticator: authenticator{}, Limits: limits})
	if err != nil {
		t.Fatal(err)
	}
	_, handler := dongbaejulv1connect.NewChatServiceHandler(&chat{}, chain.Authenticated()...)
	handler = rpc.WithRequest(nil, chain.Handler(handler))
	for _, code := range []connect.Code{connect.CodeUnauthenticated, connect.CodeResourceExhausted} {
		for name, kind := range kinds {
			body := &unread{Reader: strings.NewReader(strings.Repeat("x", 1<<20))}
			r := httptest.NewRequest(http.MethodPost, kind.path, nil)
			r.Body, r.ContentLength, r.ProtoMajor = body, 1<<20, 2
			r.Header.Set("Content-Type", kind.contentType)
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, r)
			answer := w.Body.String() + fmt.Sprint(w.Header(), w.Result().Trailer)
			if grpc := fmt.Sprintf("Grpc-Status:[%d]", code); !strings.Contains(answer, `"`+code.String()+`"`) && !strings.Contains(answer, grpc) {
				t.Errorf("%s: answered %d %s, want %v", name, w.Code, answer, code)
			}
			if body.n > 0 {
				t.Errorf("%s: %d bytes were read before %v", name, body.n, code)
			}
		}
	}
}

func TestWhatConnectRefusesIsCounted(t *testing.T) {
	for name, c := range map[string]struct {
		method, path, contentType string
		body                      string
		header                    []string
		status                    int
	}{
		"malformed JSON":         {http.MethodPost, sendMessage, "application/json", "{", nil, 400},
		"malformed protobuf":     {http.MethodPost, sendMessage, "application/proto", "\xff", nil, 400},
		"an unsupported type":    {http.MethodPost, sendMessage, "text/html", "{}", nil, 415},
		"an unsupported packing": {http.MethodPost, sendMessage, "application/json", "{}", []string{"Content-Encoding", "br"}, 400},
		"a malformed timeout":    {http.MethodPost, sendMessage, "application/json", "{}", []string{"Connect-Timeout-Ms", "x"}, 400},
		"another method":         {http.MethodPut, sendMessage, "application/json", "{}", nil, 405},
		"too much":               {http.MethodPost, sendMessage, "application/json", `{"x":"` + strings.Repeat("x", 300<<10) + `"}`, nil, 429},
		"no such call":           {http.MethodPost, "/dongbaejul.v1.ChatService/Nothing", "application/json", "{}", nil, 404},
		"a malformed sign-in":    {http.MethodPost, dongbaejulv1connect.AuthServiceCompleteBandLoginProcedure, "application/json", "{", nil, 400},
	} {
		t.Run(name, func(t *testing.T) {
			f, _ := limited(t, 5)
			for i := range 7 {
				r, err := http.NewRequestWithContext(t.Context(), c.method, f.URL+c.path, strings.NewReader(c.body))
				if err != nil {
					t.Fatal(err)
				}
				r.Header = signedIn(append([]string{"Content-Type", c.contentType}, c.header...)...)
				res, err := f.Client().Do(r)
				if err != nil {
					t.Fatal(err)
				}
				answer, _ := io.ReadAll(res.Body)
				res.Body.Close()
				limited := strings.Contains(string(answer), "RATE_LIMITED")
				if i < 5 && (res.StatusCode != c.status || limited) || i >= 5 && (res.StatusCode != http.StatusTooManyRequests || !limited) {
					t.Errorf("call %d: %s %s", i+1, res.Status, answer)
				}
				if i >= 5 && res.Header.Get("Retry-After") == "" {
					t.Errorf("call %d does not say when to come back: %v", i+1, res.Header)
				}
			}
		})
	}
}

// bomb is n zeros in little.
func bomb(t testing.TB, n int64) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := io.CopyN(w, zeros{}, n); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

func TestBombsAreNotUnpacked(t *testing.T) {
	packed := bomb(t, 64<<20)
	for _, c := range []struct {
		path, contentType, encoding string
		body                        []byte
	}{
		{sendMessage, "application/json", "Content-Encoding", packed},
		{sendMessage, "application/proto", "Content-Encoding", packed},
		{watchRoom, "application/connect+proto", "Connect-Content-Encoding", append([]byte{1}, frame(packed)[1:]...)},
	} {
		f := newFixture(t, nil)
		res, body := f.post(t, c.path, c.contentType, c.body, c.encoding, "gzip")
		if !strings.Contains(string(body), `"resource_exhausted"`) || !strings.Contains(string(body), "KiB") {
			t.Errorf("%s: %s %s", c.contentType, res.Status, body)
		}
		// Whoever names the size has unpacked it all.
		if strings.Contains(string(body), fmt.Sprint(64<<20)) {
			t.Errorf("%s: it was unpacked: %s", c.contentType, body)
		}
	}
}

// What a client writes in the longest way, with each character as an escape, is taken.
func TestTheLongestOfWhatIsValidIsTaken(t *testing.T) {
	f := newFixture(t, nil)
	content := strings.Repeat("🏸", 10_000)
	escaped := `{"roomId":"r1","tempId":"t1","content":"` + strings.Repeat(`\ud83c\udff8`, 10_000) + `"}`
	if res, body := f.post(t, sendMessage, "application/json", []byte(escaped)); res.StatusCode != http.StatusOK {
		t.Errorf("escaped: %s %.300s", res.Status, body)
	}
	for protocol, options := range protocols {
		options = append(options, connect.WithSendGzip())
		res, err := f.client(signedIn(), options...).SendMessage(t.Context(), aMessage(content))
		if err != nil || res.GetMessage().GetContent() != content {
			t.Errorf("%s: %v", protocol, err)
		}
	}
}

func TestRefusalsThatAreAlikeAreLoggedOnce(t *testing.T) {
	f := newFixture(t, nil)
	f.chat.list = func(context.Context) (*dongbaejulv1.ListRoomsResponse, error) {
		return nil, fault.New(fault.Unavailable, "STORE_UNAVAILABLE", "", "").WithCause(errors.New("connection reset"))
	}
	for range 20 {
		_, _ = f.client(http.Header{}).ListRooms(t.Context(), &dongbaejulv1.ListRoomsRequest{})
		_, _ = f.client(signedIn()).ListRooms(t.Context(), &dongbaejulv1.ListRoomsRequest{})
		f.post(t, sendMessage, "application/json", []byte("{"))
	}
	// What succeeds is logged as ever, after all of them.
	for range 3 {
		if _, err := f.client(signedIn()).SendMessage(t.Context(), aMessage("x")); err != nil {
			t.Fatal(err)
		}
	}
	f.log.call(t, 6)
	codes := map[any]int{}
	for _, record := range f.log.records(t) {
		codes[record["code"]]++
	}
	want := map[any]int{"unauthenticated": 1, "unavailable": 1, "invalid_argument": 1, "ok": 3}
	if fmt.Sprint(codes) != fmt.Sprint(want) {
		t.Errorf("logged %v, want %v", codes, want)
	}
}
