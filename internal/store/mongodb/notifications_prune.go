package mongodb

import (
	"context"
	"errors"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// PruneNotifications implements notifications.Store. It looks at one log after the other.
func (s *Store) PruneNotifications(ctx context.Context, readBefore, unreadBefore time.Time) (deleted int, err error) {
	ctx, end := s.beginLong(ctx, &err)
	defer end()
	if _, err := deleteAll(ctx, s.announcements.Collection, bson.D{{Key: "created_at", Value: bson.D{{Key: "$lt", Value: toMicros(unreadBefore)}}}}); err != nil {
		return 0, err
	}
	for userID := ""; ; {
		next, err := one[notificationDoc](ctx, s.notifications, bson.D{{Key: "user_id", Value: bson.D{{Key: "$gt", Value: userID}}}},
			options.FindOne().SetSort(logForward).SetProjection(bson.D{{Key: "user_id", Value: 1}}))
		if errors.Is(err, errNotFound) {
			return deleted, nil
		}
		if err != nil {
			return deleted, err
		}
		userID = next.UserID
		n, err := s.pruneLog(ctx, userID, readBefore, unreadBefore)
		deleted += n
		if err != nil {
			return deleted, err
		}
	}
}

// pruneLog deletes the beginning of a log. What is found to go now goes later too: nothing read becomes unread.
func (s *Store) pruneLog(ctx context.Context, userID string, readBefore, unreadBefore time.Time) (int, error) {
	first, last, err := s.endsOfLog(ctx, userID)
	if err != nil {
		return 0, err
	}
	since := func(t time.Time) bson.E {
		return bson.E{Key: "created_at", Value: bson.D{{Key: "$gte", Value: toMicros(t)}}}
	}
	stays, err := one[notificationDoc](ctx, s.notifications,
		ofUser(userID, bson.E{Key: "$or", Value: bson.A{bson.D{since(readBefore)}, bson.D{notRead, since(unreadBefore)}}}),
		options.FindOne().SetSort(logForward).SetProjection(bson.D{{Key: "seq", Value: 1}}))
	switch {
	case errors.Is(err, errNotFound):
		stays.Seq = last
	case err != nil:
		return 0, err
	}
	if first >= stays.Seq {
		return 0, nil
	}
	return deleteAll(ctx, s.notifications, ofUser(userID, bson.E{Key: "seq", Value: bson.D{{Key: "$lt", Value: stays.Seq}}}))
}
