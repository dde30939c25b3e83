package mongodb

import (
	"context"
	"errors"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// postMigrations are those of the notice board.
var postMigrations = []migration{{"post_marks", splitPostMarks}, {"post_search_keys", rebuildPostSearchKeys}, {"comment_numbers", numberComments}}

// rebuildPostSearchKeys recomputes outdated search keys of posts.
func rebuildPostSearchKeys(ctx context.Context, s *Store) error {
	fields := bson.D{{Key: "title", Value: 1}, {Key: "content", Value: 1}, {Key: "place", Value: 1}, {Key: "words", Value: 1}}
	return eachPage(ctx, s.posts.Collection, fields, func(d postDoc) string { return d.ID }, func(page []postDoc) error {
		for _, d := range page {
			if d.deleted() || d.Words == wordsOf(d.Title, d.Content) {
				continue
			}
			_, err := s.posts.change(ctx, d.ID, func(d *postDoc) error {
				if !d.deleted() {
					d.show(d.Board)
				}
				return nil
			})
			if err != nil && !errors.Is(err, errNotFound) {
				return err
			}
		}
		return nil
	})
}

// markedPostDoc is a post as it was when it held who likes it and who has read it.
type markedPostDoc struct {
	ID    string    `bson:"_id"`
	Likes []doneDoc `bson:"likes"`
	Reads []doneDoc `bson:"reads"`
}

// doneDoc is that somebody did something.
type doneDoc struct {
	User string `bson:"user"`
	At   int64  `bson:"at"`
}

// splitPostMarks moves each of a post's likes and readers to a document of its own. What a user has done since is not touched,
// since a mark that is there stays.
func splitPostMarks(ctx context.Context, s *Store) error {
	fields := bson.D{{Key: "likes", Value: 1}, {Key: "reads", Value: 1}}
	return eachPage(ctx, s.posts.Collection, fields, func(d markedPostDoc) string { return d.ID }, func(page []markedPostDoc) error {
		for _, d := range page {
			if d.Likes == nil && d.Reads == nil {
				continue
			}
			// Others that run the same migration may have been first.
			if err := bulk(ctx, s.postMarks.Collection, d.marks(s)); err != nil && !isDuplicate(err) {
				return err
			}
			err := repeat(ctx, func() error {
				_, err := s.posts.UpdateOne(ctx, byID(d.ID), append(changedBy(bson.NewObjectID()), unset("likes", "reads")...))
				return err
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// marks writes the marks of a post's likes and readers.
func (d markedPostDoc) marks(s *Store) []mongo.WriteModel {
	byUser := make(map[string]*markDoc)
	of := func(userID string) *markDoc {
		if byUser[userID] == nil {
			byUser[userID] = &markDoc{PostID: d.ID, UserID: userID}
		}
		return byUser[userID]
	}
	for _, by := range d.Likes {
		of(by.User).Liked, of(by.User).LikedAt = true, by.At
	}
	for _, by := range d.Reads {
		of(by.User).ReadAt = max(by.At, 1)
	}
	writes := make([]mongo.WriteModel, 0, len(byUser))
	for userID, m := range byUser {
		head := newHead("", s.newMark())
		writes = append(writes, mongo.NewUpdateOneModel().SetUpsert(true).SetFilter(byID(markKey(d.ID, userID))).
			SetUpdate(bson.D{{Key: "$setOnInsert", Value: bson.D{
				{Key: "version", Value: head.Version}, {Key: "marks", Value: head.Marks}, {Key: "post_id", Value: m.PostID},
				{Key: "user_id", Value: m.UserID}, {Key: "liked", Value: m.Liked}, {Key: "liked_at", Value: m.LikedAt},
				{Key: "read_at", Value: m.ReadAt},
			}}}))
	}
	return writes
}

// numberComments assigns numbers to the comments that were stored without one. Those that are created meanwhile have one.
func numberComments(ctx context.Context, s *Store) error {
	return eachPage(ctx, s.posts.Collection, bson.D{{Key: "_id", Value: 1}}, func(d Head) string { return d.ID }, func(page []Head) error {
		for _, d := range page {
			if err := s.numberCommentsOf(ctx, d.ID); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *Store) numberCommentsOf(ctx context.Context, postID string) error {
	for n := 0; ; n++ {
		all, err := list[commentDoc](ctx, s.comments.Collection, bson.D{{Key: "post_id", Value: postID}},
			options.Find().SetSort(bson.D{{Key: "post_id", Value: 1}, {Key: "created_at", Value: 1}, {Key: "_id", Value: 1}}).
				SetProjection(bson.D{{Key: "number", Value: 1}}))
		if err != nil {
			return err
		}
		last := 0
		for _, c := range all {
			last = max(last, c.Number)
		}
		var writes []mongo.WriteModel
		for _, c := range all {
			if c.Number == 0 {
				last++
				writes = append(writes, mongo.NewUpdateOneModel().
					SetFilter(append(byID(c.ID), bson.E{Key: "number", Value: bson.D{{Key: "$exists", Value: false}}})).
					SetUpdate(append(changedBy(bson.NewObjectID()), set(bson.D{{Key: "number", Value: last}})...)))
			}
		}
		if err := bulk(ctx, s.comments.Collection, writes); !isDuplicate(err) {
			return err
		}
		// A comment that was created meanwhile, or another run of this, has one of the numbers.
		if err := pause(ctx, n); err != nil {
			return err
		}
	}
}
