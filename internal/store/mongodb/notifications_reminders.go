package mongodb

import (
	"context"
	"math"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/dongbaejul/dongbaejul/internal/notifications"
)

// reminderDoc is a reminder.
type reminderDoc struct {
	ID      string `bson:"_id"`
	Due     int64  `bson:"due"`
	Kind    string `bson:"kind"`
	Subject string `bson:"subject"`
	// ClaimableAt is when it can be claimed: due at first, and then when the last claim ends.
	ClaimableAt int64  `bson:"claimable_at"`
	Claim       string `bson:"claim"`
	Attempts    int    `bson:"attempts"`
}

var longestClaimable = bson.D{{Key: "claimable_at", Value: 1}, {Key: "_id", Value: 1}}

// PutReminder implements notifications.Store.
func (s *Store) PutReminder(ctx context.Context, r notifications.Reminder) (err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	due := toMicros(r.Due)
	return put(ctx, s.reminders, r.ID, reminderDoc{ID: r.ID, Due: due, Kind: r.Kind, Subject: r.Subject, ClaimableAt: due})
}

// DeleteReminder implements notifications.Store.
func (s *Store) DeleteReminder(ctx context.Context, id string) (err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	_, err = deleteAll(ctx, s.reminders, byID(id))
	return err
}

// NextReminder implements notifications.Store.
func (s *Store) NextReminder(ctx context.Context) (_ time.Time, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	// Some servers sort all there is where nothing is asked for.
	anyTime := bson.D{{Key: "claimable_at", Value: bson.D{{Key: "$gte", Value: int64(math.MinInt64)}}}}
	d, err := one[reminderDoc](ctx, s.reminders, anyTime, options.FindOne().SetSort(longestClaimable))
	return fromMicros(d.ClaimableAt), err
}

// ClaimReminder implements notifications.Store. Where its answer is lost, nobody has the reminder until the claim ends.
func (s *Store) ClaimReminder(ctx context.Context, now, until time.Time, token string) (_ notifications.Claim, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	d, err := single[reminderDoc](s.reminders.FindOneAndUpdate(ctx,
		bson.D{{Key: "claimable_at", Value: bson.D{{Key: "$lte", Value: toMicros(now)}}}},
		bson.D{
			{Key: "$set", Value: bson.D{{Key: "claimable_at", Value: toMicros(until)}, {Key: "claim", Value: token}}},
			{Key: "$inc", Value: bson.D{{Key: "attempts", Value: 1}}},
		},
		options.FindOneAndUpdate().SetSort(longestClaimable).SetReturnDocument(options.After)))
	if err != nil {
		return notifications.Claim{}, err
	}
	return notifications.Claim{
		Reminder: notifications.Reminder{ID: d.ID, Due: fromMicros(d.Due), Kind: d.Kind, Subject: d.Subject}, Token: d.Claim, Attempt: d.Attempts,
	}, nil
}

// FinishReminder implements notifications.Store.
func (s *Store) FinishReminder(ctx context.Context, id, token string) (err error) {
	if token == "" {
		return nil
	}
	ctx, end := s.begin(ctx, &err)
	defer end()
	_, err = deleteAll(ctx, s.reminders, append(byID(id), bson.E{Key: "claim", Value: token}))
	return err
}
