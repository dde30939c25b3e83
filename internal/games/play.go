package games

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/games/scoring"
	"github.com/dongbaejul/dongbaejul/internal/identity"
	"github.com/dongbaejul/dongbaejul/internal/users"
)

// startTries is how often a start is tried where another game was in the way, and then no longer, or where others are to play than
// those whose ratings were read.
const startTries = 3

var (
	errCourtOccupied = fault.New(fault.Precondition, "COURT_OCCUPIED",
		"다른 경기가 진행 중인 코트입니다.", "Another game is being played on the court.").WithField("court_id")
	// errUnfit ends a start on a court that no game may start on.
	errUnfit          = errors.New("the court is unfit")
	errPlayerOccupied = fault.New(fault.Precondition, "PLAYER_OCCUPIED",
		"다른 경기에서 뛰고 있는 선수가 있습니다.", "A player is playing in another game.")
)

// SetTeams says who plays with whom.
func (s *Service) SetTeams(ctx context.Context, req *v1.SetTeamsRequest) (*v1.SetTeamsResponse, error) {
	caller, err := identity.From(ctx)
	if err != nil {
		return nil, err
	}
	g, err := s.changeAmongActive(ctx, req.GetGameId(), func(g *Game) error {
		if err := g.mayRun(caller); err != nil {
			return err
		}
		return checked(g.Version, req.ExpectedVersion, func() error { return g.setTeams(req.GetTeam1(), req.GetTeam2()) })
	})
	if err != nil {
		return nil, err
	}
	out, err := s.toProto(ctx, g)
	return &v1.SetTeamsResponse{Game: out}, err
}

// StartGame implements the RPC. Starting a game on the court that it is being played on changes nothing.
func (s *Service) StartGame(ctx context.Context, req *v1.StartGameRequest) (*v1.StartGameResponse, error) {
	caller, err := identity.From(ctx)
	if err != nil {
		return nil, err
	}
	var g Game
	for gone, try := true, 0; gone && try < startTries; try++ {
		g, err = s.start(ctx, caller, req)
		held, inTheWay := errors.AsType[*Held](err)
		if !inTheWay {
			break
		}
		gone, err = s.occupied(ctx, held)
	}
	if err != nil {
		return nil, err
	}
	out, err := s.toProto(ctx, g)
	return &v1.StartGameResponse{Game: out}, err
}

func (s *Service) start(ctx context.Context, caller identity.Caller, req *v1.StartGameRequest) (Game, error) {
	court, unfit := s.court(ctx, req.GetCourtId())
	var ratings map[string]int
	for try := 1; ; try++ {
		g, err := s.changeAmongActive(ctx, req.GetGameId(), func(g *Game) error {
			if err := g.mayPlay(caller); err != nil {
				return err
			}
			switch {
			case g.Status == Ongoing && g.CourtID == req.GetCourtId():
				return errUnchanged
			case unfit != nil:
				return errUnfit
			}
			if err := g.onItsDay(caller, s.now(), s.zone); err != nil {
				return err
			}
			return g.start(court, s.Scoring, ratings, s.now())
		})
		if errors.Is(err, errUnfit) {
			return Game{}, unfit
		}
		needed, ok := errors.AsType[*unrated](err)
		if !ok || try == startTries {
			return g, err
		}
		if ratings, err = s.Store.Ratings(ctx, needed.userIDs); err != nil {
			return Game{}, err
		}
	}
}

// occupied returns the fault that names the game in the way, and whether that has gone since.
func (s *Service) occupied(ctx context.Context, held *Held) (gone bool, err error) {
	other, err := s.Store.Game(ctx, held.GameID)
	if err != nil {
		return false, err
	}
	gone = !slices.Contains(other.Holds(), held.Key)
	player, isPlayer := held.player()
	if !isPlayer {
		return gone, errCourtOccupied.WithText(
			fmt.Sprintf("다른 경기가 진행 중인 코트입니다: %s", other.Title),
			fmt.Sprintf("Another game is being played on the court: %s", other.Title)).
			WithMeta("court_id", strings.TrimPrefix(held.Key, courtHold)).WithMeta("game_id", other.ID).WithMeta("game_title", other.Title)
	}
	who, err := s.Users.Summary(ctx, player)
	if err != nil {
		return false, err
	}
	return gone, errPlayerOccupied.WithText(
		fmt.Sprintf("다른 경기에서 뛰고 있는 선수가 있습니다: %s (%s)", users.Name(who).Ko, other.Title),
		fmt.Sprintf("A player is playing in another game: %s (%s)", users.Name(who).En, other.Title)).
		WithMeta("user_id", player).WithMeta("game_id", other.ID).WithMeta("game_title", other.Title)
}

// UpdateScore sets the score of a set.
func (s *Service) UpdateScore(ctx context.Context, req *v1.UpdateScoreRequest) (*v1.UpdateScoreResponse, error) {
	caller, err := identity.From(ctx)
	if err != nil {
		return nil, err
	}
	score := scoring.Score{Team1: int(req.GetTeam1Score()), Team2: int(req.GetTeam2Score())}
	g, err := s.change(ctx, req.GetGameId(), func(g *Game) error {
		if err := g.mayScore(caller); err != nil {
			return err
		}
		if err := g.untilMorning(caller, s.now(), s.zone); err != nil {
			return err
		}
		return checked(g.Version, req.ExpectedVersion, func() error {
			return g.setScore(int(req.GetSetNumber()), score, caller.UserID, s.now())
		})
	})
	if err != nil {
		return nil, err
	}
	out, err := s.toProto(ctx, g)
	return &v1.UpdateScoreResponse{Game: out}, err
}

// CompleteGame ends a game.
func (s *Service) CompleteGame(ctx context.Context, req *v1.CompleteGameRequest) (*v1.CompleteGameResponse, error) {
	caller, err := identity.From(ctx)
	if err != nil {
		return nil, err
	}
	stated := resultFrom(req)
	g, err := s.change(ctx, req.GetGameId(), func(g *Game) error {
		if err := g.mayPlay(caller); err != nil {
			return err
		}
		if err := g.untilMorning(caller, s.now(), s.zone); err != nil {
			return err
		}
		if stated.end == Walkover {
			if err := g.onItsDay(caller, s.now(), s.zone); err != nil {
				return err
			}
		}
		return g.complete(stated, s.Scoring, s.now())
	})
	if err != nil {
		return nil, err
	}
	out, err := s.toProto(ctx, g)
	return &v1.CompleteGameResponse{Game: out}, err
}
