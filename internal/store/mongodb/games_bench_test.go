package mongodb

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/games"
	"github.com/dongbaejul/dongbaejul/internal/games/scoring"
	"github.com/dongbaejul/dongbaejul/internal/ids"
)

// BenchmarkJoins lets crowds of 500 join games of 8: one game after another, or a hundred side by side.
func BenchmarkJoins(b *testing.B) {
	const crowd, callers = 500, 64
	for _, sideBySide := range []int{1, 100} {
		b.Run(fmt.Sprintf("games=%d", sideBySide), func(b *testing.B) {
			s := OpenFresh(b)
			gameOf := func(i int) string { return fmt.Sprint("game ", i/(crowd*sideBySide)*sideBySide+i%sideBySide) }
			for i := range (b.N/(crowd*sideBySide) + 1) * sideBySide {
				must(b, aGame(s, fmt.Sprint("game ", i)))
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
						if _, err := s.UpdateGame(context.Background(), gameOf(i), joins(ids.From("user", fmt.Sprint(i)))); err != nil {
							done <- err
							return
						}
					}
				}()
			}
			for range callers {
				must(b, <-done)
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "joins/s")
		})
	}
}

// fillGames keeps completed doubles of 200 members, faster than UpdateGame could. They are counted by RebuildStats alone.
func fillGames(t testing.TB, s *Store, n int) {
	t.Helper()
	random := rand.New(rand.NewPCG(1, 2))
	at := time.Date(2020, 1, 1, 10, 0, 0, 0, time.UTC)
	var docs []any
	for i := range n {
		at = at.Add(time.Duration(random.IntN(5*3600)) * time.Second)
		g := games.Game{
			ID: gameID(i), Title: "목요 복식", Date: at, Status: games.Completed, MaxParticipants: 4,
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
		must(t, err)
		d.Head, d.Uncounted = newHead(g.ID, s.newMark()), nil
		docs = append(docs, d)
	}
	_, err := s.games.InsertMany(t.Context(), docs)
	must(t, err)
}

func gameID(i int) string { return fmt.Sprintf("game-%030d", i) }

func memberID(k int) string { return fmt.Sprintf("member-%030d", k) }

// BenchmarkStats reads figures of members of a club with 10,000 completed games: as they are, after one more result, and when
// all are computed again.
func BenchmarkStats(b *testing.B) {
	const games10k = 10_000
	s := OpenFresh(b)
	fillGames(b, s, games10k)
	must(b, s.RebuildStats(b.Context()))
	stats := func(b *testing.B) {
		_, err := s.Stats(context.Background(), memberID(rand.IntN(200)))
		must(b, err)
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
				if _, err := s.Stats(context.Background(), memberID(rand.IntN(200))); err != nil {
					b.Error(err)
					return
				}
			}
		})
	})
	b.Run("after a result", func(b *testing.B) {
		for b.Loop() {
			_, err := s.UpdateGame(context.Background(), gameID(games10k-1), func(g *games.Game) error {
				g.Sets[0].Team2 = (g.Sets[0].Team2 + 1) % 20
				return nil
			})
			must(b, err)
			stats(b)
		}
	})
	b.Run("rebuild", func(b *testing.B) {
		for b.Loop() {
			must(b, s.RebuildStats(context.Background()))
		}
	})
}
