package chat

import (
	"context"
	"strings"

	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/graphemes"
	"github.com/dongbaejul/dongbaejul/internal/notifications"
	"github.com/dongbaejul/dongbaejul/internal/text"
	"github.com/dongbaejul/dongbaejul/internal/users"
)

// Excerpt is a message as a member of its room may see it now.
type Excerpt struct {
	// Room is zero for a user who is not in the room.
	Room struct {
		Name string
		Type RoomType
	}
	// Actor is who sent the message; empty where the user may not see it, since it is deleted or from before they joined.
	Actor string
	// Content is up to MaxExcerpt characters.
	Content string
}

// ExcerptRef names a message and the user who is to see it.
type ExcerptRef struct{ RoomID, MessageID, UserID string }

// MaxExcerpt is how many code points of a message an Excerpt holds at most. The last may be a part of a character: it is there to
// tell.
const MaxExcerpt = 201

// Writer finds the words of notifications about messages. It implements notifications.Writer.
type Writer struct {
	Store Store
	Users *users.Service
}

// Kinds implements notifications.Writer.
func (Writer) Kinds() []notifications.Kind {
	return []notifications.Kind{notifications.KindMention, notifications.KindChatMessage}
}

// Words implements notifications.Writer.
func (w Writer) Words(ctx context.Context, ns []notifications.Notification) ([]notifications.Words, error) {
	refs := make([]ExcerptRef, len(ns))
	for i, n := range ns {
		refs[i] = ExcerptRef{RoomID: n.RoomID, MessageID: n.MessageID, UserID: n.UserID}
	}
	excerpts, err := w.Store.MessageExcerpts(ctx, refs)
	if err != nil {
		return nil, err
	}
	senders := make([]string, len(ns))
	for i, n := range ns {
		// Who sent a message that is deleted is known from the notification alone.
		if senders[i] = n.ActorID; senders[i] == "" {
			senders[i] = excerpts[refs[i]].Actor
		}
	}
	names, err := w.Users.Summaries(ctx, senders)
	if err != nil {
		return nil, err
	}
	words := make([]notifications.Words, len(ns))
	for i, n := range ns {
		words[i] = wordsOf(n.Kind, excerpts[refs[i]], users.Name(names[senders[i]]))
	}
	return words, nil
}

var (
	roomLeft       = fault.Text{Ko: "나간 채팅방의 메시지입니다.", En: "A message in a room you have left."}
	messageDeleted = fault.Text{Ko: "삭제된 메시지입니다.", En: "The message was deleted."}
	pictures       = fault.Text{Ko: "사진을 보냈습니다.", En: "Sent a photo."}
)

// wordsOf returns what a notification says of a message by sender: its title is the room's name, and in a room of two the
// other's.
func wordsOf(kind notifications.Kind, e Excerpt, sender fault.Text) notifications.Words {
	if e.Room.Type == "" {
		return notifications.Words{Title: fault.Text{Ko: "채팅", En: "Chat"}, Body: roomLeft, Gone: true}
	}
	title := fault.Text{Ko: e.Room.Name, En: e.Room.Name}
	if e.Room.Type == Private {
		title = sender
	}
	if e.Actor == "" {
		return notifications.Words{Title: title, Body: messageDeleted, Gone: true}
	}
	body := preview(e.Content)
	switch {
	case kind == notifications.KindMention:
		body = fault.Text{Ko: sender.Ko + "님이 회원님을 언급했습니다: " + body.Ko, En: sender.En + " mentioned you: " + body.En}
	case e.Room.Type != Private:
		body = fault.Text{Ko: sender.Ko + ": " + body.Ko, En: sender.En + ": " + body.En}
	}
	return notifications.Words{Title: title, Body: body}
}

const maxPreview = 100

// preview is the beginning of a message in one line.
func preview(content string) fault.Text {
	content, more := graphemes.Cut(content, MaxExcerpt-1)
	line := strings.Join(strings.Fields(text.StripBidi(content)), " ")
	switch {
	case line == "":
		return pictures
	case more:
		line += "…"
	}
	line = graphemes.Shorten(line, maxPreview)
	return fault.Text{Ko: line, En: line}
}
