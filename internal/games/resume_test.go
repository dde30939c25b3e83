package games_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/games"
	"github.com/dongbaejul/dongbaejul/internal/games/scoring"
	"github.com/dongbaejul/dongbaejul/internal/identity"
	"github.com/dongbaejul/dongbaejul/internal/realtime"
)

// lossy is a bus that drops, doubles and delays hints at random.
type lossy struct {
	*realtime.Hub

	mu   sync.Mutex
	held []realtime.Hint
}

func (l *lossy) Publish(ctx context.Context, h realtime.Hint) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch rand.N(20) {
	case 0:
		return
	case 1, 2:
		l.held = append(l.held, h)
		return
	case 3:
		l.Hub.Publish(ctx, h)
	}
	l.Hub.Publish(ctx, h)
	for _, late := range l.held {
		l.Hub.Publish(ctx, late)
	}
	l.held = nil
}

// Watchers come at random moments of a match, are cut and come back, while the bus loses hints: a thousand of a thousand end
// with the game as it is stored.
func TestWatchersThatAreCutEndWithTheGameAsItIs(t *testing.T) {
	const watchers = 1000
	f := open(t, func(c *games.Config) {
		c.Scoring, _ = scoring.One21.Rules()
		c.Bus = &lossy{Hub: c.Bus.(*realtime.Hub)}
		c.Streams = realtime.NewStreams(realtime.Config{Bus: c.Bus, Heartbeat: time.Second})
	})
	f.members(t, "creator", "a", "b", "c", "d")
	g := f.ready(t, "a", "b", "c", "d")
	_, err := f.StartGame(as("a"), &v1.StartGameRequest{GameId: g.GetId(), CourtId: "1"})
	must(t, err)

	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	played := make(chan error, 1)
	var seen atomic.Int64
	go func() {
		err := f.playSet(g.GetId(), func() {
			// Everybody watches, and most have seen the last rally, or it was one that the bus has lost.
			want := max(watchers, seen.Load()+watchers*9/10)
			for until := time.After(50 * time.Millisecond); seen.Load() < want; {
				select {
				case <-until:
					if seen.Load() >= watchers {
						return
					}
				case <-time.After(time.Millisecond):
				}
			}
		})
		if err != nil {
			cancel()
		}
		played <- err
	}()
	replicas := make([]*replica, watchers)
	var cuts, scores atomic.Int64
	together(t, watchers, func(i int) error {
		r := newReplica()
		r.seen, replicas[i] = &seen, r
		for r.has(g.GetId()).GetStatus() != v1.GameStatus_GAME_STATUS_COMPLETED {
			r.breakAfter(1 + rand.N(20))
			who := fmt.Sprint("watcher ", i)
			err := f.streams.Serve(identity.With(ctx, caller(who)), r, "", f.Feed(caller(who), &v1.WatchGamesRequest{GameIds: []string{g.GetId()}}))
			if !errors.Is(err, errBroken) {
				return err
			}
			cuts.Add(1)
		}
		for _, kind := range r.got() {
			if kind == "score" {
				scores.Add(1)
			}
		}
		return nil
	})
	must(t, <-played)
	want := shown(f.game(t, g.GetId()))
	for _, r := range replicas {
		wantEqual(t, "the game as a watcher has it", r.has(g.GetId()), want)
	}
	// The last cut of each is the end of the game.
	if early := cuts.Load() - watchers; early < watchers/4 || scores.Load() < 2*watchers {
		t.Errorf("%d watchers were cut %d times before the end and saw %d scores", watchers, early, scores.Load())
	}
}

// playSet plays a game of one set rally by rally, each when ready returns, with a mistake now and then.
func (f *fixture) playSet(id string, ready func()) error {
	rules, _ := scoring.One21.Rules()
	for now := (scoring.Score{}); !rules.SetOver(now); {
		ready()
		if rand.N(10) == 0 && now != (scoring.Score{}) {
			if _, err := f.score(as("b"), id, 1, now.Team2, now.Team1); err != nil {
				return err
			}
		}
		if rand.N(2) == 0 {
			now.Team1++
		} else {
			now.Team2++
		}
		if _, err := f.score(as("a"), id, 1, now.Team1, now.Team2); err != nil {
			return err
		}
	}
	_, err := f.CompleteGame(as("a"), &v1.CompleteGameRequest{GameId: id, Mvp: new("a")})
	return err
}
