package dongbaejul

import (
	"context"
	"errors"
	"fmt"
	"strconv"
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

// ErrNotStored is wrapped by the error of a sign-in or sign-out that the TokenStore could not write. It has taken effect in this
// client, which writes it again at later calls and when it is closed.
var ErrNotStored = errors.New("the tokens could not be stored")

// ErrNotRevoked is wrapped by the error of a sign-out of which the server was not told, such as without a network.
var ErrNotRevoked = errors.New("signed out here, but the session has not ended on the server")

var errAnother = errors.New("somebody else has signed in since")

const (
	// renewTimeout is for a renewal with all its tries. The server repeats a lost answer however late it is asked for again.
	renewTimeout = 25 * time.Second
	// renewTry is for one of them.
	renewTry = 8 * time.Second
	// revokeTimeout is for ending a session on the server.
	revokeTimeout = 10 * time.Second
	// rewriteDelay is how long to wait before tokens that could not be stored are written again.
	rewriteDelay = time.Second
	// writeTimeout is for one such write.
	writeTimeout = 5 * time.Second
)

// session holds a client's tokens and renews them.
type session struct {
	store TokenStore
	// auth calls without a token.
	auth   dongbaejulv1connect.AuthServiceClient
	retry  func(context.Context, func(context.Context) error) error
	notice func(err error, wait time.Duration)

	// flight is the renewal under way, by generation. flights counts the renewals and writes that are not done.
	flight  singleflight.Group
	flights sync.WaitGroup

	mu     sync.Mutex
	tokens Tokens
	// user is whose session it is, once that is known: a user who signs in meanwhile, in another process, is not taken for them.
	user string
	// generation counts the sign-ins and sign-outs of this client. A renewal of an earlier generation changes nothing.
	generation int
	// cancel ends the renewal of this generation that is under way.
	cancel context.CancelFunc
	// unsaved is whether tokens could not be written to the store, which still has the superseded ones. They are written again
	// at the next call, but not before writeAt, and by Close.
	unsaved    bool
	superseded Tokens
	writeAt    time.Time
}

func (s *session) known() Tokens {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tokens
}

// another reports whether tokens belong to a user other than the session's.
func (s *session) another(t Tokens) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.user != "" && t.UserID != "" && t.UserID != s.user
}

// newest returns the newer ones of the tokens in memory and those in the store. Memory is newer if writing to the store failed
// and the store has not changed since.
func (s *session) newest(stored Tokens) Tokens {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.unsaved && stored.sameAs(s.superseded) {
		return s.tokens
	}
	return stored
}

// kept returns the session's tokens, from the store if they are not known yet.
func (s *session) kept(ctx context.Context) (Tokens, error) {
	if t := s.known(); t != (Tokens{}) {
		return t, nil
	}
	s.mu.Lock()
	generation := s.generation
	s.mu.Unlock()
	t, err := s.store.Load(ctx)
	if err != nil {
		return Tokens{}, err
	}
	t = s.newest(t)
	switch {
	case t == (Tokens{}):
		return Tokens{}, signedOut(nil)
	case s.another(t):
		return Tokens{}, signedOut(errAnother)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.generation != generation {
		return Tokens{}, signedOut(errAnother)
	}
	if s.tokens == (Tokens{}) {
		s.tokens, s.unsaved = t, false
		if s.user == "" {
			s.user = t.UserID
		}
	}
	return s.tokens, nil
}

// current returns tokens that the server should take.
func (s *session) current(ctx context.Context) (Tokens, error) {
	s.writeSoon(ctx)
	t, err := s.kept(ctx)
	if err == nil && t.expired() {
		return s.renew(ctx, t)
	}
	if err == nil && !isHeaderValue(t.AccessToken) {
		return Tokens{}, signedOut(errors.New("the access token that is stored is none"))
	}
	return t, err
}

// renew returns tokens of the same user in place of stale ones, which the server refused. All calls that need them share one
// exchange. It goes on without them: canceled half-way, it would lose the successor of a token that is used.
func (s *session) renew(ctx context.Context, stale Tokens) (Tokens, error) {
	// A caller that joins an exchange that began for an older token may have to begin one of its own.
	for range 2 {
		t, generation, err := s.successor(stale)
		if err != nil || t != (Tokens{}) {
			return t, err
		}
		s.flights.Add(1)
		got := s.flight.DoChan(strconv.Itoa(generation), func() (any, error) {
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), renewTimeout)
			defer cancel()
			return nil, s.exchange(ctx, cancel, generation, stale)
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
	t, _, err := s.successor(stale)
	if err == nil && t == (Tokens{}) {
		err = signedOut(errors.New("the server does not take the token that it has just given"))
	}
	return t, err
}

// successor returns the tokens that have replaced stale ones already, the zero value if none have, and an error if they are
// another user's: no call is sent as a user other than the one who made it.
func (s *session) successor(stale Tokens) (Tokens, int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.tokens == (Tokens{}) && s.generation > 0:
		return Tokens{}, s.generation, signedOut(nil)
	case s.tokens != (Tokens{}) && s.tokens.UserID != stale.UserID:
		return Tokens{}, s.generation, signedOut(errAnother)
	case s.tokens.replaces(stale):
		return s.tokens, s.generation, nil
	}
	return Tokens{}, s.generation, nil
}

// exchange replaces the stale tokens in the store, unless that has been done already. If the new ones cannot be written,
// they are kept in memory.
func (s *session) exchange(ctx context.Context, cancel context.CancelFunc, generation int, stale Tokens) error {
	s.mu.Lock()
	if s.generation != generation {
		s.mu.Unlock()
		return signedOut(nil)
	}
	s.cancel = cancel
	s.mu.Unlock()
	var over error
	var stored, next Tokens
	// Whether the outcome is known, whether or not it can be written.
	var decided bool
	err := s.store.Update(ctx, func(kept Tokens) (Tokens, error) {
		stored, over, decided = kept, nil, false
		next = s.newest(kept)
		switch {
		case next.RefreshToken == "":
			over = signedOut(nil)
		case !s.isCurrent(generation), s.another(next):
			over, decided = signedOut(errAnother), true
			return kept, nil
		case !next.replaces(stale):
			answer, err := s.refresh(ctx, next.RefreshToken)
			if refusal(err) && connect.CodeOf(err) == connect.CodeUnauthenticated {
				over = signedOut(err)
				next = Tokens{}
			} else if err != nil {
				return Tokens{}, fmt.Errorf("renew the access token: %w", err)
			} else {
				next = Tokens{
					UserID: next.UserID, AccessToken: answer.GetAccessToken(), RefreshToken: answer.GetRefreshToken(),
					ExpiresAt: expiry(answer.GetExpiresIn()),
				}
			}
		}
		decided = true
		return next, nil
	})
	if !decided {
		return err
	}
	if over != nil {
		next = Tokens{}
	}
	s.setTokens(generation, next, stored, err)
	if err != nil {
		s.notice(fmt.Errorf("%w: %w", ErrNotStored, err), rewriteDelay)
	}
	return over
}

func (s *session) isCurrent(generation int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.generation == generation
}

// setTokens sets the tokens after an Update of the store, which had the stored ones before and may have failed to write them.
func (s *session) setTokens(generation int, t, stored Tokens, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.generation != generation {
		return
	}
	s.tokens = t
	if s.user == "" {
		s.user = t.UserID
	}
	s.unsaved, s.superseded = err != nil, stored
	s.writeAt = time.Now().Add(rewriteDelay)
}

// writeSoon writes tokens that could not be written, without waiting for it.
func (s *session) writeSoon(ctx context.Context) {
	s.mu.Lock()
	due := s.unsaved && !time.Now().Before(s.writeAt)
	if due {
		s.writeAt = time.Now().Add(rewriteDelay)
		s.flights.Add(1)
	}
	s.mu.Unlock()
	if due {
		go func() {
			defer s.flights.Done()
			s.write(context.WithoutCancel(ctx))
		}()
	}
}

// write writes tokens that could not be written, unless the store has changed since: then it has the newer ones.
func (s *session) write(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, writeTimeout)
	defer cancel()
	var known Tokens
	err := s.store.Update(ctx, func(kept Tokens) (Tokens, error) {
		known = s.known()
		return s.newest(kept), nil
	})
	if err != nil {
		s.notice(fmt.Errorf("%w: %w", ErrNotStored, err), rewriteDelay)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.tokens == known {
		s.unsaved = false
	}
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

// replace begins a session with tokens in place of the one before; the zero value only ends that. It does so in memory at once,
// then in the store, and returns the tokens that it replaced. On error the store could not be written.
func (s *session) replace(ctx context.Context, t Tokens) (Tokens, error) {
	s.mu.Lock()
	s.generation++
	generation, user, replaced, unsaved, stored := s.generation, s.user, s.tokens, s.unsaved, s.superseded
	if !unsaved {
		stored = replaced
	}
	s.tokens, s.unsaved, s.superseded = t, true, stored
	s.writeAt = time.Now().Add(rewriteDelay)
	if t != (Tokens{}) {
		s.user = t.UserID
	}
	cancel := s.cancel
	s.cancel = nil
	s.mu.Unlock()
	if cancel != nil {
		// The renewal under way would hold the store until the network answers.
		cancel()
	}
	err := s.store.Update(ctx, func(kept Tokens) (Tokens, error) {
		isNewer := !unsaved || !kept.sameAs(stored)
		if stored = kept; kept == (Tokens{}) {
			return t, nil
		}
		if t == (Tokens{}) && user != "" && kept.UserID != "" && kept.UserID != user {
			// Another user has signed in since, in another process.
			return kept, nil
		}
		if isNewer {
			replaced = kept
		}
		return t, nil
	})
	s.setTokens(generation, t, stored, err)
	if err != nil {
		err = fmt.Errorf("%w: %w", ErrNotStored, err)
	}
	return replaced, err
}

// revoke ends the session of tokens on the server: with the access token, or with one that is requested for that alone.
func (s *session) revoke(ctx context.Context, t Tokens, allDevices bool) error {
	ctx, cancel := context.WithTimeout(ctx, revokeTimeout)
	defer cancel()
	if !t.expired() {
		if err := s.logout(ctx, t.AccessToken, allDevices); err == nil || !refusedToken(err) {
			return notRevoked(err)
		}
	}
	if t.RefreshToken == "" {
		return nil
	}
	answer, err := s.auth.RefreshToken(ctx, &v1.RefreshTokenRequest{RefreshToken: t.RefreshToken})
	if refusal(err) && connect.CodeOf(err) == connect.CodeUnauthenticated {
		// It has ended already.
		return nil
	}
	if err != nil {
		return notRevoked(err)
	}
	return notRevoked(s.logout(ctx, answer.GetAccessToken(), allDevices))
}

func (s *session) logout(ctx context.Context, accessToken string, allDevices bool) error {
	ctx, call := connect.NewClientContext(ctx)
	authorize(call.RequestHeader(), Tokens{AccessToken: accessToken})
	_, err := s.auth.Logout(ctx, &v1.LogoutRequest{AllDevices: &allDevices})
	return err
}

func notRevoked(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w: %w", ErrNotRevoked, err)
}

// settle waits until nothing is being renewed or written, and writes what could not be written.
func (s *session) settle() {
	s.flights.Wait()
	s.mu.Lock()
	unsaved := s.unsaved
	s.mu.Unlock()
	if unsaved {
		s.write(context.Background())
	}
}

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
