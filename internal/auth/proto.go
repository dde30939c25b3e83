package auth

import (
	"google.golang.org/protobuf/types/known/timestamppb"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/identity"
)

func sessionToProto(s Session, caller identity.Caller) *v1.Session {
	return &v1.Session{
		Id:         s.ID,
		Device:     s.Device,
		Ip:         s.IP,
		CreatedAt:  timestamppb.New(s.CreatedAt),
		LastUsedAt: timestamppb.New(s.LastUsedAt),
		Current:    s.ID == caller.SessionID,
	}
}

func permissions(r identity.Role) []string {
	granted := r.Permissions()
	names := make([]string, 0, len(granted))
	for _, p := range granted {
		names = append(names, string(p))
	}
	return names
}
