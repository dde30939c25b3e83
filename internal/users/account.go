package users

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/identity"
)

// erasedPrefix is what the BandUserID of a deleted account begins with, as no user key of Band does.
const erasedPrefix = "erased:"

// erasedKey returns the BandUserID that a user with a user key has once the account is deleted. It does not tell who that was, but Learn
// finds the account by it, and makes no new one of somebody who is still in the Band.
func erasedKey(userKey string) string {
	hash := sha256.Sum256([]byte(userKey))
	return erasedPrefix + hex.EncodeToString(hash[:16])
}

// erased reports whether the account was deleted: nobody signs in to it again.
func (u User) erased() bool {
	return u.BandUserID == "" || strings.HasPrefix(u.BandUserID, erasedPrefix)
}

// erase takes everything off u that tells who it was.
func (u *User) erase() {
	key := u.BandUserID
	if !u.erased() {
		key = erasedKey(key)
	}
	*u = User{
		ID: u.ID, BandUserID: key, Role: identity.Member, Status: Withdrawn,
		CreatedAt: u.CreatedAt, LastSeenAt: u.LastSeenAt, RightsChangedAt: u.RightsChangedAt,
	}
}

// DeleteAccount erases the caller's personal data, ends all their sessions and frees their places in games. The last active
// admin is refused. A failure half-way leaves an account that can be deleted again.
func (s *Service) DeleteAccount(ctx context.Context, _ *v1.DeleteAccountRequest) (*v1.DeleteAccountResponse, error) {
	caller, err := identity.From(ctx)
	if err != nil {
		return nil, err
	}
	// First out of the office, which may be refused or taken back; what is erased cannot be.
	ctx, cancel := lasting(ctx)
	defer cancel()
	before, after, err := s.update(ctx, caller.UserID, func(u *User) error {
		u.Role = identity.Member
		return nil
	})
	if err != nil {
		return nil, memberFault(fmt.Errorf("step down: %w", err))
	}
	s.auditRights(ctx, before, after)
	if err := s.Sessions.DeleteBandToken(ctx, caller.UserID); err != nil {
		s.changed(ctx, caller.UserID)
		return nil, fmt.Errorf("delete the Band token: %w", err)
	}
	erased, err := s.updateRights(ctx, caller.UserID, func(u *User) error {
		u.erase()
		return nil
	})
	if errors.Is(err, fault.Exists) {
		// The same person has deleted an account before, by which Learn finds them.
		erased, err = s.updateRights(ctx, caller.UserID, func(u *User) error {
			u.erase()
			u.BandUserID = ""
			return nil
		})
	}
	if err != nil {
		s.changed(ctx, caller.UserID)
		return nil, fmt.Errorf("erase a user: %w", err)
	}
	s.Audit.Record(ctx, "account deleted", slog.String("user_id", caller.UserID))
	if err := s.follow(ctx, erased); err != nil {
		// The status alone refuses the sessions, and Run does what is left.
		s.Log.WarnContext(ctx, "what an account leaves behind is not all removed yet",
			slog.String("user_id", caller.UserID), slog.Any("error", err))
	}
	return &v1.DeleteAccountResponse{Message: "success"}, nil
}

// endSessions ends all of u's sessions, of which a deleted account keeps nothing; the change is still to be announced.
func (s *Service) endSessions(ctx context.Context, u User) error {
	n, err := s.dropSessions(ctx, u)
	if err != nil {
		return fmt.Errorf("end the sessions of user %s: %w", u.ID, err)
	}
	if n > 0 {
		s.Audit.Record(ctx, "sessions ended", slog.String("user_id", u.ID), slog.Int("sessions", n))
	}
	return nil
}

func (s *Service) dropSessions(ctx context.Context, u User) (int, error) {
	if u.erased() {
		return s.Sessions.DeleteSessions(ctx, u.ID)
	}
	ended, err := s.Sessions.RevokeSessions(ctx, u.ID, s.now())
	if err != nil {
		return 0, err
	}
	return len(ended), s.Eraser.DeleteSessionDevices(ctx, u.ID, ended...)
}
