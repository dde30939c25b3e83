package mongodb

import (
	"context"
	"errors"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/dongbaejul/dongbaejul/internal/posts"
)

// postRead is a post as somebody reads it, counted by the database.
type postRead struct {
	ID    string `bson:"_id"`
	Board `bson:",inline"`
	Likes int  `bson:"likes"`
	Views int  `bson:"views"`
	Liked bool `bson:"liked"`
	Again bool `bson:"again"`
}

func (r postRead) post(comments int) posts.Post {
	p := r.Board.post(r.ID)
	p.Likes, p.Comments, p.Views = r.Likes, comments, r.Views
	return p
}

// readPosts gives those of the posts that are there as the user reads them, in no order.
func (s *Store) readPosts(ctx context.Context, postIDs []string, userID string) ([]postRead, error) {
	did := func(list string) bson.D {
		return bson.D{{Key: "$in", Value: bson.A{bson.D{{Key: "$literal", Value: userID}}, bson.D{{Key: "$ifNull", Value: bson.A{list + ".user", bson.A{}}}}}}}
	}
	size := func(list string) bson.D {
		return bson.D{{Key: "$size", Value: bson.D{{Key: "$ifNull", Value: bson.A{list, bson.A{}}}}}}
	}
	shown := bson.D{
		{Key: "likes", Value: size("$likes")}, {Key: "views", Value: size("$reads")},
		{Key: "liked", Value: did("$likes")}, {Key: "again", Value: did("$reads")},
	}
	for _, field := range []string{
		"place", "title", "content", "category", "attachments", "author", "created_at", "updated_at", "request_hash", "untold",
	} {
		shown = append(shown, bson.E{Key: field, Value: 1})
	}
	return aggregate[postRead](ctx, s.posts.Collection, mongo.Pipeline{
		{{Key: "$match", Value: append(anyID(postIDs), there)}},
		{{Key: "$project", Value: shown}},
	})
}

// readPost is one post as the user reads it.
func (s *Store) readPost(ctx context.Context, postID, userID string) (postRead, error) {
	found, err := s.readPosts(ctx, []string{postID}, userID)
	if err == nil && len(found) == 0 {
		err = errNotFound
	}
	if err != nil {
		return postRead{}, err
	}
	return found[0], nil
}

// ReadPost is of posts.Store. Most readings are repeated ones, so it looks before it writes.
func (s *Store) ReadPost(ctx context.Context, postID, userID string, at time.Time) (_ posts.Reading, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	r, err := s.readPost(ctx, postID, userID)
	if err != nil {
		return posts.Reading{}, err
	}
	if !r.Again {
		again, err := s.noteRead(ctx, postID, userID, at)
		if err != nil {
			return posts.Reading{}, err
		}
		if r, err = s.readPost(ctx, postID, userID); err != nil {
			return posts.Reading{}, err
		}
		r.Again = again
	}
	comments, err := s.commentsOf(ctx, postID)
	shown := 0
	for _, c := range comments {
		if c.DeletedAt.IsZero() {
			shown++
		}
	}
	return posts.Reading{Post: r.post(shown), Comments: comments, Liked: r.Liked, Again: r.Again}, err
}

// noteRead adds the user to the readers, and tells whether they were among them.
func (s *Store) noteRead(ctx context.Context, postID, userID string, at time.Time) (again bool, err error) {
	err = repeat(ctx, func() error {
		result, err := s.posts.UpdateOne(ctx,
			append(byID(postID), there, bson.E{Key: "reads.user", Value: bson.D{{Key: "$ne", Value: userID}}}),
			append(changedBy(bson.NewObjectID()), bson.E{Key: "$addToSet", Value: bson.D{{Key: "reads", Value: doneDoc{User: userID, At: micros(at)}}}}))
		again = err == nil && result.MatchedCount == 0
		return err
	})
	return again, err
}

// errAsWanted ends a change that would change nothing.
var errAsWanted = errors.New("mongodb: as wanted")

// Like is of posts.Store.
func (s *Store) Like(ctx context.Context, postID, userID string, liked *bool, at time.Time) (now bool, count int, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	_, err = s.posts.change(ctx, postID, func(d *postDoc) error {
		if d.deleted() {
			return errNotFound
		}
		i := slices.IndexFunc(d.Likes, func(by doneDoc) bool { return by.User == userID })
		if now = i < 0; liked != nil {
			now = *liked
		}
		count = len(d.Likes)
		switch {
		case now == (i >= 0):
			return errAsWanted
		case now:
			d.Likes = append(d.Likes, doneDoc{User: userID, At: micros(at)})
		default:
			d.Likes = slices.Delete(d.Likes, i, i+1)
		}
		count = len(d.Likes)
		return nil
	})
	if err != nil && !errors.Is(err, errAsWanted) {
		return false, 0, err
	}
	return now, count, nil
}
