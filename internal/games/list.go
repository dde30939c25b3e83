package games

import (
	"context"
	"time"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/identity"
	"github.com/dongbaejul/dongbaejul/internal/page"
)

// endOfDays is after the date of any game.
var endOfDays = time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC)

var errDates = fault.New(fault.Invalid, "DATE_RANGE",
	"date_to는 date_from보다 뒤여야 합니다.", "date_to must be after date_from.").WithField("date_to")

// ListGames gives one page of the games: today's and those to come, the earliest first, then those before, the latest first. Of
// those that are completed or cancelled, the latest come first.
func (s *Service) ListGames(ctx context.Context, req *v1.ListGamesRequest) (*v1.ListGamesResponse, error) {
	if _, err := identity.From(ctx); err != nil {
		return nil, err
	}
	from, err := timeFrom("date_from", req.GetDateFrom())
	if err != nil {
		return nil, err
	}
	to, err := timeFrom("date_to", req.GetDateTo())
	if err != nil {
		return nil, err
	}
	if !from.IsZero() && !to.IsZero() && !from.Before(to) {
		return nil, errDates
	}
	p := page.Of(req.Page, req.Limit)
	f := Filter{Status: statusFrom(req.GetStatus()), From: from, To: to, Offset: p.Offset(), Limit: p.Limit}
	f.Today, _ = day(s.Clock(), s.zone)
	if f.Status == Completed || f.Status == Cancelled {
		f.Today = endOfDays
	}
	found, total, err := s.Store.ListGames(ctx, f)
	if err != nil {
		return nil, err
	}
	games, err := s.toProtos(ctx, found)
	return &v1.ListGamesResponse{Games: games, Pagination: p.Info(total)}, err
}

// GetGame gives one game.
func (s *Service) GetGame(ctx context.Context, req *v1.GetGameRequest) (*v1.GetGameResponse, error) {
	if _, err := identity.From(ctx); err != nil {
		return nil, err
	}
	g, err := s.Store.Game(ctx, req.GetGameId())
	if err != nil {
		return nil, gameFault(err)
	}
	out, err := s.toProto(ctx, g)
	return &v1.GetGameResponse{Game: out}, err
}
