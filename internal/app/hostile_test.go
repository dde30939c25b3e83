package app_test

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"io"
	"net/http"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/dynamicpb"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/app"
	"github.com/dongbaejul/dongbaejul/internal/app/apptest"
	"github.com/dongbaejul/dongbaejul/internal/listlimit"
)

// rpcs are the calls and streams of the contract.
func rpcs() (all []protoreflect.MethodDescriptor) {
	protoregistry.GlobalFiles.RangeFilesByPackage("dongbaejul.v1", func(file protoreflect.FileDescriptor) bool {
		for i := range file.Services().Len() {
			for j := range file.Services().Get(i).Methods().Len() {
				all = append(all, file.Services().Get(i).Methods().Get(j))
			}
		}
		return true
	})
	return all
}

func procedure(method protoreflect.MethodDescriptor) string {
	return "/" + string(method.Parent().FullName()) + "/" + string(method.Name())
}

// envelope is a message as streams and gRPC frame it.
func envelope(flags byte, message []byte) []byte {
	return append(binary.BigEndian.AppendUint32([]byte{flags}, uint32(len(message))), message...)
}

func packed(t testing.TB, plain []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(plain); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// hostile is a request that somebody sends to do harm.
type hostile struct {
	method, path, contentType string
	header                    []string
	body                      []byte
}

// send sends it with a token, if that is not empty, and returns the status and the body of the answer.
func (h hostile) send(t testing.TB, client *http.Client, url, token string) (*http.Response, []byte, error) {
	t.Helper()
	method := h.method
	if method == "" {
		method = http.MethodPost
	}
	r, err := http.NewRequest(method, url+h.path, bytes.NewReader(h.body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", h.contentType)
	for i := 0; i+1 < len(h.header); i += 2 {
		r.Header.Set(h.header[i], h.header[i+1])
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := client.Do(r)
	if err != nil {
		return nil, nil, err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, 64<<10))
	return res, answer, err
}

// Every list of the contract that is too long is refused by its name, and nothing else is said of it, however it comes.
func TestEveryListThatIsTooLongIsRefusedByItsName(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t)
	m := s.Club(t, 1, apptest.ConnectJSON)[0]
	lists := 0
	for _, method := range rpcs() {
		for i := range method.Input().Fields().Len() {
			fd := method.Input().Fields().Get(i)
			if !fd.IsList() {
				continue
			}
			lists++
			most, _ := listlimit.MaxItems(fd)
			long := dynamicpb.NewMessage(method.Input())
			for range most + 100 {
				long.Mutable(fd).List().Append(long.Mutable(fd).List().NewElement())
			}
			text, err := protojson.Marshal(long)
			if err != nil {
				t.Fatal(err)
			}
			b, err := proto.Marshal(long)
			if err != nil {
				t.Fatal(err)
			}
			requests := map[string]hostile{
				"JSON":     {path: procedure(method), contentType: "application/json", body: text},
				"protobuf": {path: procedure(method), contentType: "application/proto", body: b},
				"packed":   {path: procedure(method), contentType: "application/proto", body: packed(t, b), header: []string{"Content-Encoding", "gzip"}},
				"gRPC-Web": {path: procedure(method), contentType: "application/grpc-web+json", body: envelope(0, text)},
			}
			if method.IsStreamingServer() {
				requests = map[string]hostile{
					"JSON":     {path: procedure(method), contentType: "application/connect+json", body: envelope(0, text)},
					"protobuf": {path: procedure(method), contentType: "application/connect+proto", body: envelope(0, b)},
				}
			}
			if rule, _ := proto.GetExtension(method.Options(), annotations.E_Http).(*annotations.HttpRule); rule.GetBody() != "" {
				verb, path := http.MethodPost, rule.GetPost()
				if rule.GetPut() != "" {
					verb, path = http.MethodPut, rule.GetPut()
				}
				snake, err := protojson.MarshalOptions{UseProtoNames: true}.Marshal(long)
				if err != nil {
					t.Fatal(err)
				}
				requests["REST"] = hostile{method: verb, path: strings.NewReplacer("{", "", "}", "").Replace(path), contentType: "application/json", body: snake}
			}
			for form, request := range requests {
				res, answer, err := request.send(t, http.DefaultClient, s.URL, m.AccessToken)
				if err != nil {
					t.Fatal(err)
				}
				said := string(answer)
				if form == "gRPC-Web" {
					said = fmt.Sprint(res.Header) + said
					if !strings.Contains(said, "3") || !strings.Contains(said, string(fd.Name())) {
						t.Errorf("%s as %s: %s %s", fd.FullName(), form, res.Status, said)
					}
					continue
				}
				if n := strings.Count(said, `"field"`); n != 1 || !strings.Contains(said, `"field":"`+string(fd.Name())+`"`) &&
					!strings.Contains(said, `"field": "`+string(fd.Name())+`"`) || !strings.Contains(said, "repeated.max_items") {
					t.Errorf("%s as %s: %s names %d fields: %s", fd.FullName(), form, res.Status, n, said)
				}
			}
		}
	}
	if lists < 10 {
		t.Errorf("only %d lists were found", lists)
	}
}

// What REST refuses before the RPC is asked counts like what the RPC refuses.
func TestMalformedSignInsAreFewOverREST(t *testing.T) {
	t.Parallel()
	for name, request := range map[string]hostile{
		"malformed":            {body: []byte("{")},
		"an unknown field":     {body: []byte(`{"x": 1}`)},
		"another type":         {contentType: "text/plain", body: []byte("{}")},
		"packed":               {header: []string{"Content-Encoding", "gzip"}, body: []byte("{}")},
		"too large":            {body: bytes.Repeat([]byte(" "), 65<<10)},
		"nothing of a sign-in": {body: []byte("{}")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := apptest.Start(t, func(c *app.Config) { c.RateLimit = true })
			request.path = "/api/v1/auth/band/callback"
			if request.contentType == "" {
				request.contentType = "application/json"
			}
			for i := range 7 {
				res, answer, err := request.send(t, http.DefaultClient, s.URL, "")
				if err != nil {
					t.Fatal(err)
				}
				limited := strings.Contains(string(answer), "RATE_LIMITED")
				if refused := i >= 5; limited != refused || refused != (res.StatusCode == http.StatusTooManyRequests) {
					t.Errorf("sign-in %d: %s %s", i+1, res.Status, answer)
				}
			}
		})
	}
}

// No answer of a call may be kept by a cache, whatever it is and says.
func TestNoAnswerOfACallIsCached(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t)
	m := s.Club(t, 1, apptest.ConnectBinary)[0]
	room := m.Group(t)
	typing, err := proto.Marshal(&v1.SetTypingRequest{RoomId: room.GetId(), IsTyping: true})
	if err != nil {
		t.Fatal(err)
	}
	const setTyping = "/dongbaejul.v1.ChatService/SetTyping"
	requests := map[string]hostile{
		"an empty message":         {path: setTyping, contentType: "application/proto", body: typing},
		"an empty message of JSON": {path: setTyping, contentType: "application/json", body: []byte(`{"roomId": "` + room.GetId() + `"}`)},
		"an empty gRPC-Web frame":  {path: setTyping, contentType: "application/grpc-web", body: envelope(0, typing)},
		"an empty REST answer":     {path: "/api/v1/chat/rooms/" + room.GetId() + "/typing", contentType: "application/json", body: []byte("{}")},
		"no such call":             {path: "/dongbaejul.v1.ChatService/Nothing", contentType: "application/json"},
		"no such REST path":        {path: "/api/v1/nothing", contentType: "application/json"},
		"another method":           {method: http.MethodPut, path: setTyping, contentType: "application/json"},
		"another REST method":      {method: http.MethodPatch, path: "/api/v1/chat/rooms", contentType: "application/json"},
		"another type":             {path: setTyping, contentType: "text/html"},
		"another REST type":        {path: "/api/v1/chat/rooms", contentType: "text/html", body: []byte("x")},
		"too large":                {path: setTyping, contentType: "application/json", body: bytes.Repeat([]byte(" "), 65<<10)},
		"too large over REST":      {path: "/api/v1/chat/rooms/x/typing", contentType: "application/json", body: bytes.Repeat([]byte(" "), 65<<10)},
		"HEAD":                     {method: http.MethodHead, path: "/api/v1/chat/rooms"},
	}
	for _, method := range rpcs() {
		for _, contentType := range []string{"application/json", "application/proto", "application/grpc-web+proto", "application/connect+json"} {
			request := hostile{path: procedure(method), contentType: contentType}
			switch contentType {
			case "application/json":
				request.body = []byte("{}")
			case "application/grpc-web+proto":
				request.body = envelope(0, nil)
			case "application/connect+json":
				// With too long a frame: it must end.
				request.body = envelope(0, []byte("{"))
			}
			if method.IsStreamingServer() && contentType == "application/grpc-web+proto" {
				request.body = nil
			}
			requests[procedure(method)+" "+contentType] = request
		}
	}
	for name, request := range requests {
		for _, token := range []string{"", m.AccessToken} {
			if token != "" && strings.Contains(name, "/Logout") || strings.Contains(name, "DeleteAccount") {
				continue
			}
			res, answer, err := request.send(t, http.DefaultClient, s.URL, token)
			if err != nil {
				t.Fatal(err)
			}
			if cache := res.Header.Values("Cache-Control"); len(cache) != 1 || !strings.HasPrefix(cache[0], "no-store") {
				t.Errorf("%s: %s with Cache-Control %q: %.100s", name, res.Status, cache, answer)
			}
		}
	}
}

// attack are bodies that are small on the way and were not in memory, or many.
func attack(t testing.TB, room string) []hostile {
	t.Helper()
	const poll, invite, post = "/dongbaejul.v1.EventService/Poll", "/dongbaejul.v1.ChatService/InviteMembers", "/dongbaejul.v1.PostService/CreatePost"
	million := packed(t, bytes.Repeat([]byte{1<<3 | 2, 0}, 2_000_000))
	nothings := func(element string, size int) string {
		return "[" + strings.Repeat(element+",", size/(len(element)+1)-1) + element + "]"
	}
	named := fmt.Sprintf(`{"roomId":%q,"participants":`, room)
	return []hostile{
		{path: poll, contentType: "application/proto", header: []string{"Content-Encoding", "gzip"}, body: million},
		{path: poll, contentType: "application/grpc-web+proto", header: []string{"Grpc-Encoding", "gzip"}, body: envelope(1, million)},
		{path: "/dongbaejul.v1.EventService/Subscribe", contentType: "application/connect+proto",
			header: []string{"Connect-Content-Encoding", "gzip"}, body: envelope(1, million)},
		{path: post, contentType: "application/json", header: []string{"Content-Encoding", "gzip"},
			body: packed(t, []byte(`{"attachments":`+nothings("{}", 250<<10)+`}`))},
		{path: post, contentType: "application/json", header: []string{"Content-Encoding", "gzip"}, body: packed(t, make([]byte, 64<<20))},
		{path: invite, contentType: "application/json", body: []byte(named + nothings(`""`, 60<<10) + "}")},
		{path: invite, contentType: "application/proto", body: bytes.Repeat([]byte{2<<3 | 2, 0}, 32<<10)},
		{path: "/api/v1/chat/rooms/" + room + "/invite", contentType: "application/json", body: []byte(`{"participants":` + nothings(`""`, 60<<10) + "}")},
		{path: post, contentType: "application/json", body: []byte(`{"attachments":` + nothings("{}", 200<<10) + "}")},
		{path: post, contentType: "application/json", body: []byte(strings.Repeat(`{"x":`, 40<<10))},
		{path: poll, contentType: "application/json", body: []byte(`{"rooms":` + strings.Repeat("[", 60<<10))},
		{path: poll, contentType: "text/html", body: make([]byte, 64<<10)},
	}
}

// damage is what an attack does to a server.
type damage struct {
	sent int
	rate float64
	// peak is how much more memory the process had than at rest, with the clients in it, in bytes.
	peak uint64
	// health is how long /health took at the 99th percentile.
	health time.Duration
}

func (d damage) String() string {
	return fmt.Sprintf("%d bodies at %.0f a second: %.1f MiB more, /health %s at p99", d.sent, d.rate, float64(d.peak)/(1<<20), d.health.Round(100*time.Microsecond))
}

// inUse is the memory that the process holds from the system.
func inUse() uint64 {
	sample := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64() - sample[1].Value.Uint64()
}

// suffer sends so many bodies a second for a while, and measures meanwhile.
func suffer(t testing.TB, s *apptest.Server, token string, bodies []hostile, perSecond int, lasting time.Duration) damage {
	t.Helper()
	const clients = 64
	transport := &http.Transport{MaxIdleConnsPerHost: clients, DisableCompression: true}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport, Timeout: 30 * time.Second}
	debug.FreeOSMemory()
	rest := inUse()
	stop := make(chan struct{})
	var measuring, sending sync.WaitGroup
	var d damage
	measuring.Go(func() {
		for tick := time.NewTicker(2 * time.Millisecond); ; <-tick.C {
			if now := inUse(); now > rest {
				d.peak = max(d.peak, now-rest)
			}
			select {
			case <-stop:
				return
			default:
			}
		}
	})
	var latencies []time.Duration
	measuring.Go(func() {
		for tick := time.NewTicker(10 * time.Millisecond); ; <-tick.C {
			began := time.Now()
			res, err := client.Get(s.URL + "/health")
			if err != nil {
				t.Error(err)
				return
			}
			_, _ = io.Copy(io.Discard, res.Body)
			res.Body.Close()
			latencies = append(latencies, time.Since(began))
			select {
			case <-stop:
				return
			default:
			}
		}
	})
	began := time.Now()
	var sent atomic.Int64
	if len(bodies) == 0 {
		time.Sleep(lasting)
	}
	for range min(clients, clients*len(bodies)) {
		sending.Go(func() {
			for {
				n := sent.Add(1) - 1
				due := began.Add(time.Duration(n) * time.Second / time.Duration(perSecond))
				if due.Sub(began) >= lasting {
					return
				}
				time.Sleep(time.Until(due))
				// A server may hang up on what it does not want to read.
				res, answer, err := bodies[int(n)%len(bodies)].send(t, client, s.URL, token)
				if err == nil && token == "" && res.StatusCode == http.StatusOK && !bytes.Contains(append(answer, fmt.Sprint(res.Header)...), []byte("16")) &&
					!bytes.Contains(answer, []byte("unauthenticated")) {
					t.Errorf("let in: %s", answer)
				}
			}
		})
	}
	sending.Wait()
	d.sent = int(lasting.Seconds() * float64(perSecond))
	d.rate = float64(d.sent) / time.Since(began).Seconds()
	close(stop)
	measuring.Wait()
	slices.Sort(latencies)
	d.health = latencies[len(latencies)*99/100]
	return d
}

const (
	mostDamage = 96 << 20
	mostHealth = 100 * time.Millisecond
)

// isBusy reports whether the machine has had more to do in the last minute than this test can cause.
func isBusy(t *testing.T) bool {
	t.Helper()
	var load float64
	if text, err := os.ReadFile("/proc/loadavg"); err == nil {
		_, _ = fmt.Sscan(string(text), &load)
	}
	return load > float64(4*runtime.NumCPU())
}

// What the race detector adds to every access to memory leaves room for fewer bodies. A machine that is busy with something
// else gets another try, and is not held to the time if it stays so.
func TestHostileBodiesDoLittleHarm(t *testing.T) {
	perSecond := 1000
	if raceDetector {
		perSecond = 20
	}

	s := apptest.Start(t)
	m := s.Club(t, 1, apptest.ConnectBinary)[0]
	bodies := attack(t, m.Group(t).GetId())
	for name, token := range map[string]string{"anonymous": "", "signed in": m.AccessToken} {
		var calm, d damage
		for range 3 {
			calm = suffer(t, s, token, nil, 0, 200*time.Millisecond)
			if d = suffer(t, s, token, bodies, perSecond, time.Second); d.peak <= mostDamage && d.health <= mostHealth {
				break
			}
		}
		t.Logf("%s: %s; at rest %s", name, d, calm)
		if d.peak > mostDamage || d.health > mostHealth && calm.health < mostHealth/50 && !isBusy(t) {
			t.Errorf("%s: %s; at rest %s", name, d, calm)
		}
	}
}

// BenchmarkHostileBodies is 1,000 hostile bodies a second for ten seconds.
func BenchmarkHostileBodies(b *testing.B) {
	s := apptest.Start(b)
	m := s.Club(b, 1, apptest.ConnectBinary)[0]
	bodies := attack(b, m.Group(b).GetId())
	for name, token := range map[string]string{"anonymous": "", "signed in": m.AccessToken} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				d := suffer(b, s, token, bodies, 1000, 10*time.Second)
				b.ReportMetric(d.rate, "bodies/s")
				b.ReportMetric(float64(d.peak)/(1<<20), "peak-MiB")
				b.ReportMetric(float64(d.health.Microseconds())/1000, "health-p99-ms")
			}
		})
	}
}
