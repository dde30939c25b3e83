package app_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/types/known/timestamppb"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/app/apptest"
)

// umpire plays one game of singles after another against an opponent, each to the next kind of end.
type umpire struct {
	*roaming
	opponent *roaming
	// played are the games that were ended, with how.
	played []string
	ends   []v1.GameEnd
}

func (u *umpire) run(tr *traffic) {
	for i := 0; tr.rest(); i++ {
		end := v1.GameEnd(1 + i%4)
		u.played, u.ends = append(u.played, u.play(i, end)), append(u.ends, end)
	}
}

// play plays a game; each call is made again until it is answered.
func (u *umpire) play(i int, end v1.GameEnd) (id string) {
	date := timestamppb.New(time.Now().Add(time.Minute))
	u.insist(func(ctx context.Context, m *apptest.Member) error {
		res, err := m.Games.CreateGame(ctx, &v1.CreateGameRequest{
			Title: fmt.Sprint("단식 ", i), GameDate: date, Duration: 60, MaxParticipants: 2,
			GameType: v1.GameType_GAME_TYPE_SINGLES, RequestId: new(fmt.Sprint("umpire ", i)),
		})
		id = res.GetGame().GetId()
		return err
	})
	for _, who := range []*roaming{u.roaming, u.opponent} {
		who.insist(func(ctx context.Context, m *apptest.Member) error {
			_, err := m.Games.JoinGame(ctx, &v1.JoinGameRequest{GameId: id})
			return err
		})
	}
	if end == v1.GameEnd_GAME_END_WALKOVER {
		u.insist(func(ctx context.Context, m *apptest.Member) error {
			_, err := m.Games.SetTeams(ctx, &v1.SetTeamsRequest{GameId: id, Team1: []string{u.id}, Team2: []string{u.opponent.id}})
			return err
		})
	} else {
		u.score(id, end)
	}
	req := &v1.CompleteGameRequest{GameId: id, End: &end}
	if end == v1.GameEnd_GAME_END_RETIRED || end == v1.GameEnd_GAME_END_WALKOVER {
		req.Winner = new(v1.Team_TEAM_TEAM1)
	}
	u.insist(func(ctx context.Context, m *apptest.Member) error {
		_, err := m.Games.CompleteGame(ctx, req)
		return err
	})
	return id
}

// score starts a game and scores it, to its end where that is one.
func (u *umpire) score(id string, end v1.GameEnd) {
	u.insist(func(ctx context.Context, m *apptest.Member) error {
		_, err := m.Games.StartGame(ctx, &v1.StartGameRequest{GameId: id, CourtId: "1"})
		if now, e := m.Games.GetGame(ctx, &v1.GetGameRequest{GameId: id}); e == nil && connect.CodeOf(err) == connect.CodeFailedPrecondition &&
			now.GetGame().GetStatus() == v1.GameStatus_GAME_STATUS_ONGOING {
			// The answer to an earlier try was lost.
			return nil
		}
		return err
	})
	points := int32(11)
	if end == v1.GameEnd_GAME_END_COMPLETED {
		points = 25
	}
	u.insist(func(ctx context.Context, m *apptest.Member) error {
		_, err := m.Games.UpdateScore(ctx, &v1.UpdateScoreRequest{GameId: id, SetNumber: 1, Team1Score: points, Team2Score: 7})
		return err
	})
}

// wantPlayed holds each game to how it was ended, and the umpire's figures to those of the games.
func (u *umpire) wantPlayed(t *testing.T) {
	t.Helper()
	var counted, points int32
	for i, id := range u.played {
		res, err := u.now().Games.GetGame(t.Context(), &v1.GetGameRequest{GameId: id})
		fatal(t, err)
		g := res.GetGame()
		if g.GetStatus() != v1.GameStatus_GAME_STATUS_COMPLETED || g.GetEnd() != u.ends[i] {
			t.Errorf("game %d ended by %v is %v", i, u.ends[i], g)
		}
		if slices.Contains([]v1.GameEnd{v1.GameEnd_GAME_END_COMPLETED, v1.GameEnd_GAME_END_RETIRED}, g.GetEnd()) {
			counted++
			points += g.GetSets()[0].GetTeam1Score()
		}
	}
	profile, err := u.now().Users.GetProfile(t.Context(), &v1.GetProfileRequest{})
	fatal(t, err)
	if s := profile.GetStats(); s.GetGamesPlayed() != counted || s.GetWins() != counted || s.GetGamesJoined() != counted || s.GetPointsFor() != points {
		t.Errorf("of %d games %d count, with %d points, and the figures are %v", len(u.played), counted, points, s)
	}
	t.Logf("%d games ended", len(u.played))
}
