package app_test

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/app/apptest"
)

// rawStream is a stream on a TCP connection of its own, so that a test can stop reading it, or cut it without a word.
type rawStream struct {
	net.Conn
	body *bufio.Reader
}

func openRaw(t *testing.T, s *apptest.Server, token string, req *v1.SubscribeRequest) *rawStream {
	t.Helper()
	body, err := proto.Marshal(req)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	// Not what the kernel would grow it to, so that the server notices soon that nobody reads.
	if err := conn.(*net.TCPConn).SetReadBuffer(256 << 10); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(conn, "POST /dongbaejul.v1.EventService/Subscribe HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer %s\r\n"+
		"Content-Type: application/connect+proto\r\nContent-Length: %d\r\n\r\n", token, len(body)+5)
	if _, err := conn.Write(append(binary.BigEndian.AppendUint32([]byte{0}, uint32(len(body))), body...)); err != nil {
		t.Fatal(err)
	}
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatal(res, err)
	}
	return &rawStream{Conn: conn, body: bufio.NewReader(res.Body)}
}

// next reads one response.
func (s *rawStream) next(t *testing.T) *v1.SubscribeResponse {
	t.Helper()
	var head [5]byte
	if _, err := io.ReadFull(s.body, head[:]); err != nil {
		t.Fatal(err)
	}
	frame := make([]byte, binary.BigEndian.Uint32(head[1:]))
	if _, err := io.ReadFull(s.body, frame); err != nil {
		t.Fatal(err)
	}
	res := new(v1.SubscribeResponse)
	if err := proto.Unmarshal(frame, res); err != nil {
		t.Fatalf("flags %d: %v: %q", head[0], err, frame)
	}
	return res
}

// A client that reads nothing while 10,000 messages pass, for 10 s at least, gets all of them afterwards; the server holds
// none of them for it meanwhile. Nothing runs beside it, since the heap is everybody's.
func TestAStalledReaderLosesNothingAndCostsNoMemory(t *testing.T) {
	const messages, writers, stall = 10_000, 50, 10 * time.Second
	text := strings.Repeat("긴 글 ", 100)
	s := apptest.Start(t)
	club := s.Club(t, 2, apptest.ConnectBinary)
	room := club[0].Group(t, club[1]).GetId()
	stalled := openRaw(t, s, club[1].AccessToken, &v1.SubscribeRequest{Rooms: []*v1.RoomCursor{{RoomId: room, Seq: 0}}})
	defer stalled.Close()
	began := time.Now()
	before := heap()
	var writing sync.WaitGroup
	for w := range writers {
		writing.Go(func() {
			for i := w; i < messages; i += writers {
				if _, err := club[0].Chat.SendMessage(t.Context(), &v1.SendMessageRequest{RoomId: room, TempId: fmt.Sprint(i), Content: text}); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	writing.Wait()
	grown := int64(heap()) - int64(before)
	if limit := int64(messages * len(text) / 2); grown > limit {
		t.Errorf("the heap grew by %d KiB while a reader stalled, more than %d KiB", grown>>10, limit>>10)
	}
	<-time.After(time.Until(began.Add(stall)))

	next := int64(1)
	for next <= messages {
		for _, e := range stalled.next(t).GetEvents() {
			if m := e.GetMessage(); m != nil {
				if m.GetSeq() != next {
					t.Fatalf("got %d, want %d", m.GetSeq(), next)
				}
				next++
			}
		}
	}
}

// heap is what is in use. What a pool holds, or a finalizer watches, goes only at the second collection.
func heap() uint64 {
	for range 3 {
		runtime.GC()
	}
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}

// A thousand streams that are cut without closing leave nothing behind.
func TestStreamsThatAreCutLeaveNothing(t *testing.T) {
	const streams, members = 1000, 40
	s := apptest.Start(t)
	club := s.Club(t, members, apptest.ConnectBinary)
	for range 2 {
		// The first round warms pools up; the second is measured against it.
		goroutines, memory := runtime.NumGoroutine(), heap()
		var open []*rawStream
		for i := range streams {
			raw := openRaw(t, s, club[i%members].AccessToken, &v1.SubscribeRequest{})
			raw.next(t)
			open = append(open, raw)
		}
		for _, raw := range open {
			// No FIN: the connection is reset.
			_ = raw.Conn.(*net.TCPConn).SetLinger(0)
			raw.Close()
		}
		settle(t, goroutines+5)
		open = nil
		if after := heap(); after > memory+memory/2+4<<20 {
			t.Errorf("the heap grew from %d to %d KiB", memory>>10, after>>10)
		}
	}
}

// settle waits until the process is back to at most n goroutines.
func settle(t *testing.T, n int) {
	t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for runtime.NumGoroutine() > n {
		if time.Now().After(deadline) {
			stacks := make([]byte, 1<<16)
			t.Fatalf("%d goroutines, want at most %d\n%s", runtime.NumGoroutine(), n, stacks[:runtime.Stack(stacks, true)])
		}
		runtime.Gosched()
		time.Sleep(time.Millisecond)
	}
}
