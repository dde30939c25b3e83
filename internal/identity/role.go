package identity

import "slices"

// Role is what somebody is in the club.
type Role string

const (
	Member Role = "member"
	// Manager is one of the 운영진.
	Manager Role = "manager"
	// Admin is the 회장.
	Admin Role = "admin"
)

// Permission is one thing that not everybody may do.
type Permission string

const (
	PinPosts         Permission = "posts.pin"
	ModeratePosts    Permission = "posts.moderate"
	ManageGames      Permission = "games.manage"
	ModerateChat     Permission = "chat.moderate"
	CreateGlobalRoom Permission = "chat.create_global"
	Broadcast        Permission = "notifications.broadcast"
	ManageMembers    Permission = "members.manage"
	SyncBand         Permission = "band.sync"
)

// granted is the one table of who may do what.
var granted = map[Role][]Permission{
	Member:  {},
	Manager: {PinPosts, ModeratePosts, ManageGames, ModerateChat, Broadcast},
	Admin:   {PinPosts, ModeratePosts, ManageGames, ModerateChat, Broadcast, CreateGlobalRoom, ManageMembers, SyncBand},
}

// Permissions lists what the role allows. The caller owns the list.
func (r Role) Permissions() []Permission { return slices.Clone(granted[r]) }

// May reports whether the role allows p.
func (r Role) May(p Permission) bool { return slices.Contains(granted[r], p) }
