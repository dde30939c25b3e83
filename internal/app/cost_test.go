package app_test

import (
	"encoding/binary"
	"fmt"
	"io"
	"maps"
	"net"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/types/known/timestamppb"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/app"
	"github.com/dongbaejul/dongbaejul/internal/app/apptest"
	"github.com/dongbaejul/dongbaejul/internal/photos"
	"github.com/dongbaejul/dongbaejul/internal/store"
	"github.com/dongbaejul/dongbaejul/internal/testkit"
)

// How many commands each unary RPC sends to MongoDB until it is answered, a stream until its hello is out, and a heartbeat of one,
// is what the README says, or less. The least of a few calls counts, and one more is let pass, since what runs in the background
// sends commands too.
func TestCommandsOfEachRPC(t *testing.T) {
	stated := statedCommands(t)
	in := apptest.SharedSetting(t)
	var counter commandCounter
	in.MongoURI = counter.through(t, in.MongoURI)
	s := apptest.StartIn(t, in, func(cfg *app.Config) { cfg.StreamHeartbeat = 500 * time.Millisecond })
	s.Fill(t, func(kept store.Store) {
		_, _, err := kept.PutAlbums(t.Context(), 1, []photos.Album{{ID: "album", Name: "정기전", CreatedAt: time.Now()}})
		fatal(t, err)
		var all []photos.Photo
		for _, id := range []string{"photo", "another"} {
			all = append(all, photos.Photo{ID: id, AlbumID: "album", AuthorName: "손님", CreatedAt: time.Now()})
		}
		_, _, err = kept.PutPhotos(t.Context(), 1, all)
		fatal(t, err)
	})
	calls := costlyCalls(t, s)
	var table strings.Builder
	var names []string
	for _, method := range contractMethods() {
		// The narrow streams do less than Subscribe.
		if name := fmt.Sprintf("%s.%s", method.Parent().Name(), method.Name()); !method.IsStreamingServer() || calls[name].call != nil {
			names = append(names, name)
		}
	}
	for _, name := range append(names, beat) {
		call, known := calls[name]
		delete(calls, name)
		want, said := stated[name]
		delete(stated, name)
		if !known {
			t.Errorf("%s is new: add a call of it to costlyCalls, and its commands to the README", name)
			continue
		}
		got, sent := leastCommands(t, &counter, name, call, want)
		fmt.Fprintf(&table, "%-42s %2d  %s\n", name, got, sent)
		if !said {
			t.Errorf("the README does not say how many commands %s sends", name)
		} else if got > want+1 || got < want/2 {
			t.Errorf("%s sends %d commands, and the README says %d", name, got, want)
		}
	}
	for name := range maps.Keys(stated) {
		t.Errorf("the README speaks of %s, which there is not", name)
	}
	for name := range maps.Keys(calls) {
		t.Errorf("costlyCalls has %s, which there is not", name)
	}
	if t.Failed() {
		t.Logf("what was counted:\n%s", table.String())
	}
}

// statedCommands reads the README's table: lines of an RPC and a number, several beside each other.
func statedCommands(t *testing.T) map[string]int {
	t.Helper()
	text, err := os.ReadFile("../../README.md")
	fatal(t, err)
	_, rest, found := strings.Cut(string(text), "```commands\n")
	block, _, _ := strings.Cut(rest, "```")
	words := strings.Fields(block)
	if !found || len(words)%2 != 0 {
		t.Fatal("the README has no table of commands that can be read")
	}
	stated := make(map[string]int)
	for pair := range slices.Chunk(words, 2) {
		stated[pair[0]], err = strconv.Atoi(pair[1])
		fatal(t, err)
	}
	return stated
}

// beat names what the table says of a heartbeat of a stream.
const beat = "heartbeat"

func nextHeartbeat(t *testing.T, stream *apptest.Stream) {
	t.Helper()
	stream.Until(t, "a heartbeat", func(e *v1.Event) bool { return e.GetHeartbeat() != nil })
}

// costlyCall is a call whose commands are counted, and what is done before each time, and not counted.
type costlyCall struct {
	before func(i int)
	call   func(i int) error
}

// leastCommands counts the commands of a call a few times, and more often while they are too many: work that the server does
// beside the calls only ever adds to them.
func leastCommands(t *testing.T, counter *commandCounter, name string, c costlyCall, want int) (_ int, sent string) {
	t.Helper()
	const times, mostTimes = 4, 12
	least := int64(1 << 30)
	for i := 0; i < times || i < mostTimes && least > int64(want)+1; i++ {
		if c.before != nil {
			c.before(i)
			counter.stand(t)
		}
		counter.take()
		before := counter.n.Load()
		err := c.call(i)
		if n := counter.n.Load() - before; n < least {
			least, sent = n, counter.take()
		}
		if err != nil && connect.CodeOf(err) != connect.CodeUnimplemented {
			t.Errorf("%s: %v", name, err)
		}
	}
	return int(least), sent
}

// costlyCalls are calls of all unary RPCs in a club in which everything happens.
func costlyCalls(t *testing.T, s *apptest.Server) map[string]costlyCall {
	t.Helper()
	ctx := t.Context()
	people := s.People(t)
	club := s.Club(t, 6, apptest.ConnectBinary)
	leader, a, b, c, d := club[0], club[1], club[2], club[3], club[4]
	open := s.Clients(t, apptest.ConnectBinary, nil)
	next := 6 // people who have not signed in
	newcomer := func() *apptest.Member {
		next++
		return s.SignIn(t, people[next-1], apptest.ConnectBinary)
	}

	room := leader.Group(t, a, b, c).GetId()
	for range 4 {
		leader.Group(t, a, b)
	}
	send := func(i int) *v1.Message {
		sent, err := a.Chat.SendMessage(ctx, &v1.SendMessageRequest{RoomId: room, TempId: fmt.Sprint(time.Now().UnixNano(), i), Content: "안녕하세요"})
		fatal(t, err)
		return sent.GetMessage()
	}
	write := func() string {
		p, err := a.Posts.CreatePost(ctx, &v1.CreatePostRequest{Title: "공지", Content: "배드민턴", Category: v1.PostCategory_POST_CATEGORY_FREE})
		fatal(t, err)
		return p.GetPost().GetId()
	}
	post := write()
	comment := func() string {
		made, err := b.Posts.CreateComment(ctx, &v1.CreateCommentRequest{PostId: post, Content: "네"})
		fatal(t, err)
		return made.GetComment().GetId()
	}
	courts, err := leader.Games.ListCourts(ctx, &v1.ListCourtsRequest{})
	fatal(t, err)
	court, leaving := courts.GetCourts()[0].GetId(), ""
	// A game that was joined by four, has teams, has started, or has a score, as far as it is to come.
	game := func(stage int) string {
		id := announce(t, leader, 4).GetId()
		for _, m := range []*apptest.Member{a, b, c, d}[:min(4, 4*stage)] {
			_, err := m.Games.JoinGame(ctx, &v1.JoinGameRequest{GameId: id})
			fatal(t, err)
		}
		if stage > 1 {
			_, err := leader.Games.SetTeams(ctx, &v1.SetTeamsRequest{GameId: id, Team1: []string{a.ID, b.ID}, Team2: []string{c.ID, d.ID}})
			fatal(t, err)
		}
		if stage > 2 {
			_, err := leader.Games.StartGame(ctx, &v1.StartGameRequest{GameId: id, CourtId: court})
			fatal(t, err)
		}
		return id
	}
	finish := func(id string) error {
		_, err := leader.Games.UpdateScore(ctx, &v1.UpdateScoreRequest{GameId: id, SetNumber: 1, Team1Score: 25, Team2Score: 20})
		if err == nil {
			_, err = leader.Games.CompleteGame(ctx, &v1.CompleteGameRequest{GameId: id, FinalScore: &v1.FinalScore{Team1Score: 1}})
		}
		return err
	}
	var id, other string
	var member *apptest.Member
	var stream *apptest.Stream
	refresh := a.RefreshToken

	return map[string]costlyCall{
		"AuthService.StartBandLogin": {call: func(int) error {
			_, err := open.Auth.StartBandLogin(ctx, &v1.StartBandLoginRequest{RedirectUri: apptest.RedirectURI})
			return err
		}},
		"AuthService.CompleteBandLogin": {before: func(int) {
			login, err := open.Auth.StartBandLogin(ctx, &v1.StartBandLoginRequest{RedirectUri: apptest.RedirectURI})
			fatal(t, err)
			id, other = login.GetState(), s.Consent(t, login.GetAuthUrl(), people[1])
		}, call: func(int) error {
			_, err := open.Auth.CompleteBandLogin(ctx, &v1.CompleteBandLoginRequest{Code: other, State: id})
			return err
		}},
		"AuthService.RefreshToken": {call: func(int) error {
			answer, err := open.Auth.RefreshToken(ctx, &v1.RefreshTokenRequest{RefreshToken: refresh})
			if err == nil {
				refresh = answer.GetRefreshToken()
			}
			return err
		}},
		"AuthService.Logout": {before: func(int) { member = s.SignIn(t, people[1], apptest.ConnectBinary) }, call: func(int) error {
			_, err := member.Auth.Logout(ctx, &v1.LogoutRequest{})
			return err
		}},
		"AuthService.VerifyToken": {call: func(int) error {
			_, err := b.Auth.VerifyToken(ctx, &v1.VerifyTokenRequest{})
			return err
		}},
		"AuthService.ListSessions": {call: func(int) error {
			_, err := b.Auth.ListSessions(ctx, &v1.ListSessionsRequest{})
			return err
		}},
		"AuthService.RevokeSession": {before: func(int) {
			s.SignIn(t, people[2], apptest.ConnectBinary)
			found, err := b.Auth.ListSessions(ctx, &v1.ListSessionsRequest{})
			fatal(t, err)
			for _, session := range found.GetSessions() {
				if !session.GetCurrent() {
					id = session.GetId()
				}
			}
		}, call: func(int) error {
			_, err := b.Auth.RevokeSession(ctx, &v1.RevokeSessionRequest{SessionId: id})
			return err
		}},

		"ChatService.ListRooms": {call: func(int) error {
			_, err := a.Chat.ListRooms(ctx, &v1.ListRoomsRequest{})
			return err
		}},
		"ChatService.CreateRoom": {call: func(int) error {
			_, err := leader.Chat.CreateRoom(ctx, &v1.CreateRoomRequest{Name: "모임", Type: v1.RoomType_ROOM_TYPE_GROUP, Participants: []string{a.ID, b.ID}})
			return err
		}},
		"ChatService.JoinRoom": {before: func(int) {
			id = leader.Group(t, a, b).GetId()
			_, err := a.Chat.LeaveRoom(ctx, &v1.LeaveRoomRequest{RoomId: id})
			fatal(t, err)
		}, call: func(int) error {
			_, err := a.Chat.JoinRoom(ctx, &v1.JoinRoomRequest{RoomId: id})
			return err
		}},
		"ChatService.LeaveRoom": {before: func(int) { id = leader.Group(t, a, b).GetId() }, call: func(int) error {
			_, err := a.Chat.LeaveRoom(ctx, &v1.LeaveRoomRequest{RoomId: id})
			return err
		}},
		"ChatService.InviteMembers": {before: func(int) { id = leader.Group(t, a, b).GetId() }, call: func(int) error {
			_, err := leader.Chat.InviteMembers(ctx, &v1.InviteMembersRequest{RoomId: id, Participants: []string{c.ID, d.ID}})
			return err
		}},
		"ChatService.RemoveMember": {before: func(int) { id = leader.Group(t, a, b).GetId() }, call: func(int) error {
			_, err := leader.Chat.RemoveMember(ctx, &v1.RemoveMemberRequest{RoomId: id, UserId: b.ID})
			return err
		}},
		"ChatService.ListMessages": {before: func(i int) { send(i) }, call: func(int) error {
			_, err := b.Chat.ListMessages(ctx, &v1.ListMessagesRequest{RoomId: room})
			return err
		}},
		"ChatService.SendMessage": {call: func(i int) error {
			_, err := b.Chat.SendMessage(ctx, &v1.SendMessageRequest{RoomId: room, TempId: fmt.Sprint("counted", i), Content: "안녕하세요"})
			return err
		}},
		"ChatService.EditMessage": {before: func(i int) { id = send(i).GetId() }, call: func(int) error {
			_, err := a.Chat.EditMessage(ctx, &v1.EditMessageRequest{RoomId: room, MessageId: id, Content: "네"})
			return err
		}},
		"ChatService.DeleteMessage": {before: func(i int) { id = send(i).GetId() }, call: func(int) error {
			_, err := a.Chat.DeleteMessage(ctx, &v1.DeleteMessageRequest{RoomId: room, MessageId: id})
			return err
		}},
		"ChatService.MarkRead": {before: func(i int) { id = fmt.Sprint(send(i).GetSeq()) }, call: func(int) error {
			seq, _ := strconv.ParseInt(id, 10, 64)
			_, err := b.Chat.MarkRead(ctx, &v1.MarkReadRequest{RoomId: room, UpTo: &seq})
			return err
		}},
		"ChatService.GetRoom": {call: func(int) error {
			_, err := b.Chat.GetRoom(ctx, &v1.GetRoomRequest{RoomId: room})
			return err
		}},
		"ChatService.SetTyping": {call: func(i int) error {
			_, err := b.Chat.SetTyping(ctx, &v1.SetTypingRequest{RoomId: room, IsTyping: i%2 == 0})
			return err
		}},

		"EventService.Subscribe": {call: func(int) error {
			opened := b.Subscribe(t, &v1.SubscribeRequest{})
			defer opened.Cut()
			opened.Hello(t)
			return nil
		}},
		beat: {before: func(i int) {
			if i == 0 {
				stream = b.Subscribe(t, &v1.SubscribeRequest{})
			}
			nextHeartbeat(t, stream)
		}, call: func(int) error {
			nextHeartbeat(t, stream)
			return nil
		}},

		"EventService.Poll": {call: func(int) error {
			_, err := b.Events.Poll(ctx, &v1.PollRequest{})
			return err
		}},

		"GameService.ListGames": {before: func(int) { game(1) }, call: func(int) error {
			_, err := a.Games.ListGames(ctx, &v1.ListGamesRequest{})
			return err
		}},
		"GameService.GetBoard": {call: func(int) error {
			_, err := a.Games.GetBoard(ctx, &v1.GetBoardRequest{})
			return err
		}},
		"GameService.GetGame": {before: func(int) { id = game(1) }, call: func(int) error {
			_, err := a.Games.GetGame(ctx, &v1.GetGameRequest{GameId: id})
			return err
		}},
		"GameService.CreateGame": {call: func(int) error {
			_, err := leader.Games.CreateGame(ctx, &v1.CreateGameRequest{
				Title: "목요 복식", GameDate: timestamppb.New(time.Now().Add(24 * time.Hour)), Duration: 60, MaxParticipants: 4,
				SkillLevel: v1.SkillLevel_SKILL_LEVEL_ALL, GameType: v1.GameType_GAME_TYPE_DOUBLES,
			})
			return err
		}},
		"GameService.UpdateGame": {before: func(int) { id = game(1) }, call: func(int) error {
			title := "금요 복식"
			_, err := leader.Games.UpdateGame(ctx, &v1.UpdateGameRequest{GameId: id, Title: &title})
			return err
		}},
		"GameService.CancelGame": {before: func(int) { id = game(1) }, call: func(int) error {
			_, err := leader.Games.CancelGame(ctx, &v1.CancelGameRequest{GameId: id})
			return err
		}},
		"GameService.JoinGame": {before: func(int) { id = game(0) }, call: func(int) error {
			_, err := a.Games.JoinGame(ctx, &v1.JoinGameRequest{GameId: id})
			return err
		}},
		"GameService.LeaveGame": {before: func(int) { id = game(1) }, call: func(int) error {
			_, err := a.Games.LeaveGame(ctx, &v1.LeaveGameRequest{GameId: id})
			return err
		}},
		"GameService.RemoveParticipant": {before: func(int) { id = game(1) }, call: func(int) error {
			_, err := leader.Games.RemoveParticipant(ctx, &v1.RemoveParticipantRequest{GameId: id, UserId: a.ID})
			return err
		}},
		"GameService.SetTeams": {before: func(int) { id = game(1) }, call: func(int) error {
			_, err := leader.Games.SetTeams(ctx, &v1.SetTeamsRequest{GameId: id, Team1: []string{a.ID, b.ID}, Team2: []string{c.ID, d.ID}})
			return err
		}},
		"GameService.StartGame": {before: func(i int) {
			if i > 0 {
				fatal(t, finish(id))
			}
			id = game(2)
		}, call: func(int) error {
			_, err := leader.Games.StartGame(ctx, &v1.StartGameRequest{GameId: id, CourtId: court})
			if err == nil {
				other = id
			}
			return err
		}},
		"GameService.UpdateScore": {before: func(i int) {
			if i == 0 {
				fatal(t, finish(other))
				other = game(3)
			}
		}, call: func(i int) error {
			_, err := leader.Games.UpdateScore(ctx, &v1.UpdateScoreRequest{GameId: other, SetNumber: 1, Team1Score: int32(i + 1), Team2Score: 0})
			return err
		}},
		"GameService.CompleteGame": {before: func(int) { id = game(3) }, call: func(int) error { return finish(id) }},
		"GameService.ListCourts": {call: func(int) error {
			_, err := a.Games.ListCourts(ctx, &v1.ListCourtsRequest{})
			return err
		}},
		"GameService.CreateCourt": {call: func(i int) error {
			_, err := leader.Games.CreateCourt(ctx, &v1.CreateCourtRequest{Name: fmt.Sprint("new ", i)})
			return err
		}},
		"GameService.DeleteCourt": {before: func(int) {
			res, err := leader.Games.CreateCourt(ctx, &v1.CreateCourtRequest{Name: "short-lived"})
			fatal(t, err)
			leaving = res.GetCourt().GetId()
		}, call: func(int) error {
			_, err := leader.Games.DeleteCourt(ctx, &v1.DeleteCourtRequest{CourtId: leaving})
			return err
		}},
		"GameService.UpdateCourt": {call: func(i int) error {
			name := fmt.Sprint("코트 ", i)
			_, err := leader.Games.UpdateCourt(ctx, &v1.UpdateCourtRequest{CourtId: courts.GetCourts()[1].GetId(), Name: &name})
			return err
		}},

		"NotificationService.ListNotifications": {call: func(int) error {
			_, err := a.Notifications.ListNotifications(ctx, &v1.ListNotificationsRequest{})
			return err
		}},
		"NotificationService.MarkNotificationsRead": {before: func(int) { comment() }, call: func(int) error {
			all := int64(1 << 40)
			_, err := a.Notifications.MarkNotificationsRead(ctx, &v1.MarkNotificationsReadRequest{UpTo: &all})
			return err
		}},
		"NotificationService.Broadcast": {call: func(int) error {
			_, err := leader.Notifications.Broadcast(ctx, &v1.BroadcastRequest{Title: "공지", Body: "내일 쉽니다."})
			return err
		}},
		"NotificationService.RegisterDevice": {call: func(i int) error {
			_, err := a.Notifications.RegisterDevice(ctx, &v1.RegisterDeviceRequest{Token: fmt.Sprint("token of a device ", i), Platform: v1.DevicePlatform_DEVICE_PLATFORM_IOS})
			return err
		}},
		"NotificationService.GetPushConfig": {call: func(int) error {
			_, err := a.Notifications.GetPushConfig(ctx, &v1.GetPushConfigRequest{})
			return err
		}},
		"NotificationService.UnregisterDevice": {call: func(i int) error {
			_, err := a.Notifications.UnregisterDevice(ctx, &v1.UnregisterDeviceRequest{DeviceId: fmt.Sprint("a device ", i)})
			return err
		}},

		"PhotoService.SyncAlbums": {call: func(int) error {
			_, err := leader.Photos.SyncAlbums(ctx, &v1.SyncAlbumsRequest{})
			return err
		}},
		"PhotoService.ListAlbums": {call: func(int) error {
			_, err := a.Photos.ListAlbums(ctx, &v1.ListAlbumsRequest{})
			return err
		}},
		"PhotoService.ListAlbumPhotos": {call: func(int) error {
			_, err := a.Photos.ListAlbumPhotos(ctx, &v1.ListAlbumPhotosRequest{AlbumId: "album"})
			return err
		}},
		"PhotoService.HidePhoto": {call: func(i int) error {
			_, err := a.Photos.HidePhoto(ctx, &v1.HidePhotoRequest{PhotoId: "photo", Hidden: new(i%2 == 0)})
			return err
		}},
		// Each member may create ten an hour.
		"PhotoService.CreateUpload": {call: func(i int) error {
			_, err := club[i%len(club)].Photos.CreateUpload(ctx, &v1.CreateUploadRequest{Purpose: 1, ContentType: "image/png", Size: 1000})
			return err
		}},
		"PhotoService.CompleteUpload": {before: func(i int) {
			id = upload(t, club[i%len(club)], v1.UploadPurpose_UPLOAD_PURPOSE_POST, photo(t)).GetFileId()
		}, call: func(i int) error {
			_, err := club[i%len(club)].Photos.CompleteUpload(ctx, &v1.CompleteUploadRequest{FileId: id})
			return err
		}},

		"PostService.ListPosts": {call: func(int) error {
			_, err := a.Posts.ListPosts(ctx, &v1.ListPostsRequest{})
			return err
		}},
		"PostService.MarkPostRead": {before: func(int) { id = write() }, call: func(int) error {
			_, err := b.Posts.MarkPostRead(ctx, &v1.MarkPostReadRequest{PostId: id})
			return err
		}},
		"PostService.GetPost": {before: func(int) { comment() }, call: func(int) error {
			_, err := b.Posts.GetPost(ctx, &v1.GetPostRequest{PostId: post})
			return err
		}},
		"PostService.ListComments": {before: func(int) { comment() }, call: func(int) error {
			_, err := b.Posts.ListComments(ctx, &v1.ListCommentsRequest{PostId: post})
			return err
		}},
		"PostService.CreatePost": {call: func(int) error {
			_, err := a.Posts.CreatePost(ctx, &v1.CreatePostRequest{Title: "공지", Content: "배드민턴", Category: v1.PostCategory_POST_CATEGORY_FREE})
			return err
		}},
		"PostService.UpdatePost": {call: func(i int) error {
			title := fmt.Sprint("공지 ", i)
			_, err := a.Posts.UpdatePost(ctx, &v1.UpdatePostRequest{PostId: post, Title: &title})
			return err
		}},
		"PostService.DeletePost": {before: func(int) { id = write() }, call: func(int) error {
			_, err := a.Posts.DeletePost(ctx, &v1.DeletePostRequest{PostId: id})
			return err
		}},
		"PostService.ToggleLike": {call: func(int) error {
			_, err := b.Posts.ToggleLike(ctx, &v1.ToggleLikeRequest{PostId: post})
			return err
		}},
		// Not while the comment before it is still being pushed.
		"PostService.CreateComment": {before: func(int) {}, call: func(int) error {
			_, err := b.Posts.CreateComment(ctx, &v1.CreateCommentRequest{PostId: post, Content: "네"})
			return err
		}},
		"PostService.UpdateComment": {before: func(int) { id = comment() }, call: func(int) error {
			_, err := b.Posts.UpdateComment(ctx, &v1.UpdateCommentRequest{PostId: post, CommentId: id, Content: "아니요"})
			return err
		}},
		"PostService.DeleteComment": {before: func(int) { id = comment() }, call: func(int) error {
			_, err := b.Posts.DeleteComment(ctx, &v1.DeleteCommentRequest{PostId: post, CommentId: id})
			return err
		}},

		"UserService.GetProfile": {call: func(int) error {
			_, err := a.Users.GetProfile(ctx, &v1.GetProfileRequest{})
			return err
		}},
		"UserService.UpdateProfile": {call: func(i int) error {
			name := fmt.Sprint("회원 ", i)
			_, err := a.Users.UpdateProfile(ctx, &v1.UpdateProfileRequest{DisplayName: &name})
			return err
		}},
		"UserService.ListMembers": {call: func(int) error {
			_, err := a.Users.ListMembers(ctx, &v1.ListMembersRequest{})
			return err
		}},
		"UserService.GetMember": {call: func(int) error {
			_, err := a.Users.GetMember(ctx, &v1.GetMemberRequest{MemberId: b.ID})
			return err
		}},
		"UserService.UpdateMember": {call: func(i int) error {
			level := []v1.SkillLevel{v1.SkillLevel_SKILL_LEVEL_BEGINNER, v1.SkillLevel_SKILL_LEVEL_INTERMEDIATE}[i%2]
			_, err := leader.Users.UpdateMember(ctx, &v1.UpdateMemberRequest{MemberId: b.ID, SkillLevel: &level})
			return err
		}},
		"UserService.SyncBandMembers": {call: func(int) error {
			_, err := leader.Users.SyncBandMembers(ctx, &v1.SyncBandMembersRequest{})
			return err
		}},
		"UserService.DeleteAccount": {before: func(int) { member = newcomer() }, call: func(int) error {
			_, err := member.Users.DeleteAccount(ctx, &v1.DeleteAccountRequest{})
			return err
		}},
	}
}

// commandCounter counts the commands that clients send to a database over it.
type commandCounter struct {
	n atomic.Int64

	mu   sync.Mutex
	sent []string // a command and its collection each
}

// stand waits until no command has come for a moment: what a call has left to be done beside it is over then.
func (c *commandCounter) stand(t *testing.T) {
	t.Helper()
	const moment = 50 * time.Millisecond
	last, since := c.n.Load(), time.Now()
	testkit.Eventually(t, "no more commands", func() bool {
		if n := c.n.Load(); n != last {
			last, since = n, time.Now()
		}
		return time.Since(since) >= moment
	})
}

// through returns the URI by the counter's own address.
func (c *commandCounter) through(t *testing.T, uri string) string {
	t.Helper()
	u, err := url.Parse(uri)
	fatal(t, err)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	fatal(t, err)
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			go c.serve(client, u.Host)
		}
	}()
	return apptest.WithHost(t, uri, listener.Addr().String())
}

func (c *commandCounter) serve(client net.Conn, host string) {
	defer client.Close()
	server, err := net.Dial("tcp", host)
	if err != nil {
		return
	}
	defer server.Close()
	go func() {
		defer client.Close()
		_, _ = io.Copy(client, server)
	}()
	for {
		var head [16]byte
		if _, err := io.ReadFull(client, head[:]); err != nil {
			return
		}
		message := make([]byte, binary.LittleEndian.Uint32(head[:]))
		copy(message, head[:])
		if _, err := io.ReadFull(client, message[len(head):]); err != nil {
			return
		}
		c.count(message)
		if _, err := server.Write(message); err != nil {
			return
		}
	}
}

// count counts a message that is a command of the program's own: OP_MSG, but for those by which the driver looks after its
// connections.
func (c *commandCounter) count(message []byte) {
	const opMsg, before = 2013, 16 + 4 + 1 + 4 + 1
	if len(message) < before || binary.LittleEndian.Uint32(message[12:]) != opMsg {
		return
	}
	name, _, _ := strings.Cut(string(message[before:]), "\x00")
	if !slices.Contains([]string{"hello", "ping", "endSessions", "killCursors"}, name) {
		c.n.Add(1)
		// The command's value is its collection: a length and a string.
		of, _, _ := strings.Cut(string(message[min(len(message), before+len(name)+1+4):]), "\x00")
		c.mu.Lock()
		defer c.mu.Unlock()
		c.sent = append(c.sent, name+" "+of)
	}
}

// take returns the commands since it was last called.
func (c *commandCounter) take() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	sent := c.sent
	c.sent = nil
	return strings.Join(sent, ", ")
}
