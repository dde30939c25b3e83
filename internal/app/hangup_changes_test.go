package app_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/types/known/timestamppb"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/app/apptest"
	"github.com/dongbaejul/dongbaejul/internal/testkit"
)

// hangUpOnNewRooms holds what a member is told of to the rooms that are stored, and to all of them once the calls are repeated.
func hangUpOnNewRooms(t *testing.T, by, other *apptest.Member) {
	told := follow(t, other, func(e *v1.Event) string { return e.GetRoomJoined().GetRoom().GetName() })
	name := func(i int) string { return fmt.Sprint("모임 ", i) }
	create := func(ctx context.Context, i int) error {
		_, err := by.Chat.CreateRoom(ctx, &v1.CreateRoomRequest{
			Name: name(i), Type: v1.RoomType_ROOM_TYPE_GROUP, Participants: []string{other.ID}, RequestId: new(name(i)),
		})
		return err
	}
	hangUp(t, create)
	rooms := func() (names []string) {
		for after, more := (*string)(nil), true; more; {
			res, err := other.Chat.ListRooms(t.Context(), &v1.ListRoomsRequest{After: after})
			fatal(t, err)
			for _, r := range res.GetRooms() {
				names, after = append(names, r.GetName()), new(r.GetId())
			}
			more = res.GetHasMore()
		}
		return names
	}
	testkit.Eventually(t, "the other to be told of the stored rooms", func() bool { return told.has(rooms()) })
	for i := range hangUps {
		fatal(t, create(t.Context(), i))
	}
	if got := len(rooms()); got != hangUps {
		t.Errorf("%d rooms after all calls were repeated, want %d", got, hangUps)
	}
	testkit.Eventually(t, "the other to be told of all rooms", func() bool { return told.has(rooms()) })
}

// hangUpOnMembership has all members leave a group, come back, be removed and be invited, each time with callers who hang up.
func hangUpOnMembership(t *testing.T, by, follower *apptest.Member, members []*apptest.Member) {
	room := by.Group(t, append([]*apptest.Member{follower}, members...)...).GetId()
	for _, step := range []struct {
		what string
		call func(ctx context.Context, m *apptest.Member) error
		told func(e *v1.Event) string
		// in is whether those whose call is stored are in the group.
		in bool
	}{
		{"leave", func(ctx context.Context, m *apptest.Member) error {
			_, err := m.Chat.LeaveRoom(ctx, &v1.LeaveRoomRequest{RoomId: room})
			return err
		}, memberLeft, false},
		{"join", func(ctx context.Context, m *apptest.Member) error {
			_, err := m.Chat.JoinRoom(ctx, &v1.JoinRoomRequest{RoomId: room})
			return err
		}, memberJoined, true},
		{"remove", func(ctx context.Context, m *apptest.Member) error {
			_, err := by.Chat.RemoveMember(ctx, &v1.RemoveMemberRequest{RoomId: room, UserId: m.ID})
			return err
		}, memberLeft, false},
		{"invite", func(ctx context.Context, m *apptest.Member) error {
			_, err := by.Chat.InviteMembers(ctx, &v1.InviteMembersRequest{RoomId: room, Participants: []string{m.ID}})
			return err
		}, memberJoined, true},
	} {
		t.Run(step.what, func(t *testing.T) {
			told := follow(t, follower, step.told)
			hangUp(t, func(ctx context.Context, i int) error { return step.call(ctx, members[i]) })
			done := func() (ids []string) {
				in := participants(t, by, room)
				for _, m := range members {
					if in[m.ID] == step.in {
						ids = append(ids, m.ID)
					}
				}
				return ids
			}
			testkit.Eventually(t, "the group to be told of what is stored", func() bool { return told.has(done()) })
			for _, m := range members {
				// Who has left, or was removed, is not found.
				if err := step.call(t.Context(), m); err != nil && (step.in || connect.CodeOf(err) != connect.CodeNotFound) {
					t.Fatal(err)
				}
			}
			if got := len(done()); got != len(members) {
				t.Errorf("%d after all calls were repeated, want %d", got, len(members))
			}
			testkit.Eventually(t, "the group to be told of all", func() bool { return told.has(done()) })
		})
	}
}

func memberLeft(e *v1.Event) string { return e.GetMemberLeft().GetUser().GetUserId() }

func memberJoined(e *v1.Event) string { return e.GetMemberJoined().GetUser().GetUserId() }

// participants returns who is in a room.
func participants(t *testing.T, m *apptest.Member, room string) map[string]bool {
	t.Helper()
	in := make(map[string]bool)
	for after, more := (*string)(nil), true; more; {
		res, err := m.Chat.ListRooms(t.Context(), &v1.ListRoomsRequest{After: after})
		fatal(t, err)
		for _, r := range res.GetRooms() {
			after = new(r.GetId())
			for _, p := range r.GetParticipants() {
				if r.GetId() == room {
					in[p.GetUserId()] = true
				}
			}
		}
		more = res.GetHasMore()
	}
	return in
}

// hangUpOnChangedMessages has messages edited, and then deleted.
func hangUpOnChangedMessages(t *testing.T, by, other *apptest.Member) {
	room := by.Group(t, other).GetId()
	sent := make([]string, hangUps)
	for i := range sent {
		res, err := by.Chat.SendMessage(t.Context(), &v1.SendMessageRequest{RoomId: room, TempId: fmt.Sprint(i), Content: "처음"})
		fatal(t, err)
		sent[i] = res.GetMessage().GetId()
	}
	for _, step := range []struct {
		what   string
		call   func(ctx context.Context, id string) error
		told   func(e *v1.Event) string
		stored func(m *v1.Message) bool
	}{
		{"edit", func(ctx context.Context, id string) error {
			_, err := by.Chat.EditMessage(ctx, &v1.EditMessageRequest{RoomId: room, MessageId: id, Content: "나중"})
			return err
		}, func(e *v1.Event) string { return e.GetMessageEdited().GetMessage().GetId() }, func(m *v1.Message) bool { return m.GetContent() == "나중" }},
		{"delete", func(ctx context.Context, id string) error {
			_, err := by.Chat.DeleteMessage(ctx, &v1.DeleteMessageRequest{RoomId: room, MessageId: id})
			return err
		}, func(e *v1.Event) string { return e.GetMessageDeleted().GetMessage().GetId() }, (*v1.Message).GetDeleted},
	} {
		t.Run(step.what, func(t *testing.T) {
			told := follow(t, other, step.told)
			hangUp(t, func(ctx context.Context, i int) error { return step.call(ctx, sent[i]) })
			testkit.Eventually(t, "the room to be told of what is stored", func() bool {
				res, err := other.Chat.ListMessages(t.Context(), &v1.ListMessagesRequest{RoomId: room, Limit: new(int32(hangUps))})
				fatal(t, err)
				var ids []string
				for _, m := range res.GetMessages() {
					if step.stored(m) {
						ids = append(ids, m.GetId())
					}
				}
				return told.has(ids)
			})
		})
	}
}

// hangUpOnScores holds the last score that a stream has told to the one that is stored.
func hangUpOnScores(t *testing.T, by, other *apptest.Member) {
	created, err := by.Games.CreateGame(t.Context(), &v1.CreateGameRequest{
		Title: "점수", GameDate: timestamppb.New(time.Now().Add(time.Minute)), Duration: 60, MaxParticipants: 2,
		SkillLevel: v1.SkillLevel_SKILL_LEVEL_ALL, GameType: v1.GameType_GAME_TYPE_SINGLES,
	})
	fatal(t, err)
	game := created.GetGame().GetId()
	for _, m := range []*apptest.Member{by, other} {
		_, err = m.Games.JoinGame(t.Context(), &v1.JoinGameRequest{GameId: game})
		fatal(t, err)
	}
	_, err = by.Games.SetTeams(t.Context(), &v1.SetTeamsRequest{GameId: game, Team1: []string{by.ID}, Team2: []string{other.ID}})
	fatal(t, err)
	courts, err := by.Games.ListCourts(t.Context(), &v1.ListCourtsRequest{})
	fatal(t, err)
	_, err = by.Games.StartGame(t.Context(), &v1.StartGameRequest{GameId: game, CourtId: courts.GetCourts()[0].GetId()})
	fatal(t, err)

	told := follow(t, other, func(e *v1.Event) string {
		if s := e.GetScoreUpdated(); s.GetGameId() == game {
			return fmt.Sprint(s.GetVersion())
		}
		return ""
	})
	hangUp(t, func(ctx context.Context, i int) error {
		_, err := by.Games.UpdateScore(ctx, &v1.UpdateScoreRequest{GameId: game, SetNumber: 1, Team1Score: int32(i % 20), Team2Score: int32(i / 20)})
		return err
	})
	testkit.Eventually(t, "everybody to be told of the score", func() bool {
		now, err := other.Games.GetGame(t.Context(), &v1.GetGameRequest{GameId: game})
		fatal(t, err)
		return told.has([]string{fmt.Sprint(now.GetGame().GetVersion())})
	})
}

// hangUpOnEnds has games end by walkovers before they start: everybody is told of those that are stored.
func hangUpOnEnds(t *testing.T, by, other *apptest.Member) {
	var ids [hangUps]string
	for i := range ids {
		created, err := by.Games.CreateGame(t.Context(), &v1.CreateGameRequest{
			Title: "부전승", GameDate: timestamppb.New(time.Now().Add(time.Minute)), Duration: 60, MaxParticipants: 2,
			GameType: v1.GameType_GAME_TYPE_SINGLES,
		})
		fatal(t, err)
		ids[i] = created.GetGame().GetId()
		for _, m := range []*apptest.Member{by, other} {
			_, err = m.Games.JoinGame(t.Context(), &v1.JoinGameRequest{GameId: ids[i]})
			fatal(t, err)
		}
		_, err = by.Games.SetTeams(t.Context(), &v1.SetTeamsRequest{GameId: ids[i], Team1: []string{by.ID}, Team2: []string{other.ID}})
		fatal(t, err)
	}
	end, winner := v1.GameEnd_GAME_END_WALKOVER, v1.Team_TEAM_TEAM2
	walkover := func(ctx context.Context, i int) error {
		_, err := by.Games.CompleteGame(ctx, &v1.CompleteGameRequest{GameId: ids[i], End: &end, Winner: &winner})
		return err
	}
	told := follow(t, other, func(e *v1.Event) string {
		if g := e.GetStatusChanged().GetGame(); g.GetEnd() == end {
			return g.GetId()
		}
		return ""
	})
	hangUp(t, walkover)
	ended := func() (over []string) {
		for _, id := range ids {
			res, err := other.Games.GetGame(t.Context(), &v1.GetGameRequest{GameId: id})
			fatal(t, err)
			if res.GetGame().GetEnd() == end {
				over = append(over, id)
			}
		}
		return over
	}
	testkit.Eventually(t, "everybody to be told of the stored ends", func() bool { return told.has(ended()) })
	for i := range ids {
		fatal(t, walkover(t.Context(), i))
	}
	testkit.Eventually(t, "everybody to be told of all ends", func() bool { return told.has(ids[:]) })
}

// hangUpOnRevocations has members end their other session.
func hangUpOnRevocations(t *testing.T, s *apptest.Server, members []*apptest.Member) {
	second, ids := secondSessions(t, s, members)
	hangUp(t, func(ctx context.Context, i int) error {
		_, err := members[i].Auth.RevokeSession(ctx, &v1.RevokeSessionRequest{SessionId: ids[i]})
		return err
	})
	isFelt(t, "a revocation", sessionEnded(t, members, ids), second)
}
