package mongodb

import (
	"context"
	"errors"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/dongbaejul/dongbaejul/internal/posts"
)

// commentDoc is a comment. It is there as long as its post is.
type commentDoc struct {
	Head        `bson:",inline"`
	PostID      string `bson:"post_id"`
	ParentID    string `bson:"parent_id,omitempty"`
	Author      string `bson:"author"`
	AuthorName  string `bson:"author_name,omitempty"`
	OfBand      bool   `bson:"of_band,omitempty"`
	Content     string `bson:"content"`
	CreatedAt   int64  `bson:"created_at"`
	UpdatedAt   int64  `bson:"updated_at"`
	DeletedAt   int64  `bson:"deleted_at"`
	RequestHash string `bson:"request_hash,omitempty"`
	Untold      bool   `bson:"untold,omitempty"`
	// Number counts the comments of a post from 1, deleted ones included. An index keeps it unique.
	Number int `bson:"number,omitempty"`
}

func (d commentDoc) comment() posts.Comment {
	return posts.Comment{
		ID: d.ID, PostID: d.PostID, ParentID: d.ParentID, AuthorID: d.Author, Content: d.Content, CreatedAt: fromMicros(d.CreatedAt),
		UpdatedAt: fromMicros(d.UpdatedAt), DeletedAt: fromMicros(d.DeletedAt), RequestHash: d.RequestHash, Untold: d.Untold,
		AuthorName: d.AuthorName, OfBand: d.OfBand,
	}
}

func commentDocOf(c posts.Comment) commentDoc {
	return commentDoc{
		Head: Head{ID: c.ID}, PostID: c.PostID, ParentID: c.ParentID, Author: c.AuthorID, Content: c.Content, CreatedAt: toMicros(c.CreatedAt),
		UpdatedAt: toMicros(c.UpdatedAt), DeletedAt: toMicros(c.DeletedAt), RequestHash: c.RequestHash, Untold: c.Untold,
		AuthorName: c.AuthorName, OfBand: c.OfBand,
	}
}

// alivePosts tells which of the posts are there.
func (s *Store) alivePosts(ctx context.Context, postIDs []string) (map[string]bool, error) {
	if len(postIDs) == 0 {
		return nil, nil
	}
	found, err := list[Head](ctx, s.posts.Collection, append(anyID(postIDs), there),
		options.Find().SetProjection(bson.D{{Key: "_id", Value: 1}}))
	alive := make(map[string]bool, len(found))
	for _, p := range found {
		alive[p.ID] = true
	}
	return alive, err
}

// needPost fails with errNotFound unless the post is there.
func (s *Store) needPost(ctx context.Context, postID string) error {
	alive, err := s.alivePosts(ctx, []string{postID})
	if err == nil && !alive[postID] {
		err = errNotFound
	}
	return err
}

// CreateComment implements posts.Store. It looks for the post afterwards, since that may be deleted meanwhile with all the comments
// that are there by then.
func (s *Store) CreateComment(ctx context.Context, c posts.Comment, limit int) (_ posts.Comment, created bool, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	return s.createComment(ctx, c, limit)
}

func (s *Store) createComment(ctx context.Context, c posts.Comment, limit int) (_ posts.Comment, created bool, err error) {
	d, created, err := s.commentCreator.create(ctx, c.PostID, commentDocOf(c), limit)
	if err != nil {
		return posts.Comment{}, false, err
	}
	if err := s.needPost(ctx, d.PostID); err != nil {
		if errors.Is(err, errNotFound) {
			// The post's other comments may be deleted already.
			_, _ = deleteAll(ctx, s.comments.Collection, byID(d.ID))
		}
		return posts.Comment{}, false, err
	}
	return d.comment(), created, nil
}

// commentNumbers are the numbers of a post's comments, of which the field is the last one: none is free below it.
type commentNumbers struct{ last int }

func (c *commentNumbers) free() int { return c.last + 1 }

func (c *commentNumbers) count() int { return c.last }

func (c *commentNumbers) add(number int) { c.last = number }

// commentNumbers reads the numbers of a post's comments.
func (s *Store) commentNumbers(ctx context.Context, postID string) (numbers, error) {
	newest, err := list[commentDoc](ctx, s.comments.Collection, append(bson.D{{Key: "post_id", Value: postID}}, anyNumber...),
		options.Find().SetSort(bson.D{{Key: "number", Value: -1}}).SetLimit(1).
			SetProjection(bson.D{{Key: "number", Value: 1}}))
	if err != nil || len(newest) == 0 {
		return &commentNumbers{}, err
	}
	return &commentNumbers{last: newest[0].Number}, nil
}

// Comment implements posts.Store.
func (s *Store) Comment(ctx context.Context, commentID string) (_ posts.Comment, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	d, err := s.comments.get(ctx, commentID)
	if err == nil {
		err = s.needPost(ctx, d.PostID)
	}
	if err != nil {
		return posts.Comment{}, err
	}
	return d.comment(), nil
}

// UpdateComment implements posts.Store.
func (s *Store) UpdateComment(ctx context.Context, commentID string, f func(*posts.Comment) error) (_ posts.Comment, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	d, err := s.comments.change(ctx, commentID, func(d *commentDoc) error {
		c := d.comment()
		if err := f(&c); err != nil {
			return err
		}
		d.Content, d.UpdatedAt, d.DeletedAt = c.Content, toMicros(c.UpdatedAt), toMicros(c.DeletedAt)
		return nil
	})
	if err == nil {
		err = s.needPost(ctx, d.PostID)
	}
	if err != nil {
		return posts.Comment{}, err
	}
	return d.comment(), nil
}

// outlineDoc is a comment without its text.
type outlineDoc struct {
	ID        string `bson:"_id"`
	ParentID  string `bson:"parent_id"`
	CreatedAt int64  `bson:"created_at"`
	DeletedAt int64  `bson:"deleted_at"`
	Size      int    `bson:"size"`
}

func (d outlineDoc) outline() posts.Outline {
	return posts.Outline{ID: d.ID, ParentID: d.ParentID, CreatedAt: fromMicros(d.CreatedAt), Deleted: d.DeletedAt != 0, Size: d.Size}
}

// outlineOf is the outline of a post's comments, the oldest first.
func (s *Store) outlineOf(ctx context.Context, postID string) ([]posts.Outline, error) {
	found, err := list[outlineDoc](ctx, s.comments.Collection, bson.D{{Key: "post_id", Value: postID}},
		options.Find().SetSort(bson.D{{Key: "post_id", Value: 1}, {Key: "created_at", Value: 1}, {Key: "_id", Value: 1}}).
			SetProjection(bson.D{
				{Key: "parent_id", Value: 1}, {Key: "created_at", Value: 1}, {Key: "deleted_at", Value: 1},
				{Key: "size", Value: bson.D{{Key: "$strLenBytes", Value: "$content"}}},
			}))
	return convert(found, outlineDoc.outline), err
}

// Outline implements posts.Store.
func (s *Store) Outline(ctx context.Context, postID string) (_ []posts.Outline, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	if err := s.needPost(ctx, postID); err != nil {
		return nil, err
	}
	return s.outlineOf(ctx, postID)
}

// CommentsByID implements posts.Store.
func (s *Store) CommentsByID(ctx context.Context, postID string, ids []string) (_ []posts.Comment, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	found, err := list[commentDoc](ctx, s.comments.Collection, append(anyID(ids), bson.E{Key: "post_id", Value: postID}))
	return convert(found, commentDoc.comment), err
}

// counted is how many there are of something.
type counted struct {
	Of string `bson:"_id"`
	N  int    `bson:"n"`
}

// countsBy are the stages that count the comments that filter lets through, by their posts.
func countsBy(filter bson.D) []bson.D {
	return []bson.D{match(filter), {{Key: "$group", Value: bson.D{
		{Key: "_id", Value: "$post_id"}, {Key: "n", Value: bson.D{{Key: "$sum", Value: 1}}},
	}}}}
}

// writtenBy are the stages that count the comments that a user has written, by their posts, which may be deleted.
func writtenBy(userID string) []bson.D {
	return countsBy(bson.D{{Key: "author", Value: userID}, {Key: "deleted_at", Value: int64(0)}})
}

// commentCountsOf are the stages that count the comments of posts that are not deleted.
func commentCountsOf(postIDs []string) []bson.D {
	return countsBy(append(ofPosts(postIDs), bson.E{Key: "deleted_at", Value: int64(0)}))
}
