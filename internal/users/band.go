package users

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/identity"
)

// BandMember is what Band says of somebody who is not signing in: an author, somebody who is mentioned, or an entry of the list of
// members.
type BandMember struct {
	BandPerson
	// Role is empty if Band does not say.
	Role identity.Role
	// JoinedAt is zero if Band does not say.
	JoinedAt time.Time
	// Mentioned is set if only UserKey and Name are known.
	Mentioned bool
	// Listed is whether Band's list of members has the person, so that they have not left.
	Listed bool
}

// Learned are the user keys of those who became users, and of users who are others than before.
type Learned struct{ New, Updated []string }

// maxLearned is how many people Learn takes at once. Each is looked for by two keys.
const maxLearned = 500

// Learn makes users of those people of Band who are none yet, takes over what Band says of the others, and returns the user ids of all by
// user key. A person is named once. What a user has chosen here stays, as at a sign-in. A user who is not active stays as they are,
// unless they were withdrawn because they had left, and are listed again. Who has deleted their account becomes no user again by being
// in the Band, only by signing in: their id is that of the deleted account.
//
// A role follows Band when Band's word changes: it rises to what Band says, and falls to it if it was the one that Band had
// said before. So a role that was given or taken here stays until Band says something new. The last active admin stays one.
func (s *Service) Learn(ctx context.Context, people []BandMember) (ids map[string]string, learned Learned, err error) {
	ids = make(map[string]string, len(people))
	for len(people) > 0 {
		part := people[:min(len(people), maxLearned)]
		people = people[len(part):]
		known, err := s.byBand(ctx, keysOf(part))
		if err != nil {
			return nil, learned, err
		}
		for _, p := range part {
			u, created, changed, err := s.learn(ctx, p, known)
			if err != nil {
				return nil, learned, fmt.Errorf("learn of a member of Band: %w", err)
			}
			ids[p.UserKey] = u.ID
			if created {
				learned.New = append(learned.New, p.UserKey)
			} else if changed {
				learned.Updated = append(learned.Updated, p.UserKey)
			}
		}
	}
	return ids, learned, nil
}

// UsersOfBand returns the ids of those who are users, by user key.
func (s *Service) UsersOfBand(ctx context.Context, userKeys []string) (map[string]string, error) {
	ids := make(map[string]string, len(userKeys))
	for len(userKeys) > 0 {
		part := userKeys[:min(len(userKeys), maxLearned)]
		userKeys = userKeys[len(part):]
		known, err := s.byBand(ctx, part)
		if err != nil {
			return nil, err
		}
		for key, u := range known {
			ids[key] = u.ID
		}
	}
	return ids, nil
}

func keysOf(people []BandMember) []string {
	keys := make([]string, len(people))
	for i, p := range people {
		keys[i] = p.UserKey
	}
	return keys
}

// byBand returns the users with these user keys, by those; where there is none, the deleted account.
func (s *Service) byBand(ctx context.Context, userKeys []string) (map[string]User, error) {
	wanted := slices.Clone(userKeys)
	for _, key := range userKeys {
		wanted = append(wanted, erasedKey(key))
	}
	found, err := s.Store.UsersByBand(ctx, wanted)
	if err != nil {
		return nil, fmt.Errorf("find users by Band: %w", err)
	}
	stored := make(map[string]User, len(found))
	for _, u := range found {
		stored[u.BandUserID] = u
	}
	known := make(map[string]User, len(found))
	for _, key := range userKeys {
		u, ok := stored[key]
		if !ok {
			u, ok = stored[erasedKey(key)]
		}
		if ok {
			known[key] = u
		}
	}
	return known, nil
}

func (s *Service) learn(ctx context.Context, p BandMember, known map[string]User) (u User, created, changed bool, err error) {
	u, ok := known[p.UserKey]
	if !ok {
		err = distinct(func(n int) (err error) {
			u, created, err = s.Store.CreateUser(ctx, s.newMember(p, n))
			return err
		})
		if err != nil || created {
			return u, created, false, err
		}
	}
	if next := u; !s.follows(&next, p, 1) {
		return u, false, false, nil
	}
	ctx, cancel := lasting(ctx)
	defer cancel()
	before, after, err := s.takeOverMember(ctx, u.ID, p)
	if errors.Is(err, errLastAdmin) {
		// The club needs an admin more than Band's word.
		p.Role = ""
		before, after, err = s.takeOverMember(ctx, u.ID, p)
	}
	if err != nil {
		return u, false, false, err
	}
	s.auditRights(ctx, before, after)
	if before.Role != after.Role || before.Status != after.Status {
		err = s.follow(ctx, after)
	} else {
		s.changed(ctx, after.ID)
	}
	return after, false, true, err
}

func (s *Service) takeOverMember(ctx context.Context, userID string, p BandMember) (before, after User, err error) {
	err = distinct(func(n int) (err error) {
		before, after, err = s.update(ctx, userID, func(u *User) error {
			s.follows(u, p, n)
			return nil
		})
		return err
	})
	return before, after, err
}

func (s *Service) newMember(p BandMember, n int) User {
	u := s.newUser(p.BandPerson, n)
	u.LastSeenAt = time.Time{}
	if !p.JoinedAt.IsZero() && p.JoinedAt.Before(u.CreatedAt) {
		u.CreatedAt = p.JoinedAt.UTC().Truncate(time.Microsecond)
	}
	s.followRole(&u, p.Role)
	return u
}

// follows brings u up to date with what Band says of them, and reports whether that changed anything; n is the mark of a name that is
// new.
func (s *Service) follows(u *User, p BandMember, n int) bool {
	before := *u
	if u.LeftBand && u.Status == Withdrawn && p.Listed {
		u.Status, u.LeftBand = Active, false
	}
	if u.Status != Active || p.Mentioned {
		return false
	}
	s.followRole(u, p.Role)
	seen := u.LastSeenAt
	s.takeOver(u, p.BandPerson, n)
	u.LastSeenAt = seen
	return u.DisplayName != before.DisplayName || u.NameKey != before.NameKey || u.Avatar != before.Avatar || u.BandName != before.BandName ||
		u.BandImage != before.BandImage || u.Role != before.Role || u.BandRole != before.BandRole || u.Status != before.Status
}

// followRole makes said, unless it is empty, the role that Band says.
func (s *Service) followRole(u *User, said identity.Role) {
	before := u.BandRole
	if said == "" || said == before {
		return
	}
	u.BandRole = said
	if rank[said] > rank[u.Role] || u.Role == before {
		u.Role = said
	}
	if held, ok := s.initialRoles[u.BandUserID]; ok && rank[held] > rank[u.Role] {
		u.Role = held
	}
}

// listedPage is how many users are read at a time.
const listedPage = 100

// WithdrawUnlisted withdraws the active users whose user keys are not among listed, which are all members of the Band, and returns
// how many. Those withdrawn come back when they are listed again, or sign in as members. The last active admin stays.
func (s *Service) WithdrawUnlisted(ctx context.Context, listed map[string]bool) (withdrawn int, err error) {
	after := &Position{}
	for {
		found, _, err := s.Store.ListMembers(ctx, Filter{Status: Active, After: after, Limit: listedPage})
		if err != nil {
			return withdrawn, fmt.Errorf("list members: %w", err)
		}
		for _, u := range found {
			if u.erased() || listed[u.BandUserID] {
				continue
			}
			left, err := s.withdraw(ctx, u.ID)
			if err != nil {
				return withdrawn, err
			}
			if left {
				withdrawn++
			}
		}
		if len(found) < listedPage {
			return withdrawn, nil
		}
		last := found[len(found)-1]
		after = &Position{Name: last.DisplayName, ID: last.ID}
	}
}

// LeftBand withdraws the active user with a user key, of whom Band says that they are no member; if there is none, it does nothing.
func (s *Service) LeftBand(ctx context.Context, userKey string) error {
	u, err := s.Store.UserByBand(ctx, userKey)
	if errors.Is(err, fault.NotFound) {
		return nil
	}
	if err == nil && u.Status == Active {
		_, err = s.withdraw(ctx, u.ID)
	}
	return err
}

func (s *Service) withdraw(ctx context.Context, userID string) (bool, error) {
	ctx, cancel := lasting(ctx)
	defer cancel()
	before, after, err := s.update(ctx, userID, func(u *User) error {
		if u.Status == Active {
			u.Status, u.LeftBand = Withdrawn, true
		}
		return nil
	})
	if errors.Is(err, errLastAdmin) {
		s.Log.WarnContext(ctx, "the last active admin has left the Band and stays", slog.String("user_id", userID))
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("withdraw user %s: %w", userID, err)
	}
	s.auditRights(ctx, before, after)
	return before.Status != after.Status, s.follow(ctx, after)
}

// maxAdmins is how many admins Admins returns.
const maxAdmins = 50

// Admins returns the ids of active admins.
func (s *Service) Admins(ctx context.Context) ([]string, error) {
	admins, err := s.Store.ActiveAdmins(ctx, maxAdmins)
	if err != nil {
		return nil, fmt.Errorf("list the admins: %w", err)
	}
	ids := make([]string, len(admins))
	for i, u := range admins {
		ids[i] = u.ID
	}
	return ids, nil
}
