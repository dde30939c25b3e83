package mongodb

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/dongbaejul/dongbaejul/internal/chat"
	"github.com/dongbaejul/dongbaejul/internal/posts"
)

// beginning is the first characters of a field.
func beginning(field string, characters int) bson.D {
	return bson.D{{Key: "$substrCP", Value: bson.A{bson.D{{Key: "$ifNull", Value: bson.A{field, ""}}}, 0, characters}}}
}

// PostExcerpts implements posts.Store.
func (s *Store) PostExcerpts(ctx context.Context, refs []posts.Ref) (_ map[posts.Ref]posts.Excerpt, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	postIDs, commentIDs := []string{}, []string{}
	for _, r := range refs {
		postIDs = append(postIDs, r.PostID)
		if r.CommentID != "" {
			commentIDs = append(commentIDs, r.CommentID)
		}
	}
	found := make(map[posts.Ref]posts.Excerpt, len(refs))
	if len(refs) == 0 {
		return found, nil
	}
	parts, err := aggregate[excerptPart](ctx, s.posts.Collection, with(as("post", beginnings(postIDs, there)...),
		"comments", as("comment", beginnings(commentIDs, bson.E{Key: "deleted_at", Value: int64(0)})...)))
	if err != nil {
		return nil, err
	}
	written, comments := make(map[string]*beginningDoc), make(map[string]*beginningDoc)
	for _, part := range parts {
		switch {
		case part.Post != nil:
			written[part.Post.ID] = part.Post
		case part.Comment != nil:
			comments[part.Comment.ID] = part.Comment
		}
	}
	for _, r := range refs {
		p, ok := written[r.PostID]
		if !ok {
			continue
		}
		e := posts.Excerpt{Post: true, Title: p.Title}
		if r.CommentID == "" {
			e.Content = p.Content
		} else if c, ok := comments[r.CommentID]; ok && c.PostID == r.PostID {
			e.CommentAuthorID, e.Comment = c.Author, c.Content
		}
		found[r] = e
	}
	return found, nil
}

// beginningDoc is the beginning of a post or of a comment.
type beginningDoc struct {
	ID      string `bson:"_id"`
	PostID  string `bson:"post_id"`
	Title   string `bson:"title"`
	Content string `bson:"content"`
	Author  string `bson:"author"`
}

// excerptPart is the beginning of either.
type excerptPart struct {
	Post    *beginningDoc `bson:"post"`
	Comment *beginningDoc `bson:"comment"`
}

// beginnings are the stages that read the beginnings of those of ids that alive lets through.
func beginnings(ids []string, alive bson.E) []bson.D {
	return []bson.D{match(append(anyID(ids), alive)), {{Key: "$project", Value: bson.D{
		{Key: "post_id", Value: 1}, {Key: "title", Value: 1}, {Key: "author", Value: 1}, {Key: "content", Value: beginning("$content", posts.MaxExcerpt)},
	}}}}
}

// MessageExcerpts implements chat.Store.
func (s *Store) MessageExcerpts(ctx context.Context, refs []chat.ExcerptRef) (_ map[chat.ExcerptRef]chat.Excerpt, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	if len(refs) == 0 {
		return nil, nil
	}
	seen := make(map[string]bool)
	var roomIDs, memberKeys, messageIDs []string
	add := func(ids *[]string, key, id string) {
		if !seen[key+id] {
			seen[key+id] = true
			*ids = append(*ids, id)
		}
	}
	for _, r := range refs {
		add(&roomIDs, "room ", r.RoomID)
		add(&memberKeys, "member ", memberKey(r.RoomID, r.UserID))
		add(&messageIDs, "message ", r.MessageID)
	}
	if err := s.settleRooms(ctx, roomIDs); err != nil {
		return nil, err
	}
	in, err := s.chat.members.some(ctx, memberKeys)
	if err != nil {
		return nil, err
	}
	rooms, err := s.chat.rooms.some(ctx, roomIDs)
	if err != nil {
		return nil, err
	}
	messages, err := list[entryDoc](ctx, s.chat.log, append(anyID(messageIDs), append(isMessage(), bson.E{Key: "deleted_at", Value: int64(0)})...),
		options.Find().SetProjection(bson.D{
			{Key: "room_id", Value: 1}, {Key: "seq", Value: 1}, {Key: "actor", Value: 1}, {Key: "content", Value: beginning("$content", chat.MaxExcerpt)},
		}))
	if err != nil {
		return nil, err
	}
	return excerptsOf(refs, in, rooms, messages), nil
}

// excerptsOf puts together what refs ask for.
func excerptsOf(refs []chat.ExcerptRef, in []memberDoc, rooms []roomDoc, messages []entryDoc) map[chat.ExcerptRef]chat.Excerpt {
	memberships, named, said := make(map[string]memberDoc), make(map[string]roomDoc), make(map[string]entryDoc)
	for _, m := range in {
		if !m.HasLeft {
			memberships[m.ID] = m
		}
	}
	for _, r := range rooms {
		if !r.Draft {
			named[r.ID] = r
		}
	}
	for _, m := range messages {
		said[m.ID] = m
	}
	found := make(map[chat.ExcerptRef]chat.Excerpt, len(refs))
	for _, r := range refs {
		member, isMember := memberships[memberKey(r.RoomID, r.UserID)]
		room, ok := named[r.RoomID]
		if !isMember || !ok {
			continue
		}
		var e chat.Excerpt
		e.Room.Name, e.Room.Type = room.Name, chat.RoomType(room.Type)
		if m, ok := said[r.MessageID]; ok && m.RoomID == r.RoomID && m.Seq > member.SeesAfter {
			e.Actor, e.Content = m.Actor, m.Content
		}
		found[r] = e
	}
	return found
}
