package games

import (
	"context"
	"errors"
	"fmt"
	"slices"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/identity"
	"github.com/dongbaejul/dongbaejul/internal/users"
)

// RemoveParticipant takes somebody off a scheduled game.
func (s *Service) RemoveParticipant(ctx context.Context, req *v1.RemoveParticipantRequest) (*v1.RemoveParticipantResponse, error) {
	caller, err := identity.From(ctx)
	if err != nil {
		return nil, err
	}
	g, err := s.changeAmongActive(ctx, req.GetGameId(), func(g *Game) error {
		if err := g.mayOrganise(caller); err != nil {
			return err
		}
		return g.remove(req.GetUserId(), caller.UserID)
	})
	if err != nil {
		return nil, err
	}
	out, err := s.toProto(ctx, g)
	return &v1.RemoveParticipantResponse{Game: out}, err
}

// remove takes a user off as leave does, and has them told, unless they did it themselves.
func (g *Game) remove(userID, by string) error {
	if err := g.leave(userID); err != nil {
		return err
	}
	if userID != by {
		g.errand(tellRemoved, []string{userID})
	}
	return nil
}

// RemoveMember takes a user who is no longer an active member off all scheduled games; in each the first active member of the
// waiting list moves up in the same step. Games that have begun keep their players. It may be repeated.
func (s *Service) RemoveMember(ctx context.Context, userID string) error {
	ids, err := s.Store.GamesToCome(ctx, userID)
	if err != nil {
		return fmt.Errorf("list the games to come of user %s: %w", userID, err)
	}
	var errs []error
	for _, id := range ids {
		gone, err := s.gone(ctx, id)
		if err == nil {
			_, err = s.changeBy(ctx, userID, id, func(g *Game) error {
				if g.Status != Scheduled {
					return errUnchanged
				}
				return g.removeGone(append(gone, userID))
			})
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("take user %s off game %s: %w", userID, id, err))
		}
	}
	return errors.Join(errs...)
}

// changeAmongActive is change for a rule that moves people up or relies on who is in the game: users who are no longer active
// are off a scheduled game before the rule runs. An error of the rule leaves the game as it was, with them.
func (s *Service) changeAmongActive(ctx context.Context, gameID string, rule func(*Game) error) (Game, error) {
	gone, err := s.gone(ctx, gameID)
	if err != nil {
		return Game{}, gameFault(err)
	}
	return s.change(ctx, gameID, func(g *Game) error {
		if g.Status == Scheduled {
			if err := g.removeGone(gone); err != nil && !errors.Is(err, errUnchanged) {
				return err
			}
		}
		return rule(g)
	})
}

// gone lists those in a game who are not active. Those who join later are: their call has been let in.
func (s *Service) gone(ctx context.Context, gameID string) ([]string, error) {
	g, err := s.Store.Game(ctx, gameID)
	if err != nil {
		return nil, err
	}
	people := g.people("")
	known, err := s.Users.Users(ctx, people)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(people, func(id string) bool {
		u, ok := known[id]
		return !ok || u.Status == users.Active
	}), nil
}

// removeGone takes users off and then moves people up, so that nobody of them is moved up in between.
func (g *Game) removeGone(gone []string) error {
	gone = slices.DeleteFunc(slices.Clone(gone), func(id string) bool { return g.standing(id) == out })
	if len(gone) == 0 {
		return errUnchanged
	}
	for _, id := range gone {
		g.takeOff(id)
	}
	g.promote()
	return nil
}
