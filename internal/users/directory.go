package users

import (
	"context"
	"fmt"
	"slices"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
)

// maxIDs is how many ids UsersByID takes.
const maxIDs = 1000

// User returns one user, whatever the status, as of their last change that was announced and at most CopyAge ago;
// fault.NotFound where there is none. What it returns is shared: the slices in it are not to be changed.
func (s *Service) User(ctx context.Context, id string) (User, error) {
	u, err := s.recent.Get(ctx, id, s.Store.User)
	if err != nil {
		return User{}, memberFault(fmt.Errorf("read user %s: %w", id, err))
	}
	return u, nil
}

// Users returns those of ids that exist, by id, as User does.
func (s *Service) Users(ctx context.Context, ids []string) (map[string]User, error) {
	return s.recent.GetAll(ctx, ids, s.byID)
}

// Active is like User for somebody who may use the app; fault.NotFound for anybody else.
func (s *Service) Active(ctx context.Context, id string) (User, error) {
	u, err := s.User(ctx, id)
	if err == nil && u.Status != Active {
		return User{}, errMemberNotFound
	}
	return u, err
}

// ActiveIDs returns the ids of all active users, in no order.
func (s *Service) ActiveIDs(ctx context.Context) ([]string, error) { return s.Store.ActiveIDs(ctx) }

// ActiveOf returns those of ids that are of active users, as User has them.
func (s *Service) ActiveOf(ctx context.Context, ids []string) (map[string]bool, error) {
	found, err := s.Users(ctx, ids)
	if err != nil {
		return nil, err
	}
	active := make(map[string]bool, len(found))
	for id, u := range found {
		if u.Status == Active {
			active[id] = true
		}
	}
	return active, nil
}

// Summaries returns how the users named are shown, by id, as User has them. Somebody who does not exist is shown like a
// deleted account, so that each of ids has an entry.
func (s *Service) Summaries(ctx context.Context, ids []string) (map[string]*v1.UserSummary, error) {
	found, err := s.Users(ctx, ids)
	if err != nil {
		return nil, err
	}
	summaries := make(map[string]*v1.UserSummary, len(ids))
	for _, id := range ids {
		if summaries[id] == nil {
			summaries[id] = s.SummaryOf(found, id)
		}
	}
	return summaries, nil
}

// Summary is Summaries for one user.
func (s *Service) Summary(ctx context.Context, id string) (*v1.UserSummary, error) {
	summaries, err := s.Summaries(ctx, []string{id})
	if err != nil {
		return nil, err
	}
	return summaries[id], nil
}

// Forget drops this process's copy of a user: to be called for each change that any process announces.
func (s *Service) Forget(userID string) { s.recent.Forget(userID) }

// ForgetAll drops all copies of this process: to be called where announcements may have been lost.
func (s *Service) ForgetAll() { s.recent.ForgetAll() }

func (s *Service) byID(ctx context.Context, ids []string) (map[string]User, error) {
	users := make(map[string]User, len(ids))
	for part := range slices.Chunk(ids, maxIDs) {
		found, err := s.Store.UsersByID(ctx, part)
		if err != nil {
			return nil, fmt.Errorf("read %d users: %w", len(part), err)
		}
		for _, u := range found {
			users[u.ID] = u
		}
	}
	return users, nil
}
