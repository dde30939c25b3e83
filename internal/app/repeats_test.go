package app_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/app/apptest"
)

// repeats is how many times at once a call is made.
const repeats = 12

// atOnce makes a call many times at once. A client repeats a call that it has got no answer to while the server still works at the
// first, so each must succeed.
func atOnce(t *testing.T, what string, call func(ctx context.Context) error) {
	t.Helper()
	errs := make([]error, repeats)
	var calling sync.WaitGroup
	for i := range errs {
		calling.Go(func() { errs[i] = call(t.Context()) })
	}
	calling.Wait()
	for _, err := range errs {
		if err != nil {
			t.Errorf("%s: %v", what, err)
			return
		}
	}
}

// same makes a call many times at once, which must all answer the same.
func same[T comparable](t *testing.T, what string, want T, call func(ctx context.Context) (T, error)) {
	t.Helper()
	atOnce(t, what, func(ctx context.Context) error {
		got, err := call(ctx)
		if err == nil && got != want {
			err = fmt.Errorf("the answer has %v, want %v", got, want)
		}
		return err
	})
}

// Calls that change nothing when they are repeated succeed also when they are repeated before the first one has been answered.
func TestRepeatsAtOnce(t *testing.T) {
	s := apptest.Start(t)
	club := s.Club(t, 4, apptest.ConnectBinary)
	for round := range 5 {
		repeatChat(t, club, round)
		repeatPosts(t, club, round)
		repeatGames(t, club, round)
		repeatNotifications(t, club, round)
	}
	repeatSessions(t, s, club[2])
}

func repeatChat(t *testing.T, club []*apptest.Member, round int) {
	leader, other := club[0], club[1]
	var room, message string
	id := fmt.Sprint("room ", round)
	atOnce(t, "CreateRoom", func(ctx context.Context) error {
		res, err := leader.Chat.CreateRoom(ctx, &v1.CreateRoomRequest{
			Name: id, Type: v1.RoomType_ROOM_TYPE_GROUP, Participants: []string{other.ID, club[2].ID}, RequestId: &id,
		})
		if err == nil && res.GetRoom().GetName() != id {
			err = fmt.Errorf("another room: %v", res)
		}
		return err
	})
	res, err := leader.Chat.CreateRoom(t.Context(), &v1.CreateRoomRequest{
		Name: id, Type: v1.RoomType_ROOM_TYPE_GROUP, Participants: []string{other.ID, club[2].ID}, RequestId: &id,
	})
	fatal(t, err)
	room = res.GetRoom().GetId()
	atOnce(t, "CreateRoom, private", func(ctx context.Context) error {
		_, err := other.Chat.CreateRoom(ctx, &v1.CreateRoomRequest{Type: v1.RoomType_ROOM_TYPE_PRIVATE, Participants: []string{club[round%2*3].ID}})
		return err
	})
	sent, err := other.Chat.SendMessage(t.Context(), &v1.SendMessageRequest{RoomId: room, TempId: "1", Content: "안녕"})
	fatal(t, err)
	message = sent.GetMessage().GetId()
	same(t, "SendMessage", sent.GetMessage().GetId(), func(ctx context.Context) (string, error) {
		res, err := other.Chat.SendMessage(ctx, &v1.SendMessageRequest{RoomId: room, TempId: "1", Content: "안녕"})
		return res.GetMessage().GetId(), err
	})
	same(t, "EditMessage", "나중", func(ctx context.Context) (string, error) {
		res, err := other.Chat.EditMessage(ctx, &v1.EditMessageRequest{RoomId: room, MessageId: message, Content: "나중"})
		return res.GetMessage().GetContent(), err
	})
	same(t, "DeleteMessage", true, func(ctx context.Context) (bool, error) {
		res, err := other.Chat.DeleteMessage(ctx, &v1.DeleteMessageRequest{RoomId: room, MessageId: message})
		return res.GetMessage().GetDeleted(), err
	})
	atOnce(t, "MarkRead", func(ctx context.Context) error {
		_, err := leader.Chat.MarkRead(ctx, &v1.MarkReadRequest{RoomId: room, MessageIds: []string{message}})
		return err
	})
	atOnce(t, "LeaveRoom", func(ctx context.Context) error {
		_, err := other.Chat.LeaveRoom(ctx, &v1.LeaveRoomRequest{RoomId: room})
		return err
	})
	same(t, "JoinRoom", room, func(ctx context.Context) (string, error) {
		res, err := other.Chat.JoinRoom(ctx, &v1.JoinRoomRequest{RoomId: room})
		return res.GetRoom().GetId(), err
	})
	same(t, "RemoveMember", 2, func(ctx context.Context) (int, error) {
		res, err := leader.Chat.RemoveMember(ctx, &v1.RemoveMemberRequest{RoomId: room, UserId: other.ID})
		return len(res.GetRoom().GetParticipants()), err
	})
	same(t, "InviteMembers", 3, func(ctx context.Context) (int, error) {
		res, err := leader.Chat.InviteMembers(ctx, &v1.InviteMembersRequest{RoomId: room, Participants: []string{other.ID}})
		return len(res.GetRoom().GetParticipants()), err
	})
}

func repeatPosts(t *testing.T, club []*apptest.Member, round int) {
	leader, other := club[0], club[1]
	id := fmt.Sprint("post ", round)
	create := func(ctx context.Context) (string, error) {
		res, err := other.Posts.CreatePost(ctx, &v1.CreatePostRequest{
			Title: "공지", Content: "배드민턴", Category: v1.PostCategory_POST_CATEGORY_FREE, RequestId: &id,
		})
		return res.GetPost().GetId(), err
	}
	atOnce(t, "CreatePost", func(ctx context.Context) error {
		_, err := create(ctx)
		return err
	})
	post, err := create(t.Context())
	fatal(t, err)
	remark := func(ctx context.Context) (string, error) {
		res, err := other.Posts.CreateComment(ctx, &v1.CreateCommentRequest{PostId: post, Content: "네", RequestId: &id})
		return res.GetComment().GetId(), err
	}
	atOnce(t, "CreateComment", func(ctx context.Context) error {
		_, err := remark(ctx)
		return err
	})
	comment, err := remark(t.Context())
	fatal(t, err)
	version := int32(1)
	same(t, "UpdatePost", "나중", func(ctx context.Context) (string, error) {
		res, err := other.Posts.UpdatePost(ctx, &v1.UpdatePostRequest{PostId: post, Title: new("나중"), ExpectedVersion: &version})
		return res.GetPost().GetTitle(), err
	})
	same(t, "UpdateComment", "나중", func(ctx context.Context) (string, error) {
		res, err := other.Posts.UpdateComment(ctx, &v1.UpdateCommentRequest{PostId: post, CommentId: comment, Content: "나중"})
		return res.GetComment().GetContent(), err
	})
	for _, liked := range []bool{true, false, true} {
		same(t, fmt.Sprint("ToggleLike ", liked), fmt.Sprint(liked, map[bool]int{true: 1}[liked]), func(ctx context.Context) (string, error) {
			res, err := leader.Posts.ToggleLike(ctx, &v1.ToggleLikeRequest{PostId: post, Liked: &liked})
			return fmt.Sprint(res.GetLiked(), res.GetLikeCount()), err
		})
	}
	same(t, "MarkPostRead", int32(1), func(ctx context.Context) (int32, error) {
		res, err := leader.Posts.MarkPostRead(ctx, &v1.MarkPostReadRequest{PostId: post})
		return res.GetViewCount(), err
	})
	atOnce(t, "DeleteComment", func(ctx context.Context) error {
		_, err := other.Posts.DeleteComment(ctx, &v1.DeleteCommentRequest{PostId: post, CommentId: comment})
		return err
	})
	atOnce(t, "DeletePost", func(ctx context.Context) error {
		_, err := other.Posts.DeletePost(ctx, &v1.DeletePostRequest{PostId: post})
		return err
	})
}

func repeatGames(t *testing.T, club []*apptest.Member, round int) {
	leader, other, third := club[0], club[1], club[2]
	id := fmt.Sprint("game ", round)
	date := timestamppb.New(time.Now().Add(time.Minute))
	create := func(id string) func(ctx context.Context) (string, error) {
		return func(ctx context.Context) (string, error) {
			res, err := leader.Games.CreateGame(ctx, &v1.CreateGameRequest{
				Title: "단식", GameDate: date, Duration: 60, MaxParticipants: 3, GameType: v1.GameType_GAME_TYPE_SINGLES, RequestId: &id,
			})
			return res.GetGame().GetId(), err
		}
	}
	atOnce(t, "CreateGame", func(ctx context.Context) error {
		_, err := create(id)(ctx)
		return err
	})
	game, err := create(id)(t.Context())
	fatal(t, err)
	for _, m := range []*apptest.Member{leader, other, third} {
		same(t, "JoinGame", v1.ParticipantStatus_PARTICIPANT_STATUS_JOINED, func(ctx context.Context) (v1.ParticipantStatus, error) {
			res, err := m.Games.JoinGame(ctx, &v1.JoinGameRequest{GameId: game})
			return res.GetParticipantStatus(), err
		})
	}
	same(t, "RemoveParticipant", 2, func(ctx context.Context) (int, error) {
		res, err := leader.Games.RemoveParticipant(ctx, &v1.RemoveParticipantRequest{GameId: game, UserId: third.ID})
		return len(res.GetGame().GetParticipants()), err
	})
	same(t, "LeaveGame", 1, func(ctx context.Context) (int, error) {
		res, err := other.Games.LeaveGame(ctx, &v1.LeaveGameRequest{GameId: game})
		return len(res.GetGame().GetParticipants()), err
	})
	_, err = other.Games.JoinGame(t.Context(), &v1.JoinGameRequest{GameId: game})
	fatal(t, err)
	now, err := leader.Games.GetGame(t.Context(), &v1.GetGameRequest{GameId: game})
	fatal(t, err)
	version := now.GetGame().GetVersion()
	same(t, "UpdateGame", "나중", func(ctx context.Context) (string, error) {
		res, err := leader.Games.UpdateGame(ctx, &v1.UpdateGameRequest{GameId: game, Title: new("나중"), ExpectedVersion: &version})
		return res.GetGame().GetTitle(), err
	})
	version++
	same(t, "SetTeams", 1, func(ctx context.Context) (int, error) {
		res, err := leader.Games.SetTeams(ctx, &v1.SetTeamsRequest{GameId: game, Team1: []string{leader.ID}, Team2: []string{other.ID}, ExpectedVersion: &version})
		return len(res.GetGame().GetTeam1()), err
	})
	same(t, "StartGame", v1.GameStatus_GAME_STATUS_ONGOING, func(ctx context.Context) (v1.GameStatus, error) {
		res, err := leader.Games.StartGame(ctx, &v1.StartGameRequest{GameId: game, CourtId: "1"})
		return res.GetGame().GetStatus(), err
	})
	version += 2
	for score := int32(1); score <= 2; score++ {
		same(t, "UpdateScore", score, func(ctx context.Context) (int32, error) {
			res, err := leader.Games.UpdateScore(ctx, &v1.UpdateScoreRequest{GameId: game, SetNumber: 1, Team1Score: score, ExpectedVersion: &version})
			return res.GetGame().GetSets()[0].GetTeam1Score(), err
		})
		version++
	}
	same(t, "CompleteGame", v1.GameStatus_GAME_STATUS_COMPLETED, func(ctx context.Context) (v1.GameStatus, error) {
		res, err := leader.Games.CompleteGame(ctx, &v1.CompleteGameRequest{GameId: game, End: new(v1.GameEnd_GAME_END_ABANDONED)})
		return res.GetGame().GetStatus(), err
	})
	cancelled, err := create(id + " to cancel")(t.Context())
	fatal(t, err)
	same(t, "CancelGame", v1.GameStatus_GAME_STATUS_CANCELLED, func(ctx context.Context) (v1.GameStatus, error) {
		res, err := leader.Games.CancelGame(ctx, &v1.CancelGameRequest{GameId: cancelled})
		return res.GetGame().GetStatus(), err
	})
	court := func(ctx context.Context) (string, error) {
		res, err := leader.Games.CreateCourt(ctx, &v1.CreateCourtRequest{Name: "코트", RequestId: &id})
		return res.GetCourt().GetId(), err
	}
	atOnce(t, "CreateCourt", func(ctx context.Context) error {
		_, err := court(ctx)
		return err
	})
	courtID, err := court(t.Context())
	fatal(t, err)
	same(t, "UpdateCourt", "나중", func(ctx context.Context) (string, error) {
		res, err := leader.Games.UpdateCourt(ctx, &v1.UpdateCourtRequest{CourtId: courtID, Name: new("나중"), ExpectedVersion: new(int32(1))})
		return res.GetCourt().GetName(), err
	})
	atOnce(t, "DeleteCourt", func(ctx context.Context) error {
		_, err := leader.Games.DeleteCourt(ctx, &v1.DeleteCourtRequest{CourtId: courtID})
		return err
	})
}

func repeatNotifications(t *testing.T, club []*apptest.Member, round int) {
	leader, other := club[0], club[1]
	id := fmt.Sprint("broadcast ", round)
	atOnce(t, "Broadcast", func(ctx context.Context) error {
		_, err := leader.Notifications.Broadcast(ctx, &v1.BroadcastRequest{Title: "공지", Body: id, RequestId: &id})
		return err
	})
	listed, err := other.Notifications.ListNotifications(t.Context(), &v1.ListNotificationsRequest{})
	fatal(t, err)
	newest := listed.GetNotifications()[0]
	if n := len(listed.GetNotifications()); round == 0 && n == 0 {
		t.Fatal("nobody was told")
	}
	atOnce(t, "MarkNotificationsRead", func(ctx context.Context) error {
		_, err := other.Notifications.MarkNotificationsRead(ctx, &v1.MarkNotificationsReadRequest{NotificationIds: []string{newest.GetId()}})
		return err
	})
	register := func(ctx context.Context) (string, error) {
		res, err := other.Notifications.RegisterDevice(ctx, &v1.RegisterDeviceRequest{
			Token: strings.Repeat("t", round+1), Platform: v1.DevicePlatform_DEVICE_PLATFORM_ANDROID,
		})
		return res.GetDeviceId(), err
	}
	var mu sync.Mutex
	registered := make(map[string]bool)
	atOnce(t, "RegisterDevice", func(ctx context.Context) error {
		id, err := register(ctx)
		mu.Lock()
		defer mu.Unlock()
		registered[id] = true
		return err
	})
	if len(registered) != 1 {
		t.Errorf("RegisterDevice answered with %d ids of one device", len(registered))
	}
	device, err := register(t.Context())
	fatal(t, err)
	atOnce(t, "UnregisterDevice", func(ctx context.Context) error {
		_, err := other.Notifications.UnregisterDevice(ctx, &v1.UnregisterDeviceRequest{DeviceId: device})
		return err
	})
}

func repeatSessions(t *testing.T, s *apptest.Server, m *apptest.Member) {
	again := s.SignIn(t, s.People(t)[2], apptest.ConnectBinary)
	sessions, err := m.Auth.ListSessions(t.Context(), &v1.ListSessionsRequest{})
	fatal(t, err)
	var other string
	for _, session := range sessions.GetSessions() {
		if !session.GetCurrent() {
			other = session.GetId()
		}
	}
	atOnce(t, "UpdateProfile", func(ctx context.Context) error {
		_, err := m.Users.UpdateProfile(ctx, &v1.UpdateProfileRequest{DisplayName: new("새 이름")})
		return err
	})
	atOnce(t, "RefreshToken", func(ctx context.Context) error {
		_, err := m.Auth.RefreshToken(ctx, &v1.RefreshTokenRequest{RefreshToken: again.RefreshToken})
		return err
	})
	atOnce(t, "RevokeSession", func(ctx context.Context) error {
		_, err := m.Auth.RevokeSession(ctx, &v1.RevokeSessionRequest{SessionId: other})
		return err
	})
}
