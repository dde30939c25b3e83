package games

import (
	"context"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/identity"
)

// UpdateGame changes the fields of the request in a scheduled game.
func (s *Service) UpdateGame(ctx context.Context, req *v1.UpdateGameRequest) (*v1.UpdateGameResponse, error) {
	caller, err := identity.From(ctx)
	if err != nil {
		return nil, err
	}
	e, err := editFrom(req)
	if err != nil {
		return nil, err
	}
	g, err := s.changeAmongActive(ctx, req.GetGameId(), func(g *Game) error {
		if err := g.mayOrganise(caller); err != nil {
			return err
		}
		return checked(g.Version, req.ExpectedVersion, func() error { return g.edit(e, caller.UserID, s.now()) })
	})
	if err != nil {
		return nil, err
	}
	out, err := s.toProto(ctx, g)
	return &v1.UpdateGameResponse{Game: out}, err
}

func editFrom(req *v1.UpdateGameRequest) (edit, error) {
	e := edit{title: req.Title, description: req.Description, location: req.Location}
	if req.GameDate != nil {
		date, err := timeFrom("game_date", req.GetGameDate())
		if err != nil {
			return e, err
		}
		e.date = &date
	}
	if req.Duration != nil {
		e.minutes = new(int(req.GetDuration()))
	}
	if req.MaxParticipants != nil {
		e.maxParticipants = new(int(req.GetMaxParticipants()))
	}
	if req.SkillLevel != nil {
		e.skillLevel = new(skillFrom(req.GetSkillLevel()))
	}
	if req.GameType != nil {
		e.gameType = new(typeFrom(req.GetGameType()))
	}
	if req.Scoring != nil {
		rules, err := rulesFrom(req.GetScoring())
		if err != nil {
			return e, err
		}
		e.rules = &rules
	}
	return e, nil
}

// CancelGame cancels a game.
func (s *Service) CancelGame(ctx context.Context, req *v1.CancelGameRequest) (*v1.CancelGameResponse, error) {
	caller, err := identity.From(ctx)
	if err != nil {
		return nil, err
	}
	g, err := s.change(ctx, req.GetGameId(), func(g *Game) error {
		if err := g.mayOrganise(caller); err != nil {
			return err
		}
		return g.cancel(caller.UserID, s.now())
	})
	if err != nil {
		return nil, err
	}
	out, err := s.toProto(ctx, g)
	return &v1.CancelGameResponse{Game: out}, err
}

// JoinGame signs the caller up.
func (s *Service) JoinGame(ctx context.Context, req *v1.JoinGameRequest) (*v1.JoinGameResponse, error) {
	caller, err := identity.From(ctx)
	if err != nil {
		return nil, err
	}
	g, err := s.change(ctx, req.GetGameId(), func(g *Game) error { return g.join(caller.UserID, s.now()) })
	if err != nil {
		return nil, err
	}
	out, err := s.toProto(ctx, g)
	return &v1.JoinGameResponse{Game: out, ParticipantStatus: standingToProto[g.standing(caller.UserID)]}, err
}

// LeaveGame takes the caller off.
func (s *Service) LeaveGame(ctx context.Context, req *v1.LeaveGameRequest) (*v1.LeaveGameResponse, error) {
	caller, err := identity.From(ctx)
	if err != nil {
		return nil, err
	}
	g, err := s.changeAmongActive(ctx, req.GetGameId(), func(g *Game) error { return g.leave(caller.UserID) })
	if err != nil {
		return nil, err
	}
	out, err := s.toProto(ctx, g)
	return &v1.LeaveGameResponse{Game: out}, err
}
