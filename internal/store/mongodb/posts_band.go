package mongodb

import (
	"context"
	"errors"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/dongbaejul/dongbaejul/internal/posts"
)

// PutBandPosts implements posts.Store. Most copies are as they were: these are found by one reading and noted by one writing.
func (s *Store) PutBandPosts(ctx context.Context, pass int64, at time.Time, copies []posts.Post) (puts []posts.BandPut, err error) {
	ctx, end := s.beginLong(ctx, &err)
	defer end()
	found, err := s.posts.some(ctx, convert(copies, func(p posts.Post) string { return p.ID }))
	if err != nil {
		return nil, err
	}
	byID := make(map[string]postDoc, len(found))
	for _, d := range found {
		byID[d.ID] = d
	}
	puts = make([]posts.BandPut, len(copies))
	var same []string
	for i, p := range copies {
		if d, ok := byID[p.ID]; ok && !d.deleted() && d.isCopy(p) {
			if d.BandPass < pass {
				same = append(same, p.ID)
			}
			continue
		}
		if puts[i], err = s.putBandPost(ctx, pass, at, p); err != nil {
			return nil, err
		}
	}
	if len(same) == 0 {
		return puts, nil
	}
	older := bson.E{Key: "band_pass", Value: bson.D{{Key: "$lt", Value: pass}}}
	err = repeat(ctx, func() error {
		_, err := s.posts.UpdateMany(ctx, append(anyID(same), older, there),
			append(changedBy(bson.NewObjectID()), bson.E{Key: "$set", Value: bson.D{{Key: "band_pass", Value: pass}}}))
		return err
	})
	return puts, err
}

// isCopy reports whether the post is what a copy says.
func (d *postDoc) isCopy(p posts.Post) bool {
	_, changed := d.post().TakeOver(p, time.Time{})
	return !changed
}

func (s *Store) putBandPost(ctx context.Context, pass int64, at time.Time, p posts.Post) (put posts.BandPut, err error) {
	fresh := postDoc{Head: Head{ID: p.ID}}
	board := boardOf(p)
	board.BandPass = pass
	fresh.show(board)
	for {
		kept, created, err := s.posts.insertOr(ctx, &fresh, func(ctx context.Context) (postDoc, error) { return s.posts.get(ctx, p.ID) })
		if err != nil || created {
			return posts.BandPut{Created: created}, err
		}
		if kept.Unswept {
			// What was done to the post before it was deleted is not the new one's.
			if err := s.sweep(ctx, p.ID); err != nil {
				return posts.BandPut{}, err
			}
		}
		_, err = s.posts.change(ctx, p.ID, func(d *postDoc) error {
			put = posts.BandPut{}
			switch {
			case d.Unswept:
				return errUnswept
			case d.deleted():
				d.DeletedBy, put.Created = "", true
				d.show(board)
				return nil
			case d.BandPass > pass:
				return errAsWanted
			}
			next, changed := d.post().TakeOver(p, at)
			put.Changed = changed
			b := boardOf(next)
			b.Place, b.Edits, b.BandPass = d.Place, d.Edits, pass
			if changed {
				b.Edits++
			}
			d.show(b)
			return nil
		})
		switch {
		case errors.Is(err, errAsWanted):
			return posts.BandPut{}, nil
		case !errors.Is(err, errUnswept):
			return put, err
		}
	}
}

// errUnswept is that a post was deleted and what was done to it is not deleted yet.
var errUnswept = errors.New("mongodb: the post is not swept yet")

// DeleteBandPostsBefore implements posts.Store.
func (s *Store) DeleteBandPostsBefore(ctx context.Context, pass int64, limit int) (n int, err error) {
	ctx, end := s.beginLong(ctx, &err)
	defer end()
	if limit <= 0 {
		return 0, nil
	}
	unseen := bson.D{{Key: "band_pass", Value: bson.D{{Key: "$gt", Value: int64(0)}, {Key: "$lt", Value: pass}}}}
	old, err := list[Head](ctx, s.posts.Collection, unseen, options.Find().SetProjection(bson.D{{Key: "_id", Value: 1}}).SetLimit(int64(limit)))
	if err != nil {
		return 0, err
	}
	for _, h := range old {
		_, err := s.posts.change(ctx, h.ID, func(d *postDoc) error {
			if d.BandPass == 0 || d.BandPass >= pass {
				return errAsWanted
			}
			*d = postDoc{Head: d.Head, Unswept: true}
			return nil
		})
		if err == nil {
			// It is done, whatever becomes of this.
			_ = s.sweep(ctx, h.ID)
		} else if !errors.Is(err, errAsWanted) {
			return n, err
		}
		n++
	}
	return n, nil
}

// PutBandComments implements posts.Store. Each comment is one step, and all can be repeated.
func (s *Store) PutBandComments(
	ctx context.Context, pass int64, at time.Time, postID string, comments []posts.Comment, limit int,
) (changed int, err error) {
	ctx, end := s.beginLong(ctx, &err)
	defer end()
	d, err := s.posts.get(ctx, postID)
	if err == nil && (d.deleted() || d.BandPass > pass) {
		err = errNotFound
	}
	if err != nil {
		return 0, err
	}
	there, err := list[commentDoc](ctx, s.comments.Collection, bson.D{{Key: "post_id", Value: postID}, {Key: "of_band", Value: true}})
	if err != nil {
		return 0, err
	}
	for _, step := range posts.BandSteps(convert(there, commentDoc.comment), comments, at) {
		c := step.Comment
		if step.New {
			_, created, err := s.createComment(ctx, c, limit)
			switch {
			case errors.Is(err, posts.ErrTooManyComments):
				continue
			case err != nil:
				return changed, err
			case created:
				changed++
			}
			continue
		}
		_, err := s.comments.change(ctx, c.ID, func(d *commentDoc) error {
			d.Author, d.AuthorName, d.Content = c.AuthorID, c.AuthorName, c.Content
			d.UpdatedAt, d.DeletedAt = toMicros(c.UpdatedAt), toMicros(c.DeletedAt)
			return nil
		})
		if err != nil && !errors.Is(err, errNotFound) {
			return changed, err
		}
		changed++
	}
	return changed, nil
}
