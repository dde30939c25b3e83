package mongodb

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/games"
)

func aGame(s *Store, id string) error {
	_, _, err := s.CreateGame(context.Background(), games.Game{ID: id, Status: games.Scheduled, MaxParticipants: 8, Date: noon})
	return err
}

// gameLosses are the calls of games that write.
var gameLosses = []lossCase{
	{name: "CreateGame", call: func(s *Store, id string) error {
		_, created, err := s.CreateGame(context.Background(), games.Game{ID: id})
		return errors.Join(err, same("created", created, true))
	}},
	{name: "UpdateGame", prepare: aGame, call: func(s *Store, id string) error {
		got, err := s.UpdateGame(context.Background(), id, func(g *games.Game) error {
			g.Title += "."
			return nil
		})
		stored, err2 := s.Game(context.Background(), id)
		return errors.Join(err, err2, same("the title", got.Title, "."), same("what is stored", stored.Title, "."),
			same("the version", stored.Version, 2))
	}},
	{
		name: "UpdateGame of a game that another is in the way of",
		prepare: func(s *Store, id string) error {
			err := errors.Join(aGame(s, id), aGame(s, id+" other"))
			_, err2 := s.UpdateGame(context.Background(), id+" other", onCourt(id))
			return errors.Join(err, err2)
		},
		call: func(s *Store, id string) error {
			_, err := s.UpdateGame(context.Background(), id, onCourt(id))
			held, _ := errors.AsType[*games.Held](err)
			if held == nil {
				return fmt.Errorf("the error is %w", err)
			}
			return same("the game in the way", held.GameID, id+" other")
		},
	},
	{
		name: "DropErrands",
		prepare: func(s *Store, id string) error {
			_, _, err := s.CreateGame(context.Background(), games.Game{ID: id, Errands: []games.Errand{{Key: "a"}, {Key: "b"}}})
			return err
		},
		call: func(s *Store, id string) error {
			err := s.DropErrands(context.Background(), id, []string{"a"})
			g, err2 := s.Game(context.Background(), id)
			return errors.Join(err, err2, same("the errands", fmt.Sprint(g.Errands), "[{b  []}]"), same("the version", g.Version, 1))
		},
	},
	{name: "CreateCourt", call: func(s *Store, id string) error {
		c, created, err := s.CreateCourt(context.Background(), games.Court{ID: id, Name: id}, math.MaxInt)
		return errors.Join(err, same("the name", c.Name, id), same("created", created, true))
	}},
	{
		name: "UpdateCourt",
		prepare: func(s *Store, id string) error {
			_, _, err := s.CreateCourt(context.Background(), games.Court{ID: id}, math.MaxInt)
			return err
		},
		call: func(s *Store, id string) error {
			c, err := s.UpdateCourt(context.Background(), id, func(c *games.Court) error {
				c.Name += "."
				return nil
			})
			return errors.Join(err, same("the name", c.Name, "."))
		},
	},
	{name: "Stats", prepare: aCompletedGame, call: func(s *Store, id string) error {
		stats, err := s.Stats(context.Background(), id)
		return errors.Join(err, same("the games won", stats.Wins, 1))
	}},
	{name: "RebuildStats", prepare: aCompletedGame, call: func(s *Store, id string) error {
		err := s.RebuildStats(context.Background())
		stats, err2 := s.Stats(context.Background(), id)
		return errors.Join(err, err2, same("the games won", stats.Wins, 1))
	}},
}

func onCourt(id string) func(*games.Game) error {
	return func(g *games.Game) error {
		g.Status, g.CourtID, g.Team1, g.Team2 = games.Ongoing, id, []string{"a" + g.ID}, []string{"b" + g.ID}
		return nil
	}
}

// aCompletedGame is one that the player with its id has won.
func aCompletedGame(s *Store, id string) error {
	_, _, err := s.CreateGame(context.Background(), games.Game{
		ID: id, Status: games.Completed, CompletedAt: noon, Team1: []string{id}, Team2: []string{"loser"}, Winner: 1,
	})
	return err
}

// joins returns somebody a place in a game, or on its waiting list.
func joins(who string) func(*games.Game) error {
	place := games.Place{UserID: who, JoinedAt: noon}
	return func(g *games.Game) error {
		if len(g.Participants) < g.MaxParticipants {
			g.Participants = append(g.Participants, place)
		} else {
			g.Waiting = append(g.Waiting, place)
		}
		return nil
	}
}

// 500 people join a game of 8 at once, on two processes. Each is answered with the place that the game keeps for them.
func TestACrowdJoinsOnTwoProcesses(t *testing.T) {
	t.Parallel()
	const crowd = 500
	stores := twoStores(t)
	must(t, aGame(stores[0], "g"))
	var mu sync.Mutex
	arrived := make([]string, crowd)
	together(t, crowd, func(i int) error {
		who := fmt.Sprint("member ", i)
		g, err := stores[i%2].UpdateGame(t.Context(), "g", joins(who))
		if err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		arrived[g.Version-2] = who
		return nil
	})
	g, err := stores[1].Game(t.Context(), "g")
	must(t, err)
	var queue []string
	for _, p := range slices.Concat(g.Participants, g.Waiting) {
		queue = append(queue, p.UserID)
	}
	if len(g.Participants) != 8 || g.Version != 1+crowd || !slices.Equal(queue, arrived) {
		t.Errorf("%d joined, the version is %d, the queue is %v, and %v arrived", len(g.Participants), g.Version, queue, arrived)
	}
}

// Games start at once on one court, on two processes: one does, and the others are told which.
func TestGamesStartOnACourtOnTwoProcesses(t *testing.T) {
	t.Parallel()
	const n, rounds = 8, 10
	stores := twoStores(t)
	for i := range n {
		must(t, aGame(stores[0], fmt.Sprint(i)))
	}
	for range rounds {
		var mu sync.Mutex
		var started, told []string
		together(t, n, func(i int) error {
			id := fmt.Sprint(i)
			_, err := stores[i%2].UpdateGame(t.Context(), id, onCourt("1"))
			mu.Lock()
			defer mu.Unlock()
			if held, ok := errors.AsType[*games.Held](err); ok && errors.Is(err, fault.Exists) && held.Key == "court/1" {
				told = append(told, held.GameID)
				return nil
			}
			started = append(started, id)
			return err
		})
		if len(started) != 1 || len(told) != n-1 || slices.ContainsFunc(told, func(id string) bool { return id != started[0] }) {
			t.Fatalf("%v started, and the others were told %v", started, told)
		}
		_, err := stores[rand.IntN(2)].UpdateGame(t.Context(), started[0], func(g *games.Game) error {
			g.Status = games.Scheduled
			return nil
		})
		must(t, err)
	}
}

// Errands are added by updates and taken off meanwhile, on two processes: those that nobody takes off stay.
func TestErrandsStayUntilTheyAreDropped(t *testing.T) {
	t.Parallel()
	const n, each = 8, 10
	stores := twoStores(t)
	must(t, aGame(stores[0], "g"))
	together(t, n, func(i int) error {
		for k := range each {
			key := fmt.Sprint(i, "/", k)
			if _, err := stores[i%2].UpdateGame(t.Context(), "g", func(g *games.Game) error {
				g.Errands = append(g.Errands, games.Errand{Key: key})
				return nil
			}); err != nil {
				return err
			}
			if k%2 == 0 {
				if err := stores[(i+k)%2].DropErrands(t.Context(), "g", []string{key}); err != nil {
					return err
				}
			}
		}
		return nil
	})
	g, err := stores[0].Game(t.Context(), "g")
	must(t, err)
	left := make(map[string]int)
	for _, e := range g.Errands {
		left[e.Key]++
	}
	for i := range n {
		for k := 1; k < each; k += 2 {
			if key := fmt.Sprint(i, "/", k); left[key] != 1 {
				t.Errorf("errand %s is there %d times", key, left[key])
			}
		}
	}
	if want := int64(1 + n*each); g.Version != want {
		t.Errorf("the version is %d, not %d", g.Version, want)
	}
}
