package mongodb

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/dongbaejul/dongbaejul/internal/notifications"
)

// announcementDoc is an announcement.
type announcementDoc struct {
	Head      `bson:",inline"`
	By        string `bson:"by_user"`
	Title     string `bson:"title"`
	Body      string `bson:"body"`
	CreatedAt int64  `bson:"created_at"`
	SentAt    int64  `bson:"sent_at"`
}

func (d announcementDoc) announcement() notifications.Announcement {
	return notifications.Announcement{
		ID: d.ID, By: d.By, Title: d.Title, Body: d.Body, CreatedAt: fromMicros(d.CreatedAt), SentAt: fromMicros(d.SentAt),
	}
}

// CreateAnnouncement implements notifications.Store.
func (s *Store) CreateAnnouncement(ctx context.Context, a notifications.Announcement) (_ notifications.Announcement, created bool, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	d := announcementDoc{
		Head: Head{ID: a.ID}, By: a.By, Title: a.Title, Body: a.Body, CreatedAt: toMicros(a.CreatedAt), SentAt: toMicros(a.SentAt),
	}
	kept, created, err := s.announcements.insertOr(ctx, &d, func(ctx context.Context) (announcementDoc, error) {
		return s.announcements.get(ctx, a.ID)
	})
	return kept.announcement(), created, err
}

// Announcements implements notifications.Store.
func (s *Store) Announcements(ctx context.Context, ids []string) (_ []notifications.Announcement, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	found, err := s.announcements.some(ctx, ids)
	return convert(found, announcementDoc.announcement), err
}

// UnsentAnnouncements implements notifications.Store.
func (s *Store) UnsentAnnouncements(ctx context.Context, since time.Time, limit int) (_ []notifications.Announcement, err error) {
	if limit <= 0 {
		return nil, nil
	}
	ctx, end := s.begin(ctx, &err)
	defer end()
	found, err := list[announcementDoc](ctx, s.announcements.Collection,
		bson.D{{Key: "sent_at", Value: int64(0)}, {Key: "created_at", Value: bson.D{{Key: "$gte", Value: toMicros(since)}}}},
		options.Find().SetSort(bson.D{{Key: "sent_at", Value: 1}, {Key: "created_at", Value: 1}}).SetLimit(int64(limit)))
	return convert(found, announcementDoc.announcement), err
}

// AnnouncementSent implements notifications.Store.
func (s *Store) AnnouncementSent(ctx context.Context, id string, at time.Time) (err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	return repeat(ctx, func() error {
		result, err := s.announcements.UpdateOne(ctx, byID(id), set(bson.D{{Key: "sent_at", Value: toMicros(at)}}))
		if err == nil && result.MatchedCount == 0 {
			err = errNotFound
		}
		return err
	})
}
