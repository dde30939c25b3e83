package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"math"

	"github.com/dongbaejul/dongbaejul/internal/hangul"
	"github.com/dongbaejul/dongbaejul/internal/posts"
)

// rebuildSearchKeys computes what members and posts are found by from their names and texts.
func rebuildSearchKeys(ctx context.Context, conn *sql.Conn) error {
	names, err := conn.QueryContext(ctx, `SELECT id, display_name FROM users`)
	err = eachRow(names, err, func() error {
		var id, name string
		if err := names.Scan(&id, &name); err != nil {
			return err
		}
		_, err := conn.ExecContext(ctx, `UPDATE users SET initials = ? WHERE id = ?`, hangul.Initials(name), id)
		return err
	})
	if err != nil {
		return err
	}
	for last, more := int64(math.MinInt64), true; more; {
		if last, more, err = indexPostsAfter(ctx, conn, last); err != nil {
			return err
		}
	}
	return nil
}

// indexPostsAfter indexes some posts after a place, and returns the last one's.
func indexPostsAfter(ctx context.Context, conn *sql.Conn, place int64) (last int64, more bool, err error) {
	rows, err := conn.QueryContext(ctx, `SELECT place, category, title, content FROM posts WHERE place > ? ORDER BY place LIMIT 500`, place)
	err = eachRow(rows, err, func() error {
		var category posts.Category
		var title, content string
		if err := rows.Scan(&last, (*text)(&category), &title, &content); err != nil {
			return err
		}
		more = true
		_, err := conn.ExecContext(ctx, string(indexPost), last, searchable(category, title, content))
		return err
	})
	return last, more, err
}

// eachRow calls f for each row of a query that may have failed, and closes it.
func eachRow(rows *sql.Rows, err error, f func() error) error {
	if err != nil {
		return err
	}
	for err == nil && rows.Next() {
		err = f()
	}
	return errors.Join(err, rows.Err(), rows.Close())
}
