package mongodb

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/event"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/dongbaejul/dongbaejul/internal/games"
	"github.com/dongbaejul/dongbaejul/internal/games/rating"
	"github.com/dongbaejul/dongbaejul/internal/games/record"
	"github.com/dongbaejul/dongbaejul/internal/games/scoring"
)

// completed ends a game some hours after noon, with players that its number tells. Every fifth is not played out.
func completed(i, hours int, winner scoring.Team) func(*games.Game) error {
	return func(g *games.Game) error {
		player := func(k int) string { return fmt.Sprint("player ", (i*3+k*(1+i%2))%9) }
		g.Team1, g.Team2 = []string{player(0), player(1)}, []string{player(2), player(3)}
		g.Sets = []scoring.Score{{Team1: 25, Team2: i % 24}}
		g.Status, g.CompletedAt, g.Winner, g.MVP = games.Completed, noon.Add(time.Duration(hours)*time.Hour), winner, g.Team2[0]
		g.End = games.PlayedOut
		if i%5 == 0 {
			g.End = games.Retired
		}
		return nil
	}
}

func create(t testing.TB, s *Store, id string, f func(*games.Game) error) {
	t.Helper()
	g := games.Game{ID: id, Status: games.Scheduled}
	must(t, f(&g))
	_, _, err := s.CreateGame(t.Context(), g)
	must(t, err)
}

func update(t testing.TB, s *Store, id string, f func(*games.Game) error) {
	t.Helper()
	_, err := s.UpdateGame(t.Context(), id, f)
	must(t, err)
}

// truth computes everybody's figures from the games alone.
func truth(t testing.TB, s *Store) figures {
	t.Helper()
	all, err := list[gameDoc](t.Context(), s.games.Collection, bson.D{})
	must(t, err)
	var results []record.Result
	for _, d := range all {
		g := d.game()
		if r, ok := g.Result(); ok {
			results = append(results, r)
		}
	}
	stats, err := record.Fold(results)
	must(t, err)
	ratings, err := rating.Fold(results)
	must(t, err)
	return figures{stats, ratings}
}

func sameFigures(a, b figures) bool {
	return maps.Equal(a.stats, b.stats) && maps.Equal(a.ratings, b.ratings)
}

// wantFigures fails unless the figures that a store returns are those, to the last bit.
func wantFigures(t testing.TB, s *Store, want figures, when string) {
	t.Helper()
	l, err := s.books.ask(t.Context(), false)
	must(t, err)
	if !sameFigures(l.now, want) {
		t.Fatalf("%s, the figures are\n%+v\nand follow from the games as\n%+v", when, l.now, want)
	}
}

// stops makes a store stop just before one of the commands that it sends.
type stops struct {
	// left is how many commands are sent before; below 0 it does not stop.
	left         atomic.Int64
	stopped, out chan struct{}
}

func newStops() *stops {
	s := &stops{}
	s.left.Store(-1)
	return s
}

func (s *stops) tune(opts *options.ClientOptions) {
	opts.SetMonitor(&event.CommandMonitor{Started: func(context.Context, *event.CommandStartedEvent) {
		if s.left.Add(-1) == -1 {
			close(s.stopped)
			<-s.out
		}
	}})
}

// before makes a call, and does something else before its n-th command, counted from 0. It reports whether there was one.
func (s *stops) before(t *testing.T, n int, do func(), call func() error) (there bool) {
	t.Helper()
	s.stopped, s.out = make(chan struct{}), make(chan struct{})
	s.left.Store(int64(n))
	defer s.left.Store(-1)
	done := make(chan error, 1)
	go func() { done <- call() }()
	select {
	case err := <-done:
		must(t, err)
		return false
	case <-s.stopped:
	}
	func() {
		defer close(s.out)
		do()
	}()
	must(t, <-done)
	return true
}

// A process stops anywhere on its way to the figures, or in the middle of an update, and another one goes on meanwhile. What
// that sees then is what it would see for ever if the first had died; and then the first goes on with what it knew.
func TestFiguresWhereverAProcessStops(t *testing.T) {
	title := func(g *games.Game) error {
		g.Title += "."
		return nil
	}
	cancel := func(g *games.Game) error {
		g.Status = games.Cancelled
		return nil
	}
	calls := map[string]func(ctx context.Context, s *Store, id string) (*ledger, error){
		"asks":     func(ctx context.Context, s *Store, _ string) (*ledger, error) { return s.books.ask(ctx, false) },
		"rebuilds": func(ctx context.Context, s *Store, _ string) (*ledger, error) { return s.books.ask(ctx, true) },
		"changes the game": func(ctx context.Context, s *Store, id string) (*ledger, error) {
			_, err := s.UpdateGame(ctx, id, title)
			return nil, err
		},
		"corrects the game": func(ctx context.Context, s *Store, id string) (*ledger, error) {
			_, err := s.UpdateGame(ctx, id, completed(1, 1000, scoring.Team1))
			return nil, err
		},
	}
	meanwhile := map[string]func(t *testing.T, s *Store, made, hours int){
		"nothing happens": func(*testing.T, *Store, int, int) {},
		"it is corrected": func(t *testing.T, s *Store, made, hours int) {
			update(t, s, fmt.Sprint(made), completed(2, hours, scoring.Team2))
		},
		"it is moved": func(t *testing.T, s *Store, made, hours int) {
			update(t, s, fmt.Sprint(made), completed(3, hours+1, scoring.Team1))
		},
		"it is cancelled": func(t *testing.T, s *Store, made, _ int) { update(t, s, fmt.Sprint(made), cancel) },
		"one before it is moved again and again": func(t *testing.T, s *Store, made, hours int) {
			for i := range min(3, made-1) {
				update(t, s, fmt.Sprint(max(1, made-4)), completed(made, hours+i, scoring.Team2))
			}
		},
		"another comes before all": func(t *testing.T, s *Store, made, hours int) {
			create(t, s, fmt.Sprint("early ", made), completed(made, -hours, scoring.Team1))
		},
		"figures are computed again": func(t *testing.T, s *Store, _, _ int) { must(t, s.RebuildStats(t.Context())) },
	}
	for call, run := range calls {
		t.Run("One "+call, func(t *testing.T) {
			t.Parallel()
			stop := newStops()
			uri := OwnURI(t)
			one, two := OpenURI(t, uri, stop.tune), OpenURI(t, uri)
			one.books.keep, two.books.keep = 1, 1
			made := 0
			// Whether the other wants the figures meanwhile, too.
			for _, looks := range []bool{true, false} {
				for other, happen := range meanwhile {
					for n, there := 0, true; there; n++ {
						made++
						hours := 4 * made
						when := fmt.Sprintf("step %d, %s, looks %t", n, other, looks)
						create(t, two, fmt.Sprint(made), completed(made, hours, scoring.Team1))
						before := truth(t, two)
						var got *ledger
						there = stop.before(t, n, func() {
							happen(t, two, made, hours)
							if looks {
								wantFigures(t, two, truth(t, two), "before "+when)
							}
						}, func() (err error) {
							got, err = run(t.Context(), one, fmt.Sprint(made))
							return err
						})
						after := truth(t, two)
						if got != nil && !sameFigures(got.now, before) && !sameFigures(got.now, after) {
							t.Fatalf("who stood before %s, got\n%+v", when, got.now)
						}
						wantFigures(t, one, after, "who stood before "+when)
						wantFigures(t, two, after, "who has not stood before "+when)
					}
				}
			}
		})
	}
}

// Many complete, correct and cancel games at once, on two processes, and each asks for the figures after each: those of its own
// players, who play nobody else, must be those that follow from its own games.
func TestWhoeverAsksAfterAnUpdateFindsItCounted(t *testing.T) {
	t.Parallel()
	const many, each = 6, 15
	stores := twoStores(t)
	stores[0].books.keep, stores[1].books.keep = 2, 4
	together(t, many, func(i int) error {
		random := rand.New(rand.NewPCG(uint64(i), 1))
		own := make(map[string]record.Result)
		mine, theirs := fmt.Sprint("player ", i, "a"), fmt.Sprint("player ", i, "b")
		for range each {
			id := fmt.Sprint("game ", i, "/", random.IntN(5))
			g := games.Game{ID: id, Status: games.Scheduled}
			if _, _, err := stores[random.IntN(2)].CreateGame(t.Context(), g); err != nil {
				return err
			}
			cancelled, winner := random.IntN(5) == 0, scoring.Team(1+random.IntN(2))
			at := noon.Add(time.Duration(random.IntN(100)) * time.Minute)
			kept, err := stores[random.IntN(2)].UpdateGame(t.Context(), id, func(g *games.Game) error {
				g.Status, g.CompletedAt, g.Winner = games.Completed, at, winner
				g.Team1, g.Team2 = []string{mine}, []string{theirs}
				if cancelled {
					g.Status = games.Cancelled
				}
				return nil
			})
			if err != nil {
				return err
			}
			delete(own, id)
			if r, completed := kept.Result(); completed {
				own[id] = r
			}
			if random.IntN(10) == 0 {
				if err := stores[random.IntN(2)].RebuildStats(t.Context()); err != nil {
					return err
				}
			}
			l, err := stores[random.IntN(2)].books.ask(t.Context(), false)
			if err != nil {
				return err
			}
			ratings, err := rating.Fold(slices.Collect(maps.Values(own)))
			if err != nil {
				return err
			}
			if got, want := l.now.ratings[mine], ratings[mine]; got != want {
				return fmt.Errorf("%s is rated %+v, not %+v", mine, got, want)
			}
		}
		return nil
	})
	wantFigures(t, stores[0], truth(t, stores[0]), "at the end")
	wantFigures(t, stores[1], truth(t, stores[1]), "at the end")
}

// A ledger and games that were written before it was kept how games ended are of games that were played out.
func TestStoredGamesWerePlayedOut(t *testing.T) {
	s := OpenURI(t, OwnURI(t))
	_, err := s.games.InsertMany(t.Context(), []any{
		bson.D{{Key: "_id", Value: "over"}, {Key: "status", Value: "completed"}, {Key: "version", Value: int64(3)}},
		bson.D{{Key: "_id", Value: "next"}, {Key: "status", Value: "scheduled"}, {Key: "version", Value: int64(1)}},
	})
	must(t, err)
	for id, want := range map[string]games.End{"over": games.PlayedOut, "next": ""} {
		g, err := s.Game(t.Context(), id)
		must(t, err)
		must(t, same("the end of "+id, g.End, want))
	}
	l, err := ledgerDoc{Players: []playerDoc{{UserID: "a", Played: 3, Wins: 1, LastPlayedAt: toMicros(noon), Mu: 30, Sigma: 5}}}.ledger()
	must(t, err)
	must(t, same("the rating", l.now.ratings["a"], rating.Player{Rating: rating.Rating{Mu: 30, Sigma: 5}, Games: 3, LastPlayedAt: noon}))
}
