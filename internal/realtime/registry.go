package realtime

import (
	"slices"
	"strings"
	"sync"

	"github.com/dongbaejul/dongbaejul/internal/fault"
)

// userStreams is how many streams a user may have open; one more ends the oldest.
const userStreams = 32

var (
	errReplaced = fault.New(fault.Precondition, "STREAM_REPLACED",
		"이 기기에서 새 연결이 열려 이 연결을 닫습니다.", "A newer stream of this device has taken this one's place.")
	errTooMany = fault.New(fault.Precondition, "STREAM_LIMIT_REACHED",
		"열려 있는 연결이 너무 많아 가장 오래된 연결을 닫습니다. 쓰지 않는 기기나 탭을 닫아 주세요.",
		"You have too many streams open, so the oldest one was closed. Close devices or tabs that you do not use.")
)

// registry knows the open streams, so that a device that reconnects before the server has seen its old connection die does
// not hold two. It knows those of one process; on the others it is told by a hint to the user's topic, whose key is a
// streamKey.
type registry struct {
	mu    sync.Mutex
	users map[string][]*stream
	n     int
	polls map[*stream]struct{}
}

// add notes a stream and ends the one it replaces.
func (g *registry) add(st *stream) {
	g.mu.Lock()
	defer g.mu.Unlock()
	streams := g.users[st.caller.UserID]
	replaced := slices.IndexFunc(streams, func(old *stream) bool {
		return st.device != "" && old.device == st.device && old.caller.SessionID == st.caller.SessionID
	})
	why := errReplaced
	if replaced < 0 && len(streams) >= userStreams {
		replaced, why = 0, errTooMany
	}
	if replaced >= 0 {
		streams[replaced].end(why)
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

func (g *registry) addPoll(st *stream) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.polls[st] = struct{}{}
}

func (g *registry) removePoll(st *stream) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.polls, st)
}

// each calls f with every stream and every poll.
func (g *registry) each(f func(*stream)) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, streams := range g.users {
		for _, st := range streams {
			f(st)
		}
	}
	for st := range g.polls {
		f(st)
	}
}

func (g *registry) count() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.n
}

// streamKey names a stream among those of a user.
type streamKey struct{ session, id, device string }

// announcement tells the other processes of st, so that one it replaces ends there.
func (st *stream) announcement() Hint {
	return Hint{Topic: User(st.caller.UserID), Key: st.caller.SessionID + "/" + st.id + "/" + st.device}
}

// openedStream returns the stream that h announces; false where it announces none.
func openedStream(h Hint) (streamKey, bool) {
	parts := strings.SplitN(h.Key, "/", 3)
	if len(parts) != 3 || !h.Topic.ofUser() {
		return streamKey{}, false
	}
	return streamKey{session: parts[0], id: parts[1], device: parts[2]}, true
}

// replaces reports whether the stream takes the place of st: one of its device that is newer. Of two that are opened at once
// on two processes, and hear of each other, one stays.
func (k streamKey) replaces(st *stream) bool {
	return st.device != "" && k.device == st.device && k.session == st.caller.SessionID && k.id > st.id
}
