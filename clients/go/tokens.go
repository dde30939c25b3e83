package dongbaejul

import (
	"context"
	"sync"
	"time"
)

// Tokens are what a sign-in returns and a renewal replaces. The zero value means that nobody is signed in.
type Tokens struct {
	// UserID is whose they are; empty where that is not known.
	UserID string `json:"user_id,omitempty"`
	// AccessToken goes with every call, for about a day.
	AccessToken string `json:"access_token"`
	// RefreshToken is exchanged for the next tokens. It is used once.
	RefreshToken string `json:"refresh_token"`
	// ExpiresAt is when the access token ends, by this machine's clock; zero where that is not known.
	ExpiresAt time.Time `json:"expires_at"`
}

// expired reports whether the server will not take the access token.
func (t Tokens) expired() bool {
	return t.AccessToken == "" || !t.ExpiresAt.IsZero() && !time.Now().Before(t.ExpiresAt)
}

// replaces reports whether they came after stale ones. The refresh token tells: access tokens of one second are alike.
func (t Tokens) replaces(stale Tokens) bool {
	return t.RefreshToken != stale.RefreshToken && !t.expired()
}

// sameAs reports whether t and other are tokens of the same exchange.
func (t Tokens) sameAs(other Tokens) bool {
	return t.AccessToken == other.AccessToken && t.RefreshToken == other.RefreshToken
}

// TokenStore keeps the tokens of one user of one server. It may be used concurrently.
type TokenStore interface {
	// Load returns the tokens that are kept; the zero value where there are none.
	Load(ctx context.Context) (Tokens, error)
	// Update returns f the tokens that are kept, and keeps what it returns, on disk where the store has one; where f fails,
	// nothing changes. Updates of everybody who shares the store take turns, f included: a refresh token is used once, so who
	// comes second must see what the first one got.
	Update(ctx context.Context, f func(kept Tokens) (Tokens, error)) error
}

// MemoryTokens is a store that lasts as long as the process, with tokens to begin with.
func MemoryTokens(t Tokens) TokenStore {
	m := &memoryTokens{turn: make(chan struct{}, 1), tokens: t}
	return m
}

type memoryTokens struct {
	// turn is held by who updates.
	turn chan struct{}

	mu     sync.Mutex
	tokens Tokens
}

func (m *memoryTokens) Load(context.Context) (Tokens, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.tokens, nil
}

func (m *memoryTokens) Update(ctx context.Context, f func(Tokens) (Tokens, error)) error {
	select {
	case m.turn <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-m.turn }()
	kept, err := m.Load(ctx)
	if err != nil {
		return err
	}
	next, err := f(kept)
	if err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.tokens = next
	return nil
}
