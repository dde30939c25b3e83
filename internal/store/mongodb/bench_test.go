package mongodb

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/chat"
	"github.com/dongbaejul/dongbaejul/internal/ids"
)

const sentence = "내일 저녁 일곱 시에 동탄 체육관에서 봅시다. 셔틀콕은 제가 가져가겠습니다."

// BenchmarkAppend sends messages to ten rooms. Each is acknowledged by the database when its sender goes on.
func BenchmarkAppend(b *testing.B) {
	for _, senders := range []int{1, 64} {
		b.Run(fmt.Sprintf("senders=%d", senders), func(b *testing.B) {
			s := OpenFresh(b)
			var rooms [10]string
			for i := range rooms {
				rooms[i] = ids.New()
				must(b, aRoom(s, rooms[i]))
			}
			var left atomic.Int64
			left.Store(int64(b.N))
			done := make(chan error, senders)
			b.ResetTimer()
			for i := range senders {
				go func() {
					actor := ids.From("sender", strconv.Itoa(i))
					for left.Add(-1) >= 0 {
						_, added, err := s.Append(context.Background(), chat.Entry{
							RoomID: rooms[i%len(rooms)], ID: ids.New(), Actor: actor, TempID: ids.New(), Content: sentence,
							At: time.Now(),
						})
						if err != nil || !added {
							done <- fmt.Errorf("added %t: %w", added, err)
							return
						}
					}
					done <- nil
				}()
			}
			for range senders {
				must(b, <-done)
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "messages/s")
		})
	}
}

// BenchmarkHistoryPage reads pages of 50 at random places of one room.
func BenchmarkHistoryPage(b *testing.B) {
	for _, total := range []int64{10_000, 1_000_000} {
		b.Run(fmt.Sprintf("messages=%d", total), func(b *testing.B) {
			s := OpenFresh(b)
			start := time.Now()
			fill(b, s, "room", total)
			b.Logf("filled in %v", time.Since(start))
			page := func() error {
				page, _, err := s.Messages(context.Background(), "room", chat.Range{Before: 51 + rand.Int64N(total-50), Limit: 50})
				if err == nil && len(page) != 50 {
					err = fmt.Errorf("a page of %d", len(page))
				}
				return err
			}
			b.Run("readers=1", func(b *testing.B) {
				for b.Loop() {
					must(b, page())
				}
			})
			b.Run("readers=16", func(b *testing.B) {
				b.SetParallelism(8)
				b.RunParallel(func(pb *testing.PB) {
					for pb.Next() {
						if err := page(); err != nil {
							b.Error(err)
							return
						}
					}
				})
			})
		})
	}
}

// BenchmarkHeads asks for the ends of the rooms of a user, as streams do at each heartbeat.
func BenchmarkHeads(b *testing.B) {
	for _, rooms := range []int{100, 1000} {
		b.Run(fmt.Sprintf("rooms=%d", rooms), func(b *testing.B) {
			s := OpenFresh(b)
			for i := range rooms {
				fill(b, s, fmt.Sprint("room ", i), 50)
			}
			for b.Loop() {
				heads, _, err := s.Heads(context.Background(), "a")
				must(b, err)
				if len(heads) != rooms || heads[0].LastSeq != 50 {
					b.Fatalf("%v", heads)
				}
			}
		})
	}
}

// BenchmarkRooms lists the first page of them.
func BenchmarkRooms(b *testing.B) {
	for _, rooms := range []int{20, 100} {
		b.Run(fmt.Sprintf("rooms=%d", rooms), func(b *testing.B) {
			s := OpenFresh(b)
			for i := range rooms {
				fill(b, s, fmt.Sprint("room ", i), 50)
			}
			for b.Loop() {
				page, _, err := s.Rooms(context.Background(), "a", "", 100)
				must(b, err)
				if len(page) != rooms || page[0].Last == nil || page[0].Unread.Count != 50 {
					b.Fatalf("%+v", page[0])
				}
			}
		})
	}
}
