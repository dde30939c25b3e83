package app_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/app/apptest"
)

// answered are the messages whose sending was answered, by seq.
type answered struct {
	mu   sync.Mutex
	sent map[int64]string
}

func (a *answered) add(m *v1.Message) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.sent[m.GetSeq()] = m.GetId()
}

func (a *answered) count() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.sent)
}

// A server that is killed under load loses nothing that was answered, and a stream that comes back gets each message once
// and in order. Writers repeat what was not answered, as clients do, and that doubles nothing.
func TestAKilledServerLosesNothing(t *testing.T) {
	const writers, kills, between = 6, 3, 150
	server := apptest.StartProcess(t)
	club := server.Club(t, writers+1, apptest.ConnectBinary)
	room, err := club[0].Chat.CreateRoom(t.Context(), &v1.CreateRoomRequest{Name: "전체", Type: v1.RoomType_ROOM_TYPE_GLOBAL})
	if err != nil {
		t.Fatal(err)
	}
	id := room.GetRoom().GetId()
	kept := &answered{sent: make(map[int64]string)}
	stop := make(chan struct{})
	var writing sync.WaitGroup
	for _, m := range club[1:] {
		writing.Go(func() { write(t, m, id, kept, stop) })
	}
	reader := &resumingReader{member: club[0], room: id}

	for round := range kills {
		for kept.count() < (round+1)*between {
			reader.read(t, 50*time.Millisecond)
		}
		server.Kill()
		server.Run(t)
	}
	close(stop)
	writing.Wait()

	last := int64(0)
	for seq := range kept.sent {
		last = max(last, seq)
	}
	for reader.last < last {
		reader.read(t, time.Second)
	}
	for seq, messageID := range kept.sent {
		if reader.got[seq] != messageID {
			t.Errorf("message %d was answered as %s and read as %s", seq, messageID, reader.got[seq])
		}
	}
	t.Logf("%d messages answered over %d kills", len(kept.sent), kills)
}

// write sends messages until stop, each again until it is answered.
func write(t *testing.T, m *apptest.Member, room string, kept *answered, stop chan struct{}) {
	for i := 0; ; i++ {
		req := &v1.SendMessageRequest{RoomId: room, TempId: fmt.Sprint(i), Content: fmt.Sprint(m.ID, i)}
		for {
			res, err := m.Chat.SendMessage(t.Context(), req)
			if err == nil {
				kept.add(res.GetMessage())
				break
			}
			select {
			case <-stop:
				return
			case <-time.After(10 * time.Millisecond):
			}
		}
		select {
		case <-stop:
			return
		default:
		}
	}
}

// resumingReader reads a room over any number of streams and fails on the first message that is not the next.
type resumingReader struct {
	member *apptest.Member
	room   string
	last   int64
	got    map[int64]string
	stream *apptest.Stream
}

// read reads for a while, on a new stream where the old one has ended.
func (r *resumingReader) read(t *testing.T, wait time.Duration) {
	t.Helper()
	if r.got == nil {
		r.got = make(map[int64]string)
	}
	if r.stream == nil {
		r.stream = r.member.Subscribe(t, &v1.SubscribeRequest{Rooms: []*v1.RoomCursor{{RoomId: r.room, Seq: r.last}}})
	}
	deadline := time.After(wait)
	for {
		select {
		case e, ok := <-r.stream.Events():
			if !ok {
				r.stream = nil
				return
			}
			m := e.GetMessage()
			if m == nil {
				continue
			}
			if m.GetSeq() != r.last+1 {
				t.Fatalf("got %d after %d", m.GetSeq(), r.last)
			}
			r.last = m.GetSeq()
			r.got[r.last] = m.GetId()
		case <-deadline:
			return
		}
	}
}
