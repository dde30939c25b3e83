package users

import (
	"context"
	"errors"
	"fmt"

	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/identity"
	"github.com/dongbaejul/dongbaejul/internal/ids"
)

// BandPerson is what Band says of somebody who signs in.
type BandPerson struct {
	// UserKey is Band's user_key for this app; not empty.
	UserKey string
	// Name and Image are those in the club's Band, or the person's own where they have none there.
	Name  string
	Image string
}

// SignIn returns the user a person of the Band is, making a new one the first time. A user who is not active is given as they are
// and stays so, unless they were withdrawn only because they had left the Band: to refuse them is the caller's business. Of others it takes over what Band says, DisplayName and
// Avatar too as long as the user has not changed them, and sets the role of those named in Config.
func (s *Service) SignIn(ctx context.Context, p BandPerson) (u User, created bool, err error) {
	if p.UserKey == "" {
		return User{}, false, errors.New("sign in: a person without a Band user key")
	}
	u, err = s.Store.UserByBand(ctx, p.UserKey)
	if errors.Is(err, fault.NotFound) {
		err = distinct(func(n int) (err error) {
			u, created, err = s.Store.CreateUser(ctx, s.newUser(p, n))
			return err
		})
	}
	if err != nil {
		return User{}, false, fmt.Errorf("find who signs in: %w", err)
	}
	if created {
		return u, true, nil
	}
	before := u
	ctx, cancel := lasting(ctx)
	defer cancel()
	err = distinct(func(n int) (err error) {
		u, err = s.updateRights(ctx, before.ID, func(u *User) error {
			before = *u
			if u.Status == Withdrawn && u.LeftBand {
				// Who signs in is a member again.
				u.Status, u.LeftBand = Active, false
			}
			if u.Status == Active {
				s.takeOver(u, p, n)
			}
			return nil
		})
		return err
	})
	if err != nil {
		return User{}, false, fmt.Errorf("update who signs in: %w", err)
	}
	s.auditRights(ctx, before, u)
	s.changed(ctx, u.ID)
	return u, false, nil
}

func (s *Service) newUser(p BandPerson, n int) User {
	u := User{ID: ids.New(), BandUserID: p.UserKey, Role: identity.Member, Status: Active, CreatedAt: s.now()}
	s.takeOver(&u, p, n)
	return u
}

// takeOver brings u up to date with a sign-in. A name or picture the user has not changed is still Band's, and follows it; n is
// the mark of a name that is new.
func (s *Service) takeOver(u *User, p BandPerson, n int) {
	name, image := nameFromBand(p.Name), imageFromBand(p.Image)
	if role, ok := s.initialRoles[p.UserKey]; ok && rank[role] > rank[u.Role] {
		u.Role = role
	}
	if u.DisplayName == "" || u.called(u.BandName) || u.called(nameless) {
		if wanted := nameFor(name, u.Role); !u.called(wanted) || u.NameKey == "" {
			u.call(wanted, n)
		}
	}
	if u.Avatar == u.BandImage && u.AvatarFile == "" {
		u.Avatar = image
	}
	u.BandName, u.BandImage = name, image
	if now := s.now(); u.LastSeenAt.Before(now) {
		u.LastSeenAt = now
	}
}

// rank orders the roles by what they may do.
var rank = map[identity.Role]int{identity.Member: 0, identity.Manager: 1, identity.Admin: 2}
