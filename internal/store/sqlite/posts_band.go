package sqlite

import (
	"context"
	"errors"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/posts"
)

const (
	updateBandPost query = `UPDATE posts SET (title, content, attachments, author, author_name, band_url, updated_at, band_pass, version) =
		(?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, version + 1) WHERE n = ?1`
	seeBandPost     query = `UPDATE posts SET band_pass = ?2 WHERE n = ?1 AND band_pass < ?2`
	bandPostsBefore query = selectPost + `WHERE p.band_pass > 0 AND p.band_pass < ? ORDER BY p.band_pass LIMIT ?`

	bandComments      query = selectComment + `WHERE c.post = ? AND c.of_band = 1`
	updateBandComment query = `UPDATE comments SET (author, author_name, content, updated_at, deleted_at) = (?2, ?3, ?4, ?5, ?6) WHERE id = ?1`
)

// PutBandPosts implements posts.Store.
func (s *Store) PutBandPosts(ctx context.Context, pass int64, at time.Time, copies []posts.Post) (puts []posts.BandPut, err error) {
	err = s.write(ctx, func(t *tx) error {
		puts = make([]posts.BandPut, len(copies))
		for i, p := range copies {
			if puts[i], err = t.putBandPost(pass, at, p); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return puts, nil
}

func (t *tx) putBandPost(pass int64, at time.Time, p posts.Post) (posts.BandPut, error) {
	before, err := one(t, postByID, scanPost, p.ID)
	switch {
	case errors.Is(err, errNotFound):
		_, err = t.addPost(p, pass)
		return posts.BandPut{Created: true}, err
	case err != nil || before.pass > pass:
		return posts.BandPut{}, err
	}
	next, changed := before.Post.TakeOver(p, at)
	if !changed {
		_, err := t.exec(seeBandPost, before.n, pass)
		return posts.BandPut{}, err
	}
	attachments, err := attachmentList(next.Attachments)
	if err != nil {
		return posts.BandPut{}, err
	}
	if _, err := t.exec(updateBandPost, before.n, next.Title, next.Content, attachments, next.AuthorID, next.AuthorName, next.BandURL,
		toMicros(next.UpdatedAt), pass); err != nil {
		return posts.BandPut{}, err
	}
	if next.Title != before.Title || next.Content != before.Content {
		if err := t.unlistPost(before); err != nil {
			return posts.BandPut{}, err
		}
		if err := t.listPost(before.place, next); err != nil {
			return posts.BandPut{}, err
		}
	}
	return posts.BandPut{Changed: true}, nil
}

// DeleteBandPostsBefore implements posts.Store.
func (s *Store) DeleteBandPostsBefore(ctx context.Context, pass int64, limit int) (n int, err error) {
	err = s.write(ctx, func(t *tx) error {
		rows, err := list(t, bandPostsBefore, scanPost, pass, max(limit, 0))
		if err != nil {
			return err
		}
		for _, row := range rows {
			if err := t.dropPost(row); err != nil {
				return err
			}
		}
		n = len(rows)
		return nil
	})
	return n, err
}

// PutBandComments implements posts.Store.
func (s *Store) PutBandComments(
	ctx context.Context, pass int64, at time.Time, postID string, comments []posts.Comment, limit int,
) (changed int, err error) {
	err = s.write(ctx, func(t *tx) error {
		changed = 0
		post, err := one(t, postByID, scanPost, postID)
		if err == nil && post.pass > pass {
			err = errNotFound
		}
		if err != nil {
			return err
		}
		there, err := list(t, bandComments, scanComment, post.n)
		if err != nil {
			return err
		}
		room, err := one(t, countCommentsOf, scalar[int], post.n)
		if err != nil {
			return err
		}
		room = limit - room
		for _, step := range posts.BandSteps(there, comments, at) {
			c := step.Comment
			switch {
			case step.New && room <= 0:
				continue
			case step.New:
				room--
				err = t.addComment(post.n, c)
			default:
				_, err = t.exec(updateBandComment, c.ID, c.AuthorID, c.AuthorName, c.Content, toMicros(c.UpdatedAt), toMicros(c.DeletedAt))
			}
			if err != nil {
				return err
			}
			changed++
		}
		return nil
	})
	return changed, err
}
