package sqlite

import (
	"context"
	"database/sql"

	"github.com/dongbaejul/dongbaejul/internal/chat"
	"github.com/dongbaejul/dongbaejul/internal/posts"
)

const (
	// The lengths are posts.MaxExcerpt and chat.MaxExcerpt.
	postExcerpts query = `SELECT value ->> 0, value ->> 1, p.title,
		CASE WHEN value ->> 1 = '' THEN substr(p.content, 1, 1001) ELSE '' END, c.author, substr(c.content, 1, 1001)
		FROM json_each(?) JOIN posts p ON p.id = value ->> 0
		LEFT JOIN comments c ON c.id = value ->> 1 AND c.post = p.n AND c.deleted_at = 0`
	messageExcerpts query = `SELECT value ->> 0, value ->> 1, value ->> 2, r.name, r.type, m.actor, substr(m.content, 1, 201)
		FROM json_each(?) JOIN room_members p ON p.room_id = value ->> 0 AND p.user_id = value ->> 2 AND p.has_left = 0
		JOIN rooms r ON r.id = p.room_id
		LEFT JOIN room_log m ON m.id = value ->> 1 AND m.room_id = p.room_id AND m.kind = 'message' AND m.deleted_at IS NULL
		AND m.seq > p.sees_after`
)

// PostExcerpts implements posts.Store.
func (s *Store) PostExcerpts(ctx context.Context, refs []posts.Ref) (map[posts.Ref]posts.Excerpt, error) {
	args := make([][2]string, len(refs))
	for i, r := range refs {
		args[i] = [2]string{r.PostID, r.CommentID}
	}
	return excerpts(s, ctx, postExcerpts, args, func(rows *sql.Rows) (r posts.Ref, e posts.Excerpt, err error) {
		e.Post = true
		err = rows.Scan(&r.PostID, &r.CommentID, &e.Title, &e.Content, (*text)(&e.CommentAuthorID), (*text)(&e.Comment))
		return r, e, err
	})
}

// MessageExcerpts implements chat.Store.
func (s *Store) MessageExcerpts(ctx context.Context, refs []chat.ExcerptRef) (map[chat.ExcerptRef]chat.Excerpt, error) {
	args := make([][3]string, len(refs))
	for i, r := range refs {
		args[i] = [3]string{r.RoomID, r.MessageID, r.UserID}
	}
	return excerpts(s, ctx, messageExcerpts, args, func(rows *sql.Rows) (r chat.ExcerptRef, e chat.Excerpt, err error) {
		err = rows.Scan(&r.RoomID, &r.MessageID, &r.UserID, &e.Room.Name, (*text)(&e.Room.Type), (*text)(&e.Actor), (*text)(&e.Content))
		return r, e, err
	})
}

// excerpts runs q, which returns refs with their excerpts, on args.
func excerpts[R comparable, E, A any](s *Store, ctx context.Context, q query, args []A, scan func(*sql.Rows) (R, E, error)) (map[R]E, error) {
	asked, err := toJSON(args)
	if err != nil {
		return nil, err
	}
	found := make(map[R]E, len(args))
	err = s.read(ctx).each(q, func(rows *sql.Rows) error {
		r, e, err := scan(rows)
		found[r] = e
		return err
	}, asked)
	if err != nil {
		return nil, err
	}
	return found, nil
}
