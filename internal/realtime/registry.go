package realtime

import (
	"slices"
	"sync"

	"github.com/dongbaejul/dongbaejul/internal/fault"
)

// userStreams is how many streams a user may have open; one more ends the oldest.
const userStreams = 32

var errReplaced = fault.New(fault.Precondition, "STREAM_REPLACED",
	"이 기기에서 새 연결이 열려 이 연결을 닫습니다.", "A newer stream of this device has taken this one's place.")

// registry knows the open streams, so that a device that reconnects before the server has seen its old connection die does
// not hold two.
type registry struct {
	mu    sync.Mutex
	users map[string][]*stream
	n     int
}

// add notes a stream and ends the one it replaces.
func (g *registry) add(st *stream) {
	g.mu.Lock()
	defer g.mu.Unlock()
	streams := g.users[st.caller.UserID]
	replaced := slices.IndexFunc(streams, func(old *stream) bool {
		return st.device != "" && old.device == st.device && old.caller.SessionID == st.caller.SessionID
	})
	if replaced < 0 && len(streams) >= userStreams {
		replaced = 0
	}
	if replaced >= 0 {
		streams[replaced].end(errReplaced)
		streams = slices.Delete(streams, replaced, replaced+1)
		g.n--
	}
	g.users[st.caller.UserID] = append(streams, st)
	g.n++
}

// remove forgets a stream, if it was not replaced.
func (g *registry) remove(st *stream) {
	g.mu.Lock()
	defer g.mu.Unlock()
	streams := g.users[st.caller.UserID]
	i := slices.Index(streams, st)
	if i < 0 {
		return
	}
	g.n--
	if streams = slices.Delete(streams, i, i+1); len(streams) == 0 {
		delete(g.users, st.caller.UserID)
	} else {
		g.users[st.caller.UserID] = streams
	}
}

func (g *registry) each(f func(*stream)) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, streams := range g.users {
		for _, st := range streams {
			f(st)
		}
	}
}

func (g *registry) count() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.n
}
