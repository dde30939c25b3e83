package mongodb

import (
	"context"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/dongbaejul/dongbaejul/internal/ids"
	"github.com/dongbaejul/dongbaejul/internal/notifications"
)

// notificationMigrations are those of notifications.
var notificationMigrations = []migration{{"notifications_by_id", dropNotificationTexts}, {"devices_id", nameDevices}}

// textDoc is a notification as it was when its words were kept.
type textDoc struct {
	ID        string  `bson:"_id"`
	Key       string  `bson:"key"`
	Kind      string  `bson:"kind"`
	Title     *string `bson:"title"`
	Body      *string `bson:"body"`
	CreatedAt int64   `bson:"created_at"`
}

// dropNotificationTexts makes notifications keep who and what by id only. What was broadcast stays with its announcement, also
// where that had been deleted before the notifications of it.
func dropNotificationTexts(ctx context.Context, s *Store) error {
	kept := make(map[string]bool)
	fields := bson.D{{Key: "key", Value: 1}, {Key: "kind", Value: 1}, {Key: "title", Value: 1}, {Key: "body", Value: 1}, {Key: "created_at", Value: 1}}
	return eachPage(ctx, s.notifications, fields, func(d textDoc) string { return d.ID }, func(page []textDoc) error {
		var ids []string
		for _, d := range page {
			if d.Title == nil && d.Body == nil {
				continue
			}
			ids = append(ids, d.ID)
			if kept[d.Key] || d.Kind != string(notifications.KindBroadcast) {
				continue
			}
			if err := s.keepAnnouncement(ctx, d); err != nil {
				return err
			}
			kept[d.Key] = true
		}
		if ids == nil {
			return nil
		}
		return repeat(ctx, func() error {
			_, err := s.notifications.UpdateMany(ctx, anyID(ids), unset("title", "body"))
			return err
		})
	})
}

// keepAnnouncement keeps what a notification of a broadcast says, unless its announcement is there.
func (s *Store) keepAnnouncement(ctx context.Context, d textDoc) error {
	a := announcementDoc{
		Head: Head{ID: strings.TrimPrefix(d.Key, "broadcast/")}, CreatedAt: d.CreatedAt, SentAt: d.CreatedAt,
	}
	if d.Title != nil {
		a.Title = *d.Title
	}
	if d.Body != nil {
		a.Body = *d.Body
	}
	_, _, err := s.announcements.insertOr(ctx, &a, func(ctx context.Context) (announcementDoc, error) {
		return s.announcements.get(ctx, a.ID)
	})
	return err
}

// nameDevices assigns ids to devices without one.
func nameDevices(ctx context.Context, s *Store) error {
	return eachPage(ctx, s.devices, bson.D{{Key: "id", Value: 1}}, func(d deviceDoc) string { return d.Token }, func(page []deviceDoc) error {
		for _, d := range page {
			if d.ID != "" {
				continue
			}
			// Others that run the same migration may have been first.
			none := append(byID(d.Token), bson.E{Key: "id", Value: bson.D{{Key: "$exists", Value: false}}})
			err := repeat(ctx, func() error {
				_, err := s.devices.UpdateOne(ctx, none, set(bson.D{{Key: "id", Value: ids.New()}}))
				return err
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
}
