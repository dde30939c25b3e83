package users_test

import (
	"context"
	"sync"
	"testing"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/identity"
	"github.com/dongbaejul/dongbaejul/internal/users"
)

// stepDown are the ways in which an admin stops being one.
func stepDown(f *fixture) map[string]func(ctx context.Context, id string) error {
	update := func(req *v1.UpdateMemberRequest) func(context.Context, string) error {
		return func(ctx context.Context, id string) error {
			_, err := f.UpdateMember(ctx, &v1.UpdateMemberRequest{MemberId: id, Role: req.Role, Status: req.Status})
			return err
		}
	}
	return map[string]func(ctx context.Context, id string) error{
		"demoted":   update(&v1.UpdateMemberRequest{Role: v1.Role_ROLE_MANAGER.Enum()}),
		"suspended": update(&v1.UpdateMemberRequest{Status: v1.UserStatus_USER_STATUS_SUSPENDED.Enum()}),
		"withdrawn": update(&v1.UpdateMemberRequest{Status: v1.UserStatus_USER_STATUS_WITHDRAWN.Enum()}),
		"deleted": func(ctx context.Context, _ string) error {
			_, err := f.DeleteAccount(ctx, &v1.DeleteAccountRequest{})
			return err
		},
	}
}

func TestTheLastActiveAdminStaysOne(t *testing.T) {
	for _, way := range []string{"demoted", "suspended", "withdrawn", "deleted"} {
		t.Run(way, func(t *testing.T) {
			f := open(t)
			admin, second := f.signIn(t, "admin", "회장"), f.signIn(t, "admin2", "부회장")
			f.set(t, second.ID, func(u *users.User) { u.Status = users.Suspended })
			before := f.stored(t, admin.ID)
			wantFault(t, stepDown(f)[way](as(t, admin), admin.ID), fault.Precondition, "LAST_ADMIN")
			if got := f.stored(t, admin.ID); !equal(got, before) {
				t.Errorf("became %+v", got)
			}
			f.set(t, second.ID, func(u *users.User) { u.Status = users.Active })
			if err := stepDown(f)[way](as(t, admin), admin.ID); err != nil {
				t.Errorf("with another admin: %v", err)
			}
			if got := f.stored(t, admin.ID); got.Role == identity.Admin && got.Status == users.Active {
				t.Errorf("with another admin, still %+v", got)
			}
		})
	}
}

// unchanging is a store that takes no changes once it is closed.
type unchanging struct {
	users.Store
	closed *bool
	t      *testing.T
}

func (s unchanging) UpdateUser(ctx context.Context, id string, f func(*users.User) error) (users.User, error) {
	if *s.closed {
		s.t.Error("the change was tried")
	}
	return s.Store.UpdateUser(ctx, id, f)
}

func TestTheLastActiveAdminIsOneAllTheWhile(t *testing.T) {
	for _, way := range []string{"demoted", "suspended", "withdrawn", "deleted"} {
		closed := false
		f := openOn(t, func(s users.Store) users.Store { return unchanging{s, &closed, t} })
		admin := f.signIn(t, "admin", "회장")
		closed = true
		wantFault(t, stepDown(f)[way](as(t, admin), admin.ID), fault.Precondition, "LAST_ADMIN")
	}
}

// overtaken is a store in which the other admins step down right after they were counted.
type overtaken struct {
	users.Store
	others *[]string
	t      *testing.T
}

func (o overtaken) CountActiveAdmins(ctx context.Context) (int, error) {
	n, err := o.Store.CountActiveAdmins(ctx)
	for _, id := range *o.others {
		if _, err := o.UpdateUser(ctx, id, func(u *users.User) error { u.Role = identity.Member; return nil }); err != nil {
			o.t.Error(err)
		}
	}
	return n, err
}

func TestAnAdminWhoTurnsOutToBeTheLastGoesBack(t *testing.T) {
	for _, way := range []string{"demoted", "suspended", "withdrawn", "deleted"} {
		t.Run(way, func(t *testing.T) {
			var others []string
			f := openOn(t, func(s users.Store) users.Store { return overtaken{s, &others, t} })
			admin, second := f.signIn(t, "admin", "회장"), f.signIn(t, "admin2", "부회장")
			others = []string{second.ID}
			before := f.stored(t, admin.ID)
			wantFault(t, stepDown(f)[way](as(t, admin), admin.ID), fault.Precondition, "LAST_ADMIN")
			// Other processes may have seen the step down: they are told again.
			before.RightsChangedAt = f.clock.now
			if got := f.stored(t, admin.ID); !equal(got, before) {
				t.Errorf("became %+v", got)
			}
		})
	}
}

func TestAllAdminsStepDownAtOnceAndOneStays(t *testing.T) {
	f := open(t)
	const admins = 8
	var all []users.User
	for i := range admins {
		u := f.signIn(t, string(rune('a'+i)), "회장")
		f.set(t, u.ID, func(u *users.User) { u.Role = identity.Admin })
		all = append(all, f.stored(t, u.ID))
	}
	var wg sync.WaitGroup
	for i, u := range all {
		way := []string{"demoted", "suspended", "deleted"}[i%3]
		wg.Go(func() {
			if err := stepDown(f)[way](as(t, u), u.ID); err != nil && fault.KindOf(err) != fault.Precondition {
				t.Errorf("%s: %v", way, err)
			}
		})
	}
	wg.Wait()
	if n, err := f.store.CountActiveAdmins(t.Context()); err != nil || n < 1 {
		t.Errorf("%d admins are left, %v", n, err)
	}
}
