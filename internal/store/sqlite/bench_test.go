package sqlite

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

// BenchmarkAppend sends messages to ten rooms. Each is on disk when its sender goes on.
func BenchmarkAppend(b *testing.B) {
	for _, senders := range []int{1, 64} {
		b.Run(fmt.Sprintf("senders=%d", senders), func(b *testing.B) {
			s := open(b)
			var rooms [10]string
			for i := range rooms {
				rooms[i] = ids.New()
				if _, _, err := s.CreateRoom(b.Context(), chat.Room{ID: rooms[i], Type: chat.Group}, nil); err != nil {
					b.Fatal(err)
				}
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
				if err := <-done; err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "messages/s")
		})
	}
}

// fill returns the store rooms "room-0" and on with as many messages each, faster than Append could: without waiting for the
// disk, and with the indexes made at the end.
func fill(t testing.TB, s *Store, rooms, messages int) {
	t.Helper()
	script := []string{
		`PRAGMA synchronous = OFF`, `DROP INDEX room_log_id`, `DROP INDEX room_log_temp_id`,
		fmt.Sprintf(`WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < %d)
			INSERT INTO rooms (id, name, type, created_by, created_at, request_hash, last_seq, last_message_seq, active_at)
			SELECT format('room-%%030d', i), 'bench', 'group', 'u', 1, '', %d, %[2]d, i FROM n`, rooms-1, messages),
		fmt.Sprintf(`WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)
			INSERT INTO room_log (room_id, seq, kind, actor, at, id, temp_id, content)
			SELECT id, i, 'message', format('user-%%030d', i %% 200), i, format('message-%%010d-%%030d', active_at, i),
			format('temporary-%%030d', i), '%s' FROM rooms CROSS JOIN n`, messages, sentence),
		`CREATE UNIQUE INDEX room_log_id ON room_log (id)`,
		`CREATE UNIQUE INDEX room_log_temp_id ON room_log (room_id, actor, temp_id) WHERE kind = 'message'`,
		`PRAGMA wal_checkpoint(RESTART)`, `PRAGMA synchronous = FULL`,
	}
	for _, statement := range script {
		if _, err := s.writer.conn.ExecContext(t.Context(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
}

// BenchmarkHistoryPage reads pages of 50 at random places of rooms with 1,000 messages each.
func BenchmarkHistoryPage(b *testing.B) {
	const perRoom = 1000
	for _, total := range []int{10_000, 1_000_000} {
		b.Run(fmt.Sprintf("messages=%d", total), func(b *testing.B) {
			s := open(b)
			start := time.Now()
			fill(b, s, total/perRoom, perRoom)
			b.Logf("filled in %v", time.Since(start))
			page := func() error {
				room := fmt.Sprintf("room-%030d", rand.IntN(total/perRoom))
				page, _, err := s.Messages(context.Background(), room, chat.Range{Before: 51 + rand.Int64N(perRoom-50), Limit: 50})
				if err == nil && len(page) != 50 {
					err = fmt.Errorf("a page of %d", len(page))
				}
				return err
			}
			b.Run("readers=1", func(b *testing.B) {
				for b.Loop() {
					if err := page(); err != nil {
						b.Fatal(err)
					}
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

// inRooms makes a user a member of all rooms that fill has made, who has read half of each.
func inRooms(t testing.TB, s *Store, userID string) {
	t.Helper()
	_, err := s.writer.conn.ExecContext(t.Context(), `INSERT INTO room_members
		(room_id, user_id, joined_at, joined_seq, sees_after, read_seq, has_left) SELECT id, ?, 1, 0, 0, last_seq / 2, 0 FROM rooms`, userID)
	if err != nil {
		t.Fatal(err)
	}
}

// BenchmarkHeads asks for the ends of all rooms of a user, as streams do at each heartbeat.
func BenchmarkHeads(b *testing.B) {
	for _, rooms := range []int{100, 1000} {
		b.Run(fmt.Sprintf("rooms=%d", rooms), func(b *testing.B) {
			s := open(b)
			fill(b, s, rooms, 50)
			inRooms(b, s, "a")
			for b.Loop() {
				heads, _, err := s.Heads(context.Background(), "a")
				if err != nil || len(heads) != rooms || heads[0].LastSeq != 50 {
					b.Fatal(len(heads), err)
				}
			}
		})
	}
}

// BenchmarkRooms lists the first page of a user's rooms.
func BenchmarkRooms(b *testing.B) {
	for _, rooms := range []int{100, 1000} {
		b.Run(fmt.Sprintf("rooms=%d", rooms), func(b *testing.B) {
			s := open(b)
			fill(b, s, rooms, 50)
			inRooms(b, s, "a")
			for b.Loop() {
				page, _, err := s.Rooms(context.Background(), "a", "", 100)
				if err != nil || len(page) != 100 || page[0].Unread.Count != 25 {
					b.Fatal(len(page), err)
				}
			}
		})
	}
}

// BenchmarkUnread counts in a room of which nothing was read.
func BenchmarkUnread(b *testing.B) {
	for _, messages := range []int{1_000, 200_000} {
		b.Run(fmt.Sprintf("messages=%d", messages), func(b *testing.B) {
			s := open(b)
			fill(b, s, 1, messages)
			inRooms(b, s, "a")
			if _, err := s.writer.conn.ExecContext(b.Context(), `UPDATE room_members SET read_seq = 0`); err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				n, err := s.Unread(context.Background(), fmt.Sprintf("room-%030d", 0), "a")
				if err != nil || n.Count != 1000 || n.More != (messages > 1000) {
					b.Fatal(n, err)
				}
			}
		})
	}
}
