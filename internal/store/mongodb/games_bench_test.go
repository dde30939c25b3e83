package mongodb

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/dongbaejul/dongbaejul/internal/games"
	"github.com/dongbaejul/dongbaejul/internal/games/scoring"
	"github.com/dongbaejul/dongbaejul/internal/ids"
)

// BenchmarkJoins lets crowds of 500 join games of 8, all of one game at once or those of a hundred games side by side.
func BenchmarkJoins(b *testing.B) {
	const crowd, callers = 500, 64
	for _, atOnce := range []int{1, 100} {
		b.Run(fmt.Sprintf("games=%d", atOnce), func(b *testing.B) {
			s := OpenFresh(b)
			gameOf := func(i int) string { return fmt.Sprintf("game-%d-%d", i/(crowd*atOnce), i%atOnce) }
			for i := 0; i < b.N; i += crowd {
				for k := range atOnce {
					if _, _, err := s.CreateGame(b.Context(), games.Game{
						ID: gameOf(i/(crowd)*crowd*atOnce + k), Status: games.Scheduled, MaxParticipants: 8, Date: time.Now(),
					}); err != nil {
						b.Fatal(err)
					}
				}
				if i/crowd >= b.N/(crowd*atOnce) {
					break
				}
			}
			var next atomic.Int64
			done := make(chan error, callers)
			b.ResetTimer()
			for range callers {
				go func() {
					for {
						i := int(next.Add(1)) - 1
						if i >= b.N {
							done <- nil
							return
						}
						place := games.Place{UserID: ids.From("user", fmt.Sprint(i)), JoinedAt: time.Now()}
						if _, err := s.UpdateGame(context.Background(), gameOf(i), func(g *games.Game) error {
							if len(g.Participants) < g.MaxParticipants {
								g.Participants = append(g.Participants, place)
							} else {
								g.Waiting = append(g.Waiting, place)
							}
							return nil
						}); err != nil {
							done <- err
							return
						}
					}
				}()
			}
			for range callers {
				if err := <-done; err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "joins/s")
		})
	}
}

// fillGames keeps completed doubles of 200 members, faster than UpdateGame could.
func fillGames(t testing.TB, s *Store, n int) {
	t.Helper()
	random := rand.New(rand.NewPCG(1, 2))
	at := time.Date(2020, 1, 1, 10, 0, 0, 0, time.UTC)
	var docs []any
	for i := range n {
		at = at.Add(time.Duration(random.IntN(5*3600)) * time.Second)
		g := games.Game{
			ID: fmt.Sprintf("game-%030d", i), Title: "목요 복식", Date: at, Status: games.Completed, MaxParticipants: 4,
			Type: games.Doubles, CreatedAt: at, UpdatedAt: at, StartedAt: at, CompletedAt: at,
			Sets: []scoring.Score{{Team1: 25, Team2: random.IntN(24)}}, Winner: scoring.Team1,
		}
		for _, k := range random.Perm(200)[:4] {
			g.Participants = append(g.Participants, games.Place{UserID: memberID(k), JoinedAt: at})
			if len(g.Team1) < 2 {
				g.Team1 = append(g.Team1, memberID(k))
			} else {
				g.Team2 = append(g.Team2, memberID(k))
			}
		}
		d, err := gameDoc{}.with(g)
		if err != nil {
			t.Fatal(err)
		}
		d.Version, d.Marks = 1, []bson.ObjectID{bson.NewObjectID()}
		docs = append(docs, d)
	}
	if _, err := s.games.InsertMany(t.Context(), docs); err != nil {
		t.Fatal(err)
	}
}

func memberID(k int) string { return fmt.Sprintf("member-%030d", k) }

// BenchmarkStats reads figures of members of a club with 10,000 completed games.
func BenchmarkStats(b *testing.B) {
	s := OpenFresh(b)
	fillGames(b, s, 10_000)
	for _, step := range []string{"first", "rebuilt"} {
		start := time.Now()
		if step == "rebuilt" {
			if err := s.RebuildStats(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
		if _, err := s.Stats(b.Context(), memberID(1)); err != nil {
			b.Log(err)
		}
		b.Logf("%s: %v", step, time.Since(start))
	}
	stats := func(b *testing.B) {
		if _, err := s.Stats(context.Background(), memberID(rand.IntN(200))); err != nil {
			b.Fatal(err)
		}
	}
	b.Run("callers=1", func(b *testing.B) {
		for b.Loop() {
			stats(b)
		}
	})
	b.Run("callers=16", func(b *testing.B) {
		b.SetParallelism(8)
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				stats(b)
			}
		})
	})
	b.Run("after a game", func(b *testing.B) {
		for b.Loop() {
			if _, err := s.UpdateGame(context.Background(), fmt.Sprintf("game-%030d", 9_999), func(g *games.Game) error {
				g.Sets[0].Team2 = (g.Sets[0].Team2 + 1) % 20
				return nil
			}); err != nil {
				b.Fatal(err)
			}
			stats(b)
		}
	})
}
