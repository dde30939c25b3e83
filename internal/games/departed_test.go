package games_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/types/known/timestamppb"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/app/apptest"
	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/testkit"
	"github.com/dongbaejul/dongbaejul/internal/users"
)

// wantPlaces fails unless these members are in the game and on its waiting list.
func wantPlaces(t *testing.T, asks *apptest.Member, gameID string, in, waiting []*apptest.Member) {
	t.Helper()
	res, err := asks.Games.GetGame(t.Context(), &v1.GetGameRequest{GameId: gameID})
	must(t, err)
	idsOf := func(members []*apptest.Member) (ids []string) {
		for _, m := range members {
			ids = append(ids, m.ID)
		}
		return ids
	}
	places := func(people []*v1.Participant) (ids []string) {
		for _, p := range people {
			ids = append(ids, p.GetUserId())
		}
		return ids
	}
	if got, want := places(res.GetGame().GetParticipants()), idsOf(in); !slices.Equal(got, want) {
		t.Errorf("in the game: %v, want %v", got, want)
	}
	if got, want := places(res.GetGame().GetWaitingList()), idsOf(waiting); !slices.Equal(got, want) {
		t.Errorf("on the waiting list: %v, want %v", got, want)
	}
}

// gameOfTwo is a game of two that the first member announces and the others join in their order.
func gameOfTwo(t *testing.T, creator *apptest.Member, others ...*apptest.Member) string {
	t.Helper()
	res, err := creator.Games.CreateGame(t.Context(), &v1.CreateGameRequest{
		Title: "목요 단식", GameDate: timestamppb.New(time.Now()), Duration: 60, MaxParticipants: 2,
		GameType: v1.GameType_GAME_TYPE_SINGLES,
	})
	must(t, err)
	for _, m := range others {
		_, err := m.Games.JoinGame(t.Context(), &v1.JoinGameRequest{GameId: res.GetGame().GetId()})
		must(t, err)
	}
	return res.GetGame().GetId()
}

// B and C are in, D and E wait; B and D delete their accounts, then C leaves.
func TestWhoIsGoneHasNoPlace(t *testing.T) {
	s := apptest.Start(t)
	club := s.Club(t, 6, apptest.Transports()[0])
	a, b, c, d, e := club[0], club[1], club[2], club[3], club[4]
	id := gameOfTwo(t, a, b, c, d, e)
	for _, m := range []*apptest.Member{b, d} {
		_, err := m.Users.DeleteAccount(t.Context(), &v1.DeleteAccountRequest{})
		must(t, err)
	}
	wantPlaces(t, a, id, []*apptest.Member{c, e}, nil)
	_, err := c.Games.LeaveGame(t.Context(), &v1.LeaveGameRequest{GameId: id})
	must(t, err)
	wantPlaces(t, a, id, []*apptest.Member{e}, nil)
}

// Every end of membership frees the places of a scheduled game, and only of that.
func TestEveryEndOfMembershipFreesPlaces(t *testing.T) {
	for name, end := range map[string]func(t *testing.T, admin, m *apptest.Member){
		"suspended": func(t *testing.T, admin, m *apptest.Member) {
			_, err := admin.Users.UpdateMember(t.Context(), &v1.UpdateMemberRequest{MemberId: m.ID, Status: v1.UserStatus_USER_STATUS_SUSPENDED.Enum()})
			must(t, err)
		},
		"withdrawn": func(t *testing.T, admin, m *apptest.Member) {
			_, err := admin.Users.UpdateMember(t.Context(), &v1.UpdateMemberRequest{MemberId: m.ID, Status: v1.UserStatus_USER_STATUS_WITHDRAWN.Enum()})
			must(t, err)
		},
		"deleted": func(t *testing.T, _, m *apptest.Member) {
			_, err := m.Users.DeleteAccount(t.Context(), &v1.DeleteAccountRequest{})
			must(t, err)
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := apptest.Start(t)
			club := s.Club(t, 6, apptest.Transports()[0])
			admin, goes, stays, next := club[0], club[3], club[4], club[5]
			played, err := singles(t, "1", goes, club[2])
			must(t, err)
			id := gameOfTwo(t, admin, goes, stays, next)
			_, err = stays.Games.SetTeams(t.Context(), &v1.SetTeamsRequest{GameId: id, Team1: []string{goes.ID}, Team2: []string{stays.ID}})
			must(t, err)
			end(t, admin, goes)
			wantPlaces(t, admin, id, []*apptest.Member{stays, next}, nil)
			res, err := admin.Games.GetGame(t.Context(), &v1.GetGameRequest{GameId: id})
			must(t, err)
			if len(res.GetGame().GetTeam1()) > 0 {
				t.Errorf("the teams are still %v and %v", res.GetGame().GetTeam1(), res.GetGame().GetTeam2())
			}
			_, err = admin.Games.SetTeams(t.Context(), &v1.SetTeamsRequest{GameId: id, Team1: []string{goes.ID}, Team2: []string{stays.ID}})
			if connect.CodeOf(err) != connect.CodeInvalidArgument {
				t.Errorf("who is gone is put into a team: %v", err)
			}
			wantPlaces(t, admin, played.GetId(), []*apptest.Member{goes, club[2]}, nil)
		})
	}
}

func TestTheOrganiserRemovesParticipants(t *testing.T) {
	f := open(t)
	f.members(t, "creator", "manager", "a", "b", "c", "d")
	g := f.create(t, func(r *v1.CreateGameRequest) { r.MaxParticipants = 2 })
	id := g.GetId()
	f.join(t, id, "a", "b", "c", "d")
	watching := newReplica()
	f.watch(t, watching, "creator", &v1.WatchGamesRequest{})
	remove := func(by, who string) (*v1.Game, error) {
		res, err := f.RemoveParticipant(as(by), &v1.RemoveParticipantRequest{GameId: id, UserId: who})
		return res.GetGame(), err
	}
	for _, by := range []string{"a", "b", "c", "d"} {
		_, err := remove(by, "b")
		wantFault(t, err, fault.Denied, "NOT_THE_ORGANISER")
	}
	after, err := remove("creator", "b")
	must(t, err)
	if got := queueOf(after); !slices.Equal(got, []string{"a", "c", "d"}) || len(after.GetWaitingList()) != 1 {
		t.Errorf("after b was removed: %v, %d wait", got, len(after.GetWaitingList()))
	}
	again, err := remove("creator", "b")
	must(t, err)
	wantEqual(t, "the answer to the same again", again, after)
	_, err = remove("manager", "d")
	must(t, err)
	f.wantGame(t, watching, id)
	f.join(t, id, "b")
	f.start(t)
	f.done(t)
	f.wantTold(t, "b", "removed/"+id+"/6")
	f.wantTold(t, "c", "promoted/"+id+"/6")
	f.wantTold(t, "d", "removed/"+id+"/7")
	f.wantTold(t, "a")

	playing := f.playing(t, "1", "a", "b", "c", "d")
	_, err = f.RemoveParticipant(as("creator"), &v1.RemoveParticipantRequest{GameId: playing.GetId(), UserId: "a"})
	wantFault(t, err, fault.Precondition, "GAME_ONGOING")
}

// What a process leaves that dies between the end of a membership and what follows from it is done by the next one, also for
// a place that a call takes meanwhile which was let in before.
func TestPlacesAreFreedByTheNextProcess(t *testing.T) {
	f := open(t)
	f.members(t, "creator", "a", "b", "c")
	g := f.create(t, func(r *v1.CreateGameRequest) { r.MaxParticipants = 2 })
	id := g.GetId()
	f.join(t, id, "a", "b", "c")
	_, err := f.store.UpdateUser(t.Context(), "a", func(u *users.User) error {
		u.Status, u.RightsChangedAt = users.Suspended, time.Now()
		return nil
	})
	must(t, err)
	f.people.ForgetAll()
	f.people.OnLeave(f.RemoveMember)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); f.people.Run(ctx) }()
	defer func() { stop(); <-ended }()
	testkit.Eventually(t, "c moves up", func() bool { return slices.Equal(queueOf(f.game(t, id)), []string{"b", "c"}) })
	left, err := f.store.UsersWithChangedRights(t.Context(), "", 10)
	must(t, err)
	if len(left) != 1 {
		t.Errorf("%d changes are to be followed up a moment after the change, want 1", len(left))
	}
}

// A game dated a month ahead is not started, scored or completed now, nor by a member who only joined it.
func TestResultsAreNotFarmed(t *testing.T) {
	f := open(t)
	f.members(t, "creator", "manager", "a", "b", "c", "d", "e")
	ready := func(date time.Duration) string {
		t.Helper()
		g := f.create(t, func(r *v1.CreateGameRequest) { r.GameDate = f.in(date) })
		f.join(t, g.GetId(), "a", "b", "c", "d", "e")
		_, err := f.SetTeams(as("creator"), &v1.SetTeamsRequest{GameId: g.GetId(), Team1: []string{"a", "b"}, Team2: []string{"c", "d"}})
		must(t, err)
		return g.GetId()
	}
	start := func(by, game, court string) error {
		_, err := f.StartGame(as(by), &v1.StartGameRequest{GameId: game, CourtId: court})
		return err
	}
	complete := func(by, game string) error {
		_, err := f.CompleteGame(as(by), &v1.CompleteGameRequest{GameId: game, FinalScore: &v1.FinalScore{Team1Score: 25}})
		return err
	}
	score := func(by, game string) error { _, err := f.score(as(by), game, 1, 25, 0); return err }
	ahead := ready(30 * 24 * time.Hour)
	for _, by := range []string{"a", "creator"} {
		wantFault(t, start(by, ahead, "1"), fault.Precondition, "NOT_THE_DAY_OF_THE_GAME")
	}
	wantFault(t, start("e", ahead, "1"), fault.Denied, "NOT_A_PLAYER")

	today := ready(time.Hour)
	wantFault(t, start("e", today, "1"), fault.Denied, "NOT_A_PLAYER")
	must(t, start("a", today, "1"))
	wantFault(t, score("e", today), fault.Denied, "NOT_A_PLAYER")
	wantFault(t, complete("e", today), fault.Denied, "NOT_A_PLAYER")
	// It is left until noon of the next day.
	f.advance(17 * time.Hour)
	for _, by := range []string{"a", "creator"} {
		wantFault(t, score(by, today), fault.Precondition, "NOT_THE_DAY_OF_THE_GAME")
		wantFault(t, complete(by, today), fault.Precondition, "NOT_THE_DAY_OF_THE_GAME")
	}
	must(t, score("manager", today))
	must(t, complete("manager", today))
	// Who asks again for what is done is answered with it.
	must(t, complete("a", today))
	must(t, start("manager", ahead, "1"))
}
