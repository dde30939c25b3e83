package users

import "context"

// Store keeps users. Every method is atomic and may be called concurrently.
type Store interface {
	// User returns one user, whatever the status; fault.NotFound where there is none.
	User(ctx context.Context, id string) (User, error)
	// UsersByID returns those of ids that exist, in no order. At most 1000 ids a call.
	UsersByID(ctx context.Context, ids []string) ([]User, error)
	// UserByBand returns the user with this BandUserID; fault.NotFound where there is none, and for the empty one.
	UserByBand(ctx context.Context, bandUserID string) (User, error)
	// UsersByBand returns the users with these BandUserIDs, in no order. At most 1000 a call.
	UsersByBand(ctx context.Context, bandUserIDs []string) ([]User, error)
	// CreateUser keeps a new user. Where the BandUserID is taken it keeps nothing and returns the user who has it, with
	// created false; an empty one is never taken. fault.Exists where the ID or the NameKey is taken; an empty NameKey never is.
	CreateUser(ctx context.Context, u User) (kept User, created bool, err error)
	// UpdateUser changes one user by f and returns the result. f may run more than once, and its error ends the update with
	// nothing changed. fault.NotFound where there is none, fault.Exists where it takes another's BandUserID or NameKey. The ID
	// does not change.
	UpdateUser(ctx context.Context, id string, f func(*User) error) (User, error)
	// ListMembers returns a part of the users of a status ordered by DisplayName then ID, and how many match in all; 0 with
	// filter.After.
	ListMembers(ctx context.Context, filter Filter) ([]User, int, error)
	// ActiveIDs returns the ids of all active users, in no order.
	ActiveIDs(ctx context.Context) ([]string, error)
	// UsersWithChangedRights returns users whose RightsChangedAt is not zero, by ID, those after afterID, at most limit of them.
	UsersWithChangedRights(ctx context.Context, afterID string, limit int) ([]User, error)
	// CountActiveAdmins tells how many active users are admins.
	CountActiveAdmins(ctx context.Context) (int, error)
	// ActiveAdmins returns the active users who are admins by ID, at most limit of them.
	ActiveAdmins(ctx context.Context, limit int) ([]User, error)
	// Stats returns the figures of a user: zero, with a Rating of 1500, for who has none.
	Stats(ctx context.Context, id string) (Stats, error)
}
