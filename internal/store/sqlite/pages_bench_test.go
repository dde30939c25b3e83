package sqlite

import (
	"fmt"
	"testing"

	"github.com/dongbaejul/dongbaejul/internal/notifications"
	"github.com/dongbaejul/dongbaejul/internal/posts"
)

// BenchmarkLastPage reads the last page of lists of several lengths, and, to compare, skips to it as a page in the middle is.
func BenchmarkLastPage(b *testing.B) {
	for _, n := range []int{1_000, 10_000, 100_000} {
		s := open(b)
		const numbers = `WITH RECURSIVE i (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM i WHERE n < ?) `
		for _, insert := range []string{
			`INSERT INTO posts (place, id, title, content, category, untold, attachments, author, created_at, updated_at, request_hash)
				SELECT n, n, 'title', 'content', 'free', 0, '', '', n, 0, '' FROM i`,
			`INSERT INTO post_counts SELECT 'free', 0, max(n) FROM i`,
			`INSERT INTO notifications (user_id, seq, read_at, created_at, id, key, kind, actor_id, game_id, post_id, comment_id, room_id, message_id)
				SELECT 'u', n, 1, n, n, n, 'comment', '', '', 'post', 'comment', '', '' FROM i`,
		} {
			if _, err := s.writer.conn.ExecContext(b.Context(), numbers+insert, n); err != nil {
				b.Fatal(err)
			}
		}
		for name, read := range map[string]func() (int, error){
			"posts": func() (int, error) {
				page, _, err := s.ListPosts(b.Context(), posts.Filter{Offset: n - 20, Limit: 20})
				return len(page), err
			},
			"posts/skipped": func() (int, error) {
				page, err := list(s.read(b.Context()), listPosts, scanPost, 0, firstPinned, 20, n-20)
				return len(page), err
			},
			"notifications": func() (int, error) {
				page, _, err := s.ListNotifications(b.Context(), "u", notifications.Filter{Offset: n - 20, Limit: 20})
				return len(page), err
			},
			"notifications/skipped": func() (int, error) {
				page, err := list(s.read(b.Context()), newestSkipped, scanNotification, "u", 20, n-20)
				return len(page), err
			},
		} {
			b.Run(fmt.Sprintf("%s/%d", name, n), func(b *testing.B) {
				for b.Loop() {
					if found, err := read(); err != nil || found != 20 {
						b.Fatal(found, err)
					}
				}
			})
		}
	}
}

const newestSkipped query = selectNotification + `WHERE user_id = ? ORDER BY seq DESC LIMIT ? OFFSET ?`
