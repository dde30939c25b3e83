package realtime

import (
	"context"
	"slices"
	"sync"

	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/identity"
)

// userStreams is how many streams a user may have open; one more ends the oldest.
const userStreams = 32

var errReplaced = fault.New(fault.Precondition, "STREAM_REPLACED",
	"이 기기에서 새 연결이 열려 이 연결을 닫습니다.", "A newer stream of this device has taken this one's place.")

// registry knows the open streams, so that a device that reconnects before the server has seen its old connection die does
// not hold two.
type registry struct {
	mu    sync.Mutex
	users map[string][]*open
	n     int
}

type open struct {
	session, device string
	cancel          context.CancelCauseFunc
}

// add notes a stream and ends the one it replaces. release forgets it.
func (g *registry) add(caller identity.Caller, device string, cancel context.CancelCauseFunc) (release func()) {
	o := &open{session: caller.SessionID, device: device, cancel: cancel}
	g.mu.Lock()
	defer g.mu.Unlock()
	streams := g.users[caller.UserID]
	replaced := slices.IndexFunc(streams, func(old *open) bool {
		return device != "" && old.device == device && old.session == o.session
	})
	if replaced < 0 && len(streams) >= userStreams {
		replaced = 0
	}
	if replaced >= 0 {
		streams[replaced].cancel(errReplaced)
		streams = slices.Delete(streams, replaced, replaced+1)
		g.n--
	}
	g.users[caller.UserID] = append(streams, o)
	g.n++
	return func() { g.remove(caller.UserID, o) }
}

func (g *registry) remove(userID string, o *open) {
	g.mu.Lock()
	defer g.mu.Unlock()
	streams := g.users[userID]
	i := slices.Index(streams, o)
	if i < 0 {
		return
	}
	g.n--
	if streams = slices.Delete(streams, i, i+1); len(streams) == 0 {
		delete(g.users, userID)
	} else {
		g.users[userID] = streams
	}
}

func (g *registry) count() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.n
}
