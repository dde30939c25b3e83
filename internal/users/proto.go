package users

import (
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/identity"
)

var (
	roleToProto = map[identity.Role]v1.Role{
		identity.Member: v1.Role_ROLE_MEMBER, identity.Manager: v1.Role_ROLE_MANAGER, identity.Admin: v1.Role_ROLE_ADMIN,
	}
	statusToProto = map[Status]v1.UserStatus{
		Active: v1.UserStatus_USER_STATUS_ACTIVE, Suspended: v1.UserStatus_USER_STATUS_SUSPENDED,
		Withdrawn: v1.UserStatus_USER_STATUS_WITHDRAWN,
	}
	skillToProto = map[SkillLevel]v1.SkillLevel{
		Beginner: v1.SkillLevel_SKILL_LEVEL_BEGINNER, Intermediate: v1.SkillLevel_SKILL_LEVEL_INTERMEDIATE,
		Advanced: v1.SkillLevel_SKILL_LEVEL_ADVANCED, Expert: v1.SkillLevel_SKILL_LEVEL_EXPERT,
	}
)

// fromProto sets kept to the word that table has for sent, if anything was sent that it has a word for.
func fromProto[K comparable, V comparable](kept *K, sent *V, table map[K]V) {
	if sent == nil {
		return
	}
	for word, value := range table {
		if value == *sent {
			*kept = word
		}
	}
}

// avatar returns where readers find the user's avatar.
func (s *Service) avatar(u User) string {
	if u.AvatarFile != "" && s.uploads != nil {
		return s.uploads.URL(u.AvatarFile)
	}
	return u.Avatar
}

// Profile returns a user as they see themselves.
func (s *Service) Profile(u User) *v1.UserProfile {
	return &v1.UserProfile{
		Id:          u.ID,
		BandUserId:  u.BandUserID,
		DisplayName: u.DisplayName,
		Avatar:      s.avatar(u),
		Role:        roleToProto[u.Role],
		Status:      statusToProto[u.Status],
		SkillLevel:  skillToProto[u.SkillLevel],
		Preferences: preferencesToProto(u.Preferences),
		Band:        &v1.BandProfile{Name: u.BandName, ProfileImage: u.BandImage},
		CreatedAt:   timeToProto(u.CreatedAt),
		LastSeenAt:  timeToProto(u.LastSeenAt),
	}
}

// summary returns a user as an author, a sender or a player is shown.
func (s *Service) summary(u User) *v1.UserSummary {
	return &v1.UserSummary{
		UserId: u.ID, DisplayName: u.DisplayName, Avatar: s.avatar(u), Role: ShownRole(u), Withdrawn: u.Status == Withdrawn,
	}
}

// SummaryOf returns the summary of the user with an id; that of a deleted account if people does not have it.
func (s *Service) SummaryOf(people map[string]User, id string) *v1.UserSummary {
	u, ok := people[id]
	if !ok {
		u = User{ID: id, Status: Withdrawn}
	}
	return s.summary(u)
}

// Name is what the server's sentences call somebody.
func Name(who *v1.UserSummary) fault.Text {
	if who.GetDisplayName() == "" {
		return withdrawnMember
	}
	return fault.Text{Ko: who.GetDisplayName(), En: who.GetDisplayName()}
}

// ShownRole is the role that is shown beside a user's name: none of a user who is not active.
func ShownRole(u User) v1.Role {
	if u.Status != Active {
		return v1.Role_ROLE_UNSPECIFIED
	}
	return roleToProto[u.Role]
}

func (s *Service) memberToProto(u User, online bool) *v1.Member {
	return &v1.Member{
		Id:          u.ID,
		DisplayName: u.DisplayName,
		Avatar:      s.avatar(u),
		Role:        roleToProto[u.Role],
		SkillLevel:  skillToProto[u.SkillLevel],
		Online:      online,
		JoinedAt:    timeToProto(u.CreatedAt),
		Status:      statusToProto[u.Status],
		Withdrawn:   u.Status == Withdrawn,
	}
}

func statsToProto(s Stats) *v1.UserStats {
	return &v1.UserStats{
		GamesJoined: int32(s.GamesJoined), GamesPlayed: int32(s.GamesPlayed), Wins: int32(s.Wins), Losses: int32(s.Losses),
		WinRate: s.winRate(), MvpCount: int32(s.MVPs), Posts: int32(s.Posts), Comments: int32(s.Comments),
		PointsFor: int32(s.PointsFor), PointsAgainst: int32(s.PointsAgainst), Rating: int32(s.Rating),
		LastPlayedAt: timeToProto(s.LastPlayedAt),
	}
}

func memberStatsToProto(s Stats) *v1.MemberStats {
	return &v1.MemberStats{
		GamesJoined: int32(s.GamesJoined), GamesPlayed: int32(s.GamesPlayed), Wins: int32(s.Wins), Losses: int32(s.Losses),
		WinRate: s.winRate(), MvpCount: int32(s.MVPs), Posts: int32(s.Posts), Comments: int32(s.Comments),
		PointsFor: int32(s.PointsFor), PointsAgainst: int32(s.PointsAgainst), Rating: int32(s.Rating),
		LastPlayedAt: timeToProto(s.LastPlayedAt),
	}
}

// timeToProto leaves out a time that never was.
func timeToProto(t time.Time) *timestamppb.Timestamp {
	if t.IsZero() {
		return nil
	}
	return timestamppb.New(t)
}
