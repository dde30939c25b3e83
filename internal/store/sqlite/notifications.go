package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"math"
	"slices"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/notifications"
)

const (
	selectNotification = `SELECT user_id, seq, read_at, created_at, id, key, kind, actor_id, game_id, post_id, comment_id,
		room_id, message_id FROM notifications `

	notificationsAfter  query = selectNotification + `WHERE user_id = ? AND seq > ? ORDER BY seq LIMIT ?`
	notificationsUpTo   query = selectNotification + `WHERE user_id = ? AND seq <= ? ORDER BY seq DESC LIMIT ?`
	unreadNotifications query = selectNotification + `INDEXED BY notifications_unread
		WHERE user_id = ? AND read_at = 0 AND seq < ? ORDER BY seq DESC LIMIT ? OFFSET ?`

	notificationEnds query = `SELECT (SELECT min(seq) FROM notifications WHERE user_id = ?1), seq
		FROM notifications WHERE user_id = ?1 ORDER BY seq DESC LIMIT 1`
	countUnreadNotifications query = `SELECT count(*) FROM notifications WHERE user_id = ? AND read_at = 0`
	countNotificationsByID   query = `SELECT count(*) FROM notifications
		WHERE id IN (SELECT value FROM json_each(?)) AND user_id = ?`

	// insertNotification numbers the entry; an id that is there already makes it do nothing, so that no number is lost.
	insertNotification query = `INSERT INTO notifications (user_id, seq, read_at, created_at, id, key, kind, actor_id, game_id,
		post_id, comment_id, room_id, message_id)
		VALUES (?1, coalesce((SELECT max(seq) FROM notifications WHERE user_id = ?1), 0) + 1,
		?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
		ON CONFLICT (id) DO NOTHING RETURNING seq`
	readNotifications query = `UPDATE notifications INDEXED BY notifications_unread SET read_at = ?4
		WHERE user_id = ?1 AND read_at = 0 AND (seq <= ?3 OR id IN (SELECT value FROM json_each(?2)))`

	countUnreadOfRoom query = `SELECT count(*) FROM notifications INDEXED BY notifications_unread
		WHERE user_id = ? AND read_at = 0 AND room_id = ? AND created_at < ?`
	readNotificationsOfRoom query = `UPDATE notifications INDEXED BY notifications_unread SET read_at = ?3
		WHERE user_id = ?1 AND read_at = 0 AND room_id = ?2 AND created_at < ?3`
	countUnreadOfUsers query = `SELECT user_id, count(*) FROM notifications INDEXED BY notifications_unread
		WHERE user_id IN (SELECT value FROM json_each(?)) AND read_at = 0 GROUP BY user_id`

	nextUserWithNotifications query = `SELECT user_id FROM notifications WHERE user_id > ? ORDER BY user_id LIMIT 1`
	firstNotificationToKeep   query = `SELECT seq FROM notifications
		WHERE user_id = ? AND (created_at >= ? OR (read_at = 0 AND created_at >= ?)) ORDER BY seq LIMIT 1`
	deleteNotificationsBefore query = `DELETE FROM notifications WHERE user_id = ? AND seq < ?`
	deleteOldAnnouncements    query = `DELETE FROM announcements WHERE created_at < ?`
	deleteDevicesOfUser       query = `DELETE FROM devices WHERE user_id = ?`
)

func scanNotification(rows *sql.Rows) (n notifications.Notification, err error) {
	err = rows.Scan(&n.UserID, (*integer)(&n.Seq), (*instant)(&n.ReadAt), (*instant)(&n.CreatedAt), &n.ID, &n.Key,
		(*text)(&n.Kind), &n.ActorID, &n.GameID, &n.PostID, &n.CommentID, &n.RoomID, &n.MessageID)
	return n, err
}

// AppendNotifications implements notifications.Store. All of them share one commit.
func (s *Store) AppendNotifications(ctx context.Context, ns []notifications.Notification) (added []notifications.Notification, err error) {
	if len(ns) == 0 {
		return nil, nil
	}
	err = s.write(ctx, func(t *tx) error {
		added = nil
		for _, n := range ns {
			seqs, err := list(t, insertNotification, scalar[int64], n.UserID, toMicros(n.ReadAt), toMicros(n.CreatedAt), n.ID, n.Key,
				n.Kind, n.ActorID, n.GameID, n.PostID, n.CommentID, n.RoomID, n.MessageID)
			if err != nil {
				return err
			}
			if len(seqs) == 1 {
				n.Seq, n.CreatedAt, n.ReadAt = seqs[0], stored(n.CreatedAt), stored(n.ReadAt)
				added = append(added, n)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return added, nil
}

// NotificationsAfter implements notifications.Store.
func (s *Store) NotificationsAfter(ctx context.Context, userID string, seq int64, limit int) ([]notifications.Notification, error) {
	return list(s.read(ctx), notificationsAfter, scanNotification, userID, seq, max(limit, 0))
}

// ends are the numbers of a log's first and last entry; 0 for an empty one.
type ends struct{ first, last int64 }

func endsOf(src source, userID string) (ends, error) {
	e, err := one(src, notificationEnds, func(rows *sql.Rows) (e ends, err error) {
		err = rows.Scan((*integer)(&e.first), (*integer)(&e.last))
		return e, err
	}, userID)
	if errors.Is(err, fault.NotFound) {
		return ends{}, nil
	}
	return e, err
}

// NotificationLog implements notifications.Store.
func (s *Store) NotificationLog(ctx context.Context, userID string) (first, last int64, err error) {
	e, err := endsOf(s.read(ctx), userID)
	return e.first, e.last, err
}

// ListNotifications implements notifications.Store. A log without gaps need not be counted, and no page of it skipped to.
func (s *Store) ListNotifications(ctx context.Context, userID string, f notifications.Filter) (page []notifications.Notification, c notifications.Counts, err error) {
	err = s.snapshot(ctx, func(src source) error {
		if c.Unread, err = one(src, countUnreadNotifications, scalar[int], userID); err != nil {
			return err
		}
		if f.Unread {
			c.Total = c.Unread
			page, err = list(src, unreadNotifications, scanNotification, userID, cmp.Or(f.Before, math.MaxInt64), f.Limit, f.Offset)
			return err
		}
		e, err := endsOf(src, userID)
		if err != nil || e.last == 0 {
			return err
		}
		c.Total = int(e.last - e.first + 1)
		from := e.last - int64(f.Offset)
		if f.Before > 0 {
			from = min(from, f.Before-1)
		}
		page, err = list(src, notificationsUpTo, scanNotification, userID, from, f.Limit)
		return err
	})
	if err != nil {
		return nil, notifications.Counts{}, err
	}
	return page, c, nil
}

// ReadNotifications implements notifications.Store.
func (s *Store) ReadNotifications(ctx context.Context, userID string, ids []string, upTo int64, at time.Time) (read, unread int, err error) {
	ids = slices.Clone(ids)
	slices.Sort(ids)
	ids = slices.Compact(ids)
	named, err := idList(ids)
	if err != nil {
		return 0, 0, err
	}
	err = s.write(ctx, func(t *tx) error {
		found, err := one(t, countNotificationsByID, scalar[int], named, userID)
		if err != nil {
			return err
		}
		if found < len(ids) {
			return errNotFound
		}
		n, err := t.exec(readNotifications, userID, named, upTo, toMicros(at))
		if err != nil {
			return err
		}
		read = int(n)
		unread, err = one(t, countUnreadNotifications, scalar[int], userID)
		return err
	})
	if err != nil {
		return 0, 0, err
	}
	return read, unread, nil
}

// ReadRoomNotifications implements notifications.Store. It writes only if there is something to mark.
func (s *Store) ReadRoomNotifications(ctx context.Context, userID, roomID string, at time.Time) (read int, err error) {
	found, err := one(s.read(ctx), countUnreadOfRoom, scalar[int], userID, roomID, toMicros(at))
	if err != nil || found == 0 {
		return 0, err
	}
	err = s.write(ctx, func(t *tx) error {
		n, err := t.exec(readNotificationsOfRoom, userID, roomID, toMicros(at))
		read = int(n)
		return err
	})
	return read, err
}

// UnreadNotifications implements notifications.Store.
func (s *Store) UnreadNotifications(ctx context.Context, userIDs []string) (map[string]int, error) {
	wanted, err := idList(userIDs)
	if err != nil {
		return nil, err
	}
	type unread struct {
		userID string
		count  int
	}
	found, err := list(s.read(ctx), countUnreadOfUsers, func(rows *sql.Rows) (u unread, err error) {
		err = rows.Scan(&u.userID, &u.count)
		return u, err
	}, wanted)
	counts := make(map[string]int, len(found))
	for _, u := range found {
		counts[u.userID] = u.count
	}
	return counts, err
}

// PruneNotifications implements notifications.Store. It looks at one log after the other, and writes only where there is
// something to delete.
func (s *Store) PruneNotifications(ctx context.Context, readBefore, unreadBefore time.Time) (deleted int, err error) {
	err = s.write(ctx, func(t *tx) error {
		_, err := t.exec(deleteOldAnnouncements, toMicros(unreadBefore))
		return err
	})
	for userID := ""; err == nil; {
		userID, err = one(s.read(ctx), nextUserWithNotifications, scalar[string], userID)
		if errors.Is(err, fault.NotFound) {
			return deleted, nil
		}
		if err == nil {
			var n int
			n, err = s.pruneLog(ctx, userID, readBefore, unreadBefore)
			deleted += n
		}
	}
	return deleted, err
}

// pruneStep is how many entries are deleted at a time, so that other writes need not wait long.
const pruneStep = 500

func (s *Store) pruneLog(ctx context.Context, userID string, readBefore, unreadBefore time.Time) (deleted int, err error) {
	e, err := endsOf(s.read(ctx), userID)
	if err != nil {
		return 0, err
	}
	keep, err := one(s.read(ctx), firstNotificationToKeep, scalar[int64], userID, toMicros(readBefore), toMicros(unreadBefore))
	if errors.Is(err, fault.NotFound) {
		keep, err = e.last, nil
	}
	// What is found to go now goes later too: nothing read becomes unread.
	for from := e.first; err == nil && from < keep; from += pruneStep {
		var n int64
		err = s.write(ctx, func(t *tx) (err error) {
			n, err = t.exec(deleteNotificationsBefore, userID, min(keep, from+pruneStep))
			return err
		})
		deleted += int(n)
	}
	return deleted, err
}

// EraseNotifications implements notifications.Store.
func (s *Store) EraseNotifications(ctx context.Context, userID string) error {
	return s.write(ctx, func(t *tx) error {
		if _, err := t.exec(deleteNotificationsBefore, userID, math.MaxInt64); err != nil {
			return err
		}
		_, err := t.exec(deleteDevicesOfUser, userID)
		return err
	})
}
