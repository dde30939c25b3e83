package auth

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1/dongbaejulv1connect"
	"github.com/dongbaejul/dongbaejul/internal/audit"
	"github.com/dongbaejul/dongbaejul/internal/band"
	"github.com/dongbaejul/dongbaejul/internal/cache"
	"github.com/dongbaejul/dongbaejul/internal/users"
)

// Config is what the service works with; everything is needed where it does not say otherwise.
type Config struct {
	Store Store
	Users *users.Service
	// Changes tells every process when sessions of a user end; each then calls Gate.Forget.
	Changes users.UserChangePublisher
	// Devices are those that notifications are pushed to. They go with the sessions that registered them.
	Devices Devices
	Band    *band.Client
	// BandKey is the club's Band: who is not in it is not let in.
	BandKey string
	// Secrets sign and verify tokens; the first signs, and the others are those from before a change. None is empty.
	Secrets [][]byte
	// TokenKeys encrypt Band tokens, 32 bytes each: the first seals, and the others are those from before a change. None to derive
	// keys from the secrets.
	TokenKeys [][]byte
	// AccessTTL and RefreshTTL are how long tokens are valid, at least a second.
	AccessTTL  time.Duration
	RefreshTTL time.Duration
	// RedirectURIs are where a sign-in may end. In Development that is also dongbaejul://auth and any port and path of this
	// machine.
	RedirectURIs []string
	Development  bool
	Audit        *audit.Log
	Log          *slog.Logger
	// Clock tells the time.
	Clock func() time.Time
}

// Devices is a store of the devices that notifications are pushed to.
type Devices interface {
	// DeleteSessionDevices deletes the devices that these sessions of a user registered.
	DeleteSessionDevices(ctx context.Context, userID string, sessionIDs ...string) error
}

// Service implements the auth RPCs. It may be used concurrently.
type Service struct {
	dongbaejulv1connect.UnimplementedAuthServiceHandler
	Config
	redirects   redirects
	tokens      accessTokens
	refresh     refreshKeys
	tokenCipher tokenCipher
	gate        *Gate
}

// New makes the service. It fails on a configuration that cannot be used.
func New(c Config) (*Service, error) {
	if err := c.check(); err != nil {
		return nil, fmt.Errorf("auth: %w", err)
	}
	s := &Service{Config: c, tokens: newAccessTokens(c.Secrets, c.AccessTTL, c.Clock)}
	var err error
	if s.redirects, err = newRedirects(c.RedirectURIs, c.Development); err != nil {
		return nil, fmt.Errorf("auth: %w", err)
	}
	if s.refresh, err = newRefreshKeys(c.Secrets); err != nil {
		return nil, fmt.Errorf("auth: %w", err)
	}
	if s.tokenCipher, err = newSealers(c.TokenKeys, c.Secrets); err != nil {
		return nil, fmt.Errorf("auth: %w", err)
	}
	s.gate = &Gate{
		store: c.Store, users: c.Users, tokens: s.tokens, audit: c.Audit, clock: c.Clock,
		sessions: cache.New[Session](copies, c.Users.CopyAge, c.Clock),
	}
	// The keys made of them are all that is needed from here on.
	s.Secrets, s.TokenKeys = nil, nil
	return s, nil
}

func (c Config) check() error {
	if len(c.Secrets) == 0 {
		return errors.New("no secret to sign tokens with")
	}
	for _, secret := range c.Secrets {
		if len(secret) == 0 {
			return errors.New("an empty secret")
		}
	}
	if c.AccessTTL < time.Second || c.RefreshTTL < time.Second {
		return errors.New("tokens must be valid for a second at least")
	}
	if c.BandKey == "" {
		return errors.New("no Band to sign in by")
	}
	return nil
}

// Gate lets in the callers of the sessions this service starts.
func (s *Service) Gate() *Gate { return s.gate }

// DeleteDead forgets the sign-ins and sessions that are over: to be called now and then by one process.
func (s *Service) DeleteDead(ctx context.Context) error {
	n, err := s.Store.DeleteDead(ctx, s.now())
	if err != nil {
		return fmt.Errorf("delete dead sessions: %w", err)
	}
	s.Log.DebugContext(ctx, "dead sessions deleted", slog.Int("rows", n))
	return nil
}

// now is the time of what is stored, in its precision.
func (s *Service) now() time.Time { return s.Clock().UTC().Truncate(time.Microsecond) }

// changed drops the copies of a user's sessions here, then everywhere: also when whoever asked for it has hung up.
func (s *Service) changed(ctx context.Context, userID string) {
	s.gate.Forget(userID)
	s.Changes.UserChanged(context.WithoutCancel(ctx), userID)
}
