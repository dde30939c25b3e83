package games

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/identity"
	"github.com/dongbaejul/dongbaejul/internal/ids"
)

var errRequestReused = fault.New(fault.Invalid, "REQUEST_ID_REUSED",
	"같은 request_id로 다른 내용을 보냈습니다. 새 request_id를 사용해 주세요.",
	"This request_id was used with other content. Use a new one.").WithField("request_id")

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
		return nil, errRequestReused
	}
	if created {
		s.changed(ctx, Game{}, kept, caller.UserID)
	}
	out, err := s.toProto(ctx, kept)
	return &v1.CreateGameResponse{Game: out}, err
}

// planned gives the game that a request asks for.
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
		ID: ids.New(), Title: strings.TrimSpace(req.GetTitle()), Description: req.GetDescription(),
		Date: date, Minutes: int(req.GetDuration()), MaxParticipants: int(req.GetMaxParticipants()),
		SkillLevel: skillFrom(req.GetSkillLevel()), Type: typeFrom(req.GetGameType()), Rules: rules,
		Status: Scheduled, Creator: caller.UserID, CreatedAt: now, UpdatedAt: now,
	}
	if req.RequestId != nil {
		g.ID = ids.From("games.game", caller.UserID, req.GetRequestId())
	}
	g.RequestHash = ids.From(g.Title, g.Description, g.Date.Format(time.RFC3339Nano), string(g.SkillLevel), string(g.Type),
		fmt.Sprint(g.Minutes, g.MaxParticipants, g.Rules))
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
