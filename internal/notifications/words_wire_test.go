package notifications_test

import (
	"errors"
	"strings"
	"testing"
	"time"
	"unicode"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/app/apptest"
)

// told returns what a member's notifications say, the oldest first, by the list and by a stream that resumes at the beginning.
func told(t *testing.T, m *apptest.Member) (list, stream []string) {
	t.Helper()
	res, err := m.Notifications.ListNotifications(t.Context(), &v1.ListNotificationsRequest{Limit: proto.Int32(100)})
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range res.GetNotifications() {
		list = append([]string{n.GetTitle() + " | " + n.GetBody()}, list...)
	}
	resumed := m.Subscribe(t, &v1.SubscribeRequest{NotificationSeq: proto.Int64(0)})
	defer resumed.Cut()
	for range res.GetNotifications() {
		n := resumed.Until(t, "a notification", func(e *v1.Event) bool { return e.GetNotification() != nil }).GetNotification()
		stream = append(stream, n.GetTitle()+" | "+n.GetBody())
	}
	return list, stream
}

// untilTold waits until a member has that many notifications.
func untilTold(t *testing.T, m *apptest.Member, want int) {
	t.Helper()
	live := m.Subscribe(t, &v1.SubscribeRequest{NotificationSeq: proto.Int64(0)})
	defer live.Cut()
	for range want {
		live.Until(t, "a notification", func(e *v1.Event) bool { return e.GetNotification() != nil })
	}
}

// TestNotificationsSayWhatIsThereNow edits and deletes everything that somebody was notified of.
func TestNotificationsSayWhatIsThereNow(t *testing.T) {
	s := apptest.Start(t)
	club := s.Club(t, 2, apptest.ConnectBinary)
	leader, member := club[0], club[1]
	ctx := t.Context()
	need := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	// Everything the member is notified of has a word that is gone in the end.
	notice, err := leader.Posts.CreatePost(ctx, &v1.CreatePostRequest{
		Title: "처음제목", Content: "처음내용", Category: v1.PostCategory_POST_CATEGORY_NOTICE,
	})
	need(err)
	deleted, err := leader.Posts.CreatePost(ctx, &v1.CreatePostRequest{
		Title: "지울제목", Content: "지울내용", Category: v1.PostCategory_POST_CATEGORY_NOTICE,
	})
	need(err)
	own, err := member.Posts.CreatePost(ctx, &v1.CreatePostRequest{Title: "질문", Content: "?", Category: v1.PostCategory_POST_CATEGORY_FREE})
	need(err)
	comment, err := leader.Posts.CreateComment(ctx, &v1.CreateCommentRequest{PostId: own.GetPost().GetId(), Content: "지울댓글"})
	need(err)
	edited, err := leader.Posts.CreateComment(ctx, &v1.CreateCommentRequest{PostId: own.GetPost().GetId(), Content: "처음댓글"})
	need(err)
	room := leader.Group(t, member)
	say := func(content string) string {
		t.Helper()
		m, err := leader.Chat.SendMessage(ctx, &v1.SendMessageRequest{RoomId: room.GetId(), TempId: content, Content: "@" + member.Name + " " + content})
		need(err)
		return m.GetMessage().GetId()
	}
	gone, changed := say("지울말"), say("처음말")
	game, err := leader.Games.CreateGame(ctx, &v1.CreateGameRequest{
		Title: "처음경기", GameDate: timestamppb.New(time.Now().Add(48 * time.Hour)), Duration: 60, MaxParticipants: 2,
		GameType: v1.GameType_GAME_TYPE_SINGLES,
	})
	need(err)
	_, err = member.Games.JoinGame(ctx, &v1.JoinGameRequest{GameId: game.GetGame().GetId()})
	need(err)
	_, err = leader.Games.UpdateGame(ctx, &v1.UpdateGameRequest{GameId: game.GetGame().GetId(), Duration: proto.Int32(90)})
	need(err)
	_, err = leader.Notifications.Broadcast(ctx, &v1.BroadcastRequest{Title: "모두에게", Body: "회장의 말"})
	need(err)
	untilTold(t, member, 8)

	before, _ := told(t, member)
	for _, word := range []string{
		"처음제목", "처음내용", "지울제목", "지울내용", "지울댓글", "처음댓글", "지울말", "처음말", "처음경기", "모두에게", "회장의 말", leader.Name,
	} {
		if !strings.Contains(strings.Join(before, "\n"), word) {
			t.Errorf("before, no notification says %q: %q", word, before)
		}
	}

	_, err = leader.Posts.UpdatePost(ctx, &v1.UpdatePostRequest{
		PostId: notice.GetPost().GetId(), Title: proto.String("나중제목"), Content: proto.String("나중내용"),
	})
	need(err)
	_, err = leader.Posts.DeletePost(ctx, &v1.DeletePostRequest{PostId: deleted.GetPost().GetId()})
	need(err)
	_, err = leader.Posts.DeleteComment(ctx, &v1.DeleteCommentRequest{PostId: own.GetPost().GetId(), CommentId: comment.GetComment().GetId()})
	need(err)
	_, err = leader.Posts.UpdateComment(ctx, &v1.UpdateCommentRequest{
		PostId: own.GetPost().GetId(), CommentId: edited.GetComment().GetId(), Content: "나중댓글",
	})
	need(err)
	_, err = leader.Chat.DeleteMessage(ctx, &v1.DeleteMessageRequest{RoomId: room.GetId(), MessageId: gone})
	need(err)
	_, err = leader.Chat.EditMessage(ctx, &v1.EditMessageRequest{RoomId: room.GetId(), MessageId: changed, Content: "나중말"})
	need(err)
	_, err = leader.Games.UpdateGame(ctx, &v1.UpdateGameRequest{GameId: game.GetGame().GetId(), Title: proto.String("나중경기")})
	need(err)
	_, err = leader.Users.UpdateProfile(ctx, &v1.UpdateProfileRequest{DisplayName: proto.String("나중이름")})
	need(err)
	untilTold(t, member, 9)

	after, resumed := told(t, member)
	for how, said := range map[string]string{"the list": strings.Join(after, "\n"), "a stream": strings.Join(resumed, "\n")} {
		for _, word := range []string{"나중제목", "나중내용", "나중댓글", "나중말", "나중경기", "나중이름", "모두에게", "회장의 말"} {
			if !strings.Contains(said, word) {
				t.Errorf("%s does not say %q:\n%s", how, word, said)
			}
		}
		for _, word := range []string{"처음", "지울", leader.Name} {
			if strings.Contains(said, word) {
				t.Errorf("%s still says %q:\n%s", how, word, said)
			}
		}
	}

}

func TestNotificationsAreReadInTheReadersLanguage(t *testing.T) {
	s := apptest.Start(t)
	club := s.Club(t, 2, apptest.ConnectBinary)
	post, err := club[1].Posts.CreatePost(t.Context(), &v1.CreatePostRequest{
		Title: "질문", Content: "?", Category: v1.PostCategory_POST_CATEGORY_FREE,
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := club[0].Posts.CreateComment(t.Context(), &v1.CreateCommentRequest{PostId: post.GetPost().GetId(), Content: "답"}); err != nil {
		t.Fatal(err)
	}
	for accept, want := range map[string]string{"": "새 댓글 · 질문", "ko": "새 댓글 · 질문", "en-US,en;q=0.9": "New comment · 질문"} {
		ctx, call := connect.NewClientContext(t.Context())
		call.RequestHeader().Set("Accept-Language", accept)
		res, err := club[1].Notifications.ListNotifications(ctx, &v1.ListNotificationsRequest{})
		if err != nil || len(res.GetNotifications()) != 1 || res.GetNotifications()[0].GetTitle() != want {
			t.Errorf("for %q: %v, %v; want %q", accept, res, err, want)
		}
	}
}

// A text that turns the direction of what follows does not turn the words around it: notifications leave out the marks, which stay in
// the text itself.
func TestNotificationsDoNotTurnDirection(t *testing.T) {
	const turned = "앞\u202e가\u202c \u2066나\u2069 \u200e다\u200f \u061c라\u202d끝"
	s := apptest.Start(t)
	club := s.Club(t, 2, apptest.ConnectBinary)
	leader, member := club[0], club[1]
	own, err := member.Posts.CreatePost(t.Context(), &v1.CreatePostRequest{Title: "질문", Content: turned, Category: v1.PostCategory_POST_CATEGORY_FREE})
	if err != nil {
		t.Fatal(err)
	}
	_, noticed := leader.Posts.CreatePost(t.Context(), &v1.CreatePostRequest{Title: "회칙", Content: turned, Category: v1.PostCategory_POST_CATEGORY_NOTICE})
	_, commented := leader.Posts.CreateComment(t.Context(), &v1.CreateCommentRequest{PostId: own.GetPost().GetId(), Content: turned})
	_, sent := leader.Chat.SendMessage(t.Context(), &v1.SendMessageRequest{
		RoomId: leader.Group(t, member).GetId(), TempId: "1", Content: "@" + member.Name + " " + turned,
	})
	if err := errors.Join(noticed, commented, sent); err != nil {
		t.Fatal(err)
	}
	untilTold(t, member, 3)
	list, stream := told(t, member)
	for _, line := range append(list, stream...) {
		if strings.ContainsFunc(line, func(r rune) bool { return unicode.Is(unicode.Bidi_Control, r) }) || !strings.Contains(line, "앞가 나 다 라끝") {
			t.Errorf("%q", line)
		}
	}
	if len(list) != 3 {
		t.Errorf("%d notifications", len(list))
	}
	if own.GetPost().GetContent() != turned {
		t.Errorf("the post is stored as %q", own.GetPost().GetContent())
	}
}

// Long texts are cut between emoji, not inside of one, wherever its beginning lies.
func TestNotificationsEndWithWholeEmoji(t *testing.T) {
	s := apptest.Start(t)
	club := s.Club(t, 2, apptest.ConnectBinary)
	leader, member := club[0], club[1]
	const family = "👨\u200d👩\u200d👧"
	room := leader.Group(t, member)
	post, err := member.Posts.CreatePost(t.Context(), &v1.CreatePostRequest{
		Title: "질문", Content: "?", Category: v1.PostCategory_POST_CATEGORY_FREE,
	})
	if err != nil {
		t.Fatal(err)
	}
	told := 0
	for before := range 5 {
		long := strings.Repeat("가", before) + strings.Repeat(family, 300)
		_, noticed := leader.Posts.CreatePost(t.Context(), &v1.CreatePostRequest{
			Title: long[:before*3] + strings.Repeat(family, 30), Content: long, Category: v1.PostCategory_POST_CATEGORY_NOTICE,
		})
		_, commented := leader.Posts.CreateComment(t.Context(), &v1.CreateCommentRequest{PostId: post.GetPost().GetId(), Content: long})
		_, sent := leader.Chat.SendMessage(t.Context(), &v1.SendMessageRequest{
			RoomId: room.GetId(), TempId: strings.Repeat("x", before+1), Content: "@" + member.Name + " " + long,
		})
		// With many blanks before it, little of the text is left when they are one.
		_, blank := leader.Chat.SendMessage(t.Context(), &v1.SendMessageRequest{
			RoomId: room.GetId(), TempId: strings.Repeat("y", before+1), Content: "@" + member.Name + strings.Repeat(" ", 150) + long,
		})
		if err := errors.Join(noticed, commented, sent, blank); err != nil {
			t.Fatal(err)
		}
		told += 4
	}
	untilTold(t, member, told)
	res, err := member.Notifications.ListNotifications(t.Context(), &v1.ListNotificationsRequest{Limit: proto.Int32(100)})
	if err != nil || len(res.GetNotifications()) != told {
		t.Fatalf("%d notifications, %v", len(res.GetNotifications()), err)
	}
	for _, n := range res.GetNotifications() {
		if !strings.HasSuffix(n.GetBody(), family+"…") {
			t.Errorf("%s ends with %q", n.GetKind(), n.GetBody()[max(0, len(n.GetBody())-40):])
		}
		if n.GetKind() == v1.NotificationKind_NOTIFICATION_KIND_NOTICE && !strings.HasSuffix(n.GetTitle(), family+"…") {
			t.Errorf("the title ends with %q", n.GetTitle())
		}
	}
}
