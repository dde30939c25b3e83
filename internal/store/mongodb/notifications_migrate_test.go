package mongodb

import (
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/dongbaejul/dongbaejul/internal/notifications"
)

// forgetMigrations makes a database one that no migration has run on.
func forgetMigrations(t *testing.T, s *Store) {
	t.Helper()
	must(t, s.db.Collection("migrations").Drop(t.Context()))
}

func TestStoredNotificationsLoseTheirTexts(t *testing.T) {
	uri := OwnURI(t)
	before := OpenURI(t, uri)
	old := func(id, user string, seq int64, key, kind, title, body string) bson.D {
		return bson.D{
			{Key: "_id", Value: id}, {Key: "user_id", Value: user}, {Key: "seq", Value: seq}, {Key: "mark", Value: bson.NewObjectID()},
			{Key: "read_at", Value: int64(0)}, {Key: "created_at", Value: int64(7)}, {Key: "key", Value: key}, {Key: "kind", Value: kind},
			{Key: "title", Value: title}, {Key: "body", Value: body}, {Key: "post_id", Value: "p"},
		}
	}
	_, err := before.notifications.InsertMany(t.Context(), []any{
		old("a", "u", 1, "comment/c", "comment", "제목", "내용"), old("b", "u", 2, "broadcast/kept", "broadcast", "공지", "전문"),
		old("c", "u", 3, "broadcast/pruned", "broadcast", "옛 공지", "옛 전문"), old("d", "v", 1, "broadcast/pruned", "broadcast", "옛 공지", "옛 전문"),
	})
	must(t, err)
	kept := notifications.Announcement{ID: "kept", By: "admin", Title: "공지", Body: "전문", CreatedAt: noon, SentAt: noon}
	_, _, err = before.CreateAnnouncement(t.Context(), kept)
	must(t, err)
	forgetMigrations(t, before)

	s := OpenURI(t, uri)
	left, err := count(t.Context(), s.notifications, bson.D{{Key: "$or", Value: bson.A{
		bson.D{{Key: "title", Value: bson.D{{Key: "$exists", Value: true}}}}, bson.D{{Key: "body", Value: bson.D{{Key: "$exists", Value: true}}}},
	}}})
	must(t, err)
	must(t, same("notifications with a text", left, 0))
	log, err := s.NotificationsAfter(t.Context(), "u", 0, 10)
	must(t, err)
	must(t, same("notifications", len(log), 3))
	announced, err := s.Announcements(t.Context(), []string{"kept", "pruned"})
	must(t, err)
	must(t, same("announcements", len(announced), 2))
	for _, a := range announced {
		want := notifications.Announcement{ID: "pruned", Title: "옛 공지", Body: "옛 전문", CreatedAt: fromMicros(7), SentAt: fromMicros(7)}
		if a.ID == "kept" {
			want = kept
		}
		must(t, same(a.ID, a, want))
	}
}
