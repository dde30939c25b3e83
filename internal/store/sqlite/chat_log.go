package sqlite

import (
	"context"
	"database/sql"
	"math"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/chat"
)

const (
	// messageColumns are what a message m has, in the order of messageFields.
	messageColumns = `m.seq, m.id, m.actor, m.at, m.temp_id, m.content, m.attachments, m.reply_to, m.edited_at, m.deleted_at`

	messagesBefore query = `SELECT ` + messageColumns + ` FROM room_log m
		WHERE m.room_id = ?1 AND m.seq > ?2 AND m.seq < ?3 AND m.kind = 'message' ORDER BY m.seq DESC LIMIT ?4`
	messagesAfter query = `SELECT ` + messageColumns + ` FROM room_log m
		WHERE m.room_id = ?1 AND m.seq > max(?2, ?3) AND m.kind = 'message' ORDER BY m.seq LIMIT ?4`
	messageByID query = `SELECT ` + messageColumns + ` FROM room_log m
		WHERE m.room_id = ? AND m.id = ? AND m.kind = 'message'`
	messageByTempID query = `SELECT ` + messageColumns + ` FROM room_log m
		WHERE m.room_id = ? AND m.actor = ? AND m.temp_id = ? AND m.kind = 'message'`

	// logAfter reads entries e, each with the message m that it is about.
	logAfter query = `SELECT e.seq, e.id, e.actor, e.at, e.temp_id, e.content, e.attachments, e.reply_to, e.edited_at,
		e.deleted_at, e.kind, e.target, e.user_id, ` + messageColumns + `
		FROM room_log e LEFT JOIN room_log m ON m.id = e.target
		WHERE e.room_id = ? AND e.seq > ? ORDER BY e.seq LIMIT ?`

	untoldMessages query = `SELECT m.room_id, ` + messageColumns + ` FROM rooms r INDEXED BY rooms_untold
		JOIN room_log m ON m.room_id = r.id AND m.seq > r.told_seq AND m.kind = 'message'
		WHERE r.last_message_seq > r.told_seq AND r.id > ? ORDER BY r.id, m.seq LIMIT ?`
	setMessagesTold query = `UPDATE rooms SET told_seq = ?2 WHERE id = ?1 AND told_seq < ?2`

	// insertMessage numbers the message, at the time of the entry before it at the earliest; a temp_id that is there already makes
	// it do nothing, so that no number is lost.
	insertMessage query = `INSERT INTO room_log (room_id, seq, kind, id, actor, at, temp_id, content, attachments, reply_to,
		edited_at, deleted_at)
		SELECT id, last_seq + 1, 'message', ?2, ?3,
			max(?4, coalesce((SELECT l.at FROM room_log l WHERE l.room_id = ?1 AND l.seq = last_seq), ?4)), ?5, ?6, nullif(?7, ''), nullif(?8, ''), nullif(?9, 0), nullif(?10, 0)
		FROM rooms WHERE id = ?1
		ON CONFLICT (room_id, actor, temp_id) WHERE kind = 'message' DO NOTHING
		RETURNING seq, at`
	countMessage query = `UPDATE rooms SET (last_seq, last_message_seq, active_at) = (?2, ?2, ?3) WHERE id = ?1`

	nextSeq query = `UPDATE rooms SET last_seq = last_seq + 1 WHERE id = ? RETURNING last_seq`
	// insertEntry adds an entry at the time of the one before it at the earliest.
	insertEntry query = `INSERT INTO room_log (room_id, seq, kind, id, actor, at, target, user_id)
		VALUES (?1, ?2, ?3, ?4, ?5, max(?6, coalesce((SELECT l.at FROM room_log l WHERE l.room_id = ?1 AND l.seq = ?2 - 1), ?6)),
		nullif(?7, ''), nullif(?8, ''))
		RETURNING seq, at`
	updateMessage query = `UPDATE room_log
		SET (content, attachments, edited_at, deleted_at) = (?3, nullif(?4, ''), nullif(?5, 0), nullif(?6, 0))
		WHERE room_id = ?1 AND seq = ?2`
)

// messageFields are where messageColumns are scanned to.
func messageFields(e *chat.Entry) []any {
	return []any{
		(*integer)(&e.Seq), (*text)(&e.ID), (*text)(&e.Actor), (*instant)(&e.At), (*text)(&e.TempID), (*text)(&e.Content),
		document{&e.Attachments}, (*text)(&e.ReplyTo), (*instant)(&e.EditedAt), (*instant)(&e.DeletedAt),
	}
}

// messageOf makes a scan of messages of a room, which reuses what one row needs for the next.
func messageOf(roomID string) func(*sql.Rows) (chat.Entry, error) {
	var e chat.Entry
	fields := messageFields(&e)
	return func(rows *sql.Rows) (chat.Entry, error) {
		e = chat.Entry{RoomID: roomID, Kind: chat.KindMessage}
		err := rows.Scan(fields...)
		return e, err
	}
}

// logPlace is where an entry has come into a log.
type logPlace struct {
	seq int64
	at  time.Time
}

func scanPlace(rows *sql.Rows) (p logPlace, err error) {
	err = rows.Scan((*integer)(&p.seq), (*instant)(&p.at))
	return p, err
}

// attachments are the column of that name.
func attachments(e chat.Entry) (string, error) {
	if len(e.Attachments) == 0 {
		return "", nil
	}
	return toJSON(e.Attachments)
}

// storedMessage is e as it comes back from the store.
func storedMessage(e chat.Entry) chat.Entry {
	e.Kind, e.Target, e.User = chat.KindMessage, "", ""
	e.At, e.EditedAt, e.DeletedAt = stored(e.At), stored(e.EditedAt), stored(e.DeletedAt)
	if len(e.Attachments) == 0 {
		e.Attachments = nil
	}
	return e
}

// Append implements chat.Store.
func (s *Store) Append(ctx context.Context, e chat.Entry) (kept chat.Entry, added bool, err error) {
	files, err := attachments(e)
	if err != nil {
		return chat.Entry{}, false, err
	}
	err = s.write(ctx, func(t *tx) error {
		added = false
		places, err := list(t, insertMessage, scanPlace, e.RoomID, e.ID, e.Actor, toMicros(e.At), e.TempID, e.Content, files,
			e.ReplyTo, toMicros(e.EditedAt), toMicros(e.DeletedAt))
		switch {
		case isDuplicate(err):
			return errExists
		case err != nil:
			return err
		case len(places) == 0:
			// The room has this temp_id already, or there is no room.
			kept, err = one(t, messageByTempID, messageOf(e.RoomID), e.RoomID, e.Actor, e.TempID)
			return err
		}
		kept, added = storedMessage(e), true
		kept.Seq, kept.At = places[0].seq, places[0].at
		_, err = t.exec(countMessage, e.RoomID, kept.Seq, toMicros(kept.At))
		return err
	})
	if err != nil {
		return chat.Entry{}, false, err
	}
	return kept, added, nil
}

// note adds an entry that is no message to its room's log; errNotFound where there is no room.
func (t *tx) note(e chat.Entry) (chat.Entry, error) {
	e = chat.Entry{
		RoomID: e.RoomID, ID: e.ID, Kind: e.Kind, Actor: e.Actor, At: stored(e.At), Target: e.Target, User: e.User,
	}
	var err error
	if e.Seq, err = one(t, nextSeq, scalar[int64], e.RoomID); err != nil {
		return chat.Entry{}, err
	}
	p, err := one(t, insertEntry, scanPlace, e.RoomID, e.Seq, e.Kind, e.ID, e.Actor, toMicros(e.At), e.Target, e.User)
	if isDuplicate(err) {
		return chat.Entry{}, errExists
	}
	e.At = p.at
	return e, err
}

// Amend implements chat.Store.
func (s *Store) Amend(ctx context.Context, e chat.Entry, f func(*chat.Entry) error) (done chat.Amended, err error) {
	err = s.write(ctx, func(t *tx) error {
		before, err := one(t, messageByID, messageOf(e.RoomID), e.RoomID, e.Target)
		if err != nil {
			return err
		}
		m := before
		if err := f(&m); err != nil {
			return err
		}
		message := before
		message.Content, message.Attachments, message.EditedAt, message.DeletedAt = m.Content, m.Attachments, m.EditedAt, m.DeletedAt
		message = storedMessage(message)
		files, err := attachments(message)
		if err != nil {
			return err
		}
		_, err = t.exec(updateMessage, message.RoomID, message.Seq, message.Content, files,
			toMicros(message.EditedAt), toMicros(message.DeletedAt))
		if err != nil {
			return err
		}
		done.Message = message
		if done.Hidden, err = one(t, hiddenFromSome, scalar[bool], message.RoomID, message.Seq); err != nil {
			return err
		}
		done.Entry, err = t.note(e)
		return err
	})
	if err != nil {
		return chat.Amended{}, err
	}
	return done, nil
}

// logRow is an entry with the message it is about, which has no ID where it is about none.
type logRow struct{ entry, message chat.Entry }

// logRowOf makes a scan of a room's log, as messageOf does.
func logRowOf(roomID string) func(*sql.Rows) (logRow, error) {
	var r logRow
	fields := append(messageFields(&r.entry), (*text)(&r.entry.Kind), (*text)(&r.entry.Target), (*text)(&r.entry.User))
	fields = append(fields, messageFields(&r.message)...)
	return func(rows *sql.Rows) (logRow, error) {
		r.entry, r.message = chat.Entry{RoomID: roomID}, chat.Entry{RoomID: roomID, Kind: chat.KindMessage}
		err := rows.Scan(fields...)
		return r, err
	}
}

// Log implements chat.Store.
func (s *Store) Log(ctx context.Context, roomID string, after int64, limit int) ([]chat.Entry, []*chat.Entry, error) {
	rows, err := list(s.read(ctx), logAfter, logRowOf(roomID), roomID, after, max(limit, 0))
	if err != nil || len(rows) == 0 {
		return nil, nil, err
	}
	entries, messages := make([]chat.Entry, len(rows)), make([]*chat.Entry, len(rows))
	for i := range rows {
		entries[i] = rows[i].entry
		if rows[i].message.ID != "" {
			messages[i] = &rows[i].message
		}
	}
	return entries, messages, nil
}

// Messages implements chat.Store.
func (s *Store) Messages(ctx context.Context, roomID string, r chat.Range) (page []chat.Entry, more bool, err error) {
	q, seq := messagesBefore, r.Before
	switch {
	case r.After > 0:
		q, seq = messagesAfter, r.After
	case r.Before <= 0:
		seq = math.MaxInt64
	}
	// One more than wanted shows whether there is more.
	page, err = list(s.read(ctx), q, messageOf(roomID), roomID, r.Above, seq, r.Limit+1)
	if err != nil || len(page) <= r.Limit {
		return page, false, err
	}
	return page[:r.Limit], true, nil
}

// Message implements chat.Store.
func (s *Store) Message(ctx context.Context, roomID, messageID string) (chat.Entry, error) {
	return one(s.read(ctx), messageByID, messageOf(roomID), roomID, messageID)
}

func scanRoomMessage(rows *sql.Rows) (chat.Entry, error) {
	e := chat.Entry{Kind: chat.KindMessage}
	err := rows.Scan(append([]any{&e.RoomID}, messageFields(&e)...)...)
	return e, err
}

// UntoldMessages implements chat.Store.
func (s *Store) UntoldMessages(ctx context.Context, afterRoom string, limit int) ([]chat.Entry, error) {
	return list(s.read(ctx), untoldMessages, scanRoomMessage, afterRoom, max(limit, 0))
}

// SetMessagesTold implements chat.Store.
func (s *Store) SetMessagesTold(ctx context.Context, roomID string, upTo int64) error {
	return s.write(ctx, func(t *tx) error {
		_, err := t.exec(setMessagesTold, roomID, upTo)
		return err
	})
}
