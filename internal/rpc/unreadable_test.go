package rpc_test

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1/dongbaejulv1connect"
	"github.com/dongbaejul/dongbaejul/internal/rpc"
)

const listRooms = "/dongbaejul.v1.ChatService/ListRooms"

// gzipped is plain, compressed.
func gzipped(t testing.TB, plain string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(plain)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// call sends a request with header lines such as "Accept-Encoding: gzip", of which there may be several of one name.
func (f *fixture) call(t *testing.T, method, target string, body []byte, lines ...string) (*http.Response, []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, f.URL+target, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range lines {
		name, value, _ := strings.Cut(line, ": ")
		req.Header.Add(name, value)
	}
	return f.send(t, req)
}

var malformedQueries = map[string]struct{ query, field string }{
	"base64 that is none":      {"connect=v1&encoding=json&base64=1&message=!!!", "message"},
	"base64 of another kind":   {"encoding=json&base64=1&message=%2B%2F%2F%2F", "message"},
	"base64 that ends early":   {"encoding=json&base64=1&message=e30x2", "message"},
	"base64 with blanks":       {"encoding=json&base64=1&message=e3+0", "message"},
	"base64 by another word":   {"encoding=json&base64=true&message=e30", "base64"},
	"no message":               {"connect=v1&encoding=json", "message"},
	"no encoding":              {"connect=v1&message=%7B%7D", "encoding"},
	"an empty query":           {"", "encoding"},
	"an unknown encoding":      {"encoding=xml&message=%7B%7D", "encoding"},
	"a version to come":        {"connect=v2&encoding=json&message=%7B%7D", "connect"},
	"an unknown compression":   {"encoding=json&message=%7B%7D&compression=br", "compression"},
	"a bad escape":             {"encoding=json&message=%7B%7D%", "message"},
	"half an escape":           {"encoding=json&message=%7B%7D&x=50%2", "x"},
	"a bad escape in a name":   {"encoding=json&message=%7B%7D&%zz=1", "%zz"},
	"a semicolon":              {"encoding=json;message=%7B%7D", "encoding"},
	"bytes that are not UTF-8": {"encoding=json&message=%FF", "message"},
	"two messages":             {"encoding=json&message=%7B%7D&message=%7B%7D", "message"},
	"two encodings":            {"encoding=json&encoding=proto&message=%7B%7D", "encoding"},
	"a name that is very long": {"encoding=json&message=%7B%7D&" + strings.Repeat("x", 1000) + "=%", strings.Repeat("x", 64)},
	"a name that is not UTF-8": {"encoding=json&message=%7B%7D&%FF=1", "%FF"},
	"base64 with line breaks":  {"encoding=json&base64=1&message=e3%0A0", "message"},
	"base64 by zero":           {"encoding=json&message=%7B%7D&base64=0", "base64"},
}

func TestGetThatCannotBeRead(t *testing.T) {
	f := newFixture(t, nil)
	for name, c := range malformedQueries {
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			for _, token := range []string{goodToken, ""} {
				var lines []string
				if token != "" {
					lines = []string{"Authorization: Bearer " + token}
				}
				res, body := f.call(t, method, listRooms+"?"+c.query, nil, lines...)
				if res.StatusCode != http.StatusBadRequest {
					t.Errorf("%s: %s %s with the token %q: %s", name, method, res.Status, token, body)
				}
				if method == http.MethodHead {
					continue
				}
				var got answered
				if err := json.Unmarshal(body, &got); err != nil || !strings.HasPrefix(got.Message, c.field+": ") && c.field != "compression" {
					t.Errorf("%s: %s does not name %s", name, body, c.field)
				}
			}
		}
	}
}

// A parameter that the protocol does not have is refused by its name, as keys of JSON are, of any call.
func TestUnknownParametersOfProcedures(t *testing.T) {
	f := newFixture(t, nil)
	for _, c := range []struct {
		method, target, body string
		fields               []string
	}{
		{http.MethodGet, listRooms + "?encoding=json&message=%7B%7D&x=1", "", []string{"x"}},
		{http.MethodHead, listRooms + "?encoding=json&message=%7B%7D&x=1", "", nil},
		{http.MethodGet, listRooms + "?y&encoding=json&message=%7B%7D&Connect=v1&x=1&x=2", "", []string{"Connect", "x", "y"}},
		{http.MethodPost, listRooms + "?x=1", "{}", []string{"x"}},
		{http.MethodPost, listRooms + "?encoding=json", "{}", []string{"encoding"}},
		{http.MethodPost, watchRoom + "?room_id=r1", "", []string{"room_id"}},
	} {
		lines := []string{"Authorization: Bearer " + goodToken, "Content-Type: application/json"}
		if c.method != http.MethodPost {
			lines = lines[:1]
		}
		want := http.StatusBadRequest
		if strings.HasPrefix(c.target, watchRoom) {
			c.body, want = string(frame([]byte(`{"roomId":"r1"}`))), http.StatusOK
			lines[1] = "Content-Type: application/connect+json"
		}
		res, body := f.call(t, c.method, c.target, []byte(c.body), lines...)
		if res.StatusCode != want {
			t.Errorf("%s %s: %s %s", c.method, c.target, res.Status, body)
		}
		for _, field := range c.fields {
			if !strings.Contains(string(body), `"field":"`+field+`"`) {
				t.Errorf("%s %s: %s does not name %s", c.method, c.target, body, field)
			}
		}
		if c.method == http.MethodGet {
			if res, body := f.call(t, c.method, c.target, nil, append(lines, "X-Unknown-Fields: ignore")...); res.StatusCode != http.StatusOK {
				t.Errorf("%s %s, ignored: %s %s", c.method, c.target, res.Status, body)
			}
		}
	}
}

// What connect finds while reading the message of an admitted call.
func TestGetOfMessagesThatCannotBeRead(t *testing.T) {
	f := newFixture(t, nil)
	packed := func(b []byte) string { return base64URL(b) }
	whole := gzipped(t, "{}")
	for name, query := range map[string]string{
		"no JSON":              "encoding=json&message=%7B",
		"another type":         "encoding=json&message=%5B%5D",
		"no protobuf":          "encoding=proto&base64=1&message=_w",
		"no gzip":              "encoding=json&compression=gzip&message=%7B%7D",
		"gzip that ends early": "encoding=json&compression=gzip&base64=1&message=" + packed(whole[:len(whole)-4]),
		"gzip that is broken":  "encoding=json&compression=gzip&base64=1&message=" + packed(append(slices.Clone(whole[:12]), 0, 0, 0, 0)),
		"gzip and more":        "encoding=json&compression=gzip&base64=1&message=" + packed(append(slices.Clone(whole), 'x')),
	} {
		res, body := f.call(t, http.MethodGet, listRooms+"?"+query, nil, "Authorization: Bearer "+goodToken)
		if res.StatusCode != http.StatusBadRequest || !strings.Contains(string(body), "MALFORMED_REQUEST") {
			t.Errorf("%s: %s %s", name, res.Status, body)
		}
	}
	for _, c := range []struct{ name, query string }{
		{"too much", "encoding=json&message=" + url.QueryEscape(strings.Repeat(" ", 64<<10+1))},
		{"too much when unpacked", "encoding=json&base64=1&compression=gzip&message=" + packed(bomb(t, 1<<20))},
	} {
		r := httptest.NewRequest(http.MethodGet, listRooms+"?"+c.query, nil)
		r.Header.Set("Authorization", "Bearer "+goodToken)
		w := httptest.NewRecorder()
		f.Config.Handler.ServeHTTP(w, r)
		if w.Code != http.StatusTooManyRequests || !strings.Contains(w.Body.String(), "REQUEST_TOO_LARGE") {
			t.Errorf("%s: %d %s", c.name, w.Code, w.Body)
		}
	}
}

func TestGetByAnyName(t *testing.T) {
	f := newFixture(t, nil)
	for name, query := range map[string]string{
		"plain":            "connect=v1&encoding=json&message=%7B%7D",
		"as few as it can": "encoding=proto&message=",
		"of base64":        "encoding=json&base64=1&message=e30",
		"of padded":        "encoding=json&base64=1&message=e30%3D",
		"compressed":       "encoding=json&base64=1&compression=GZIP&message=" + base64URL(gzipped(t, "{}")),
		"by the old name":  "encoding=json&base64=1&compression=x-gzip&message=" + base64URL(gzipped(t, "{}")),
		"not compressed":   "encoding=json&compression=Identity&message=%7B%7D",
	} {
		res, body := f.call(t, http.MethodGet, listRooms+"?"+query, nil, "Authorization: Bearer "+goodToken)
		if res.StatusCode != http.StatusOK {
			t.Errorf("%s: %s %s", name, res.Status, body)
		}
		head, none := f.call(t, http.MethodHead, listRooms+"?"+query, nil, "Authorization: Bearer "+goodToken)
		if head.StatusCode != http.StatusOK || len(none) > 0 || head.Header.Get("Content-Type") != res.Header.Get("Content-Type") ||
			len(body) > 0 && head.ContentLength != res.ContentLength {
			t.Errorf("%s: HEAD %s with %d bytes of %d, %s", name, head.Status, len(none), head.ContentLength, head.Header)
		}
	}
	for path, allow := range map[string]string{listRooms: "GET, HEAD, POST", sendMessage: "POST", watchRoom: "POST"} {
		for _, method := range []string{http.MethodPut, http.MethodHead, http.MethodGet} {
			if path == listRooms && method != http.MethodPut {
				continue
			}
			res, _ := f.call(t, method, path+"?encoding=json&message=%7B%7D", nil, "Authorization: Bearer "+goodToken, "Content-Type: application/json")
			if res.StatusCode != http.StatusMethodNotAllowed || res.Header.Get("Allow") != allow {
				t.Errorf("%s %s: %s, Allow %q", method, path, res.Status, res.Header.Get("Allow"))
			}
		}
	}
}

func TestBodiesThatCannotBeRead(t *testing.T) {
	f := newFixture(t, nil)
	whole := gzipped(t, `{"roomId":"r","tempId":"t","content":"x"}`)
	broken := map[string][]byte{
		"no gzip": []byte("{}"), "a part of its header": whole[:5], "gzip that ends early": whole[:len(whole)-3],
		"gzip of another sum": append(slices.Clone(whole[:len(whole)-8]), 1, 2, 3, 4, 5, 6, 7, 8), "gzip and more": append(slices.Clone(whole), 'x'),
		"gzip of no JSON": gzipped(t, "{"), "gzip twice": gzipped(t, string(whole)),
	}
	for name, body := range broken {
		res, answer := f.post(t, sendMessage, "application/json", body, "Content-Encoding", "gzip")
		if res.StatusCode != http.StatusBadRequest || !strings.Contains(string(answer), "MALFORMED_REQUEST") {
			t.Errorf("%s: %s %s", name, res.Status, answer)
		}
	}
	for name, body := range map[string][]byte{
		"no envelope": nil, "a part of an envelope": {0, 0}, "an envelope without its message": frame(nil)[:5:5],
		"a message that ends early": {0, 0, 0, 0, 9, 'x'}, "unknown flags": {0x40, 0, 0, 0, 0}, "the end of an answer": {2, 0, 0, 0, 2, '{', '}'},
		"compressed by nothing": {1, 0, 0, 0, 1, 'x'}, "an endless message": {0, 0xff, 0xff, 0xff, 0xff, 1}, "no message": frame([]byte{0xff}),
	} {
		for kind, path := range map[string]string{
			"application/connect+json": watchRoom, "application/connect+proto": watchRoom, "application/grpc": sendMessage,
			"application/grpc+json": watchRoom, "application/grpc-web": sendMessage, "application/grpc-web+proto": watchRoom,
		} {
			res, answer := f.post(t, path, kind, body)
			said := string(answer) + fmt.Sprint(res.Header, res.Trailer)
			for _, ours := range []string{`"internal"`, `"unknown"`, "Grpc-Status:[13]", "Grpc-Status:[2]", "grpc-status: 13", "grpc-status: 2\r"} {
				if res.StatusCode >= http.StatusInternalServerError || strings.Contains(said, ours) {
					t.Errorf("%s as %s: %s %q", name, kind, res.Status, said)
				}
			}
		}
	}
	for _, line := range f.log.records(t) {
		if line["level"] != "INFO" {
			t.Errorf("logged %v", line)
		}
	}
}

func TestBodiesByAnyCoding(t *testing.T) {
	f := newFixture(t, nil)
	plain := `{"roomId":"r","tempId":"t","content":"x"}`
	for _, c := range []struct {
		lines  []string
		packed bool
		status int
	}{
		{nil, false, http.StatusOK},
		{[]string{"Content-Encoding: Identity"}, false, http.StatusOK},
		{[]string{"Content-Encoding: gzip"}, true, http.StatusOK},
		{[]string{"Content-Encoding: GZIP"}, true, http.StatusOK},
		{[]string{"Content-Encoding: x-gzip"}, true, http.StatusOK},
		{[]string{"Content-Encoding: identity", "Content-Encoding: X-GZip"}, true, http.StatusOK},
		{[]string{"Content-Encoding: br"}, true, http.StatusBadRequest},
		{[]string{"Content-Encoding: gzip, gzip"}, true, http.StatusBadRequest},
		{[]string{"Content-Encoding: gzip", "Content-Encoding: deflate"}, true, http.StatusBadRequest},
	} {
		body := []byte(plain)
		if c.packed {
			body = gzipped(t, plain)
		}
		res, answer := f.call(t, http.MethodPost, sendMessage, body,
			append(c.lines, "Content-Type: application/json", "Authorization: Bearer "+goodToken)...)
		if res.StatusCode != c.status {
			t.Errorf("%q: %s %s", c.lines, res.Status, answer)
		}
		if c.status == http.StatusBadRequest && (!strings.Contains(string(answer), "UNSUPPORTED_ENCODING") || res.Header.Get("Accept-Encoding") != "gzip") {
			t.Errorf("%q: %s, Accept-Encoding %q", c.lines, answer, res.Header.Get("Accept-Encoding"))
		}
	}
	for header, path := range map[string]string{"Connect-Content-Encoding": watchRoom, "Grpc-Encoding": sendMessage} {
		kind := map[string]string{watchRoom: "application/connect+json", sendMessage: "application/grpc+json"}[path]
		packed := gzipped(t, plain)
		envelope := append([]byte{1}, frame(packed)[1:]...)
		for _, coding := range []string{"gzip", "GZIP", "x-gzip"} {
			res, answer := f.post(t, path, kind, envelope, header, coding)
			if said := string(answer) + fmt.Sprint(res.Trailer); strings.Contains(said, "error") || strings.Contains(said, "Grpc-Message:") {
				t.Errorf("%s %s: %q", header, coding, said)
			}
		}
	}
	// Nothing is empty whatever it is called.
	for _, coding := range []string{"gzip", "Identity", "x-gzip"} {
		if res, answer := f.post(t, listRooms, "application/proto", nil, "Content-Encoding", coding); res.StatusCode != http.StatusOK {
			t.Errorf("an empty body of %s: %s %s", coding, res.Status, answer)
		}
	}
}

// A compressed request is not answered compressed to a client that refuses that.
func TestAnswersToWhatWasPacked(t *testing.T) {
	f := newFixture(t, nil)
	body := gzipped(t, `{"roomId":"r","tempId":"t","content":"`+strings.Repeat("가나", 1000)+`"}`)
	for coding, want := range map[string]string{"gzip": "gzip", "identity": ""} {
		res, answer := f.post(t, sendMessage, "application/json", body, "Content-Encoding", "gzip", "Accept-Encoding", coding)
		if res.StatusCode != http.StatusOK || res.Header.Get("Content-Encoding") != want {
			t.Errorf("%s: %s %q %.100q", coding, res.Status, res.Header.Get("Content-Encoding"), answer)
		}
	}
}

// Whatever is sent, the server is not at fault.
func FuzzCalls(f *testing.F) {
	chain, err := rpc.New(rpc.Config{Log: discard, Authenticator: authenticator{}})
	if err != nil {
		f.Fatal(err)
	}
	_, handler := dongbaejulv1connect.NewChatServiceHandler(&chat{}, chain.Authenticated()...)
	handler = rpc.WithRequest(nil, chain.Handler(handler))
	f.Add("POST", sendMessage, "", "application/json", "", "", []byte(`{"roomId":"r","tempId":"t","content":"x"}`))
	f.Add("POST", sendMessage, "", "application/json", "GZIP", "gzip ; q=0", gzipped(f, `{"roomId":"r","tempId":"t","content":"x"}`))
	f.Add("POST", sendMessage, "", "application/json", "x-gzip", "*;q=0", []byte{0x1f, 0x8b})
	f.Add("POST", sendMessage, "", "application/proto", "gzip, gzip", "identity;q=0", []byte{0xff})
	for _, kind := range []string{"application/connect+json", "application/connect+proto", "application/grpc", "application/grpc-web+json", "text/plain; x"} {
		f.Add("POST", watchRoom, "", kind, "gzip", "gzip", append([]byte{1}, frame(gzipped(f, "{}"))[1:]...))
		f.Add("POST", watchRoom, "", kind, "", "", []byte{0x40, 0, 0, 0, 9})
	}
	for _, c := range malformedQueries {
		f.Add("GET", listRooms, c.query, "", "", "", []byte(nil))
	}
	f.Add("HEAD", listRooms, "encoding=json&base64=1&compression=gzip&message="+base64URL(gzipped(f, "{}")), "", "", "br", []byte(nil))
	f.Fuzz(func(t *testing.T, method, path, query, contentType, coding, accepted string, body []byte) {
		if !slices.Contains([]string{sendMessage, watchRoom, listRooms}, path) {
			return
		}
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, bytes.NewReader(body))
		r.Method, r.URL.RawQuery, r.ProtoMajor = method, query, 2
		r.Header = signedIn("Content-Type", contentType, "Accept-Encoding", accepted)
		for _, name := range []string{"Content-Encoding", "Connect-Content-Encoding", "Grpc-Encoding"} {
			r.Header.Set(name, coding)
		}
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		answer := w.Result()
		if w.Code >= http.StatusInternalServerError {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		if status := answer.Header.Get("Grpc-Status") + answer.Trailer.Get("Grpc-Status"); status == "13" || status == "2" {
			t.Fatalf("gRPC's status %s: %v", status, answer.Header)
		}
	})
}

func base64URL(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
