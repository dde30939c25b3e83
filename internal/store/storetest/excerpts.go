package storetest

import (
	"strings"
	"testing"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/chat"
	"github.com/dongbaejul/dongbaejul/internal/posts"
	"github.com/dongbaejul/dongbaejul/internal/store"
)

var excerptCases = []testCase{
	{"PostExcerpts are of what is there now", func(t *testing.T, s store.Store) {
		long := post("long")
		long.Content = strings.Repeat("🏸", posts.MaxExcerpt+1)
		createPosts(t, s, post("p"), post("q"), post("gone"), long)
		talk := comment("talk", "long", "")
		talk.Content = long.Content
		createComments(t, s, comment("c", "p", ""), comment("deleted", "p", ""), comment("lost", "gone", ""), talk)
		_, err := s.UpdateComment(t.Context(), "deleted", deleteComment)
		must(t, err)
		must(t, s.DeletePost(t.Context(), "gone", "by"))
		_, err = s.UpdatePost(t.Context(), "q", func(p *posts.Post) error {
			p.Title, p.Content = "다른 제목", "다른 내용"
			return nil
		})
		must(t, err)
		got, err := s.PostExcerpts(t.Context(), []posts.Ref{
			{PostID: "p"}, {PostID: "p", CommentID: "c"}, {PostID: "p", CommentID: "c"}, {PostID: "p", CommentID: "deleted"},
			{PostID: "p", CommentID: "none"}, {PostID: "q"}, {PostID: "q", CommentID: "c"},
			{PostID: "gone"}, {PostID: "gone", CommentID: "lost"}, {PostID: "long"}, {PostID: "long", CommentID: "talk"}, {},
		})
		must(t, err)
		p, c := post("p"), comment("c", "p", "")
		want := map[posts.Ref]posts.Excerpt{
			{PostID: "p"}:                       {Post: true, Title: p.Title, Content: p.Content},
			{PostID: "p", CommentID: "c"}:       {Post: true, Title: p.Title, CommentAuthorID: c.AuthorID, Comment: c.Content},
			{PostID: "p", CommentID: "deleted"}: {Post: true, Title: p.Title},
			{PostID: "p", CommentID: "none"}:    {Post: true, Title: p.Title},
			{PostID: "q"}:                       {Post: true, Title: "다른 제목", Content: "다른 내용"},
			{PostID: "long"}:                    {Post: true, Title: long.Title, Content: long.Content[:4*posts.MaxExcerpt]},
			{PostID: "long", CommentID: "talk"}: {Post: true, Title: long.Title, CommentAuthorID: talk.AuthorID, Comment: long.Content[:4*posts.MaxExcerpt]},
			{PostID: "q", CommentID: "c"}:       {Post: true, Title: "다른 제목"},
		}
		equal(t, "the excerpts", got, want)
		got, err = s.PostExcerpts(t.Context(), nil)
		must(t, err)
		equal(t, "those of none", len(got), 0)
	}},
	{"MessageExcerpts are of what a member may see now", func(t *testing.T, s store.Store) {
		createRoom(t, s, "r", chat.Group, "kim", "lee", "choi")
		createRoom(t, s, "other", chat.Private, "kim", "lee")
		first := send(t, s, text("r", "kim", "1"))
		edited := send(t, s, text("r", "kim", "2"))
		deleted := send(t, s, text("r", "kim", "3"))
		long := text("other", "lee", "4")
		long.Content = strings.Repeat("가", chat.MaxExcerpt+1)
		long = send(t, s, long)
		_, err := s.Amend(t.Context(), change(edited, chat.KindEdited, "edit"), func(m *chat.Entry) error {
			m.Content = "다른 말"
			return nil
		})
		must(t, err)
		_, err = s.Amend(t.Context(), change(deleted, chat.KindDeleted, "delete"), erase)
		must(t, err)
		_, err = s.Leave(t.Context(), leaving("r", "lee", noon))
		must(t, err)
		_, err = s.Leave(t.Context(), leaving("r", "choi", noon))
		must(t, err)
		_, err = s.Join(t.Context(), "r", []chat.Entry{joining("r", "choi", noon.Add(time.Hour))}, nil)
		must(t, err)
		later := send(t, s, text("r", "kim", "5"))

		ref := func(m chat.Entry, userID string) chat.ExcerptRef {
			return chat.ExcerptRef{RoomID: m.RoomID, MessageID: m.ID, UserID: userID}
		}
		crossed := ref(first, "kim")
		crossed.RoomID = "other"
		got, err := s.MessageExcerpts(t.Context(), []chat.ExcerptRef{
			ref(first, "kim"), ref(edited, "kim"), ref(deleted, "kim"), ref(first, "lee"), ref(first, "choi"), ref(later, "choi"),
			ref(long, "kim"), ref(long, "stranger"), crossed, {RoomID: "none", MessageID: "none", UserID: "kim"},
		})
		must(t, err)
		excerpt := func(roomID string, kind chat.RoomType, actor, content string) (e chat.Excerpt) {
			e.Room.Name, e.Room.Type, e.Actor, e.Content = room(roomID, kind).Name, kind, actor, content
			return e
		}
		equal(t, "the excerpts", got, map[chat.ExcerptRef]chat.Excerpt{
			ref(first, "kim"):   excerpt("r", chat.Group, "kim", first.Content),
			ref(edited, "kim"):  excerpt("r", chat.Group, "kim", "다른 말"),
			ref(deleted, "kim"): excerpt("r", chat.Group, "", ""),
			// From before they came back.
			ref(first, "choi"): excerpt("r", chat.Group, "", ""),
			ref(later, "choi"): excerpt("r", chat.Group, "kim", later.Content),
			ref(long, "kim"):   excerpt("other", chat.Private, "lee", long.Content[:3*chat.MaxExcerpt]),
			crossed:            excerpt("other", chat.Private, "", ""),
		})
		got, err = s.MessageExcerpts(t.Context(), nil)
		must(t, err)
		equal(t, "those of none", len(got), 0)
	}},
}
