package mongodb

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/dongbaejul/dongbaejul/internal/notifications"
)

// deviceDoc is a device under its token.
type deviceDoc struct {
	Token        string `bson:"_id"`
	ID           string `bson:"id"`
	UserID       string `bson:"user_id"`
	SessionID    string `bson:"session_id"`
	Platform     string `bson:"platform"`
	RegisteredAt int64  `bson:"registered_at"`
}

func (d deviceDoc) device() notifications.Device {
	return notifications.Device{
		ID: d.ID, Token: d.Token, UserID: d.UserID, SessionID: d.SessionID, Platform: notifications.Platform(d.Platform), RegisteredAt: fromMicros(d.RegisteredAt),
	}
}

// PutDevice implements notifications.Store.
func (s *Store) PutDevice(ctx context.Context, d notifications.Device, most int) (id string, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	kept, err := s.putDevice(ctx, d)
	if err != nil {
		return "", err
	}
	// Not the device itself, whatever its time.
	others := ofUser(d.UserID, bson.E{Key: "_id", Value: bson.D{{Key: "$ne", Value: d.Token}}})
	old, err := list[deviceDoc](ctx, s.devices, others, options.Find().SetSkip(int64(max(most-1, 0))).
		SetSort(bson.D{{Key: "registered_at", Value: -1}, {Key: "_id", Value: -1}}))
	if err != nil || len(old) == 0 {
		return kept.ID, err
	}
	tokens := convert(old, func(d deviceDoc) string { return d.Token })
	_, err = deleteAll(ctx, s.devices, append(anyID(tokens), ofUser(d.UserID)...))
	return kept.ID, err
}

// putDevice keeps a device in the place of whatever has its token, of which the id stays.
func (s *Store) putDevice(ctx context.Context, d notifications.Device) (kept deviceDoc, err error) {
	update := append(set(bson.D{
		{Key: "user_id", Value: d.UserID}, {Key: "session_id", Value: d.SessionID}, {Key: "platform", Value: string(d.Platform)},
		{Key: "registered_at", Value: toMicros(d.RegisteredAt)},
	}), bson.E{Key: "$setOnInsert", Value: bson.D{{Key: "id", Value: d.ID}}})
	try := func() (err error) {
		kept, err = single[deviceDoc](s.devices.FindOneAndUpdate(ctx, byID(d.Token), update,
			options.FindOneAndUpdate().SetUpsert(true).SetReturnDocument(options.After)))
		return err
	}
	err = repeat(ctx, func() error {
		err := try()
		if isDuplicate(err) {
			// Another has put one there at the same moment, which is there to be changed now.
			err = try()
		}
		return err
	})
	return kept, err
}

// DeleteDevice implements notifications.Store.
func (s *Store) DeleteDevice(ctx context.Context, userID, id string) (err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	_, err = deleteAll(ctx, s.devices, ofUser(userID, bson.E{Key: "id", Value: id}))
	return err
}

// DeleteSessionDevices implements notifications.Store.
func (s *Store) DeleteSessionDevices(ctx context.Context, userID string, sessionIDs ...string) (err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	if len(sessionIDs) == 0 {
		return nil
	}
	_, err = deleteAll(ctx, s.devices, ofUser(userID, bson.E{Key: "session_id", Value: bson.D{{Key: "$in", Value: sessionIDs}}}))
	return err
}

// Devices implements notifications.Store.
func (s *Store) Devices(ctx context.Context, userIDs []string) (_ []notifications.Device, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	if len(userIDs) == 0 {
		return nil, nil
	}
	found, err := list[deviceDoc](ctx, s.devices, bson.D{{Key: "user_id", Value: bson.D{{Key: "$in", Value: userIDs}}}})
	return convert(found, deviceDoc.device), err
}
