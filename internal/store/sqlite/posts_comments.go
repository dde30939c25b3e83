package sqlite

import (
	"context"
	"database/sql"
	"errors"

	"github.com/dongbaejul/dongbaejul/internal/posts"
)

const (
	selectComment = `SELECT c.id, p.id, c.parent_id, c.author, c.content, c.created_at, c.updated_at, c.deleted_at,
		c.request_hash, c.untold, c.author_name, c.of_band FROM comments c JOIN posts p ON p.n = c.post `

	commentByID   query = selectComment + `WHERE c.id = ?`
	commentsByID  query = selectComment + `WHERE c.id IN (SELECT value FROM json_each(?)) AND p.id = ?`
	outlineOfPost query = `SELECT id, parent_id, created_at, deleted_at <> 0, octet_length(content) FROM comments
		WHERE post = ? ORDER BY created_at, id`

	countCommentsOf query = `SELECT count(*) FROM comments WHERE post = ?`
	countCommentsBy query = `SELECT count(*) FROM comments WHERE author = ? AND deleted_at = 0`

	insertComment query = `INSERT INTO comments (id, post, parent_id, author, content, created_at, updated_at, deleted_at,
		request_hash, untold, author_name, of_band) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	updateComment query = `UPDATE comments SET (content, updated_at, deleted_at) = (?2, ?3, ?4) WHERE id = ?1`
	commentTold   query = `UPDATE comments SET untold = 0 WHERE id = ?`
)

func scanComment(rows *sql.Rows) (c posts.Comment, err error) {
	err = rows.Scan(&c.ID, &c.PostID, &c.ParentID, &c.AuthorID, &c.Content, (*instant)(&c.CreatedAt), (*instant)(&c.UpdatedAt),
		(*instant)(&c.DeletedAt), &c.RequestHash, &c.Untold, &c.AuthorName, &c.OfBand)
	return c, err
}

// CreateComment implements posts.Store.
func (s *Store) CreateComment(ctx context.Context, c posts.Comment, limit int) (kept posts.Comment, created bool, err error) {
	err = s.write(ctx, func(t *tx) (err error) {
		n, err := one(t, postNumber, scalar[int64], c.PostID)
		if err != nil {
			return err
		}
		kept, err = one(t, commentByID, scanComment, c.ID)
		if created = errors.Is(err, errNotFound); !created {
			return err
		}
		if has, err := one(t, countCommentsOf, scalar[int], n); err != nil {
			return err
		} else if has >= limit {
			return posts.ErrTooManyComments
		}
		if err := t.addComment(n, c); err != nil {
			return err
		}
		kept, err = one(t, commentByID, scanComment, c.ID)
		return err
	})
	if err != nil {
		return posts.Comment{}, false, err
	}
	return kept, created, nil
}

// addComment stores a comment on the post with the number n, whose id no other has.
func (t *tx) addComment(n int64, c posts.Comment) error {
	_, err := t.exec(insertComment, c.ID, n, c.ParentID, c.AuthorID, c.Content, toMicros(c.CreatedAt), toMicros(c.UpdatedAt),
		toMicros(c.DeletedAt), c.RequestHash, c.Untold, c.AuthorName, c.OfBand)
	return err
}

// Comment implements posts.Store.
func (s *Store) Comment(ctx context.Context, commentID string) (posts.Comment, error) {
	return one(s.read(ctx), commentByID, scanComment, commentID)
}

// CommentsByID implements posts.Store.
func (s *Store) CommentsByID(ctx context.Context, postID string, ids []string) ([]posts.Comment, error) {
	named, err := idList(ids)
	if err != nil {
		return nil, err
	}
	return list(s.read(ctx), commentsByID, scanComment, named, postID)
}

// Outline implements posts.Store.
func (s *Store) Outline(ctx context.Context, postID string) (outline []posts.Outline, err error) {
	err = s.snapshot(ctx, func(src source) error {
		n, err := one(src, postNumber, scalar[int64], postID)
		if err != nil {
			return err
		}
		outline, err = list(src, outlineOfPost, scanOutline, n)
		return err
	})
	if err != nil {
		return nil, err
	}
	return outline, nil
}

func scanOutline(rows *sql.Rows) (o posts.Outline, err error) {
	err = rows.Scan(&o.ID, &o.ParentID, (*instant)(&o.CreatedAt), &o.Deleted, &o.Size)
	return o, err
}

// UpdateComment implements posts.Store.
func (s *Store) UpdateComment(ctx context.Context, commentID string, f func(*posts.Comment) error) (kept posts.Comment, err error) {
	err = s.write(ctx, func(t *tx) error {
		c, err := one(t, commentByID, scanComment, commentID)
		if err != nil {
			return err
		}
		if err := f(&c); err != nil {
			return err
		}
		if _, err := t.exec(updateComment, commentID, c.Content, toMicros(c.UpdatedAt), toMicros(c.DeletedAt)); err != nil {
			return err
		}
		kept, err = one(t, commentByID, scanComment, commentID)
		return err
	})
	if err != nil {
		return posts.Comment{}, err
	}
	return kept, nil
}
