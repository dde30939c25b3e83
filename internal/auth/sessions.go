package auth

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/graphemes"
	"github.com/dongbaejul/dongbaejul/internal/identity"
	"github.com/dongbaejul/dongbaejul/internal/ids"
	"github.com/dongbaejul/dongbaejul/internal/text"
	"github.com/dongbaejul/dongbaejul/internal/users"
)

const (
	// maxSessions is how many sessions of a user live at a time. The least recently used one ends for a new one.
	maxSessions = 20
	// maxDevice bounds Session.Device, in characters.
	maxDevice = 120
)

// issued is what a client gets.
type issued struct {
	access, refresh string
	// expiresIn is in seconds.
	expiresIn int32
}

// issue makes a session's tokens. They depend on when the session was used last, so that an exchange that is repeated soon
// gets the same ones; an access token that has lived half of its time is made again as of now.
func (s *Service) issue(u users.User, session Session, refresh refreshToken) (issued, error) {
	at, now := session.LastUsedAt, s.now()
	if now.Sub(at) > s.AccessTTL/2 {
		at = now
	}
	access, expires, err := s.tokens.issue(u, session.ID, at)
	if err != nil {
		return issued{}, err
	}
	left := max(0, expires.Unix()-now.Unix())
	return issued{access: access, refresh: refresh.String(), expiresIn: int32(left)}, nil
}

// begin starts a session on the device that is calling.
func (s *Service) begin(ctx context.Context, u users.User) (Session, refreshToken, error) {
	client := identity.ClientFrom(ctx)
	session := Session{ID: ids.New(), UserID: u.ID, Device: device(client.Agent), IP: client.IP}
	refresh := s.refresh.begin(&session, s.now(), s.RefreshTTL)
	if err := s.Store.CreateSession(ctx, session); err != nil {
		return Session{}, refreshToken{}, fmt.Errorf("keep a session: %w", err)
	}
	if err := s.limitSessions(ctx, u.ID); err != nil {
		return Session{}, refreshToken{}, err
	}
	return session, refresh, nil
}

func (s *Service) limitSessions(ctx context.Context, userID string) error {
	ctx = context.WithoutCancel(ctx)
	live, err := s.Store.Sessions(ctx, userID, s.now())
	if err != nil {
		return fmt.Errorf("count the sessions of user %s: %w", userID, err)
	}
	if len(live) <= maxSessions {
		return nil
	}
	defer s.changed(ctx, userID)
	for _, old := range live[maxSessions:] {
		if err := s.end(ctx, old.ID, "too many sessions"); err != nil {
			return err
		}
	}
	return nil
}

// end revokes one session, whose change is still to be announced. One that is over already stays as it is, and one that is
// gone is no error.
func (s *Service) end(ctx context.Context, sessionID, why string) error {
	now := s.now()
	session, err := s.Store.UpdateSession(ctx, sessionID, func(x *Session) error {
		if x.RevokedAt.IsZero() {
			x.RevokedAt = now
		}
		return nil
	})
	if errors.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("end session %s: %w", sessionID, err)
	}
	s.Audit.Record(ctx, "session ended", slog.String("user_id", session.UserID), slog.String("session_id", sessionID),
		slog.String("reason", why))
	s.forgetDevices(ctx, session.UserID, sessionID)
	return nil
}

// forgetDevices deletes the devices of sessions that have ended. One that stays is not pushed to all the same: its session is
// looked at before each push.
func (s *Service) forgetDevices(ctx context.Context, userID string, sessionIDs ...string) {
	if err := s.Devices.DeleteSessionDevices(ctx, userID, sessionIDs...); err != nil {
		s.Log.WarnContext(ctx, "cannot delete the devices of ended sessions", slog.String("user_id", userID), slog.Any("error", err))
	}
}

// Logout ends the caller's session, or all of them. Once it has begun it is done and announced, whether its caller waits for
// it or not; it is announced after an error too, since the session may have ended all the same.
func (s *Service) Logout(ctx context.Context, req *v1.LogoutRequest) (*v1.LogoutResponse, error) {
	caller, err := identity.From(ctx)
	if err != nil {
		return nil, err
	}
	ctx = context.WithoutCancel(ctx)
	defer s.changed(ctx, caller.UserID)
	if req.GetAllDevices() {
		err = s.endAll(ctx, caller.UserID)
	} else {
		err = s.end(ctx, caller.SessionID, "logout")
	}
	if err != nil {
		return nil, err
	}
	return &v1.LogoutResponse{Message: "success"}, nil
}

func (s *Service) endAll(ctx context.Context, userID string) error {
	ended, err := s.Store.RevokeSessions(ctx, userID, s.now())
	if err != nil {
		return fmt.Errorf("end the sessions of user %s: %w", userID, err)
	}
	s.Audit.Record(ctx, "sessions ended", slog.String("user_id", userID), slog.Int("sessions", len(ended)),
		slog.String("reason", "logout"))
	s.forgetDevices(ctx, userID, ended...)
	return nil
}

// VerifyToken tells whom the call's access token belongs to.
func (s *Service) VerifyToken(ctx context.Context, _ *v1.VerifyTokenRequest) (*v1.VerifyTokenResponse, error) {
	caller, err := identity.From(ctx)
	if err != nil {
		return nil, err
	}
	user, err := s.Users.User(ctx, caller.UserID)
	if err != nil {
		return nil, err
	}
	return &v1.VerifyTokenResponse{Valid: true, User: s.Users.Profile(user), Permissions: permissions(user.Role)}, nil
}

// ListSessions returns the caller's sessions, the last used first.
func (s *Service) ListSessions(ctx context.Context, _ *v1.ListSessionsRequest) (*v1.ListSessionsResponse, error) {
	caller, err := identity.From(ctx)
	if err != nil {
		return nil, err
	}
	live, err := s.Store.Sessions(ctx, caller.UserID, s.now())
	if err != nil {
		return nil, fmt.Errorf("list the sessions of user %s: %w", caller.UserID, err)
	}
	res := &v1.ListSessionsResponse{Sessions: make([]*v1.Session, 0, len(live))}
	for _, session := range live {
		res.Sessions = append(res.Sessions, sessionToProto(session, caller))
	}
	return res, nil
}

// RevokeSession ends one of the caller's sessions, as Logout does; one that has ended already stays ended, and is announced
// again.
func (s *Service) RevokeSession(ctx context.Context, req *v1.RevokeSessionRequest) (*v1.RevokeSessionResponse, error) {
	caller, err := identity.From(ctx)
	if err != nil {
		return nil, err
	}
	session, err := s.Store.Session(ctx, req.GetSessionId())
	if errors.Is(err, fault.NotFound) || err == nil && session.UserID != caller.UserID {
		return nil, errSessionNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("find a session: %w", err)
	}
	ctx = context.WithoutCancel(ctx)
	defer s.changed(ctx, caller.UserID)
	if err := s.end(ctx, session.ID, "revoked"); err != nil {
		return nil, err
	}
	return &v1.RevokeSessionResponse{Message: "success"}, nil
}

// device shortens what a client calls itself to one line that can be shown.
func device(agent string) string {
	return graphemes.Shorten(text.Line(agent), maxDevice)
}
