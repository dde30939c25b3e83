package auth

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/band"
	"github.com/dongbaejul/dongbaejul/internal/fault"
)

// sealKeySize is that of AES-256, in bytes.
const sealKeySize = 32

// BandToken is what Band gave for acting as one user.
type BandToken struct {
	Access band.Secret
	// Refresh is zero if Band gave none.
	Refresh band.Secret
	// ExpiresAt is zero if Band did not say.
	ExpiresAt time.Time
}

func (s *Service) newBandToken(g band.Grant) BandToken {
	t := BandToken{Access: g.AccessToken, Refresh: g.RefreshToken}
	if g.ExpiresIn > 0 {
		t.ExpiresAt = s.now().Add(g.ExpiresIn)
	}
	return t
}

// BandToken returns the Band token kept of a user; fault.NotFound where there is none that can be read.
func (s *Service) BandToken(ctx context.Context, userID string) (BandToken, error) {
	sealed, err := s.Store.BandToken(ctx, userID)
	if errors.Is(err, fault.NotFound) {
		return BandToken{}, errNoBandToken.WithCause(err)
	}
	if err != nil {
		return BandToken{}, fmt.Errorf("read the Band token of user %s: %w", userID, err)
	}
	t, err := s.tokenCipher.open(userID, sealed)
	if err != nil {
		s.Log.WarnContext(ctx, "cannot open a Band token; do all processes have the same BAND_TOKEN_KEY?",
			slog.String("user_id", userID), slog.Any("error", err))
		return BandToken{}, errNoBandToken.WithCause(err)
	}
	return t, nil
}

// SaveBandToken keeps a user's Band token, encrypted, in the place of an earlier one.
func (s *Service) SaveBandToken(ctx context.Context, userID string, t BandToken) error {
	sealed, err := s.tokenCipher.seal(userID, t)
	if err != nil {
		return err
	}
	if err := s.Store.SaveBandToken(ctx, userID, sealed); err != nil {
		return fmt.Errorf("save the Band token of user %s: %w", userID, err)
	}
	return nil
}

// RefreshBandToken trades a user's Band token for a new one, which it keeps in the place of the old one. A refresh token that Band does
// not accept, or that there is none, is errNoBandToken, and so is one that was deleted meanwhile, with the account.
func (s *Service) RefreshBandToken(ctx context.Context, userID string, old BandToken) (BandToken, error) {
	if old.Refresh.IsZero() {
		return BandToken{}, errNoBandToken
	}
	grant, err := s.Band.WithRetry().Refresh(ctx, old.Refresh)
	if failure, ok := errors.AsType[*band.Error](err); ok && failure.InvalidGrant() {
		return BandToken{}, errNoBandToken.WithCause(err)
	}
	if err != nil {
		return BandToken{}, fmt.Errorf("refresh a Band token: %w", err)
	}
	t := s.newBandToken(grant)
	// Band may have replaced the old one: the new one must not be lost because the caller hangs up.
	ctx = context.WithoutCancel(ctx)
	if _, err := s.Store.BandToken(ctx, userID); errors.Is(err, fault.NotFound) {
		return BandToken{}, errNoBandToken.WithCause(err)
	}
	return t, s.SaveBandToken(ctx, userID, t)
}

// tokenCipher encrypts Band tokens by AES-256-GCM. The first key seals; all open.
type tokenCipher []cipher.AEAD

// newSealers takes the keys, and after them those that are derived from the secrets: so tokens stay readable when the first key is
// configured.
func newSealers(keys [][]byte, secrets [][]byte) (tokenCipher, error) {
	keys = slices.Clone(keys)
	for _, secret := range secrets {
		derived, err := hkdf.Key(sha256.New, secret, nil, "dongbaejul Band token", sealKeySize)
		if err != nil {
			return nil, fmt.Errorf("derive a key: %w", err)
		}
		keys = append(keys, derived)
	}
	var all tokenCipher
	for _, k := range keys {
		if len(k) != sealKeySize {
			return nil, fmt.Errorf("the key for Band tokens has %d bytes, not %d", len(k), sealKeySize)
		}
		block, err := aes.NewCipher(k)
		if err != nil {
			return nil, fmt.Errorf("make a cipher: %w", err)
		}
		aead, err := cipher.NewGCMWithRandomNonce(block)
		if err != nil {
			return nil, fmt.Errorf("make a cipher: %w", err)
		}
		all = append(all, aead)
	}
	return all, nil
}

// sealedToken is the plaintext.
type sealedToken struct {
	Access    string    `json:"access"`
	Refresh   string    `json:"refresh,omitempty"`
	ExpiresAt time.Time `json:"expires_at,omitzero"`
}

// seal encrypts t so that it opens for this user only.
func (k tokenCipher) seal(userID string, t BandToken) ([]byte, error) {
	plain, err := json.Marshal(sealedToken{Access: t.Access.Reveal(), Refresh: t.Refresh.Reveal(), ExpiresAt: t.ExpiresAt})
	if err != nil {
		return nil, fmt.Errorf("encode a Band token: %w", err)
	}
	return k[0].Seal(nil, nil, plain, []byte(userID)), nil
}

var errSealed = errors.New("the Band token was sealed for another user or with another key, or is damaged")

func (k tokenCipher) open(userID string, sealed []byte) (BandToken, error) {
	for _, aead := range k {
		plain, err := aead.Open(nil, nil, sealed, []byte(userID))
		if err != nil {
			continue
		}
		var t sealedToken
		if err := json.Unmarshal(plain, &t); err != nil {
			return BandToken{}, errSealed
		}
		return BandToken{Access: band.NewSecret(t.Access), Refresh: band.NewSecret(t.Refresh), ExpiresAt: t.ExpiresAt}, nil
	}
	return BandToken{}, errSealed
}
