// Package users keeps the people of the club. Everything here leans on one rule: a user is one document, changed by one
// atomic update, and everybody else refers to it by id, so that a name is changed, and a person forgotten, in one place.
package users

import (
	"cmp"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/identity"
)

// Status is whether a user may use the app.
type Status string

const (
	Active    Status = "active"
	Suspended Status = "suspended"
	// Withdrawn: has left the Band or deleted the account.
	Withdrawn Status = "withdrawn"
)

// SkillLevel is how well somebody plays; empty until somebody says so.
type SkillLevel string

const (
	Beginner     SkillLevel = "beginner"
	Intermediate SkillLevel = "intermediate"
	Advanced     SkillLevel = "advanced"
	Expert       SkillLevel = "expert"
)

// withdrawnMember is how a person without a name is called in sentences of the server. In data the name is empty.
var withdrawnMember = fault.Text{Ko: "탈퇴한 회원", En: "Withdrawn member"}

// User is one person. The zero values of Preferences mean everything is on.
type User struct {
	ID string
	// BandUserID is Band's user_key for this app; unique among users. Once erased it is only a mark of it, or empty.
	BandUserID string
	// DisplayName is empty once erased.
	DisplayName string
	// NameKey is what DisplayName has in common with the names that look like it; unique among users. It is empty once erased,
	// and where a name was stored before there were keys.
	NameKey string
	// Avatar is an https URL, or one of this machine, or empty.
	Avatar string
	// AvatarFile is the ID of the upload that is the avatar, and Avatar is empty then; empty if none is. Its URL is made when it is shown,
	// since the server's address and its keys change.
	AvatarFile  string
	Role        identity.Role
	Status      Status
	SkillLevel  SkillLevel
	Preferences Preferences
	// BandName and BandImage are what Band says; DisplayName and Avatar start as these.
	BandName  string
	BandImage string
	// BandRole is the role that Band said last; empty if it never did. Role follows it when it changes.
	BandRole identity.Role
	// LeftBand is whether the user is Withdrawn because Band says that they have left.
	LeftBand   bool
	CreatedAt  time.Time
	LastSeenAt time.Time
	// RightsChangedAt is when Role or Status changed last, until all that follows from it is done; zero then.
	RightsChangedAt time.Time
}

// Preferences are the things a user has switched off, so that a kind that is new is on for everybody.
type Preferences struct {
	// MutedKinds are the kinds of notification the user does not want, by their names in the contract.
	MutedKinds           []string `json:"muted_kinds,omitempty"`
	HideOnline           bool     `json:"hide_online,omitempty"`
	HideStats            bool     `json:"hide_stats,omitempty"`
	RefuseDirectMessages bool     `json:"refuse_direct_messages,omitempty"`
	// QuietFrom and QuietTo are when the user's devices are left alone, in minutes of the club's day; equal if never.
	QuietFrom int `json:"quiet_from,omitempty"`
	QuietTo   int `json:"quiet_to,omitempty"`
	// App is the app's own object, as JSON without blanks; empty for {}.
	App string `json:"app,omitempty"`
}

// Stats are a user's figures.
type Stats struct {
	GamesJoined, GamesPlayed, Wins, Losses, MVPs int
	Posts, Comments                              int
	PointsFor, PointsAgainst                     int
	// Rating is about 1500 for a newcomer.
	Rating int
	// LastPlayedAt is zero before the first game.
	LastPlayedAt time.Time
}

// winRate is the share of the games played that were won, 0 to 1; 0 before the first game.
func (s Stats) winRate() float64 {
	if s.GamesPlayed == 0 {
		return 0
	}
	return float64(s.Wins) / float64(s.GamesPlayed)
}

// Filter says which members to list and which part of the list.
type Filter struct {
	Status Status
	// Search matches a part of the display name as hangul.Contains does; empty matches all.
	Search string
	Offset int
	// After begins after a position in the list, instead of at Offset; nil for the beginning.
	After *Position
	// Limit is at least 1.
	Limit int
}

// Position is the position of a member in a list.
type Position struct {
	Name string `json:"n"`
	ID   string `json:"i"`
}

// Before reports whether the position is before a member.
func (p Position) Before(u User) bool {
	return cmp.Or(cmp.Compare(p.Name, u.DisplayName), cmp.Compare(p.ID, u.ID)) < 0
}
