package rpc_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/proto"

	dongbaejulv1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
)

// post sends the body as it is, signed in.
func (f *fixture) post(t *testing.T, path, contentType string, body []byte, more ...string) (*http.Response, []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, f.URL+path, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header = signedIn(append([]string{"Content-Type", contentType}, more...)...)
	return f.send(t, req)
}

// send returns the answer to req, and its body.
func (f *fixture) send(t *testing.T, req *http.Request) (*http.Response, []byte) {
	t.Helper()
	res, err := f.Client().Transport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, answer
}

// frame is a message as streams and gRPC have them.
func frame(message []byte) []byte {
	return append(binary.BigEndian.AppendUint32([]byte{0}, uint32(len(message))), message...)
}

const (
	sendMessage = "/dongbaejul.v1.ChatService/SendMessage"
	watchRoom   = "/dongbaejul.v1.ChatService/WatchRoom"
)

// answered is an error as the Connect protocol writes it.
type answered struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Details []struct {
		Type  string          `json:"type"`
		Debug json.RawMessage `json:"debug"`
	} `json:"details"`
}

func (a answered) reason(t *testing.T) (reason string, metadata map[string]string, requestID string) {
	t.Helper()
	for _, d := range a.Details {
		var debug struct {
			Reason, RequestID string
			Metadata          map[string]string
		}
		if err := json.Unmarshal(d.Debug, &debug); err != nil {
			t.Fatal(err)
		}
		switch d.Type {
		case "google.rpc.ErrorInfo":
			reason, metadata = debug.Reason, debug.Metadata
		case "google.rpc.RequestInfo":
			requestID = debug.RequestID
		}
	}
	return reason, metadata, requestID
}

func TestWhatConnectRefusesByItself(t *testing.T) {
	big := []byte(`{"roomId":"r1","tempId":"t1","content":"` + strings.Repeat("a", 5<<20) + `"}`)
	for _, c := range []struct {
		name, path, contentType string
		body                    []byte
		header                  []string
		code                    connect.Code
		reason, message         string
	}{
		{"what is no JSON", sendMessage, "application/json", []byte(`{"roomId":`), nil, connect.CodeInvalidArgument, "MALFORMED_REQUEST", "요청 형식이 올바르지 않습니다."},
		{"in English", sendMessage, "application/json", []byte(`[]`), []string{"Accept-Language", "en"}, connect.CodeInvalidArgument, "MALFORMED_REQUEST", "The request is malformed."},
		{"what is no protobuf", sendMessage, "application/proto", []byte{0xff}, nil, connect.CodeInvalidArgument, "MALFORMED_REQUEST", "요청 형식이 올바르지 않습니다."},
		{"too much", sendMessage, "application/json", big, nil, connect.CodeResourceExhausted, "REQUEST_TOO_LARGE", "요청이 너무 큽니다. 256 KiB까지 보낼 수 있습니다."},
		{"an unknown packing", sendMessage, "application/json", []byte(`{}`), []string{"Content-Encoding", "zstd"}, connect.CodeInvalidArgument, "UNSUPPORTED_ENCODING", "본문은 gzip으로만 압축할 수 있습니다."},
		{"a bad timeout", sendMessage, "application/json", []byte(`{}`), []string{"Connect-Timeout-Ms", "soon"}, connect.CodeInvalidArgument, "MALFORMED_REQUEST", "요청 형식이 올바르지 않습니다."},
		{"a stream of no JSON", watchRoom, "application/connect+json", frame([]byte(`{"roomId":`)), nil, connect.CodeInvalidArgument, "MALFORMED_REQUEST", "요청 형식이 올바르지 않습니다."},
		{"a stream of an unknown packing", watchRoom, "application/connect+json", frame([]byte(`{}`)), []string{"Connect-Content-Encoding", "zstd"}, connect.CodeUnimplemented, "UNIMPLEMENTED", "지원하지 않는 기능입니다."},
		{"a stream with too much", watchRoom, "application/connect+json", frame(big), nil, connect.CodeResourceExhausted, "REQUEST_TOO_LARGE", "요청이 너무 큽니다. 64 KiB까지 보낼 수 있습니다."},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFixture(t, nil)
			res, body := f.post(t, c.path, c.contentType, c.body, append(c.header, "X-Request-Id", "req-1")...)
			var got answered
			if c.path == watchRoom {
				if res.StatusCode != http.StatusOK || len(body) < 5 || body[0] != 2 {
					t.Fatalf("%s: %q", res.Status, body)
				}
				end := struct{ Error *answered }{&got}
				if err := json.Unmarshal(body[5:], &end); err != nil {
					t.Fatalf("%v: %q", err, body)
				}
			} else if err := json.Unmarshal(body, &got); err != nil || res.Header.Get("Content-Type") != "application/json" {
				t.Fatalf("%v: %s %q", err, res.Header, body)
			}
			reason, _, requestID := got.reason(t)
			if got.Code != c.code.String() || reason != c.reason || got.Message != c.message || requestID != "req-1" {
				t.Errorf("%s: %s", res.Status, body)
			}
			if id := res.Header.Values("X-Request-Id"); len(id) != 1 || id[0] != "req-1" {
				t.Errorf("X-Request-Id is %q", id)
			}
			line := f.log.call(t, 1)
			if line["level"] != "INFO" || line["code"] != c.code.String() || line["reason"] != c.reason ||
				line["procedure"] != strings.TrimPrefix(c.path, "/") || line["request_id"] != "req-1" {
				t.Errorf("logged %v", line)
			}
		})
	}
}

func TestWhatIsWrongWithAMalformedRequest(t *testing.T) {
	f := newFixture(t, nil)
	// SendMessageRequest.content is field 3.
	_, body := f.post(t, sendMessage, "application/proto", []byte{3<<3 | 2, 1, 0xff})
	var got answered
	if err := json.Unmarshal(body, &got); err != nil {
		t.Fatal(err)
	}
	_, metadata, _ := got.reason(t)
	if !strings.Contains(metadata["detail"], "invalid UTF-8") || got.Message != "요청 형식이 올바르지 않습니다." {
		t.Errorf("told %q, %q", got.Message, metadata)
	}
	if strings.Contains(f.log.String(), "UTF-8") {
		t.Errorf("what the client sent wrong is in the log: %s", f.log.String())
	}
}

func TestGRPCRefusalsHaveTheSameForm(t *testing.T) {
	for _, protocol := range []string{"grpc", "grpc-web"} {
		f := newFixture(t, nil)
		options := append(protocols[protocol], connect.WithCodec(brokenCodec{}))
		client := f.client(signedIn("X-Request-Id", "req-1"), options...)
		_, err := client.SendMessage(t.Context(), aMessage("x"))
		d := detailsOf(t, err)
		if d.code != connect.CodeInvalidArgument || d.info.Reason != "MALFORMED_REQUEST" || d.message != "요청 형식이 올바르지 않습니다." ||
			d.request.RequestId != "req-1" {
			t.Errorf("%s: %v", protocol, err)
		}
		if line := f.log.call(t, 1); line["reason"] != "MALFORMED_REQUEST" || line["protocol"] != strings.ReplaceAll(protocol, "-", "") {
			t.Errorf("%s: logged %v", protocol, line)
		}
	}
}

func TestNothingIsLeftOfWhatWasRefusedBefore(t *testing.T) {
	f := newFixture(t, nil)
	res, _ := f.post(t, sendMessage, "application/grpc+proto", frame([]byte{0xff}))
	message, err := url.PathUnescape(res.Trailer.Get("Grpc-Message"))
	if err != nil || message != "요청 형식이 올바르지 않습니다." || len(res.Trailer.Values("Grpc-Status")) != 1 {
		t.Errorf("%v, %v", res.Header, res.Trailer)
	}
}

// brokenCodec sends what no server can read.
type brokenCodec struct{}

func (brokenCodec) Name() string { return "proto" }

func (brokenCodec) Marshal(any) ([]byte, error) { return []byte{0xff}, nil }

func (brokenCodec) Unmarshal(b []byte, m any) error {
	return proto.Unmarshal(b, m.(proto.Message))
}

func TestAnUnimplementedCall(t *testing.T) {
	for protocol, options := range protocols {
		f := newFixture(t, nil)
		_, err := f.client(signedIn(), options...).LeaveRoom(t.Context(), &dongbaejulv1.LeaveRoomRequest{RoomId: "r1"})
		if d := detailsOf(t, err); d.code != connect.CodeUnimplemented || d.info.Reason != "UNIMPLEMENTED" || d.message != "지원하지 않는 기능입니다." {
			t.Errorf("%s: %v", protocol, err)
		}
	}
}

func TestWhatIsNoCallIsAnsweredAsBefore(t *testing.T) {
	f := newFixture(t, nil)
	for _, c := range []struct {
		path, contentType string
		status            int
	}{
		{sendMessage, "text/html", http.StatusUnsupportedMediaType},
		{"/dongbaejul.v1.ChatService/Nothing", "application/json", http.StatusNotFound},
	} {
		res, _ := f.post(t, c.path, c.contentType, []byte(`{}`))
		if res.StatusCode != c.status {
			t.Errorf("%s %s: %s", c.path, c.contentType, res.Status)
		}
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, f.URL+sendMessage, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := f.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusMethodNotAllowed || res.Header.Get("Allow") != http.MethodPost {
		t.Errorf("GET of what has effects: %s, %v", res.Status, res.Header)
	}
}

func TestAnswersThatPass(t *testing.T) {
	f := newFixture(t, nil)
	for protocol, options := range protocols {
		client := f.client(signedIn(), options...)
		res, err := client.SendMessage(t.Context(), aMessage("안녕"))
		if err != nil || res.Message.Content != "안녕" {
			t.Errorf("%s: %v, %v", protocol, res, err)
		}
		if frames, _, err := watch(t, client, &dongbaejulv1.WatchRoomRequest{RoomId: "r1"}); err != nil || frames != 1 {
			t.Errorf("%s: a stream of %d messages: %v", protocol, frames, err)
		}
	}
}
