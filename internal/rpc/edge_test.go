package rpc_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
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
		{"a stream of an unknown packing", watchRoom, "application/connect+json", frame([]byte(`{}`)), []string{"Connect-Content-Encoding", "br"}, connect.CodeInvalidArgument, "UNSUPPORTED_ENCODING", "본문은 gzip으로만 압축할 수 있습니다."},
		{"a stream without a message", watchRoom, "application/connect+json", nil, nil, connect.CodeInvalidArgument, "MALFORMED_REQUEST", "요청 형식이 올바르지 않습니다."},
		{"a stream of two messages", watchRoom, "application/connect+json", append(frame([]byte(`{"roomId":"r1"}`)), frame([]byte(`{"roomId":"r1"}`))...), nil, connect.CodeInvalidArgument, "MALFORMED_REQUEST", "요청 형식이 올바르지 않습니다."},
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

// What has too few messages, or too many, is malformed, and not unimplemented.
func TestGRPCCallsOfNotOneMessage(t *testing.T) {
	message := frame([]byte(`{"roomId":"r1","tempId":"t1","content":"x"}`))
	for name, body := range map[string][]byte{"none": nil, "two": append(bytes.Clone(message), message...)} {
		for _, path := range []string{sendMessage, watchRoom} {
			for _, kind := range []string{"application/grpc+json", "application/grpc-web+json"} {
				f := newFixture(t, nil)
				res, answer := f.post(t, path, kind, body)
				said := fmt.Sprintf("%s %q %q", answer, res.Header, res.Trailer)
				if !strings.Contains(strings.ToLower(said), `grpc-status: 3`) && !strings.Contains(said, `"Grpc-Status":["3"]`) {
					t.Errorf("%s of %s to %s: %s", name, kind, path, said)
				}
			}
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

// What is no call of any protocol has an error as its body all the same.
func TestWhatIsNoCall(t *testing.T) {
	f := newFixture(t, nil)
	for _, c := range []struct {
		method, path, contentType string
		status                    int
		reason, header, value     string
	}{
		{http.MethodPost, sendMessage, "text/html", http.StatusUnsupportedMediaType, "UNSUPPORTED_MEDIA_TYPE", "Accept-Post", "application/json"},
		{http.MethodPost, sendMessage, "", http.StatusUnsupportedMediaType, "UNSUPPORTED_MEDIA_TYPE", "Accept-Post", "application/json"},
		{http.MethodPost, sendMessage, "application/grpc+xml", http.StatusUnsupportedMediaType, "UNSUPPORTED_MEDIA_TYPE", "Accept-Post", "application/json"},
		{http.MethodPost, watchRoom, "application/json", http.StatusUnsupportedMediaType, "UNSUPPORTED_MEDIA_TYPE", "Accept-Post", "application/connect+json"},
		{http.MethodPost, watchRoom, "application/connect+xml", http.StatusUnsupportedMediaType, "UNSUPPORTED_MEDIA_TYPE", "Accept-Post", "application/connect+json"},
		{http.MethodGet, sendMessage, "", http.StatusMethodNotAllowed, "METHOD_NOT_ALLOWED", "Allow", "POST"},
		{http.MethodPut, sendMessage, "application/json", http.StatusMethodNotAllowed, "METHOD_NOT_ALLOWED", "Allow", "POST"},
		{http.MethodPatch, listRooms, "application/json", http.StatusMethodNotAllowed, "METHOD_NOT_ALLOWED", "Allow", "GET, HEAD, POST"},
		{http.MethodGet, watchRoom, "application/connect+json", http.StatusMethodNotAllowed, "METHOD_NOT_ALLOWED", "Allow", "POST"},
		{http.MethodDelete, watchRoom, "application/grpc", http.StatusMethodNotAllowed, "METHOD_NOT_ALLOWED", "Allow", "POST"},
	} {
		lines := []string{"Authorization: Bearer " + goodToken, "X-Request-Id: req-1", "Accept-Language: en"}
		if c.contentType != "" {
			lines = append(lines, "Content-Type: "+c.contentType)
		}
		res, body := f.call(t, c.method, c.path, []byte("{}"), lines...)
		var got answered
		if err := json.Unmarshal(body, &got); err != nil {
			t.Errorf("%s %s of %q: %s %q", c.method, c.path, c.contentType, res.Status, body)
			continue
		}
		reason, _, id := got.reason(t)
		if res.StatusCode != c.status || reason != c.reason || got.Message == "" || id != "req-1" || !strings.Contains(res.Header.Get(c.header), c.value) ||
			res.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s %s of %q: %s %s %s", c.method, c.path, c.contentType, res.Status, res.Header, body)
		}
	}
	res, body := f.call(t, http.MethodHead, sendMessage, nil)
	if res.StatusCode != http.StatusMethodNotAllowed || len(body) != 0 {
		t.Errorf("HEAD: %s %s", res.Status, body)
	}
	if res, _ := f.post(t, "/dongbaejul.v1.ChatService/Nothing", "application/json", []byte(`{}`)); res.StatusCode != http.StatusNotFound {
		t.Errorf("a call that is not there: %s", res.Status)
	}
	// It is a mistake of the caller's, which is logged with the others.
	for _, line := range f.log.records(t) {
		if line["level"] != "INFO" {
			t.Errorf("logged %v", line)
		}
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
