package games_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"google.golang.org/protobuf/proto"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/realtime"
	"github.com/dongbaejul/dongbaejul/internal/testkit"
)

// replica is a client that keeps games by the events it gets.
type replica struct {
	mu    sync.Mutex
	games map[string]*v1.Game
	// kinds are what events it got, the newest last.
	kinds []string
	// beats counts the hello and the heartbeats.
	beats int
	err   error
	// seen counts the events about games, of all replicas that have it; nil for none.
	seen *atomic.Int64
	// left is how many of them the connection lasts; 0 for any.
	left int
}

var errBroken = errors.New("the connection is broken")

// breakAfter makes the connection break, in the middle of a frame, after that many events or where a game is over.
func (r *replica) breakAfter(events int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.left = events
}

func newReplica() *replica { return &replica{games: make(map[string]*v1.Game)} }

// Send implements realtime.Conn.
func (r *replica) Send(message any) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, e := range message.(*realtime.Frame).Events {
		if err := r.apply(e.Message()); err != nil && r.err == nil {
			r.err = err
		}
		if e.Message().GetHeartbeat() != nil {
			continue
		}
		if r.seen != nil {
			r.seen.Add(1)
		}
		if r.left--; r.left == 0 || r.left > 0 && over(e.Message()) {
			return errBroken
		}
	}
	return r.err
}

// over reports whether an event says that a game is completed.
func over(e *v1.Event) bool {
	return e.GetStatusChanged().GetGame().GetStatus() == v1.GameStatus_GAME_STATUS_COMPLETED ||
		e.GetGameSnapshot().GetGame().GetStatus() == v1.GameStatus_GAME_STATUS_COMPLETED
}

func (r *replica) apply(e *v1.Event) error {
	switch p := e.GetPayload().(type) {
	case *v1.Event_Hello, *v1.Event_Heartbeat:
		r.beats++
		return nil
	case *v1.Event_GameSnapshot:
		r.kinds = append(r.kinds, "snapshot")
		r.games[p.GameSnapshot.GetGame().GetId()] = p.GameSnapshot.GetGame()
		return nil
	case *v1.Event_GameCreated:
		return r.whole("created", p.GameCreated.GetGame())
	case *v1.Event_StatusChanged:
		return r.whole("status", p.StatusChanged.GetGame())
	case *v1.Event_GameUpdated:
		return r.whole("updated", p.GameUpdated.GetGame())
	case *v1.Event_ScoreUpdated:
		g, err := r.next("score", p.ScoreUpdated.GetGameId(), p.ScoreUpdated.GetVersion())
		if err == nil {
			g.Sets = p.ScoreUpdated.GetSets()
		}
		return err
	case *v1.Event_ParticipantsChanged:
		return r.people(p.ParticipantsChanged)
	}
	return fmt.Errorf("got an event %v", e)
}

// next returns the game that a change makes the version of.
func (r *replica) next(kind, id string, version int32) (*v1.Game, error) {
	r.kinds = append(r.kinds, kind)
	g := r.games[id]
	if g == nil || g.GetVersion()+1 != version {
		return nil, fmt.Errorf("got version %d of %s after %v", version, id, g)
	}
	g.Version = version
	return g, nil
}

func (r *replica) whole(kind string, g *v1.Game) error {
	r.kinds = append(r.kinds, kind)
	if had := r.games[g.GetId()]; had.GetVersion()+1 != g.GetVersion() {
		return fmt.Errorf("got version %d of %s after %v", g.GetVersion(), g.GetId(), had)
	}
	r.games[g.GetId()] = g
	return nil
}

func (r *replica) people(c *v1.ParticipantsChanged) error {
	g, err := r.next("people", c.GetGameId(), c.GetVersion())
	if err != nil {
		return err
	}
	in := func(ids ...[]string) func(*v1.Participant) bool {
		all := slices.Concat(ids...)
		return func(p *v1.Participant) bool { return slices.Contains(all, p.GetUserId()) }
	}
	g.Participants = append(slices.DeleteFunc(g.Participants, in(c.GetLeft())), c.GetJoined()...)
	g.WaitingList = append(slices.DeleteFunc(g.WaitingList, in(c.GetLeft(), c.GetPromoted())), c.GetWaiting()...)
	return nil
}

// has returns the game as the replica has it; nil for none. What no event tells is left out: who corrected what, and when
// something changed last.
func (r *replica) has(id string) *v1.Game {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.games[id] == nil {
		return nil
	}
	return shown(r.games[id])
}

func shown(g *v1.Game) *v1.Game {
	g = proto.CloneOf(g)
	g.UpdatedAt, g.Corrections = nil, nil
	return g
}

func (r *replica) failure() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.err
}

// got takes the kinds of events that came since it was asked last.
func (r *replica) got() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	kinds := r.kinds
	r.kinds = nil
	return kinds
}

// watch streams to the replica until the test ends, or cut is called, which returns why the stream ended.
func (f *fixture) watch(t testing.TB, r *replica, who string, req *v1.WatchGamesRequest) (cut func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(as(who))
	done := make(chan error, 1)
	go func() { done <- f.streams.Serve(ctx, r, "", f.Feed(caller(who), req)) }()
	cut = sync.OnceValue(func() error {
		cancel()
		return <-done
	})
	t.Cleanup(func() { _ = cut() })
	return cut
}

// settle waits until watchers have got all that was announced so far: twice, since what a reader makes up for from the store
// comes after what was waiting with it.
func (f *fixture) settle(t testing.TB, watchers ...*replica) {
	t.Helper()
	for range 2 {
		for _, r := range watchers {
			testkit.Eventually(t, "the hello", func() bool { return r.heard() > 0 })
		}
		var before []int
		for _, r := range watchers {
			before = append(before, r.heard())
		}
		f.hub.Publish(t.Context(), realtime.Hint{Topic: realtime.Games, Event: realtime.NewEvent(&v1.Event{
			Payload: &v1.Event_Heartbeat{Heartbeat: &v1.Heartbeat{}},
		})})
		for i, r := range watchers {
			testkit.Eventually(t, "a watcher to settle", func() bool { return r.heard() > before[i] })
		}
	}
}

func (r *replica) heard() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.beats
}

// wantGame waits until the replica has the game as the store has it.
func (f *fixture) wantGame(t testing.TB, r *replica, id string) {
	t.Helper()
	want := shown(f.game(t, id))
	testkit.Eventually(t, "the game as it is stored", func() bool { return r.failure() != nil || proto.Equal(r.has(id), want) })
	must(t, r.failure())
}
