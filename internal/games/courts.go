package games

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"time"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/idempotency"
	"github.com/dongbaejul/dongbaejul/internal/identity"
)

// maxCourts bounds the courts of a club, and so the games that are played at once.
const maxCourts = 200

var (
	errCourtNotFound = fault.New(fault.NotFound, "COURT_NOT_FOUND", "코트를 찾을 수 없습니다.", "There is no such court.")
	errMaintenance   = fault.New(fault.Precondition, "COURT_IN_MAINTENANCE",
		"정비 중인 코트입니다.", "The court is in maintenance.").WithField("court_id")
	errCourtInUse = fault.New(fault.Precondition, "COURT_IN_USE",
		"경기가 진행 중인 코트예요. 경기가 끝난 뒤에 다시 시도해 주세요.", "The court is being played on. Try again after the game.").
		WithField("court_id")
	// ErrTooManyCourts is the error of a club that has as many courts as it may.
	ErrTooManyCourts = fault.New(fault.Precondition, "TOO_MANY_COURTS",
		fmt.Sprintf("코트는 %d개까지 만들 수 있습니다.", maxCourts), fmt.Sprintf("There can be %d courts.", maxCourts))
)

// CreateCourts creates n courts, named "1번 코트" and so on, unless there has ever been one.
func (s *Service) CreateCourts(ctx context.Context, n int) error {
	courts, err := s.Store.Courts(ctx)
	if err != nil || len(courts) > 0 {
		return err
	}
	at := s.now()
	for i := range n {
		// A moment apart, since courts are listed in the order they were made.
		c := Court{ID: strconv.Itoa(i + 1), Name: fmt.Sprintf("%d번 코트", i+1), CreatedAt: at.Add(time.Duration(i) * time.Microsecond)}
		if _, _, err := s.Store.CreateCourt(ctx, c, maxCourts); err != nil {
			return fmt.Errorf("make court %d: %w", i+1, err)
		}
	}
	return nil
}

// ListCourts returns the courts with the game on each.
func (s *Service) ListCourts(ctx context.Context, _ *v1.ListCourtsRequest) (*v1.ListCourtsResponse, error) {
	if _, err := identity.From(ctx); err != nil {
		return nil, err
	}
	courts, err := s.courts(ctx)
	if err != nil {
		return nil, err
	}
	ongoing, err := s.ongoing(ctx)
	if err != nil {
		return nil, err
	}
	out, err := s.courtsWith(ctx, courts, ongoing)
	return &v1.ListCourtsResponse{Courts: out}, err
}

// CreateCourt adds a court.
func (s *Service) CreateCourt(ctx context.Context, req *v1.CreateCourtRequest) (*v1.CreateCourtResponse, error) {
	caller, err := identity.From(ctx)
	if err != nil {
		return nil, err
	}
	if err := caller.Require(identity.ManageGames); err != nil {
		return nil, err
	}
	name := req.GetName()
	c, _, err := s.Store.CreateCourt(ctx, Court{
		ID: idempotency.NewID("games.court", caller.UserID, req.RequestId), Name: name, CreatedAt: s.now(), RequestHash: idempotency.Hash(name),
	}, maxCourts)
	switch {
	case err != nil:
		return nil, err
	case c.RequestHash != idempotency.Hash(name):
		return nil, idempotency.ErrReused
	case !c.exists():
		return nil, errCourtNotFound
	}
	out, err := s.courtToProto(ctx, c)
	return &v1.CreateCourtResponse{Court: out}, err
}

// UpdateCourt implements the RPC: it changes the fields of a court that the request has.
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
	c, err := s.changeCourt(ctx, req.GetCourtId(), func(c *Court) error {
		if !c.exists() {
			return errCourtNotFound
		}
		return checked(c.Version, req.ExpectedVersion, func() error { return c.update(req) })
	})
	if err != nil {
		return nil, err
	}
	out, err := s.courtToProto(ctx, c)
	return &v1.UpdateCourtResponse{Court: out}, err
}

// DeleteCourt implements the RPC. Deleting a deleted court changes nothing.
func (s *Service) DeleteCourt(ctx context.Context, req *v1.DeleteCourtRequest) (*v1.DeleteCourtResponse, error) {
	caller, err := identity.From(ctx)
	if err != nil {
		return nil, err
	}
	if err := caller.Require(identity.ManageGames); err != nil {
		return nil, err
	}
	if err := s.free(ctx, req.GetCourtId()); err != nil {
		return nil, err
	}
	deleted := false
	if _, err := s.changeCourt(ctx, req.GetCourtId(), func(c *Court) error {
		err := c.delete(s.now())
		deleted = err == nil
		return err
	}); err != nil {
		return nil, err
	}
	if deleted {
		s.Audit.Record(ctx, "court deleted", slog.String("court_id", req.GetCourtId()))
	}
	return &v1.DeleteCourtResponse{Message: "success"}, nil
}

// changeCourt runs a rule on a court. It returns the court as it is then. A rule that changes nothing is no error.
func (s *Service) changeCourt(ctx context.Context, courtID string, rule func(*Court) error) (Court, error) {
	var before Court
	after, err := s.Store.UpdateCourt(ctx, courtID, func(c *Court) error {
		before = *c
		return rule(c)
	})
	switch {
	case errors.Is(err, errUnchanged):
		return before, nil
	case errors.Is(err, errVersion):
		now, err := s.courtToProto(ctx, before)
		if err != nil {
			return Court{}, err
		}
		if now.Game != nil {
			fit(now.Game)
		}
		return Court{}, errVersion.WithDetail(now)
	case errors.Is(err, fault.NotFound):
		return Court{}, errCourtNotFound
	}
	return after, err
}

// exists reports whether the court was not deleted.
func (c *Court) exists() bool { return c.DeletedAt.IsZero() }

func (c *Court) update(req *v1.UpdateCourtRequest) error {
	before := *c
	if req.Name != nil {
		c.Name = req.GetName()
	}
	if req.Status != nil {
		c.Maintenance = req.GetStatus() == v1.CourtStatus_COURT_STATUS_MAINTENANCE
	}
	if *c == before {
		return errUnchanged
	}
	return nil
}

func (c *Court) delete(now time.Time) error {
	if !c.exists() {
		return errUnchanged
	}
	c.DeletedAt = now
	return nil
}

// courts returns the courts that have not been deleted.
func (s *Service) courts(ctx context.Context) ([]Court, error) {
	all, err := s.Store.Courts(ctx)
	return slices.DeleteFunc(all, func(c Court) bool { return !c.exists() }), err
}

// court returns a court that a game may start on. A court that goes into maintenance or is deleted in the same moment lets
// the game be played to its end.
func (s *Service) court(ctx context.Context, id string) (Court, error) {
	courts, err := s.courts(ctx)
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
			return errCourtInUse.WithText(
				fmt.Sprintf("경기가 진행 중인 코트예요: %s. 경기가 끝난 뒤에 다시 시도해 주세요.", g.Title),
				fmt.Sprintf("The court is being played on: %s. Try again after the game.", g.Title)).
				WithMeta("game_id", g.ID).WithMeta("game_title", g.Title)
		}
	}
	return nil
}

// ongoing returns all games that are being played. There is one for each court, and one for a court that was deleted when the game
// on it started.
func (s *Service) ongoing(ctx context.Context) ([]Game, error) {
	f := Filter{Status: Ongoing, Limit: maxCourts}
	var all []Game
	for {
		page, _, err := s.Store.ListGames(ctx, f)
		if err != nil {
			return nil, err
		}
		all = append(all, page...)
		if len(page) < f.Limit {
			return all, nil
		}
		last := page[len(page)-1]
		f.After = &Position{Date: last.Date, ID: last.ID}
	}
}

// courtToProto returns a court with the game that is on it.
func (s *Service) courtToProto(ctx context.Context, c Court) (*v1.Court, error) {
	ongoing, err := s.ongoing(ctx)
	if err != nil {
		return nil, err
	}
	out, err := s.courtsWith(ctx, []Court{c}, ongoing)
	if err != nil {
		return nil, err
	}
	return out[0], nil
}

// courtsWith returns courts with those of the ongoing games that are on them.
func (s *Service) courtsWith(ctx context.Context, courts []Court, ongoing []Game) ([]*v1.Court, error) {
	ongoing = slices.DeleteFunc(slices.Clone(ongoing), func(g Game) bool {
		return !slices.ContainsFunc(courts, func(c Court) bool { return c.ID == g.CourtID })
	})
	shown, err := s.toProtos(ctx, ongoing)
	if err != nil {
		return nil, err
	}
	out := make([]*v1.Court, len(courts))
	for i, c := range courts {
		out[i] = &v1.Court{Id: c.ID, Name: c.Name, Status: v1.CourtStatus_COURT_STATUS_AVAILABLE, Version: int32(c.Version)}
		if c.Maintenance {
			out[i].Status = v1.CourtStatus_COURT_STATUS_MAINTENANCE
		}
		if on := slices.IndexFunc(shown, func(g *v1.Game) bool { return g.GetCourtId() == c.ID }); on >= 0 {
			out[i].Status, out[i].Game = v1.CourtStatus_COURT_STATUS_PLAYING, shown[on]
		}
	}
	return out, nil
}
