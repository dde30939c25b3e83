package posts

import (
	"reflect"
	"testing"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/notifications"
)

func TestCommentNotices(t *testing.T) {
	of := func(user string) *Comment { return &Comment{ID: "parent", AuthorID: user} }
	gone := of("kim")
	gone.DeletedAt = time.Unix(1, 0)
	comment := func(by, to string) notifications.Notice {
		return notifications.Notice{UserID: to, Key: "comment/c", Kind: notifications.KindComment,
			ActorID: by, PostID: "p", CommentID: "c"}
	}
	reply := func(by, to string) notifications.Notice {
		n := comment(by, to)
		n.Kind = notifications.KindReply
		return n
	}
	for _, tt := range []struct {
		name   string
		by     string
		parent *Comment
		want   []notifications.Notice
	}{
		{"a comment is the post's author's business", "lee", nil, []notifications.Notice{comment("lee", "park")}},
		{"not when it is their own", "park", nil, nil},
		{"a reply is two people's", "lee", of("kim"), []notifications.Notice{reply("lee", "kim"), comment("lee", "park")}},
		{"a reply to oneself is the post's author's", "lee", of("lee"), []notifications.Notice{comment("lee", "park")}},
		{"the post's author replies", "park", of("kim"), []notifications.Notice{reply("park", "kim")}},
		{"the post's author is answered once", "lee", of("park"), []notifications.Notice{reply("lee", "park")}},
		{"the post's author to themselves", "park", of("park"), nil},
		{"a deleted comment is nobody's", "lee", gone, []notifications.Notice{comment("lee", "park")}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := commentNotices(Post{ID: "p", Title: "정모", AuthorID: "park"},
				Comment{ID: "c", AuthorID: tt.by, Content: "갑니다"}, tt.parent)
			if !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got  %+v\nwant %+v", got, tt.want)
			}
		})
	}
}
