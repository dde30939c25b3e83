package sqlite

import (
	"context"
	"database/sql"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/notifications"
)

const (
	insertAnnouncement query = `INSERT INTO announcements (id, by_user, title, body, created_at, sent_at)
		VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`
	announcementByID  query = `SELECT id, by_user, title, body, created_at, sent_at FROM announcements WHERE id = ?`
	announcementsByID query = `SELECT id, by_user, title, body, created_at, sent_at FROM announcements
		WHERE id IN (SELECT value FROM json_each(?))`
	unsentAnnouncements query = `SELECT id, by_user, title, body, created_at, sent_at FROM announcements
		WHERE sent_at = 0 AND created_at >= ? ORDER BY created_at LIMIT ?`
	announcementSent query = `UPDATE announcements SET sent_at = ? WHERE id = ?`
)

// CreateAnnouncement implements notifications.Store.
func (s *Store) CreateAnnouncement(ctx context.Context, a notifications.Announcement) (kept notifications.Announcement, created bool, err error) {
	err = s.write(ctx, func(t *tx) error {
		n, err := t.exec(insertAnnouncement, a.ID, a.By, a.Title, a.Body, toMicros(a.CreatedAt), toMicros(a.SentAt))
		if err != nil {
			return err
		}
		created = n == 1
		kept, err = one(t, announcementByID, scanAnnouncement, a.ID)
		return err
	})
	if err != nil {
		return notifications.Announcement{}, false, err
	}
	return kept, created, nil
}

func scanAnnouncement(rows *sql.Rows) (a notifications.Announcement, err error) {
	err = rows.Scan(&a.ID, &a.By, &a.Title, &a.Body, (*instant)(&a.CreatedAt), (*instant)(&a.SentAt))
	return a, err
}

// Announcements implements notifications.Store.
func (s *Store) Announcements(ctx context.Context, ids []string) ([]notifications.Announcement, error) {
	named, err := idList(ids)
	if err != nil {
		return nil, err
	}
	return list(s.read(ctx), announcementsByID, scanAnnouncement, named)
}

// UnsentAnnouncements implements notifications.Store.
func (s *Store) UnsentAnnouncements(ctx context.Context, since time.Time, limit int) ([]notifications.Announcement, error) {
	return list(s.read(ctx), unsentAnnouncements, scanAnnouncement, toMicros(since), max(limit, 0))
}

// AnnouncementSent implements notifications.Store.
func (s *Store) AnnouncementSent(ctx context.Context, id string, at time.Time) error {
	return s.write(ctx, func(t *tx) error {
		n, err := t.exec(announcementSent, toMicros(at), id)
		if err == nil && n == 0 {
			err = errNotFound
		}
		return err
	})
}
