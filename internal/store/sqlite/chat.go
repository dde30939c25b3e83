package sqlite

import (
	"context"
	"database/sql"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/chat"
)

const (
	roomColumns = `r.id, r.name, r.type, r.created_by, r.created_at, r.request_hash, r.last_seq`

	roomByID query = `SELECT ` + roomColumns + ` FROM rooms r WHERE r.id = ?`
	lastSeq  query = `SELECT last_seq FROM rooms WHERE id = ?`

	// unread counts what member p has to read in room r, as chat.NewUnread takes it.
	unread = `(SELECT count(*) FROM (SELECT 1 FROM room_log u WHERE u.room_id = r.id AND u.seq > p.read_seq
		AND u.seq <= min(r.last_message_seq, p.read_seq + 2000) AND u.kind = 'message' AND u.deleted_at IS NULL
		AND u.actor <> p.user_id LIMIT 1001))`
	summaryColumns = roomColumns + `, p.read_seq, ` + unread + `, ` + messageColumns
	// lastMessage is the last message m of room r, if member p may read it.
	lastMessage = `LEFT JOIN room_log m ON m.room_id = r.id AND m.seq = r.last_message_seq AND m.seq > p.sees_after`

	// roomsOfUser sorts the rooms of a user before it looks at what is in those of one page.
	roomsOfUser query = `SELECT ` + summaryColumns + ` FROM (
			SELECT p.room_id, p.user_id, p.read_seq, p.sees_after FROM room_members p JOIN rooms r ON r.id = p.room_id
			WHERE p.user_id = ?1 AND p.has_left = 0
			AND (?2 = '' OR (r.active_at, r.id) < (SELECT active_at, id FROM rooms WHERE id = ?2))
			ORDER BY r.active_at DESC, r.id DESC LIMIT ?3
		) p JOIN rooms r ON r.id = p.room_id ` + lastMessage + ` ORDER BY r.active_at DESC, r.id DESC`
	roomOfUser query = `SELECT ` + summaryColumns + ` FROM room_members p JOIN rooms r ON r.id = p.room_id ` + lastMessage + `
		WHERE p.room_id = ? AND p.user_id = ? AND p.has_left = 0`
	headsOfUser query = `SELECT r.id, r.last_seq, p.joined_seq, p.sees_after FROM room_members p JOIN rooms r ON r.id = p.room_id
		WHERE p.user_id = ? AND p.has_left = 0`
	unreadOfMember query = `SELECT ` + unread + `, p.read_seq, r.last_seq FROM room_members p JOIN rooms r ON r.id = p.room_id
		WHERE p.room_id = ? AND p.user_id = ? AND p.has_left = 0`

	claimRequest query = `INSERT INTO room_requests (id, request_hash, at) VALUES (?, ?, ?) ON CONFLICT (id) DO NOTHING`
	claimedBy    query = `SELECT request_hash FROM room_requests WHERE id = ?`
	dropRequests query = `DELETE FROM room_requests WHERE at < ?`

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

// CreateRoom implements chat.Store.
func (s *Store) CreateRoom(ctx context.Context, r chat.Room, members []string) (kept chat.Room, created bool, err error) {
	first, err := idList(members)
	if err != nil {
		return chat.Room{}, false, err
	}
	err = s.write(ctx, func(t *tx) error {
		n, err := t.exec(insertRoom, r.ID, r.Name, r.Type, r.CreatedBy, toMicros(r.CreatedAt), r.RequestHash)
		if err != nil {
			return err
		}
		if created = n == 1; created {
			if _, err := t.exec(insertFirstMembers, r.ID, toMicros(r.CreatedAt), first); err != nil {
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

// Room implements chat.Store.
func (s *Store) Room(ctx context.Context, roomID string) (chat.Room, error) {
	return one(s.read(ctx), roomByID, scanRoom, roomID)
}

// Head implements chat.Store.
func (s *Store) Head(ctx context.Context, roomID string) (int64, error) {
	return one(s.read(ctx), lastSeq, scalar[int64], roomID)
}

// Heads implements chat.Store.
func (s *Store) Heads(ctx context.Context, userID string) (heads []chat.Head, missing []string, err error) {
	// First, so that a room that is made meanwhile with the user in it is not missed.
	if missing, err = list(s.read(ctx), globalRoomsWithout, scalar[string], userID); err != nil {
		return nil, nil, err
	}
	heads, err = list(s.read(ctx), headsOfUser, scanHead, userID)
	return heads, missing, err
}

func scanHead(rows *sql.Rows) (h chat.Head, err error) {
	err = rows.Scan(&h.RoomID, (*integer)(&h.LastSeq), (*integer)(&h.JoinedSeq), (*integer)(&h.SeesAfter))
	return h, err
}

// Rooms implements chat.Store.
func (s *Store) Rooms(ctx context.Context, userID, after string, limit int) (page []chat.Summary, more bool, err error) {
	if after != "" {
		if _, err := s.Member(ctx, after, userID); err != nil {
			return nil, false, err
		}
	}
	page, err = list(s.read(ctx), roomsOfUser, scanSummary, userID, after, limit+1)
	if more = len(page) > limit; more {
		page = page[:limit]
	}
	if err == nil {
		err = s.addMembers(ctx, page)
	}
	if err != nil {
		return nil, false, err
	}
	return page, more, nil
}

// Summary implements chat.Store.
func (s *Store) Summary(ctx context.Context, roomID, userID string) (chat.Summary, error) {
	sum, err := one(s.read(ctx), roomOfUser, scanSummary, roomID, userID)
	if err == nil {
		sum.Members, err = s.Members(ctx, roomID)
	}
	return sum, err
}

// addMembers completes summaries.
func (s *Store) addMembers(ctx context.Context, page []chat.Summary) error {
	if len(page) == 0 {
		return nil
	}
	at := make(map[string]int, len(page))
	rooms := make([]string, len(page))
	for i, sum := range page {
		at[sum.Room.ID], rooms[i] = i, sum.Room.ID
	}
	ids, err := idList(rooms)
	if err != nil {
		return err
	}
	members, err := list(s.read(ctx), membersOfRooms, scanMember, ids)
	for _, m := range members {
		sum := &page[at[m.RoomID]]
		sum.Members = append(sum.Members, m)
	}
	return err
}

func scanSummary(rows *sql.Rows) (sum chat.Summary, err error) {
	var last chat.Entry
	var unread int
	fields := append(roomFields(&sum.Room), (*integer)(&sum.ReadSeq), &unread)
	err = rows.Scan(append(fields, messageFields(&last)...)...)
	if last.ID != "" {
		last.RoomID, last.Kind = sum.Room.ID, chat.KindMessage
		sum.Last = &last
	}
	sum.Unread = chat.NewUnread(unread, sum.ReadSeq, sum.Room.LastSeq)
	return sum, err
}

// Unread implements chat.Store.
func (s *Store) Unread(ctx context.Context, roomID, userID string) (chat.Unread, error) {
	return one(s.read(ctx), unreadOfMember, scanUnread, roomID, userID)
}

func scanUnread(rows *sql.Rows) (chat.Unread, error) {
	var count int
	var read, last int64
	err := rows.Scan(&count, (*integer)(&read), (*integer)(&last))
	return chat.NewUnread(count, read, last), err
}

// requestsKept is how long claims are kept.
const requestsKept = 48 * time.Hour

// Request implements chat.Store.
func (s *Store) Request(ctx context.Context, id string) (string, error) {
	return one(s.read(ctx), claimedBy, scalar[string], id)
}

// ClaimRequest implements chat.Store.
func (s *Store) ClaimRequest(ctx context.Context, id, hash string, at time.Time) (kept string, err error) {
	err = s.write(ctx, func(t *tx) error {
		if _, err := t.exec(dropRequests, toMicros(at.Add(-requestsKept))); err != nil {
			return err
		}
		if _, err := t.exec(claimRequest, id, hash, toMicros(at)); err != nil {
			return err
		}
		kept, err = one(t, claimedBy, scalar[string], id)
		return err
	})
	if err != nil {
		return "", err
	}
	return kept, nil
}
