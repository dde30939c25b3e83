package games_test

import (
	"errors"
	"testing"
	"time"

	"connectrpc.com/connect"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/app/apptest"
)

// singles makes a game of two members that is being played.
func singles(t *testing.T, court string, a, b *apptest.Member) (*v1.Game, error) {
	t.Helper()
	res, err := a.Games.CreateGame(t.Context(), &v1.CreateGameRequest{
		Title: "목요 단식", GameDate: timestamppb.New(time.Now()), Duration: 60, MaxParticipants: 2,
		GameType: v1.GameType_GAME_TYPE_SINGLES,
	})
	must(t, err)
	id := res.GetGame().GetId()
	for _, m := range []*apptest.Member{a, b} {
		joined, err := m.Games.JoinGame(t.Context(), &v1.JoinGameRequest{GameId: id})
		must(t, err)
		if joined.GetParticipantStatus() != v1.ParticipantStatus_PARTICIPANT_STATUS_JOINED {
			t.Errorf("joined as %v", joined.GetParticipantStatus())
		}
	}
	_, err = a.Games.SetTeams(t.Context(), &v1.SetTeamsRequest{GameId: id, Team1: []string{a.ID}, Team2: []string{b.ID}})
	must(t, err)
	started, err := a.Games.StartGame(t.Context(), &v1.StartGameRequest{GameId: id, CourtId: court})
	return started.GetGame(), err
}

// details returns the details of an error.
func details(t *testing.T, err error) (all []proto.Message) {
	t.Helper()
	e, ok := errors.AsType[*connect.Error](err)
	if !ok {
		t.Fatalf("got %v", err)
	}
	for _, d := range e.Details() {
		m, err := d.Value()
		must(t, err)
		all = append(all, m)
	}
	return all
}

func TestWatchingOverTheWire(t *testing.T) {
	for _, over := range apptest.Transports() {
		t.Run(over.Name, func(t *testing.T) {
			s := apptest.Start(t)
			club := s.Club(t, 4, over)
			g, err := singles(t, "1", club[0], club[1])
			must(t, err)
			_, err = singles(t, "1", club[2], club[3])
			if connect.CodeOf(err) != connect.CodeFailedPrecondition {
				t.Fatalf("a second game on the court: %v", err)
			}
			info := details(t, err)[0].(*errdetails.ErrorInfo)
			if info.GetReason() != "COURT_OCCUPIED" || info.GetMetadata()["game_id"] != g.GetId() {
				t.Errorf("refused with %v", info)
			}

			stream, err := club[3].Games.WatchGames(t.Context(), &v1.WatchGamesRequest{Status: new(v1.GameStatus_GAME_STATUS_ONGOING)})
			must(t, err)
			defer stream.Close()
			var waiting []*v1.GameEvent
			next := func() *v1.GameEvent {
				t.Helper()
				for len(waiting) == 0 {
					if !stream.Receive() {
						t.Fatal(stream.Err())
					}
					waiting = stream.Msg().GetEvents()
				}
				e := waiting[0]
				waiting = waiting[1:]
				return e
			}
			if e := next(); e.GetHello().GetServerTime() == nil {
				t.Errorf("it begins with %v", e)
			}
			if e := next(); !proto.Equal(e.GetGameSnapshot().GetGame(), g) {
				t.Errorf("then comes %v, want %v", e, g)
			}
			version := g.GetVersion()
			score := &v1.UpdateScoreRequest{GameId: g.GetId(), SetNumber: 1, Team1Score: 25, ExpectedVersion: &version}
			scored, err := club[0].Games.UpdateScore(t.Context(), score)
			must(t, err)
			if e := next().GetScoreUpdated(); e.GetVersion() != version+1 || e.GetSets()[0].GetTeam1Score() != 25 || e.GetUpdatedBy().GetUserId() != club[0].ID {
				t.Errorf("got %v", e)
			}
			score.Team2Score = 1
			_, err = club[1].Games.UpdateScore(t.Context(), score)
			if connect.CodeOf(err) != connect.CodeAborted {
				t.Fatalf("the second scorer gets %v", err)
			}
			var present *v1.Game
			for _, d := range details(t, err) {
				if now, ok := d.(*v1.Game); ok {
					present = now
				}
			}
			if !proto.Equal(present, scored.GetGame()) {
				t.Errorf("the present game is %v", present)
			}
			over, err := club[1].Games.CompleteGame(t.Context(), &v1.CompleteGameRequest{GameId: g.GetId()})
			must(t, err)
			if e := next().GetStatusChanged(); !proto.Equal(e.GetGame(), over.GetGame()) {
				t.Errorf("got %v", e)
			}
		})
	}
}

// What the contract bounds never comes as far as a rule.
func TestRequestsOutOfBounds(t *testing.T) {
	s := apptest.Start(t)
	club := s.Club(t, 2, apptest.ConnectJSON)
	for name, change := range map[string]func(*v1.CreateGameRequest){
		"nobody to play with":    func(r *v1.CreateGameRequest) { r.MaxParticipants = 1 },
		"too many participants":  func(r *v1.CreateGameRequest) { r.MaxParticipants = 501 },
		"a game of no time":      func(r *v1.CreateGameRequest) { r.Duration = 9 },
		"a game of a day":        func(r *v1.CreateGameRequest) { r.Duration = 601 },
		"no title":               func(r *v1.CreateGameRequest) { r.Title = "  " },
		"a title of two lines":   func(r *v1.CreateGameRequest) { r.Title = "a\nb" },
		"no date":                func(r *v1.CreateGameRequest) { r.GameDate = nil },
		"no type":                func(r *v1.CreateGameRequest) { r.GameType = 0 },
		"an unknown type":        func(r *v1.CreateGameRequest) { r.GameType = 9 },
		"rules without a preset": func(r *v1.CreateGameRequest) { r.Scoring = &v1.ScoringRules{} },
	} {
		req := &v1.CreateGameRequest{
			Title: "목요 단식", GameDate: timestamppb.New(time.Now().Add(time.Hour)), Duration: 60, MaxParticipants: 2,
			GameType: v1.GameType_GAME_TYPE_SINGLES,
		}
		change(req)
		if _, err := club[0].Games.CreateGame(t.Context(), req); connect.CodeOf(err) != connect.CodeInvalidArgument {
			t.Errorf("%s: %v", name, err)
		}
	}
	list, err := club[0].Games.ListGames(t.Context(), &v1.ListGamesRequest{})
	must(t, err)
	if list.GetPagination().GetTotal() != 0 {
		t.Errorf("there are the games %v", list.GetGames())
	}
	g, err := singles(t, "1", club[0], club[1])
	must(t, err)
	for name, score := range map[string]*v1.UpdateScoreRequest{
		"set 0":         {GameId: g.GetId(), SetNumber: 0, Team1Score: 1},
		"set 10":        {GameId: g.GetId(), SetNumber: 10, Team1Score: 1},
		"minus a point": {GameId: g.GetId(), SetNumber: 1, Team1Score: -1},
		"200 points":    {GameId: g.GetId(), SetNumber: 1, Team2Score: 200},
		"version 0":     {GameId: g.GetId(), SetNumber: 1, Team1Score: 1, ExpectedVersion: new(int32)},
	} {
		if _, err := club[0].Games.UpdateScore(t.Context(), score); connect.CodeOf(err) != connect.CodeInvalidArgument {
			t.Errorf("%s: %v", name, err)
		}
	}
	now, err := club[0].Games.GetGame(t.Context(), &v1.GetGameRequest{GameId: g.GetId()})
	must(t, err)
	wantEqual(t, "the game", now.GetGame(), g)
}
