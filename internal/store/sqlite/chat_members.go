package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/chat"
)

const (
	selectMember = `SELECT room_id, user_id, joined_at, joined_seq, sees_after, read_seq, has_left FROM room_members `

	memberByID    query = selectMember + `WHERE room_id = ? AND user_id = ? AND has_left = 0`
	membersOfRoom query = selectMember + `WHERE room_id = ? AND has_left = 0 ORDER BY joined_at, user_id`
	someOfRoom    query = `SELECT user_id FROM room_members WHERE room_id = ? AND has_left = 0 LIMIT ?`
	// membersOfRooms are given in the order of membersOfRoom within each room.
	membersOfRooms query = selectMember + `WHERE room_id IN (SELECT value FROM json_each(?)) AND has_left = 0
		ORDER BY joined_at, user_id`
	// everybodyOfRoom are also those who have been in it.
	everybodyOfRoom query = selectMember + `WHERE room_id = ?`

	globalRoomsWithout query = `SELECT id FROM rooms r WHERE type = 'global' AND NOT EXISTS (
		SELECT 1 FROM room_members m WHERE m.room_id = r.id AND m.user_id = ? AND m.has_left = 0)`
	enrol query = `INSERT INTO room_members (room_id, user_id, joined_at, joined_seq, sees_after, read_seq, has_left)
		SELECT id, ?1, ?2, last_seq, 0, last_seq, 0 FROM rooms WHERE type = 'global'
		ON CONFLICT (room_id, user_id) DO UPDATE SET (joined_at, joined_seq, sees_after, read_seq, has_left)
		= (excluded.joined_at, excluded.joined_seq, excluded.sees_after, excluded.read_seq, 0)
		WHERE has_left <> 0
		RETURNING room_id`
	putMember query = `INSERT INTO room_members (room_id, user_id, joined_at, joined_seq, sees_after, read_seq, has_left)
		VALUES (?1, ?2, ?3, ?4, ?4, ?4, 0)
		ON CONFLICT (room_id, user_id) DO UPDATE SET (joined_at, joined_seq, sees_after, read_seq, has_left)
		= (excluded.joined_at, excluded.joined_seq, excluded.sees_after, excluded.read_seq, 0)`
	hiddenFromSome query = `SELECT EXISTS (SELECT 1 FROM room_members WHERE room_id = ? AND has_left = 0 AND sees_after > 0 AND sees_after >= ?)`
	removeMember   query = `UPDATE room_members SET has_left = ? WHERE room_id = ? AND user_id = ? AND has_left = 0`
	markRead       query = `UPDATE room_members SET read_seq = ? WHERE room_id = ? AND user_id = ?`
	readSeqs       query = `SELECT m.read_seq, r.last_seq FROM room_members m JOIN rooms r ON r.id = m.room_id
		WHERE m.room_id = ? AND m.user_id = ? AND m.has_left = 0`
)

func scanMember(rows *sql.Rows) (m chat.Member, err error) {
	var departure int
	err = rows.Scan(&m.RoomID, &m.UserID, (*instant)(&m.JoinedAt), (*integer)(&m.JoinedSeq), (*integer)(&m.SeesAfter),
		(*integer)(&m.ReadSeq), &departure)
	m.Departure = departures[departure]
	return m, err
}

// departures are the values of has_left.
var departures = [...]chat.Departure{0: "", 1: chat.Left, 2: chat.Removed}

// Member implements chat.Store.
func (s *Store) Member(ctx context.Context, roomID, userID string) (chat.Member, error) {
	return one(s.read(ctx), memberByID, scanMember, roomID, userID)
}

// Members implements chat.Store.
func (s *Store) Members(ctx context.Context, roomID string) ([]chat.Member, error) {
	return list(s.read(ctx), membersOfRoom, scanMember, roomID)
}

// AllMembers implements chat.Store.
func (s *Store) AllMembers(ctx context.Context, roomID string) ([]chat.Member, error) {
	return list(s.read(ctx), everybodyOfRoom, scanMember, roomID)
}

// SomeMembers implements chat.Store.
func (s *Store) SomeMembers(ctx context.Context, roomID string, limit int) ([]string, error) {
	return list(s.read(ctx), someOfRoom, scalar[string], roomID, limit)
}

// EnsureGlobalMembership implements chat.Store. Callers ask often and it seldom changes anything, so it looks before it writes.
func (s *Store) EnsureGlobalMembership(ctx context.Context, userID string) (rooms []string, err error) {
	missing, err := list(s.read(ctx), globalRoomsWithout, scalar[string], userID)
	if err != nil || len(missing) == 0 {
		return nil, err
	}
	err = s.write(ctx, func(t *tx) (err error) {
		rooms, err = list(t, enrol, scalar[string], userID, toMicros(time.Now()))
		return err
	})
	if err != nil {
		return nil, err
	}
	return rooms, nil
}

// Join implements chat.Store.
func (s *Store) Join(ctx context.Context, roomID string, es []chat.Entry, admit func([]chat.Member) error) (added []chat.Entry, err error) {
	err = s.write(ctx, func(t *tx) error {
		added = nil
		if _, err := one(t, lastSeq, scalar[int64], roomID); err != nil {
			return err
		}
		if admit != nil {
			all, err := list(t, everybodyOfRoom, scanMember, roomID)
			if err != nil {
				return err
			}
			if err := admit(all); err != nil {
				return err
			}
		}
		added = nil
		for _, e := range es {
			e.RoomID = roomID
			entry, came, err := t.join(e)
			if err != nil {
				return err
			}
			if came {
				added = append(added, entry)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return added, nil
}

// join adds one member and their entry, unless they are in the room.
func (t *tx) join(e chat.Entry) (entry chat.Entry, came bool, err error) {
	if _, err := one(t, memberByID, scanMember, e.RoomID, e.User); !errors.Is(err, errNotFound) {
		return chat.Entry{}, false, err
	}
	e.Kind = chat.KindJoined
	if entry, err = t.note(e); err != nil {
		return chat.Entry{}, false, err
	}
	_, err = t.exec(putMember, e.RoomID, e.User, toMicros(entry.At), entry.Seq-1)
	return entry, true, err
}

// Leave implements chat.Store.
func (s *Store) Leave(ctx context.Context, e chat.Entry) (entry chat.Entry, err error) {
	err = s.write(ctx, func(t *tx) error {
		departure := chat.Left
		if e.Actor != e.User {
			departure = chat.Removed
		}
		n, err := t.exec(removeMember, slices.Index(departures[:], departure), e.RoomID, e.User)
		if err != nil {
			return err
		}
		if n == 0 {
			return errNotFound
		}
		e.Kind = chat.KindLeft
		entry, err = t.note(e)
		return err
	})
	if err != nil {
		return chat.Entry{}, err
	}
	return entry, nil
}

// position is how far a member has read a log that goes up to last.
type position struct{ read, last int64 }

func scanPosition(rows *sql.Rows) (p position, err error) {
	err = rows.Scan((*integer)(&p.read), (*integer)(&p.last))
	return p, err
}

// MarkRead implements chat.Store. Most calls find that the position is there already, so it looks before it writes.
func (s *Store) MarkRead(ctx context.Context, roomID, userID string, seq int64) (readSeq int64, moved bool, err error) {
	p, err := one(s.read(ctx), readSeqs, scanPosition, roomID, userID)
	if err != nil {
		return 0, false, err
	}
	if min(seq, p.last) <= p.read {
		return p.read, false, nil
	}
	err = s.write(ctx, func(t *tx) error {
		p, err := one(t, readSeqs, scanPosition, roomID, userID)
		if err != nil {
			return err
		}
		readSeq = max(p.read, min(seq, p.last))
		if moved = readSeq > p.read; moved {
			_, err = t.exec(markRead, readSeq, roomID, userID)
		}
		return err
	})
	if err != nil {
		return 0, false, err
	}
	return readSeq, moved, nil
}
