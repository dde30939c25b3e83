package games

import (
	"context"
	"time"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/identity"
)

// day returns the beginnings of the day that t is in, and of the next.
func day(t time.Time, zone *time.Location) (from, to time.Time) {
	y, m, d := t.In(zone).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, zone), time.Date(y, m, d+1, 0, 0, 0, 0, zone)
}

// week returns the beginnings of the week that t is in, a Monday, and of the next.
func week(t time.Time, zone *time.Location) (from, to time.Time) {
	y, m, d := t.In(zone).Date()
	sinceMonday := (int(t.In(zone).Weekday()) + 6) % 7
	monday := d - sinceMonday
	return time.Date(y, m, monday, 0, 0, 0, 0, zone), time.Date(y, m, monday+7, 0, 0, 0, 0, zone)
}

// GetBoard returns the courts, the games being played and today's figures: those of the games dated today, and all that are being
// played, also from yesterday.
func (s *Service) GetBoard(ctx context.Context, _ *v1.GetBoardRequest) (*v1.GetBoardResponse, error) {
	if _, err := identity.From(ctx); err != nil {
		return nil, err
	}
	now := s.Clock()
	from, to := day(now, s.zone)
	today, err := s.Store.CountGames(ctx, from, to)
	if err != nil {
		return nil, err
	}
	from, to = week(now, s.zone)
	thisWeek, err := s.Store.CountGames(ctx, from, to)
	if err != nil {
		return nil, err
	}
	ongoing, err := s.ongoing(ctx)
	if err != nil {
		return nil, err
	}
	courts, err := s.courts(ctx)
	if err != nil {
		return nil, err
	}
	shown, err := s.courtsWith(ctx, courts, ongoing)
	if err != nil {
		return nil, err
	}
	games, err := s.toProtos(ctx, ongoing)
	return &v1.GetBoardResponse{
		Counts: &v1.BoardCounts{
			Ongoing: int32(len(ongoing)), Scheduled: int32(today.Scheduled), WaitingPlayers: int32(today.Waiting),
			Completed: int32(today.Completed),
			ThisWeek:  int32(thisWeek.Scheduled + thisWeek.Ongoing + thisWeek.Completed),
		},
		Courts: shown, OngoingGames: games,
	}, err
}
