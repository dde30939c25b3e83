package games

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/identity"
)

// maxCourts bounds the courts of a club, and so the games that are played at once.
const maxCourts = 200

var (
	errCourtNotFound = fault.New(fault.NotFound, "COURT_NOT_FOUND", "코트를 찾을 수 없습니다.", "There is no such court.")
	errMaintenance   = fault.New(fault.Precondition, "COURT_IN_MAINTENANCE",
		"정비 중인 코트입니다.", "The court is in maintenance.").WithField("court_id")
	errCourtInUse = fault.New(fault.Precondition, "COURT_IN_USE",
		"경기가 진행 중인 코트는 정비 중으로 바꿀 수 없습니다.", "A court that is being played on cannot go into maintenance.").WithField("status")
	errCourtNameMissing = fault.New(fault.Invalid, "COURT_NAME_REQUIRED",
		"새 코트의 이름을 입력해 주세요.", "Give the new court a name.").WithField("name")
	errTooManyCourts = fault.New(fault.Precondition, "TOO_MANY_COURTS",
		fmt.Sprintf("코트는 %d개까지 만들 수 있습니다.", maxCourts), fmt.Sprintf("There can be %d courts.", maxCourts))
)

// CreateCourts makes n courts, named "1번 코트" and on, where there is none at all.
func (s *Service) CreateCourts(ctx context.Context, n int) error {
	courts, err := s.Store.Courts(ctx)
	if err != nil || len(courts) > 0 {
		return err
	}
	at := s.now()
	for i := range n {
		_, err := s.Store.UpdateCourt(ctx, strconv.Itoa(i+1), func(c *Court) error {
			if !c.CreatedAt.IsZero() {
				return errUnchanged
			}
			// A moment apart, since courts are listed in the order they were made.
			c.Name, c.CreatedAt = fmt.Sprintf("%d번 코트", i+1), at.Add(time.Duration(i)*time.Microsecond)
			return nil
		})
		if err != nil && !errors.Is(err, errUnchanged) {
			return fmt.Errorf("make court %d: %w", i+1, err)
		}
	}
	return nil
}

// ListCourts gives the courts with the game on each.
func (s *Service) ListCourts(ctx context.Context, _ *v1.ListCourtsRequest) (*v1.ListCourtsResponse, error) {
	if _, err := identity.From(ctx); err != nil {
		return nil, err
	}
	ongoing, err := s.ongoing(ctx)
	if err != nil {
		return nil, err
	}
	courts, err := s.courtsWith(ctx, ongoing)
	return &v1.ListCourtsResponse{Courts: courts}, err
}

// UpdateCourt makes or changes a court.
func (s *Service) UpdateCourt(ctx context.Context, req *v1.UpdateCourtRequest) (*v1.UpdateCourtResponse, error) {
	caller, err := identity.From(ctx)
	if err != nil {
		return nil, err
	}
	if err := caller.Require(identity.ManageGames); err != nil {
		return nil, err
	}
	if req.GetStatus() == v1.CourtStatus_COURT_STATUS_MAINTENANCE {
		if err := s.free(ctx, req.GetCourtId()); err != nil {
			return nil, err
		}
	}
	courts, err := s.Store.Courts(ctx)
	if err != nil {
		return nil, err
	}
	_, err = s.Store.UpdateCourt(ctx, req.GetCourtId(), func(c *Court) error {
		if c.CreatedAt.IsZero() && len(courts) >= maxCourts {
			return errTooManyCourts
		}
		return c.update(req, s.now())
	})
	if err != nil {
		return nil, err
	}
	res, err := s.ListCourts(ctx, nil)
	return &v1.UpdateCourtResponse{Courts: res.GetCourts()}, err
}

func (c *Court) update(req *v1.UpdateCourtRequest, now time.Time) error {
	if req.Name != nil {
		c.Name = req.GetName()
	}
	if req.Status != nil {
		c.Maintenance = req.GetStatus() == v1.CourtStatus_COURT_STATUS_MAINTENANCE
	}
	if c.Name == "" {
		return errCourtNameMissing
	}
	if c.CreatedAt.IsZero() {
		c.CreatedAt = now
	}
	return nil
}

// court gives a court that a game may start on. A court that goes into maintenance in the same moment lets the game be
// played to its end.
func (s *Service) court(ctx context.Context, id string) (Court, error) {
	courts, err := s.Store.Courts(ctx)
	if err != nil {
		return Court{}, err
	}
	i := slices.IndexFunc(courts, func(c Court) bool { return c.ID == id })
	switch {
	case i < 0:
		return Court{}, errCourtNotFound
	case courts[i].Maintenance:
		return Court{}, errMaintenance
	}
	return courts[i], nil
}

// free fails naming the game that is being played on a court.
func (s *Service) free(ctx context.Context, courtID string) error {
	ongoing, err := s.ongoing(ctx)
	if err != nil {
		return err
	}
	for _, g := range ongoing {
		if g.CourtID == courtID {
			return errCourtInUse.WithMeta("game_id", g.ID).WithMeta("game_title", g.Title)
		}
	}
	return nil
}

// ongoing gives the games that are being played.
func (s *Service) ongoing(ctx context.Context) ([]Game, error) {
	// One to a court.
	games, _, err := s.Store.ListGames(ctx, Filter{Status: Ongoing, Limit: maxCourts})
	return games, err
}

// courtsWith gives the courts, with those of games that are on them.
func (s *Service) courtsWith(ctx context.Context, ongoing []Game) ([]*v1.Court, error) {
	courts, err := s.Store.Courts(ctx)
	if err != nil {
		return nil, err
	}
	shown, err := s.toProtos(ctx, ongoing)
	if err != nil {
		return nil, err
	}
	out := make([]*v1.Court, len(courts))
	for i, c := range courts {
		out[i] = &v1.Court{Id: c.ID, Name: c.Name, Status: v1.CourtStatus_COURT_STATUS_AVAILABLE}
		if c.Maintenance {
			out[i].Status = v1.CourtStatus_COURT_STATUS_MAINTENANCE
		}
		if on := slices.IndexFunc(shown, func(g *v1.Game) bool { return g.GetCourtId() == c.ID }); on >= 0 {
			out[i].Status, out[i].Game = v1.CourtStatus_COURT_STATUS_PLAYING, shown[on]
		}
	}
	return out, nil
}
