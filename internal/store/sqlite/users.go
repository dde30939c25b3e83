package sqlite

import (
	"context"
	"database/sql"
	"strings"

	"github.com/dongbaejul/dongbaejul/internal/hangul"
	"github.com/dongbaejul/dongbaejul/internal/users"
)

const (
	selectUser = `SELECT id, band_user_id, display_name, avatar, role, status, skill_level, preferences,
		band_name, band_image, created_at, last_seen_at, name_key, rights_changed_at, band_role, left_band, avatar_file FROM users `

	userByID     query = selectUser + `WHERE id = ?`
	userByBand   query = selectUser + `WHERE band_user_id = ? AND band_user_id <> ''`
	usersByBand  query = selectUser + `WHERE band_user_id IN (SELECT value FROM json_each(?)) AND band_user_id <> ''`
	usersByID    query = selectUser + `WHERE id IN (SELECT value FROM json_each(?))`
	members      query = selectUser + `WHERE status = ? ORDER BY display_name, id LIMIT ? OFFSET ?`
	membersAfter query = selectUser + `WHERE status = ? AND (display_name, id) > (?, ?) ORDER BY display_name, id LIMIT ?`
	// membersLike narrows down by initial consonants what hangul.Contains then decides.
	membersLike query = selectUser + `WHERE status = ? AND instr(initials, ?) > 0 ORDER BY display_name, id`

	withChangedRights query = selectUser + `WHERE rights_changed_at > 0 AND id > ? ORDER BY id LIMIT ?`

	countMembers      query = `SELECT count(*) FROM users WHERE status = ?`
	activeIDs         query = `SELECT id FROM users WHERE status = 'active'`
	countActiveAdmins query = `SELECT count(*) FROM users WHERE role = 'admin' AND status = 'active'`

	activeAdmins query = selectUser + `WHERE role = 'admin' AND status = 'active' ORDER BY id LIMIT ?`

	insertUser query = `INSERT INTO users (id, band_user_id, display_name, initials, avatar, role, status, skill_level,
		preferences, band_name, band_image, created_at, last_seen_at, name_key, rights_changed_at, band_role, left_band, avatar_file)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (band_user_id) WHERE band_user_id <> '' DO NOTHING`
	updateUser query = `UPDATE users SET (band_user_id, display_name, initials, avatar, role, status, skill_level,
		preferences, band_name, band_image, created_at, last_seen_at, name_key, rights_changed_at, band_role, left_band, avatar_file)
		= (?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)
		WHERE id = ?1`
)

func scanUser(rows *sql.Rows) (u users.User, err error) {
	err = rows.Scan(&u.ID, &u.BandUserID, &u.DisplayName, &u.Avatar, (*text)(&u.Role), (*text)(&u.Status),
		(*text)(&u.SkillLevel), document{&u.Preferences}, &u.BandName, &u.BandImage,
		(*instant)(&u.CreatedAt), (*instant)(&u.LastSeenAt), &u.NameKey, (*instant)(&u.RightsChangedAt),
		(*text)(&u.BandRole), &u.LeftBand, &u.AvatarFile)
	return u, err
}

// userValues are the columns of insertUser and updateUser.
func userValues(u users.User) ([]any, error) {
	preferences, err := toJSON(u.Preferences)
	return []any{u.ID, u.BandUserID, u.DisplayName, hangul.Initials(u.DisplayName), u.Avatar, u.Role, u.Status, u.SkillLevel,
		preferences, u.BandName, u.BandImage, toMicros(u.CreatedAt), toMicros(u.LastSeenAt), u.NameKey, toMicros(u.RightsChangedAt),
		u.BandRole, u.LeftBand, u.AvatarFile}, err
}

// storedUser is u as it comes back from the store.
func storedUser(u users.User) users.User {
	u.CreatedAt, u.LastSeenAt, u.RightsChangedAt = stored(u.CreatedAt), stored(u.LastSeenAt), stored(u.RightsChangedAt)
	if len(u.Preferences.MutedKinds) == 0 {
		u.Preferences.MutedKinds = nil
	}
	return u
}

// User implements users.Store.
func (s *Store) User(ctx context.Context, id string) (users.User, error) {
	return one(s.read(ctx), userByID, scanUser, id)
}

// UsersByID implements users.Store.
func (s *Store) UsersByID(ctx context.Context, ids []string) ([]users.User, error) {
	wanted, err := idList(ids)
	if err != nil {
		return nil, err
	}
	return list(s.read(ctx), usersByID, scanUser, wanted)
}

// UserByBand implements users.Store.
func (s *Store) UserByBand(ctx context.Context, bandUserID string) (users.User, error) {
	return one(s.read(ctx), userByBand, scanUser, bandUserID)
}

// UsersByBand implements users.Store.
func (s *Store) UsersByBand(ctx context.Context, bandUserIDs []string) ([]users.User, error) {
	wanted, err := idList(bandUserIDs)
	if err != nil {
		return nil, err
	}
	return list(s.read(ctx), usersByBand, scanUser, wanted)
}

// ActiveAdmins implements users.Store.
func (s *Store) ActiveAdmins(ctx context.Context, limit int) ([]users.User, error) {
	return list(s.read(ctx), activeAdmins, scanUser, max(limit, 0))
}

// CreateUser implements users.Store.
func (s *Store) CreateUser(ctx context.Context, u users.User) (kept users.User, created bool, err error) {
	values, err := userValues(u)
	if err != nil {
		return users.User{}, false, err
	}
	err = s.write(ctx, func(t *tx) error {
		created = false
		n, err := t.exec(insertUser, values...)
		switch {
		case isDuplicate(err):
			return errExists
		case err != nil:
			return err
		case n == 1:
			kept, created = storedUser(u), true
			return nil
		}
		kept, err = one(t, userByBand, scanUser, u.BandUserID)
		return err
	})
	if err != nil {
		return users.User{}, false, err
	}
	return kept, created, nil
}

// UpdateUser implements users.Store.
func (s *Store) UpdateUser(ctx context.Context, id string, f func(*users.User) error) (kept users.User, err error) {
	err = s.write(ctx, func(t *tx) error {
		u, err := one(t, userByID, scanUser, id)
		if err != nil {
			return err
		}
		if err := f(&u); err != nil {
			return err
		}
		u.ID = id
		values, err := userValues(u)
		if err != nil {
			return err
		}
		if _, err := t.exec(updateUser, values...); isDuplicate(err) {
			return errExists
		} else if err != nil {
			return err
		}
		kept = storedUser(u)
		return nil
	})
	if err != nil {
		return users.User{}, err
	}
	return kept, nil
}

// ListMembers implements users.Store.
func (s *Store) ListMembers(ctx context.Context, f users.Filter) (page []users.User, total int, err error) {
	if strings.TrimSpace(f.Search) != "" {
		page, total, err = s.searchMembers(ctx, f)
	} else if f.After != nil {
		page, err = list(s.read(ctx), membersAfter, scanUser, f.Status, f.After.Name, f.After.ID, f.Limit)
	} else {
		err = s.snapshot(ctx, func(src source) error {
			if total, err = one(src, countMembers, scalar[int], f.Status); err != nil {
				return err
			}
			page, err = list(src, members, scanUser, f.Status, f.Limit, f.Offset)
			return err
		})
	}
	if err != nil {
		return nil, 0, err
	}
	return page, total, nil
}

// finalClusters stand for two initial consonants as well as for themselves in a search (see hangul.Contains), so a name
// found by one need not have it among its initials.
const finalClusters = "ㄳㄵㄶㄺㄻㄼㄽㄾㄿㅀㅄ"

// searchMembers goes through the members in the order of the list and counts those that match.
func (s *Store) searchMembers(ctx context.Context, f users.Filter) (page []users.User, total int, err error) {
	if f.After != nil {
		f.Offset = 0
	}
	initials := strings.TrimSpace(hangul.Initials(f.Search))
	q, args := membersLike, []any{f.Status, initials}
	if strings.ContainsAny(initials, finalClusters) {
		q, args = members, []any{f.Status, -1, 0}
	}
	err = s.read(ctx).each(q, func(rows *sql.Rows) error {
		u, err := scanUser(rows)
		if err != nil || !hangul.Contains(u.DisplayName, f.Search) {
			return err
		}
		if f.After != nil && !f.After.Before(u) {
			return nil
		}
		if total >= f.Offset && len(page) < f.Limit {
			page = append(page, u)
		}
		total++
		return nil
	}, args...)
	if f.After != nil {
		total = 0
	}
	return page, total, err
}

// ActiveIDs implements users.Store.
func (s *Store) ActiveIDs(ctx context.Context) ([]string, error) {
	return list(s.read(ctx), activeIDs, scalar[string])
}

// UsersWithChangedRights implements users.Store.
func (s *Store) UsersWithChangedRights(ctx context.Context, afterID string, limit int) ([]users.User, error) {
	return list(s.read(ctx), withChangedRights, scanUser, afterID, max(limit, 0))
}

// CountActiveAdmins implements users.Store.
func (s *Store) CountActiveAdmins(ctx context.Context) (int, error) {
	return one(s.read(ctx), countActiveAdmins, scalar[int])
}
