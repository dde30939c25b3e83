package sqlite

import (
	"context"
	"database/sql"

	"github.com/dongbaejul/dongbaejul/internal/chat"
)

const (
	roomColumns = `r.id, r.name, r.type, r.created_by, r.created_at, r.request_hash, r.last_seq`

	roomByID query = `SELECT ` + roomColumns + ` FROM rooms r WHERE r.id = ?`
	lastSeq  query = `SELECT last_seq FROM rooms WHERE id = ?`

	// unread counts what member p has to read in room r.
	unread = `(SELECT count(*) FROM room_log u WHERE u.room_id = r.id AND u.seq > p.read_seq AND u.seq <= r.last_message_seq
		AND u.kind = 'message' AND u.deleted_at IS NULL AND u.actor <> p.user_id)`
	roomsOfUser query = `SELECT ` + roomColumns + `, p.read_seq, ` + unread + `, ` + messageColumns + `
		FROM room_members p JOIN rooms r ON r.id = p.room_id
		LEFT JOIN room_log m ON m.room_id = r.id AND m.seq = r.last_message_seq
		WHERE p.user_id = ? AND p.has_left = 0 ORDER BY r.active_at DESC, r.id DESC`
	headsOfUser query = `SELECT r.id, r.last_seq, p.joined_seq FROM room_members p JOIN rooms r ON r.id = p.room_id
		WHERE p.user_id = ? AND p.has_left = 0`
	unreadOfMember query = `SELECT ` + unread + ` FROM room_members p JOIN rooms r ON r.id = p.room_id
		WHERE p.room_id = ? AND p.user_id = ? AND p.has_left = 0`

	insertRoom query = `INSERT INTO rooms (id, name, type, created_by, created_at, request_hash,
		last_seq, last_message_seq, active_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, 0, ?5) ON CONFLICT (id) DO NOTHING`
	insertFirstMembers query = `INSERT INTO room_members (room_id, user_id, joined_at, joined_seq, read_seq, has_left)
		SELECT ?1, value, ?2, 0, 0, 0 FROM json_each(?3) WHERE true ON CONFLICT (room_id, user_id) DO NOTHING`
)

// roomFields are where the columns of a room are scanned to.
func roomFields(r *chat.Room) []any {
	return []any{&r.ID, &r.Name, (*text)(&r.Type), &r.CreatedBy, (*instant)(&r.CreatedAt), &r.RequestHash, (*integer)(&r.LastSeq)}
}

func scanRoom(rows *sql.Rows) (r chat.Room, err error) {
	err = rows.Scan(roomFields(&r)...)
	return r, err
}

// CreateRoom is of chat.Store.
func (s *Store) CreateRoom(ctx context.Context, r chat.Room, members []string) (kept chat.Room, created bool, err error) {
	first, err := idList(members)
	if err != nil {
		return chat.Room{}, false, err
	}
	err = s.write(ctx, func(t *tx) error {
		n, err := t.exec(insertRoom, r.ID, r.Name, r.Type, r.CreatedBy, micros(r.CreatedAt), r.RequestHash)
		if err != nil {
			return err
		}
		if created = n == 1; created {
			if _, err := t.exec(insertFirstMembers, r.ID, micros(r.CreatedAt), first); err != nil {
				return err
			}
		}
		kept, err = one(t, roomByID, scanRoom, r.ID)
		return err
	})
	if err != nil {
		return chat.Room{}, false, err
	}
	return kept, created, nil
}

// Room is of chat.Store.
func (s *Store) Room(ctx context.Context, roomID string) (chat.Room, error) {
	return one(s.read(ctx), roomByID, scanRoom, roomID)
}

// Head is of chat.Store.
func (s *Store) Head(ctx context.Context, roomID string) (int64, error) {
	return one(s.read(ctx), lastSeq, scalar[int64], roomID)
}

// Heads is of chat.Store.
func (s *Store) Heads(ctx context.Context, userID string) ([]chat.Head, error) {
	return list(s.read(ctx), headsOfUser, scanHead, userID)
}

func scanHead(rows *sql.Rows) (h chat.Head, err error) {
	err = rows.Scan(&h.RoomID, (*integer)(&h.LastSeq), (*integer)(&h.JoinedSeq))
	return h, err
}

// Rooms is of chat.Store.
func (s *Store) Rooms(ctx context.Context, userID string) ([]chat.Summary, error) {
	return list(s.read(ctx), roomsOfUser, scanSummary, userID)
}

func scanSummary(rows *sql.Rows) (sum chat.Summary, err error) {
	var last chat.Entry
	fields := append(roomFields(&sum.Room), (*integer)(&sum.ReadSeq), &sum.Unread)
	err = rows.Scan(append(fields, messageFields(&last)...)...)
	if last.ID != "" {
		last.RoomID, last.Kind = sum.Room.ID, chat.KindMessage
		sum.Last = &last
	}
	return sum, err
}

// Unread is of chat.Store.
func (s *Store) Unread(ctx context.Context, roomID, userID string) (int, error) {
	return one(s.read(ctx), unreadOfMember, scalar[int], roomID, userID)
}
