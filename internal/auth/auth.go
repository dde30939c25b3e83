// Package auth signs people in by Naver Band and keeps their sessions. Everything here leans on one rule: a session is
// one document, and every use of its refresh token is one atomic update of it.
package auth

import "time"

// Login is a sign-in that has begun.
type Login struct {
	// StateHash is SHA-256 of the state, in hex: what is stored cannot be used to finish the sign-in.
	StateHash   string
	RedirectURI string
	ExpiresAt   time.Time
}

// Session is one sign-in on one device.
type Session struct {
	ID     string
	UserID string
	// Device is what the client called itself, and IP the address of the sign-in.
	Device string
	IP     string
	// Generation counts the rotations of the refresh token, from 1.
	Generation int64
	// Nonce is random, set once: the refresh tokens are derived from it and from a secret that is not stored, so that the
	// successor of a token can be made again while only hashes are kept.
	Nonce string
	// TokenHash is SHA-256 of the refresh token in force, in hex; PreviousHash of the one before it, empty at first.
	TokenHash    string
	PreviousHash string
	CreatedAt    time.Time
	// LastUsedAt is the sign-in or the last rotation.
	LastUsedAt time.Time
	// ExpiresAt moves on with each rotation.
	ExpiresAt time.Time
	// RevokedAt is zero while the session lives.
	RevokedAt time.Time
}

// Live reports whether the session can be used at the time now.
func (s Session) Live(now time.Time) bool { return s.RevokedAt.IsZero() && now.Before(s.ExpiresAt) }
