package posts

import (
	"context"

	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/notifications"
	"github.com/dongbaejul/dongbaejul/internal/users"
)

// Writer finds the words of notifications about posts and comments. It implements notifications.Writer.
type Writer struct {
	Store Store
	Users *users.Service
}

// Kinds implements notifications.Writer.
func (Writer) Kinds() []notifications.Kind {
	return []notifications.Kind{notifications.KindNotice, notifications.KindComment, notifications.KindReply}
}

// Words implements notifications.Writer.
func (w Writer) Words(ctx context.Context, ns []notifications.Notification) ([]notifications.Words, error) {
	refs := make([]Ref, len(ns))
	for i, n := range ns {
		refs[i] = Ref{PostID: n.PostID, CommentID: n.CommentID}
	}
	excerpts, err := w.Store.PostExcerpts(ctx, refs)
	if err != nil {
		return nil, err
	}
	var authors []string
	for _, e := range excerpts {
		if e.CommentAuthorID != "" {
			authors = append(authors, e.CommentAuthorID)
		}
	}
	names, err := w.Users.Summaries(ctx, authors)
	if err != nil {
		return nil, err
	}
	words := make([]notifications.Words, len(ns))
	for i, n := range ns {
		words[i] = wordsOf(n.Kind, excerpts[refs[i]], users.Name(names[excerpts[refs[i]].CommentAuthorID]))
	}
	return words, nil
}

var (
	newComment = fault.Text{Ko: "새 댓글", En: "New comment"}
	newReply   = fault.Text{Ko: "새 답글", En: "New reply"}

	noticeDeleted  = fault.Text{Ko: "삭제된 공지입니다.", En: "This notice was deleted."}
	postDeleted    = fault.Text{Ko: "삭제된 게시글입니다.", En: "The post was deleted."}
	commentDeleted = fault.Text{Ko: "삭제된 댓글입니다.", En: "The comment was deleted."}
)

// wordsOf returns what a notification says of a post or of a comment by author.
func wordsOf(kind notifications.Kind, e Excerpt, author fault.Text) notifications.Words {
	if kind == notifications.KindNotice {
		if !e.Post {
			return notifications.Words{Title: noticeDeleted, Gone: true}
		}
		return notifications.Words{
			Title: fault.Text{Ko: "[공지] " + e.Title, En: "[Notice] " + e.Title}, Body: fault.Text{Ko: e.Content, En: e.Content},
		}
	}
	title := newComment
	if kind == notifications.KindReply {
		title = newReply
	}
	if !e.Post {
		return notifications.Words{Title: title, Body: postDeleted, Gone: true}
	}
	title = fault.Text{Ko: title.Ko + " · " + e.Title, En: title.En + " · " + e.Title}
	if e.CommentAuthorID == "" {
		return notifications.Words{Title: title, Body: commentDeleted, Gone: true}
	}
	return notifications.Words{Title: title, Body: fault.Text{Ko: author.Ko + ": " + e.Comment, En: author.En + ": " + e.Comment}}
}
