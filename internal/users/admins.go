package users

import (
	"context"
	"errors"
	"fmt"

	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/identity"
)

var errLastAdmin = fault.New(fault.Precondition, "LAST_ADMIN",
	"마지막 남은 회장입니다. 먼저 다른 회원을 회장으로 지정해 주세요.",
	"This is the last active admin. Make another member an admin first.")

// leads reports whether u is an admin who can act as one.
func (u User) leads() bool { return u.Role == identity.Admin && u.Status == Active }

// update changes one user by f, as updateRights does, and returns how they were before. Who is the club's last active
// admin stays that: the change is refused with errLastAdmin.
//
// The admins are many documents and a store changes one at a time, so the rule is looked at again after the change, which is
// taken back if it left none. Of several who step down at once, whoever looks last sees all of it; so one of them
// stays, whatever the order.
func (s *Service) update(ctx context.Context, id string, f func(*User) error) (before, after User, err error) {
	if err := s.mayStepDown(ctx, id, f); err != nil {
		return User{}, User{}, err
	}
	after, err = s.updateRights(ctx, id, func(u *User) error {
		before = *u
		return f(u)
	})
	if err != nil || !before.leads() || after.leads() {
		return before, after, err
	}
	admins, err := s.Store.CountActiveAdmins(ctx)
	if err == nil && admins > 0 {
		return before, after, nil
	}
	if err == nil {
		err = errLastAdmin
	}
	undo := distinct(func(n int) error {
		_, err := s.updateRights(ctx, id, func(u *User) error {
			u.Role, u.Status = before.Role, before.Status
			// Unless somebody has taken the name meanwhile.
			if n == 1 {
				u.DisplayName, u.NameKey = before.DisplayName, before.NameKey
			}
			return nil
		})
		return err
	})
	if undo != nil {
		err = fmt.Errorf("the club is left without an admin: %w", errors.Join(undo, err))
	}
	return User{}, User{}, err
}

// mayStepDown refuses what f would do to the last active admin, before it is done.
func (s *Service) mayStepDown(ctx context.Context, id string, f func(*User) error) error {
	u, err := s.Store.User(ctx, id)
	if err != nil || !u.leads() {
		return err
	}
	if err := f(&u); err != nil || u.leads() {
		return err
	}
	admins, err := s.Store.CountActiveAdmins(ctx)
	if err == nil && admins <= 1 {
		err = errLastAdmin
	}
	return err
}
