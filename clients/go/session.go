package dongbaejul

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"connectrpc.com/connect"
	"golang.org/x/sync/singleflight"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1/dongbaejulv1connect"
)

// ErrSignedOut is why a call fails when nobody is signed in: not yet, no longer, or as somebody else by now. Its
// connect.Code is CodeUnauthenticated.
var ErrSignedOut = errors.New("nobody is signed in")

var errAnother = errors.New("somebody else has signed in since")

const (
	// renewTimeout is for a renewal with all its tries. The server repeats a lost answer however late it is asked for again.
	renewTimeout = 25 * time.Second
	// renewTry is for one of them.
	renewTry = 8 * time.Second
)

// session holds a client's tokens and renews them.
type session struct {
	store TokenStore
	// auth calls without a token.
	auth  dongbaejulv1connect.AuthServiceClient
	retry func(context.Context, func(context.Context) error) error

	// flight is the renewal under way, and flights counts those that are not done.
	flight  singleflight.Group
	flights sync.WaitGroup

	mu     sync.Mutex
	tokens Tokens
	// user is whose session it is, once that is known: who signs in meanwhile, in another process, is not taken for them.
	user string
}

func (s *session) known() Tokens {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tokens
}

func (s *session) know(t Tokens) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tokens = t
	if s.user == "" {
		s.user = t.UserID
	}
}

// another tells whether tokens are of somebody else than the session is.
func (s *session) another(t Tokens) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.user != "" && t.UserID != "" && t.UserID != s.user
}

// kept gives the session's tokens, from the store where they are not known yet.
func (s *session) kept(ctx context.Context) (Tokens, error) {
	if t := s.known(); t != (Tokens{}) {
		return t, nil
	}
	t, err := s.store.Load(ctx)
	if err != nil {
		return Tokens{}, err
	}
	switch {
	case t == (Tokens{}):
		return Tokens{}, signedOut(nil)
	case s.another(t):
		return Tokens{}, signedOut(errAnother)
	}
	s.know(t)
	return t, nil
}

// current gives tokens that the server should take.
func (s *session) current(ctx context.Context) (Tokens, error) {
	t, err := s.kept(ctx)
	if err == nil && t.expired() {
		return s.renew(ctx, t)
	}
	if err == nil && !isHeaderValue(t.AccessToken) {
		return Tokens{}, signedOut(errors.New("the access token that is stored is none"))
	}
	return t, err
}

// renew gives tokens in the place of stale ones, which the server did not take. All who ask while they are being got share
// one exchange. It goes on without them: given up half-way, it would leave nobody with the successor of a token that is
// used.
func (s *session) renew(ctx context.Context, stale Tokens) (Tokens, error) {
	// Who joins an exchange that began for an older token may have to begin one of their own.
	for range 2 {
		if t := s.known(); t.replaces(stale) {
			return t, nil
		}
		s.flights.Add(1)
		got := s.flight.DoChan("", func() (any, error) {
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), renewTimeout)
			defer cancel()
			return nil, s.exchange(ctx, stale)
		})
		select {
		case result := <-got:
			s.flights.Done()
			if result.Err != nil {
				return Tokens{}, result.Err
			}
		case <-ctx.Done():
			go func() { <-got; s.flights.Done() }()
			return Tokens{}, ctx.Err()
		}
	}
	if t := s.known(); t.replaces(stale) {
		return t, nil
	}
	return Tokens{}, signedOut(errors.New("the server does not take the token that it has just given"))
}

// exchange replaces the stale tokens in the store, unless somebody else has done so already.
func (s *session) exchange(ctx context.Context, stale Tokens) error {
	var over error
	var next Tokens
	err := s.store.Update(ctx, func(kept Tokens) (Tokens, error) {
		next, over = kept, nil
		switch {
		case kept.RefreshToken == "":
			over = signedOut(nil)
			return kept, nil
		case s.another(kept):
			over = signedOut(errAnother)
			return kept, nil
		case kept.replaces(stale):
			return kept, nil
		}
		answer, err := s.refresh(ctx, kept.RefreshToken)
		if refusal(err) && connect.CodeOf(err) == connect.CodeUnauthenticated {
			over = signedOut(err)
			return Tokens{}, nil
		}
		if err != nil {
			return Tokens{}, fmt.Errorf("renew the access token: %w", err)
		}
		next = Tokens{
			UserID: kept.UserID, AccessToken: answer.GetAccessToken(), RefreshToken: answer.GetRefreshToken(),
			ExpiresAt: expiry(answer.GetExpiresIn()),
		}
		// Before it is kept: where that fails, this process can go on.
		s.know(next)
		return next, nil
	})
	if err != nil {
		return err
	}
	if over != nil {
		s.know(Tokens{})
		return over
	}
	s.know(next)
	return nil
}

// refresh exchanges a refresh token. An answer that is lost is asked for again: the server repeats it.
func (s *session) refresh(ctx context.Context, token string) (*v1.RefreshTokenResponse, error) {
	var answer *v1.RefreshTokenResponse
	err := s.retry(ctx, func(ctx context.Context) (err error) {
		ctx, cancel := context.WithTimeout(ctx, renewTry)
		defer cancel()
		answer, err = s.auth.RefreshToken(ctx, &v1.RefreshTokenRequest{RefreshToken: token})
		return err
	})
	return answer, err
}

// replace begins a session with tokens, in the place of the one before.
func (s *session) replace(ctx context.Context, t Tokens) error {
	err := s.store.Update(ctx, func(Tokens) (Tokens, error) { return t, nil })
	if err == nil {
		s.mu.Lock()
		s.tokens, s.user = t, t.UserID
		s.mu.Unlock()
	}
	return err
}

// settle waits until nothing is being renewed.
func (s *session) settle() { s.flights.Wait() }

func expiry(seconds int32) time.Time {
	return time.Now().Add(time.Duration(seconds) * time.Second).Round(time.Second)
}

// signedOut says that nobody is signed in, and why where that is known.
func signedOut(cause error) error {
	err := ErrSignedOut
	if cause != nil {
		err = fmt.Errorf("%w: %w", ErrSignedOut, cause)
	}
	return connect.NewError(connect.CodeUnauthenticated, err)
}
