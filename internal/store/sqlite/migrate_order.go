package sqlite

import (
	"context"
	"database/sql"
	"errors"

	"github.com/dongbaejul/dongbaejul/internal/posts"
)

// separateOrders assigns the next free order to each pinned post that shares its order with another post.
func separateOrders(ctx context.Context, conn *sql.Conn) error {
	for {
		moved, err := separateOrder(ctx, conn)
		if err != nil || !moved {
			return err
		}
	}
}

// separateOrder moves one pinned post whose order is another post's, and reports whether there was one.
func separateOrder(ctx context.Context, conn *sql.Conn) (bool, error) {
	var n, place int64
	var category posts.Category
	var title, content string
	err := conn.QueryRowContext(ctx, `SELECT n, place, category, title, content FROM posts p
		WHERE place >= ?1 AND EXISTS (SELECT 1 FROM posts WHERE place = p.place - ?1) LIMIT 1`, firstPinned).
		Scan(&n, &place, (*text)(&category), &title, &content)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	free, err := freePlaceAfter(ctx, conn, place)
	if err != nil {
		return false, err
	}
	for _, step := range []struct {
		script query
		args   []any
	}{
		{unindexPost, []any{place}},
		{`UPDATE posts SET place = ? WHERE n = ?`, []any{free, n}},
		{indexPost, []any{free, searchable(category, title, content)}},
	} {
		if _, err := conn.ExecContext(ctx, string(step.script), step.args...); err != nil {
			return false, err
		}
	}
	return true, nil
}

// freePlaceAfter returns the first place after that of a pinned post whose order no post has.
func freePlaceAfter(ctx context.Context, conn *sql.Conn, place int64) (int64, error) {
	for {
		place++
		var taken bool
		if err := conn.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM posts WHERE place IN (?1, ?1 - ?2))`, place, firstPinned).
			Scan(&taken); err != nil || !taken {
			return place, err
		}
	}
}
