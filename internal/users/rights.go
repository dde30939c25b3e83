package users

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"
)

const (
	// lastingTimeout bounds a change of a user that goes on when its caller hangs up.
	lastingTimeout = 15 * time.Second
	// sweepEvery is how late the consequences of a change may be whose process has died.
	sweepEvery = 10 * time.Second
	// sweepPage is how many users are read at a time.
	sweepPage = 100
	// settledAfter is how long a change of rights is followed up: longer than any call that began before it takes, so that
	// what such a call has stored since, such as a place in a game, is removed as well.
	settledAfter = time.Minute
)

// lasting is ctx without its end, for a change and all that follows from it: a caller who hangs up changes nothing about that.
func lasting(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), lastingTimeout)
}

// OnLeave registers f to be called for a user who is no longer active, once or more often. It must be called before the
// service is used.
func (s *Service) OnLeave(f func(ctx context.Context, userID string) error) {
	s.left = append(s.left, f)
}

// updateRights changes one user by f, as Store.UpdateUser does. A change of the role or the status is stored together with the
// note that its consequences are to follow.
func (s *Service) updateRights(ctx context.Context, id string, f func(*User) error) (User, error) {
	return s.Store.UpdateUser(ctx, id, func(u *User) error {
		before := *u
		if err := f(u); err != nil {
			return err
		}
		if u.Role != before.Role || u.Status != before.Status {
			u.RightsChangedAt = s.now()
		}
		return nil
	})
}

// follow does what follows from u's rights: every process hears of them, and a user who is not active loses all sessions and
// whatever the other services keep for members only. It may be repeated.
func (s *Service) follow(ctx context.Context, u User) error {
	if u.Status == Active {
		s.changed(ctx, u.ID)
		return nil
	}
	errs := []error{s.endSessions(ctx, u)}
	// Announced even if ending the sessions fails: the status alone refuses them.
	s.changed(ctx, u.ID)
	if u.erased() {
		// A sync may have refreshed it meanwhile.
		if err := s.Sessions.DeleteBandToken(ctx, u.ID); err != nil {
			errs = append(errs, fmt.Errorf("delete the Band token of user %s: %w", u.ID, err))
		}
		if err := s.Eraser.EraseNotifications(ctx, u.ID); err != nil {
			errs = append(errs, fmt.Errorf("erase the notifications of user %s: %w", u.ID, err))
		}
		if s.uploads != nil {
			if err := s.uploads.EraseUploads(ctx, u.ID); err != nil {
				errs = append(errs, fmt.Errorf("erase the uploads of user %s: %w", u.ID, err))
			}
		}
	}
	for _, left := range s.left {
		errs = append(errs, left(ctx, u.ID))
	}
	return errors.Join(errs...)
}

// Run follows up changes of rights until ctx ends, first those that a process before has left.
func (s *Service) Run(ctx context.Context) {
	if err := s.nameAll(ctx); err != nil && ctx.Err() == nil {
		s.Log.WarnContext(ctx, "members not told apart by their names", slog.Any("error", err))
	}
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		if err := s.sweep(ctx); err != nil && ctx.Err() == nil {
			s.Log.WarnContext(ctx, "changes of members' rights not followed up", slog.Any("error", err))
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// sweep follows up all changes of rights that are not settled. One that fails stays, and holds up no other.
func (s *Service) sweep(ctx context.Context) error {
	var errs []error
	for after := ""; ; {
		found, err := s.Store.UsersWithChangedRights(ctx, after, sweepPage)
		if err != nil {
			return errors.Join(append(errs, err)...)
		}
		for _, u := range found {
			errs = append(errs, s.settle(ctx, u))
		}
		if len(found) < sweepPage {
			return errors.Join(errs...)
		}
		after = found[len(found)-1].ID
	}
}

// settle follows up one change of rights, and takes the note of it off when no call from before it can still be running.
func (s *Service) settle(ctx context.Context, u User) error {
	// Looked at before, so that what is followed up last is followed up late enough.
	settled := s.now().Sub(u.RightsChangedAt) >= settledAfter
	if err := s.follow(ctx, u); err != nil || !settled {
		return err
	}
	_, err := s.Store.UpdateUser(ctx, u.ID, func(now *User) error {
		if now.RightsChangedAt.Equal(u.RightsChangedAt) {
			now.RightsChangedAt = time.Time{}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("note that the rights of user %s are settled: %w", u.ID, err)
	}
	return nil
}

// nameAll tells the active users apart whose names were stored before there were marks.
func (s *Service) nameAll(ctx context.Context) error {
	ids, err := s.Store.ActiveIDs(ctx)
	if err != nil {
		return fmt.Errorf("list the active users: %w", err)
	}
	known, err := s.byID(ctx, ids)
	if err != nil {
		return err
	}
	slices.Sort(ids)
	for _, id := range ids {
		if known[id].NameKey != "" {
			continue
		}
		err := distinct(func(n int) error {
			_, err := s.Store.UpdateUser(ctx, id, func(u *User) error {
				switch {
				case u.NameKey != "" || u.Status != Active:
				case looksReserved(u.DisplayName, u.Role):
					u.call(nameFor(u.BandName, u.Role), n)
				default:
					u.call(u.DisplayName, n)
				}
				return nil
			})
			return err
		})
		if err != nil {
			return fmt.Errorf("name user %s: %w", id, err)
		}
		s.changed(ctx, id)
	}
	return nil
}
