package sqlite

import (
	"context"
	"database/sql"
	"errors"

	"github.com/dongbaejul/dongbaejul/internal/posts"
)

const (
	selectPost = `SELECT p.n, p.place, p.id, p.title, p.content, p.category, p.untold, p.attachments, p.author,
		p.created_at, p.updated_at, p.request_hash, p.version, p.author_name, p.band_url, p.band_pass,
		(SELECT count(*) FROM post_likes WHERE post = p.n),
		(SELECT count(*) FROM comments WHERE post = p.n AND deleted_at = 0),
		(SELECT count(*) FROM post_reads WHERE post = p.n) FROM posts p `

	postByID     query = selectPost + `WHERE p.id = ?`
	postNumber   query = `SELECT n FROM posts WHERE id = ?`
	deletedPost  query = `SELECT id FROM deleted_posts WHERE id = ?`
	postDeleter  query = `SELECT deleted_by FROM deleted_posts WHERE id = ?`
	countPostsBy query = `SELECT count(*) FROM posts WHERE author = ?`

	insertPost query = `INSERT INTO posts (place, id, title, content, category, untold, attachments, author,
		created_at, updated_at, request_hash, author_name, band_url, band_pass) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	updatePost query = `UPDATE posts SET (place, title, content, category, untold, attachments, updated_at, version) =
		(?2, ?3, ?4, ?5, ?6, ?7, ?8, version + 1) WHERE n = ?1`

	buryPost       query = `INSERT INTO deleted_posts (id, deleted_by) VALUES (?, ?)`
	deletePost     query = `DELETE FROM posts WHERE n = ?`
	deleteLikes    query = `DELETE FROM post_likes WHERE post = ?`
	deleteReads    query = `DELETE FROM post_reads WHERE post = ?`
	deleteComments query = `DELETE FROM comments WHERE post = ?`

	untold query = `SELECT id, '' FROM posts WHERE untold = 1
		UNION ALL SELECT p.id, c.id FROM comments c JOIN posts p ON p.n = c.post WHERE c.untold = 1 LIMIT ?`
	postTold query = `UPDATE posts SET untold = 0 WHERE id = ?`
)

// postRow is a post with what only the driver knows of it.
type postRow struct {
	posts.Post
	n     int64
	place int64
	// pass is the last pass of a sync that stored the post; 0 for one that was written here.
	pass int64
}

func scanPost(rows *sql.Rows) (p postRow, err error) {
	err = rows.Scan((*integer)(&p.n), (*integer)(&p.place), &p.ID, &p.Title, &p.Content, (*text)(&p.Category), &p.Untold,
		document{&p.Attachments}, &p.AuthorID, (*instant)(&p.CreatedAt), (*instant)(&p.UpdatedAt), &p.RequestHash, &p.Version,
		&p.AuthorName, &p.BandURL, (*integer)(&p.pass),
		&p.Likes, &p.Comments, &p.Views)
	p.Pinned, p.Order = p.place >= firstPinned, p.place%firstPinned
	return p, err
}

// attachmentList is how the attachments of a post are stored.
func attachmentList(as []posts.Attachment) (string, error) {
	if len(as) == 0 {
		return "", nil
	}
	return toJSON(as)
}

// CreatePost implements posts.Store.
func (s *Store) CreatePost(ctx context.Context, p posts.Post) (kept posts.Post, created bool, err error) {
	err = s.write(ctx, func(t *tx) error {
		row, err := one(t, postByID, scanPost, p.ID)
		if created = errors.Is(err, errNotFound); created {
			if deleted, err := some(t, deletedPost, p.ID); err != nil {
				return err
			} else if deleted {
				return errNotFound
			}
			if row, err = t.addPost(p, 0); err != nil {
				return err
			}
		}
		kept = row.Post
		return err
	})
	if err != nil {
		return posts.Post{}, false, err
	}
	return kept, created, nil
}

// addPost stores a post whose id no other has, as a pass of a sync has brought it; pass is 0 for one that was written here.
func (t *tx) addPost(p posts.Post, pass int64) (postRow, error) {
	order, err := t.freeOrder(p.CreatedAt)
	if err != nil {
		return postRow{}, err
	}
	place := placeOf(order, p.Pinned)
	attachments, err := attachmentList(p.Attachments)
	if err != nil {
		return postRow{}, err
	}
	if _, err := t.exec(insertPost, place, p.ID, p.Title, p.Content, p.Category, p.Untold, attachments, p.AuthorID,
		toMicros(p.CreatedAt), toMicros(p.UpdatedAt), p.RequestHash, p.AuthorName, p.BandURL, pass); err != nil {
		return postRow{}, err
	}
	if err := t.listPost(place, p); err != nil {
		return postRow{}, err
	}
	return one(t, postByID, scanPost, p.ID)
}

// Post implements posts.Store.
func (s *Store) Post(ctx context.Context, postID string) (posts.Post, error) {
	row, err := one(s.read(ctx), postByID, scanPost, postID)
	return row.Post, err
}

// UpdatePost implements posts.Store.
func (s *Store) UpdatePost(ctx context.Context, postID string, f func(*posts.Post) error) (kept posts.Post, err error) {
	err = s.write(ctx, func(t *tx) error {
		before, err := one(t, postByID, scanPost, postID)
		if err != nil {
			return err
		}
		p := before.Post
		if err := f(&p); err != nil {
			return err
		}
		p.CreatedAt = before.CreatedAt
		if err := t.changePost(before, p); err != nil {
			return err
		}
		row, err := one(t, postByID, scanPost, postID)
		kept = row.Post
		return err
	})
	if err != nil {
		return posts.Post{}, err
	}
	return kept, nil
}

// changePost keeps p in the place of before.
func (t *tx) changePost(before postRow, p posts.Post) error {
	place := before.place
	if p.Pinned != before.Pinned {
		// The place of the same order at the other end of the list is free.
		place = placeOf(before.Order, p.Pinned)
	}
	attachments, err := attachmentList(p.Attachments)
	if err != nil {
		return err
	}
	if _, err := t.exec(updatePost, before.n, place, p.Title, p.Content, p.Category, p.Untold, attachments,
		toMicros(p.UpdatedAt)); err != nil {
		return err
	}
	if place == before.place && p.Category == before.Category && p.Title == before.Title && p.Content == before.Content {
		return nil
	}
	if err := t.unlistPost(before); err != nil {
		return err
	}
	return t.listPost(place, p)
}

// DeletePost implements posts.Store.
func (s *Store) DeletePost(ctx context.Context, postID, by string) error {
	return s.write(ctx, func(t *tx) error {
		p, err := one(t, postByID, scanPost, postID)
		if errors.Is(err, errNotFound) {
			if deleted, err := hasDeletedPost(t, postID, by); err != nil || deleted {
				return err
			}
		}
		if err != nil {
			return err
		}
		if err := t.dropPost(p); err != nil {
			return err
		}
		_, err = t.exec(buryPost, p.ID, by)
		return err
	})
}

// dropPost deletes a post and all that was done to it.
func (t *tx) dropPost(p postRow) error {
	if err := t.unlistPost(p); err != nil {
		return err
	}
	for _, q := range []query{deleteLikes, deleteReads, deleteComments, deletePost} {
		if _, err := t.exec(q, p.n); err != nil {
			return err
		}
	}
	return nil
}

// HasDeletedPost implements posts.Store.
func (s *Store) HasDeletedPost(ctx context.Context, postID, userID string) (bool, error) {
	return hasDeletedPost(s.read(ctx), postID, userID)
}

func hasDeletedPost(src source, postID, userID string) (bool, error) {
	deleter, err := one(src, postDeleter, scalar[string], postID)
	if errors.Is(err, errNotFound) {
		return false, nil
	}
	return deleter != "" && deleter == userID, err
}

// Untold implements posts.Store.
func (s *Store) Untold(ctx context.Context, limit int) ([]posts.Ref, error) {
	return list(s.read(ctx), untold, func(rows *sql.Rows) (r posts.Ref, err error) {
		err = rows.Scan(&r.PostID, &r.CommentID)
		return r, err
	}, limit)
}

// SetTold implements posts.Store.
func (s *Store) SetTold(ctx context.Context, ref posts.Ref) error {
	q, id := postTold, ref.PostID
	if ref.CommentID != "" {
		q, id = commentTold, ref.CommentID
	}
	return s.write(ctx, func(t *tx) error {
		_, err := t.exec(q, id)
		return err
	})
}
