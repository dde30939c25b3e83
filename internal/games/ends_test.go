package games_test

import (
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/users"
)

// Whatever way a game ends, streams and lists have the end, its court and players are free, the same again changes nothing, and
// figures follow as the end says.
func TestEveryEndOfAGame(t *testing.T) {
	for _, c := range []struct {
		end    v1.GameEnd
		winner *v1.Team
		// won is the winner's figures, lost the loser's.
		won, lost users.Stats
		rated     bool
	}{
		{v1.GameEnd_GAME_END_COMPLETED, nil, users.Stats{GamesJoined: 1, GamesPlayed: 1, Wins: 1, PointsFor: 25, PointsAgainst: 3},
			users.Stats{GamesJoined: 1, GamesPlayed: 1, Losses: 1, PointsFor: 3, PointsAgainst: 25}, true},
		{v1.GameEnd_GAME_END_RETIRED, new(v1.Team_TEAM_TEAM1), users.Stats{GamesJoined: 1, GamesPlayed: 1, Wins: 1, PointsFor: 24, PointsAgainst: 3},
			users.Stats{GamesJoined: 1, GamesPlayed: 1, Losses: 1, PointsFor: 3, PointsAgainst: 24}, false},
		{v1.GameEnd_GAME_END_WALKOVER, new(v1.Team_TEAM_TEAM1), users.Stats{}, users.Stats{}, false},
		{v1.GameEnd_GAME_END_ABANDONED, nil, users.Stats{}, users.Stats{}, false},
	} {
		t.Run(c.end.String(), func(t *testing.T) {
			f := open(t)
			f.members(t, "creator", "a", "b", "c", "d")
			g := f.playing(t, "1", "a", "b", "c", "d")
			watching := newReplica()
			f.watch(t, watching, "d", &v1.WatchGamesRequest{})
			points := 24
			if c.rated {
				points++
			}
			_, err := f.score(as("a"), g.GetId(), 1, points, 3)
			must(t, err)
			req := &v1.CompleteGameRequest{GameId: g.GetId(), End: &c.end, Winner: c.winner}
			done, err := f.CompleteGame(as("c"), req)
			must(t, err)
			over := done.GetGame()
			if over.GetStatus() != v1.GameStatus_GAME_STATUS_COMPLETED || over.GetEnd() != c.end || over.GetFinalScore().GetTeam1Score() != int32(points) {
				t.Errorf("it ended as %v", over)
			}
			f.wantGame(t, watching, g.GetId())
			again, err := f.CompleteGame(as("a"), req)
			must(t, err)
			wantEqual(t, "the same again", again.GetGame(), over)
			for id, want := range map[string]users.Stats{"a": c.won, "c": c.lost} {
				got, err := f.store.Stats(t.Context(), id)
				must(t, err)
				if (got.Rating == 1500) == c.rated || got.LastPlayedAt.IsZero() != (want.GamesPlayed == 0) {
					t.Errorf("%s is rated %d, and played last %v", id, got.Rating, got.LastPlayedAt)
				}
				got.Rating, got.LastPlayedAt = 0, time.Time{}
				if got != want {
					t.Errorf("the figures of %s are %+v, want %+v", id, got, want)
				}
			}
			f.playing(t, "1", "a", "b", "c", "d")
		})
	}
}

// A walkover may end a game before it starts, on its day, and then nothing of it is left to start.
func TestAWalkoverBeforeTheStart(t *testing.T) {
	f := open(t)
	f.members(t, "creator", "a", "b", "c", "d", "e")
	later := f.create(t)
	f.join(t, later.GetId(), "a", "b", "c", "d")
	walkover := func(id string) *v1.CompleteGameRequest {
		return &v1.CompleteGameRequest{GameId: id, End: new(v1.GameEnd_GAME_END_WALKOVER), Winner: new(v1.Team_TEAM_TEAM2)}
	}
	_, err := f.CompleteGame(as("manager"), walkover(later.GetId()))
	wantFault(t, err, fault.Precondition, "TEAMS_NOT_SET")
	_, err = f.SetTeams(as("a"), &v1.SetTeamsRequest{GameId: later.GetId(), Team1: []string{"a", "b"}, Team2: []string{"c", "d"}})
	must(t, err)
	_, err = f.CompleteGame(as("a"), walkover(later.GetId()))
	wantFault(t, err, fault.Precondition, "NOT_THE_DAY_OF_THE_GAME")

	g := f.create(t, today(f))
	f.join(t, g.GetId(), "a", "b", "c", "d", "e")
	_, err = f.SetTeams(as("creator"), &v1.SetTeamsRequest{GameId: g.GetId(), Team1: []string{"a", "b"}, Team2: []string{"c", "d"}})
	must(t, err)
	_, err = f.CompleteGame(as("e"), walkover(g.GetId()))
	wantFault(t, err, fault.Denied, "NOT_A_PLAYER")
	_, err = f.CompleteGame(as("stranger"), walkover(g.GetId()))
	wantFault(t, err, fault.Denied, "NOT_IN_THE_GAME")
	done, err := f.CompleteGame(as("a"), walkover(g.GetId()))
	must(t, err)
	over := done.GetGame()
	if over.GetEnd() != v1.GameEnd_GAME_END_WALKOVER || over.GetCourtId() != "" || over.GetStartedAt() != nil || over.GetFinalScore() == nil {
		t.Errorf("it ended as %v", over)
	}
	_, err = f.StartGame(as("a"), &v1.StartGameRequest{GameId: g.GetId(), CourtId: "1"})
	wantFault(t, err, fault.Precondition, "GAME_COMPLETED")
	if now := f.game(t, g.GetId()); !proto.Equal(now, over) {
		t.Errorf("it is %v", now)
	}
}
