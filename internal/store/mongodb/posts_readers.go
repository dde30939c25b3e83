package mongodb

import (
	"context"
	"errors"
	"strconv"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/dongbaejul/dongbaejul/internal/posts"
)

// markDoc is what one user has done with one post, under markKey: a small document that nobody else writes, so that neither
// liking nor reading a post writes the post or waits for others who do the same. It is there as long as its post is.
type markDoc struct {
	Head    `bson:",inline"`
	PostID  string `bson:"post_id"`
	UserID  string `bson:"user_id"`
	Liked   bool   `bson:"liked"`
	LikedAt int64  `bson:"liked_at,omitempty"`
	// ReadAt is when they first read it; 0 if they have not.
	ReadAt int64 `bson:"read_at"`
}

func markKey(postID, userID string) string { return strconv.Quote(postID) + userID }

// markCounts are how many people like one post and have read it.
type markCounts struct {
	PostID string `bson:"_id"`
	Likes  int    `bson:"likes"`
	Views  int    `bson:"views"`
}

// markCountsOf are the stages that count who likes each of the posts and who has read it.
func markCountsOf(postIDs []string) []bson.D {
	countIf := func(condition any) bson.D {
		return bson.D{{Key: "$sum", Value: bson.D{{Key: "$cond", Value: bson.A{condition, 1, 0}}}}}
	}
	return []bson.D{match(ofPosts(postIDs)), {{Key: "$group", Value: bson.D{
		{Key: "_id", Value: "$post_id"}, {Key: "likes", Value: countIf("$liked")},
		{Key: "views", Value: countIf(bson.D{{Key: "$gt", Value: bson.A{"$read_at", 0}}})},
	}}}}
}

// ofPosts is the filter of what belongs to posts.
func ofPosts(postIDs []string) bson.D {
	return bson.D{{Key: "post_id", Value: bson.D{{Key: "$in", Value: postIDs}}}}
}

// countMarks counts who likes each of the posts and who has read it; posts without either are left out.
func (s *Store) countMarks(ctx context.Context, postIDs []string) (map[string]markCounts, error) {
	found, err := aggregate[markCounts](ctx, s.postMarks.Collection, markCountsOf(postIDs))
	counts := make(map[string]markCounts, len(found))
	for _, m := range found {
		counts[m.PostID] = m
	}
	return counts, err
}

// boardDoc is a post without what it is found by, which takes ten times as much.
type boardDoc struct {
	ID    string `bson:"_id"`
	Board `bson:",inline"`
}

// unsearched leaves out what a post is found by.
func unsearched() bson.D { return bson.D{{Key: "pieces", Value: 0}, {Key: "words", Value: 0}} }

// boardsOf returns those of the posts that are there, by id, with nothing counted.
func (s *Store) boardsOf(ctx context.Context, postIDs []string) (map[string]posts.Post, error) {
	found, err := list[boardDoc](ctx, s.posts.Collection, append(anyID(postIDs), there), options.Find().SetProjection(unsearched()))
	byID := make(map[string]posts.Post, len(found))
	for _, d := range found {
		byID[d.ID] = d.Board.post(d.ID)
	}
	return byID, err
}

// boardOf is boardsOf for one post; errNotFound if it is not there.
func (s *Store) boardOf(ctx context.Context, postID string) (posts.Post, error) {
	found, err := s.boardsOf(ctx, []string{postID})
	p, ok := found[postID]
	if err == nil && !ok {
		err = errNotFound
	}
	return p, err
}

// ReadPost implements posts.Store.
func (s *Store) ReadPost(ctx context.Context, postID, userID string) (_ posts.Reading, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	p, err := s.boardOf(ctx, postID)
	if err != nil {
		return posts.Reading{}, err
	}
	counts, err := s.countMarks(ctx, []string{postID})
	if err != nil {
		return posts.Reading{}, err
	}
	own, err := s.postMarks.get(ctx, markKey(postID, userID))
	if err != nil && !errors.Is(err, errNotFound) {
		return posts.Reading{}, err
	}
	outline, err := s.outlineOf(ctx, postID)
	if err != nil {
		return posts.Reading{}, err
	}
	p.Likes, p.Views = counts[postID].Likes, counts[postID].Views
	for _, c := range outline {
		if !c.Deleted {
			p.Comments++
		}
	}
	return posts.Reading{Post: p, Outline: outline, Liked: own.Liked, Read: own.ReadAt != 0}, nil
}

// errAsWanted ends a change that would change nothing.
var errAsWanted = errors.New("mongodb: as wanted")

// mark changes what a user has done with a post by f, which may run more than once and whose error ends it with nothing
// changed. A write whose answer is lost is not done twice. It looks for the post after it, as CreateComment does.
func (s *Store) mark(ctx context.Context, postID, userID string, f func(*markDoc) error) (markDoc, error) {
	d, err := s.writeMark(ctx, postID, userID, f)
	if err != nil && !errors.Is(err, errAsWanted) {
		return d, err
	}
	if missing := s.needPost(ctx, postID); missing != nil {
		if errors.Is(missing, errNotFound) {
			// The post's other marks may be deleted already.
			_, _ = deleteAll(ctx, s.postMarks.Collection, byID(markKey(postID, userID)))
		}
		return d, missing
	}
	return d, err
}

func (s *Store) writeMark(ctx context.Context, postID, userID string, f func(*markDoc) error) (markDoc, error) {
	key := markKey(postID, userID)
	for {
		d, err := s.postMarks.change(ctx, key, f)
		if !errors.Is(err, errNotFound) {
			return d, err
		}
		d = markDoc{Head: Head{ID: key}, PostID: postID, UserID: userID}
		if err := f(&d); err != nil {
			return d, err
		}
		d, created, err := s.postMarks.insertOr(ctx, &d, func(ctx context.Context) (markDoc, error) { return s.postMarks.get(ctx, key) })
		if err != nil || created {
			return d, err
		}
		// Another call of the same user was first: change what it has written.
	}
}

// MarkPostRead implements posts.Store.
func (s *Store) MarkPostRead(ctx context.Context, postID, userID string, at time.Time) (liked bool, views int, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	_, err = s.mark(ctx, postID, userID, func(d *markDoc) error {
		liked = d.Liked
		if d.ReadAt != 0 {
			return errAsWanted
		}
		d.ReadAt = max(toMicros(at), 1)
		return nil
	})
	if err != nil && !errors.Is(err, errAsWanted) {
		return false, 0, err
	}
	views, err = count(ctx, s.postMarks.Collection, bson.D{
		{Key: "post_id", Value: postID}, {Key: "read_at", Value: bson.D{{Key: "$gt", Value: int64(0)}}},
	})
	return liked, views, err
}

// Like implements posts.Store.
func (s *Store) Like(ctx context.Context, postID, userID string, liked *bool, at time.Time) (now bool, likes int, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	d, err := s.mark(ctx, postID, userID, func(d *markDoc) error {
		if liked != nil && *liked == d.Liked {
			return errAsWanted
		}
		d.Liked, d.LikedAt = !d.Liked, toMicros(at)
		return nil
	})
	switch {
	case err == nil:
		now = d.Liked
	case errors.Is(err, errAsWanted):
		now = *liked
	default:
		return false, 0, err
	}
	likes, err = count(ctx, s.postMarks.Collection, bson.D{{Key: "post_id", Value: postID}, {Key: "liked", Value: true}})
	return now, likes, err
}
