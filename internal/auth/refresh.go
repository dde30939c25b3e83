package auth

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// refreshToken is one refresh token: "<session id>.<generation>.<MAC in base64url>". The MAC shows that it was given out
// once, so that an old token is told from a guess.
type refreshToken struct {
	sessionID  string
	generation int64
	mac        [sha256.Size]byte
}

// strict refuses a second spelling of the same bytes.
var macEncoding = base64.RawURLEncoding.Strict()

func (t refreshToken) String() string {
	return t.sessionID + "." + strconv.FormatInt(t.generation, 10) + "." + macEncoding.EncodeToString(t.mac[:])
}

// hash is what is stored of a token.
func (t refreshToken) hash() string { return hash(t.String()) }

// hash is SHA-256 in hex. What it is used for has at least 128 random bits, so that it needs neither salt nor stretching.
func hash(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// parseRefresh takes a token apart; false for what String never returns.
func parseRefresh(s string) (refreshToken, bool) {
	parts := strings.Split(s, ".")
	if len(parts) != 3 || parts[0] == "" || len(parts[0]) > 64 {
		return refreshToken{}, false
	}
	generation, err := strconv.ParseInt(parts[1], 10, 64)
	if err != nil || generation < 1 {
		return refreshToken{}, false
	}
	mac, err := macEncoding.DecodeString(parts[2])
	if err != nil || len(mac) != sha256.Size { // line breaks are passed over
		return refreshToken{}, false
	}
	t := refreshToken{sessionID: parts[0], generation: generation, mac: [sha256.Size]byte(mac)}
	return t, t.String() == s
}

// refreshKeys make and recognise refresh tokens. The first makes them; with the others, tokens from before a change of the
// secret are recognised. Its methods are pure functions of their arguments and the keys.
type refreshKeys [][]byte

func newRefreshKeys(secrets [][]byte) (refreshKeys, error) {
	keys := make(refreshKeys, 0, len(secrets))
	for _, secret := range secrets {
		key, err := hkdf.Key(sha256.New, secret, nil, "dongbaejul refresh token", sha256.Size)
		if err != nil {
			return nil, fmt.Errorf("derive a key: %w", err)
		}
		keys = append(keys, key)
	}
	return keys, nil
}

// derive makes the token of a session's generation.
func derive(key []byte, s Session, generation int64) refreshToken {
	t := refreshToken{sessionID: s.ID, generation: generation}
	mac := hmac.New(sha256.New, key)
	_, _ = fmt.Fprintf(mac, "%q %d %q", s.ID, generation, s.Nonce)
	mac.Sum(t.mac[:0])
	return t
}

// begin returns a new session its first token, which it returns.
func (k refreshKeys) begin(s *Session, now time.Time, ttl time.Duration) refreshToken {
	// 128 bits; Text has them in base32.
	s.Nonce = rand.Text()
	s.CreatedAt = now
	return k.advance(s, now, ttl)
}

// advance puts the next token in force, and returns it.
func (k refreshKeys) advance(s *Session, now time.Time, ttl time.Duration) refreshToken {
	s.Generation++
	next := derive(k[0], *s, s.Generation)
	s.PreviousHash, s.TokenHash = s.TokenHash, next.hash()
	s.LastUsedAt, s.ExpiresAt = now, now.Add(ttl)
	return next
}

// use is all that using a refresh token does to its session. The token in force is exchanged for its successor. The one
// before it gets that same successor, however late, and changes nothing: nobody has used the successor yet, so the answer was
// lost, or two tabs or many calls have exchanged it at once. The record alone decides that, not a clock, since the clocks of
// two processes differ. An older token is in the hands of two parties, so that the session is revoked (errRefreshReused; RFC
// 9700, section 4.14.2). What was never given out (errRefreshInvalid), or belongs to a session that is over
// (errSessionEnded), changes nothing.
func (k refreshKeys) use(s *Session, t refreshToken, now time.Time, ttl time.Duration) (refreshToken, error) {
	current, previous := matches(t, s.TokenHash), matches(t, s.PreviousHash)
	switch {
	case !current && !previous && !k.gaveOut(*s, t):
		return refreshToken{}, errRefreshInvalid
	case !s.Live(now):
		return refreshToken{}, errSessionEnded
	case current:
		return k.advance(s, now, ttl), nil
	case previous:
		return k.successor(*s)
	}
	s.RevokedAt = now
	return refreshToken{}, errRefreshReused
}

// gaveOut reports whether t was a token of s before the one in force. One of a later generation is from an exchange the
// store has lost, and says nothing of who holds it.
func (k refreshKeys) gaveOut(s Session, t refreshToken) bool {
	if t.sessionID != s.ID || t.generation >= s.Generation {
		return false
	}
	for _, key := range k {
		if genuine := derive(key, s, t.generation); hmac.Equal(genuine.mac[:], t.mac[:]) {
			return true
		}
	}
	return false
}

// successor makes the token in force again. It fails where that was made with a secret this process does not have, as
// while the processes are restarted with a new one.
func (k refreshKeys) successor(s Session) (refreshToken, error) {
	for _, key := range k {
		if t := derive(key, s, s.Generation); matches(t, s.TokenHash) {
			return t, nil
		}
	}
	return refreshToken{}, errSuccessorUnknown
}

// matches compares in constant time; nothing matches an empty hash.
func matches(t refreshToken, stored string) bool {
	return subtle.ConstantTimeCompare([]byte(t.hash()), []byte(stored)) == 1
}
