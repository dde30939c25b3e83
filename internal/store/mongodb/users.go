package mongodb

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/dongbaejul/dongbaejul/internal/hangul"
	"github.com/dongbaejul/dongbaejul/internal/identity"
	"github.com/dongbaejul/dongbaejul/internal/users"
)

var userIndexes = []index{
	// A user who was erased has no band_user_id.
	{collection: "users", name: "users_band", keys: bson.D{{Key: "band_user_id", Value: 1}}, unique: true,
		where: bson.D{{Key: "band_user_id", Value: bson.D{{Key: "$gt", Value: ""}}}}},
	{collection: "users", name: "users_listed", keys: bson.D{
		{Key: "status", Value: 1}, {Key: "display_name", Value: 1}, {Key: "_id", Value: 1},
	}},
	{collection: "users", name: "users_by_name", keys: bson.D{{Key: "name_key", Value: 1}}, unique: true, where: anyNameKey},
	{collection: "users", name: usersWithChangedRights, keys: bson.D{{Key: "_id", Value: 1}, {Key: "rights_changed_at", Value: 1}}, where: anyChangedRights},
	{collection: "users", name: "users_by_role_and_id", keys: bson.D{
		{Key: "role", Value: 1}, {Key: "status", Value: 1}, {Key: "_id", Value: 1},
	}},
}

const usersWithChangedRights = "users_with_changed_rights"

// What an index holds only where it is there, and what a query must say so that such an index is used.
var (
	anyNameKey       = bson.D{{Key: "name_key", Value: bson.D{{Key: "$gt", Value: ""}}}}
	anyChangedRights = bson.D{{Key: "rights_changed_at", Value: bson.D{{Key: "$gt", Value: int64(0)}}}}
)

// userDoc is a user.
type userDoc struct {
	Head        `bson:",inline"`
	BandUserID  string         `bson:"band_user_id"`
	DisplayName string         `bson:"display_name"`
	Avatar      string         `bson:"avatar"`
	AvatarFile  string         `bson:"avatar_file,omitempty"`
	Role        string         `bson:"role"`
	Status      string         `bson:"status"`
	SkillLevel  string         `bson:"skill_level"`
	Preferences preferencesDoc `bson:"preferences"`
	BandName    string         `bson:"band_name"`
	BandImage   string         `bson:"band_image"`
	CreatedAt   int64          `bson:"created_at"`
	LastSeenAt  int64          `bson:"last_seen_at"`

	NameKey         string `bson:"name_key,omitempty"`
	RightsChangedAt int64  `bson:"rights_changed_at,omitempty"`
	BandRole        string `bson:"band_role,omitempty"`
	LeftBand        bool   `bson:"left_band,omitempty"`
}

type preferencesDoc struct {
	MutedKinds           []string `bson:"muted_kinds,omitempty"`
	HideOnline           bool     `bson:"hide_online,omitempty"`
	HideStats            bool     `bson:"hide_stats,omitempty"`
	RefuseDirectMessages bool     `bson:"refuse_direct_messages,omitempty"`
	QuietFrom            int      `bson:"quiet_from,omitempty"`
	QuietTo              int      `bson:"quiet_to,omitempty"`
	App                  string   `bson:"app,omitempty"`
}

func (d userDoc) user() users.User {
	return users.User{
		ID: d.ID, BandUserID: d.BandUserID, DisplayName: d.DisplayName, Avatar: d.Avatar, AvatarFile: d.AvatarFile, Role: identity.Role(d.Role),
		Status: users.Status(d.Status), SkillLevel: users.SkillLevel(d.SkillLevel), Preferences: users.Preferences(d.Preferences),
		BandName: d.BandName, BandImage: d.BandImage, CreatedAt: fromMicros(d.CreatedAt), LastSeenAt: fromMicros(d.LastSeenAt),
		NameKey: d.NameKey, RightsChangedAt: fromMicros(d.RightsChangedAt), BandRole: identity.Role(d.BandRole), LeftBand: d.LeftBand,
	}
}

func userDocOf(u users.User) userDoc {
	return userDoc{
		Head: Head{ID: u.ID}, BandUserID: u.BandUserID, DisplayName: u.DisplayName, Avatar: u.Avatar, AvatarFile: u.AvatarFile, Role: string(u.Role),
		Status: string(u.Status), SkillLevel: string(u.SkillLevel), Preferences: preferencesDoc(u.Preferences),
		BandName: u.BandName, BandImage: u.BandImage, CreatedAt: toMicros(u.CreatedAt), LastSeenAt: toMicros(u.LastSeenAt),
		NameKey: u.NameKey, RightsChangedAt: toMicros(u.RightsChangedAt), BandRole: string(u.BandRole), LeftBand: u.LeftBand,
	}
}

// User implements users.Store.
func (s *Store) User(ctx context.Context, id string) (_ users.User, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	d, err := s.users.get(ctx, id)
	return d.user(), err
}

// UsersByID implements users.Store.
func (s *Store) UsersByID(ctx context.Context, ids []string) (_ []users.User, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	return s.usersByID(ctx, ids)
}

func (s *Store) usersByID(ctx context.Context, ids []string) ([]users.User, error) {
	found, err := s.users.some(ctx, ids)
	return convert(found, userDoc.user), err
}

// UserByBand implements users.Store.
func (s *Store) UserByBand(ctx context.Context, bandUserID string) (_ users.User, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	d, err := s.userByBand(ctx, bandUserID)
	return d.user(), err
}

func (s *Store) userByBand(ctx context.Context, bandUserID string) (userDoc, error) {
	if bandUserID == "" {
		return userDoc{}, errNotFound
	}
	return one[userDoc](ctx, s.users.Collection, withBand(bandUserID))
}

// UsersByBand implements users.Store.
func (s *Store) UsersByBand(ctx context.Context, bandUserIDs []string) (_ []users.User, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	if len(bandUserIDs) == 0 {
		return nil, nil
	}
	found, err := list[userDoc](ctx, s.users.Collection,
		bson.D{{Key: "band_user_id", Value: bson.D{{Key: "$in", Value: bandUserIDs}, {Key: "$gt", Value: ""}}}})
	return convert(found, userDoc.user), err
}

// ActiveAdmins implements users.Store.
func (s *Store) ActiveAdmins(ctx context.Context, limit int) (_ []users.User, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	if limit <= 0 {
		return nil, nil
	}
	found, err := list[userDoc](ctx, s.users.Collection, append(bson.D{{Key: "role", Value: string(identity.Admin)}}, active()...),
		options.Find().SetSort(bson.D{{Key: "role", Value: 1}, {Key: "status", Value: 1}, {Key: "_id", Value: 1}}).SetLimit(int64(limit)))
	return convert(found, userDoc.user), err
}

// withBand is the filter of who has a BandUserID that is not empty. The second condition is the index's own, without which
// it is not used.
func withBand(bandUserID string) bson.D {
	return bson.D{{Key: "band_user_id", Value: bson.D{{Key: "$eq", Value: bandUserID}, {Key: "$gt", Value: ""}}}}
}

// withNameKey is the filter of who has a NameKey that is not empty.
func withNameKey(key string) bson.D {
	return bson.D{{Key: "name_key", Value: bson.D{{Key: "$eq", Value: key}, {Key: "$gt", Value: ""}}}}
}

// CreateUser implements users.Store.
func (s *Store) CreateUser(ctx context.Context, u users.User) (_ users.User, created bool, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	d := userDocOf(u)
	kept, created, err := s.users.insertOr(ctx, &d, func(ctx context.Context) (userDoc, error) {
		found, err := s.userByBand(ctx, u.BandUserID)
		if errors.Is(err, errNotFound) {
			// It is the ID or the name that is taken, unless the one who has the other cannot be read yet.
			if _, err := s.users.get(ctx, u.ID); err == nil {
				return userDoc{}, errExists
			}
			if _, err := one[userDoc](ctx, s.users.Collection, withNameKey(u.NameKey)); err == nil {
				return userDoc{}, errExists
			}
		}
		return found, err
	})
	if err != nil {
		return users.User{}, false, err
	}
	return kept.user(), created, nil
}

// UpdateUser implements users.Store.
func (s *Store) UpdateUser(ctx context.Context, id string, f func(*users.User) error) (_ users.User, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	d, err := s.users.change(ctx, id, func(d *userDoc) error {
		u := d.user()
		if err := f(&u); err != nil {
			return err
		}
		*d = userDocOf(u)
		return nil
	})
	return d.user(), existing(err)
}

// active is the filter of the active users.
func active() bson.D { return ofStatus(users.Active) }

func ofStatus(status users.Status) bson.D { return bson.D{{Key: "status", Value: string(status)}} }

// ListMembers implements users.Store. What is counted and the page may differ by what is written between the two.
func (s *Store) ListMembers(ctx context.Context, f users.Filter) (page []users.User, total int, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	listed := options.Find().SetSort(bson.D{{Key: "display_name", Value: 1}, {Key: "_id", Value: 1}})
	if strings.TrimSpace(f.Search) != "" {
		return s.searchMembers(ctx, f, listed)
	}
	filter := ofStatus(f.Status)
	if f.After != nil {
		filter = append(filter, beyond("display_name", f.After.Name, f.After.ID, 1)...)
		f.Offset = 0
	} else if total, err = count(ctx, s.users.Collection, filter); err != nil {
		return nil, 0, err
	}
	found, err := list[userDoc](ctx, s.users.Collection, filter, listed.SetSkip(int64(f.Offset)).SetLimit(int64(f.Limit)))
	if err != nil {
		return nil, 0, err
	}
	return convert(found, userDoc.user), total, nil
}

// searchMembers goes through the names of all members, of whom a club has some hundreds, and reads those of the page.
func (s *Store) searchMembers(ctx context.Context, f users.Filter, listed *options.FindOptionsBuilder) (page []users.User, total int, err error) {
	names, err := list[userDoc](ctx, s.users.Collection, ofStatus(f.Status), listed.SetProjection(bson.D{{Key: "display_name", Value: 1}}))
	if err != nil {
		return nil, 0, err
	}
	if f.After != nil {
		f.Offset = 0
	}
	var ids []string
	for _, d := range names {
		if !hangul.Contains(d.DisplayName, f.Search) {
			continue
		}
		if f.After != nil && !f.After.Before(d.user()) {
			continue
		}
		if total >= f.Offset && len(ids) < f.Limit {
			ids = append(ids, d.ID)
		}
		total++
	}
	if f.After != nil {
		total = 0
	}
	if page, err = s.usersByID(ctx, ids); err != nil {
		return nil, 0, err
	}
	slices.SortFunc(page, func(a, b users.User) int {
		return cmp.Compare(slices.Index(ids, a.ID), slices.Index(ids, b.ID))
	})
	return page, total, nil
}

// ActiveIDs implements users.Store.
func (s *Store) ActiveIDs(ctx context.Context) (_ []string, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	found, err := list[userDoc](ctx, s.users.Collection, active(), options.Find().SetProjection(bson.D{{Key: "_id", Value: 1}}))
	return convert(found, func(d userDoc) string { return d.ID }), err
}

// UsersWithChangedRights implements users.Store.
func (s *Store) UsersWithChangedRights(ctx context.Context, afterID string, limit int) (_ []users.User, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	if limit <= 0 {
		return nil, nil
	}
	found, err := list[userDoc](ctx, s.users.Collection,
		append(bson.D{{Key: "_id", Value: bson.D{{Key: "$gt", Value: afterID}}}}, anyChangedRights...),
		options.Find().SetSort(bson.D{{Key: "_id", Value: 1}}).SetLimit(int64(limit)).SetHint(usersWithChangedRights))
	return convert(found, userDoc.user), err
}

// CountActiveAdmins implements users.Store.
func (s *Store) CountActiveAdmins(ctx context.Context) (n int, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	return count(ctx, s.users.Collection, append(bson.D{{Key: "role", Value: string(identity.Admin)}}, active()...))
}
