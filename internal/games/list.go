package games

import (
	"context"
	"time"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/identity"
	"github.com/dongbaejul/dongbaejul/internal/pagination"
)

// endOfDays is after the date of any game.
var endOfDays = time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC)

var errDates = fault.New(fault.Invalid, "DATE_RANGE",
	"date_to는 date_from보다 뒤여야 합니다.", "date_to must be after date_from.").WithField("date_to")

// place is where a page of games begins: after a game in the order of a day.
type place struct {
	Today int64  `json:"t"`
	Date  int64  `json:"d"`
	ID    string `json:"i"`
}

// ListGames implements the RPC: today's games and those to come, the earliest first, then those before, the latest first. Of
// those that are completed or cancelled, the latest come first.
func (s *Service) ListGames(ctx context.Context, req *v1.ListGamesRequest) (*v1.ListGamesResponse, error) {
	if _, err := identity.From(ctx); err != nil {
		return nil, err
	}
	p, after, err := pagination.Read[place](req)
	if err != nil {
		return nil, err
	}
	f := Filter{
		Status: statusFrom(req.GetStatus()), UserID: req.GetUserId(), CourtID: req.GetCourtId(), Offset: p.Offset(), Limit: p.Limit + 1,
	}
	if f.From, f.To, err = s.dateRange(req.GetDateFrom(), req.GetDateTo()); err != nil {
		return nil, err
	}
	f.Today, _ = day(s.Clock(), s.zone)
	if f.Status == Completed || f.Status == Cancelled {
		f.Today = endOfDays
	}
	if after != nil {
		if after.Date > endOfDays.UnixMicro() {
			return nil, pagination.ErrToken
		}
		f.Today = time.UnixMicro(after.Today)
		f.After = &Position{Date: time.UnixMicro(after.Date), ID: after.ID}
	}
	found, total, err := s.Store.ListGames(ctx, f)
	if err != nil {
		return nil, err
	}
	found, more := pagination.More(p, found)
	res := &v1.ListGamesResponse{}
	if after == nil {
		res.Pagination = p.Info(total)
	}
	if more {
		last := found[len(found)-1]
		res.NextPageToken, err = pagination.Token(req, place{Today: f.Today.UnixMicro(), Date: last.Date.UnixMicro(), ID: last.ID})
		if err != nil {
			return nil, err
		}
	}
	res.Games, err = s.toProtos(ctx, found)
	return res, err
}

// GetGame returns one game.
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
