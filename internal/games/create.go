package games

import (
	"context"
	"errors"
	"fmt"
	"time"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/idempotency"
	"github.com/dongbaejul/dongbaejul/internal/identity"
)

// CreateGame announces a game.
func (s *Service) CreateGame(ctx context.Context, req *v1.CreateGameRequest) (*v1.CreateGameResponse, error) {
	caller, err := identity.From(ctx)
	if err != nil {
		return nil, err
	}
	g, err := s.planned(caller, req)
	if err != nil {
		return nil, err
	}
	kept, created, err := s.create(ctx, g, req.RequestId != nil)
	if err != nil {
		return nil, err
	}
	if kept.RequestHash != g.RequestHash {
		return nil, idempotency.ErrReused
	}
	if created {
		s.changed(ctx, Game{}, kept, caller.UserID)
	}
	out, err := s.toProto(ctx, kept)
	return &v1.CreateGameResponse{Game: out}, err
}

// planned returns the game that a request asks for.
func (s *Service) planned(caller identity.Caller, req *v1.CreateGameRequest) (Game, error) {
	rules, err := rulesFrom(req.GetScoring())
	if err != nil {
		return Game{}, err
	}
	date, err := timeFrom("game_date", req.GetGameDate())
	if err != nil {
		return Game{}, err
	}
	now := s.now()
	g := Game{
		ID: idempotency.NewID("games.game", caller.UserID, req.RequestId), Title: req.GetTitle(), Description: req.GetDescription(),
		Location: req.GetLocation(), Date: date, Minutes: int(req.GetDuration()), MaxParticipants: int(req.GetMaxParticipants()),
		SkillLevel: skillFrom(req.GetSkillLevel()), Type: typeFrom(req.GetGameType()), Rules: rules,
		Status: Scheduled, Creator: caller.UserID, CreatedAt: now, UpdatedAt: now,
	}
	asked := []string{
		g.Title, g.Description, g.Date.Format(time.RFC3339Nano), string(g.SkillLevel), string(g.Type),
		fmt.Sprint(g.Minutes, g.MaxParticipants, g.Rules),
	}
	if g.Location != "" {
		asked = append(asked, g.Location)
	}
	g.RequestHash = idempotency.Hash(asked...)
	g.errand(setReminder, nil)
	return g, nil
}

// create keeps a game. One that may have been asked for before is looked for first: the date of what was asked for then may
// have passed.
func (s *Service) create(ctx context.Context, g Game, repeatable bool) (kept Game, created bool, err error) {
	if repeatable {
		if kept, err = s.Store.Game(ctx, g.ID); !errors.Is(err, fault.NotFound) {
			return kept, false, err
		}
	}
	if err := checkDate(g.Date, g.CreatedAt); err != nil {
		return Game{}, false, err
	}
	return s.Store.CreateGame(ctx, g)
}
