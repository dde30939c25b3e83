package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/posts"
)

const (
	hasRead    query = `SELECT post FROM post_reads WHERE post = ? AND user_id = ?`
	insertRead query = `INSERT INTO post_reads (post, user_id, at) VALUES (?, ?, ?) ON CONFLICT (post, user_id) DO NOTHING`
	countReads query = `SELECT count(*) FROM post_reads WHERE post = ?`
	hasLiked   query = `SELECT post FROM post_likes WHERE post = ? AND user_id = ?`
	insertLike query = `INSERT INTO post_likes (post, user_id, at) VALUES (?, ?, ?) ON CONFLICT (post, user_id) DO NOTHING`
	deleteLike query = `DELETE FROM post_likes WHERE post = ? AND user_id = ?`
	countLikes query = `SELECT count(*) FROM post_likes WHERE post = ?`
)

// MarkPostRead implements posts.Store.
func (s *Store) MarkPostRead(ctx context.Context, postID, userID string, at time.Time) (liked bool, views int, err error) {
	err = s.write(ctx, func(t *tx) error {
		n, err := one(t, postNumber, scalar[int64], postID)
		if err != nil {
			return err
		}
		if _, err := t.exec(insertRead, n, userID, toMicros(at)); err != nil {
			return err
		}
		if liked, err = some(t, hasLiked, n, userID); err != nil {
			return err
		}
		views, err = one(t, countReads, scalar[int], n)
		return err
	})
	if err != nil {
		return false, 0, err
	}
	return liked, views, nil
}

// ReadPost implements posts.Store.
func (s *Store) ReadPost(ctx context.Context, postID, userID string) (r posts.Reading, err error) {
	err = s.snapshot(ctx, func(src source) error {
		p, err := one(src, postByID, scanPost, postID)
		if err != nil {
			return err
		}
		r.Post = p.Post
		if r.Outline, err = list(src, outlineOfPost, scanOutline, p.n); err != nil {
			return err
		}
		if r.Liked, err = some(src, hasLiked, p.n, userID); err != nil {
			return err
		}
		r.Read, err = some(src, hasRead, p.n, userID)
		return err
	})
	if err != nil {
		return posts.Reading{}, err
	}
	return r, nil
}

// some reports whether q, of one column, has a row.
func some(src source, q query, args ...any) (bool, error) {
	err := src.each(q, func(*sql.Rows) error { return errEnough }, args...)
	if errors.Is(err, errEnough) {
		return true, nil
	}
	return false, err
}

// Like implements posts.Store.
func (s *Store) Like(ctx context.Context, postID, userID string, liked *bool, at time.Time) (now bool, count int, err error) {
	err = s.write(ctx, func(t *tx) error {
		n, err := one(t, postNumber, scalar[int64], postID)
		if err != nil {
			return err
		}
		if liked != nil {
			now = *liked
		} else if now, err = some(t, hasLiked, n, userID); err != nil {
			return err
		} else {
			now = !now
		}
		if now {
			_, err = t.exec(insertLike, n, userID, toMicros(at))
		} else {
			_, err = t.exec(deleteLike, n, userID)
		}
		if err != nil {
			return err
		}
		count, err = one(t, countLikes, scalar[int], n)
		return err
	})
	if err != nil {
		return false, 0, err
	}
	return now, count, nil
}
