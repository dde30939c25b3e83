package auth

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/fault"
)

// RefreshToken exchanges a refresh token for new tokens, as refreshKeys.use has it.
func (s *Service) RefreshToken(ctx context.Context, req *v1.RefreshTokenRequest) (*v1.RefreshTokenResponse, error) {
	presented, ok := parseRefresh(req.GetRefreshToken())
	if !ok {
		return nil, s.refuse(ctx, Session{}, errRefreshInvalid)
	}
	session, err := s.Store.Session(ctx, presented.sessionID)
	if errors.Is(err, fault.NotFound) {
		return nil, s.refuse(ctx, Session{}, errRefreshInvalid)
	}
	if err != nil {
		return nil, unknown(fmt.Errorf("find a session: %w", err))
	}
	t, err := s.exchangeRefresh(ctx, session, presented)
	if err != nil {
		return nil, s.refuse(ctx, session, err)
	}
	return &v1.RefreshTokenResponse{AccessToken: t.access, RefreshToken: t.refresh, ExpiresIn: t.expiresIn}, nil
}

// exchangeRefresh uses a token on the session as it was read. What changes nothing, such as a guess or a repetition, is
// answered without writing; what does is decided again where it is written.
func (s *Service) exchangeRefresh(ctx context.Context, session Session, presented refreshToken) (issued, error) {
	now := s.now()
	used := session
	next, outcome := s.refresh.use(&used, presented, now, s.RefreshTTL)
	if outcome != nil && used == session {
		return issued{}, outcome
	}
	// Before anything is written, so that who cannot be looked up now still holds the token in force.
	user, err := s.Users.User(ctx, session.UserID)
	if err != nil {
		return issued{}, unknown(err)
	}
	if err := refused(user); err != nil {
		return issued{}, err
	}
	if used != session {
		// Also where the caller hangs up meanwhile: a session that this revokes is announced.
		used, err = s.Store.UpdateSession(context.WithoutCancel(ctx), session.ID, func(x *Session) error {
			next, outcome = s.refresh.use(x, presented, now, s.RefreshTTL)
			return nil
		})
		if err != nil {
			// It may have been stored all the same.
			s.changed(ctx, session.UserID)
			return issued{}, unknown(fmt.Errorf("use a refresh token: %w", err))
		}
	}
	if outcome != nil {
		return issued{}, outcome
	}
	return s.issue(user, used, next)
}

// refuse records that a refresh token was refused, and returns err. A session that this ended is announced.
func (s *Service) refuse(ctx context.Context, session Session, err error) error {
	refusal, ok := errors.AsType[*fault.Error](err)
	if !ok {
		return err
	}
	s.Audit.Record(ctx, "refresh token refused", slog.String("reason", refusal.Reason),
		slog.String("user_id", session.UserID), slog.String("session_id", session.ID))
	if errors.Is(err, errRefreshReused) {
		s.forgetDevices(ctx, session.UserID, session.ID)
		s.changed(ctx, session.UserID)
	}
	return err
}
