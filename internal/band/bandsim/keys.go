package bandsim

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"math/rand/v2"
	"strings"
	"time"
)

// Keys and tokens carry what they mean, sealed: so nothing has to be remembered of them, and they are good after a restart.

// kind is what a key or ticket stands for.
type kind byte

const (
	kindBand kind = 1 + iota
	kindUser
	kindPost
	kindComment
	kindAlbum
	kindPhoto
	kindCode
	kindAccess
	kindRefresh
)

type keyring struct{ secret [32]byte }

func newKeyring(seed uint64) keyring { return keyring{derive(seed, "keys")} }

func derive(seed uint64, purpose string) [32]byte {
	return sha256.Sum256(binary.BigEndian.AppendUint64([]byte("bandsim "+purpose), seed))
}

func newRandom(seed uint64, purpose string) *rand.ChaCha8 {
	return rand.NewChaCha8(derive(seed, purpose))
}

// key returns the opaque key of the no-th thing of a kind (below 2^48), as app sees it: 24 characters beginning with AA, as Band's are.
func (k keyring) key(of kind, app int, no uint64) string {
	plain := binary.BigEndian.AppendUint64(nil, no)
	plain[0], plain[1] = byte(of), byte(app)
	tag := k.sign(plain)[:8]
	return "AA" + base64.RawURLEncoding.EncodeToString(append(tag, k.mask(tag, plain)...))
}

// open reverses key; ok is false for anything that is not a key of this kind.
func (k keyring) open(of kind, key string) (app int, no uint64, ok bool) {
	sealed, hasPrefix := strings.CutPrefix(key, "AA")
	raw, err := base64.RawURLEncoding.Strict().DecodeString(sealed)
	if !hasPrefix || err != nil || len(raw) != 16 {
		return 0, 0, false
	}
	plain := k.mask(raw[:8], raw[8:])
	if !hmac.Equal(k.sign(plain)[:8], raw[:8]) || kind(plain[0]) != of {
		return 0, 0, false
	}
	app = int(plain[1])
	plain[0], plain[1] = 0, 0
	return app, binary.BigEndian.Uint64(plain), true
}

// mask hides or shows eight bytes under their tag.
func (k keyring) mask(tag, bytes []byte) []byte {
	masked := make([]byte, 8)
	subtle.XORBytes(masked, bytes, k.sign(tag))
	return masked
}

// ticket is an authorization code, access token or refresh token: what somebody let an app do.
type ticket struct {
	kind    kind
	app     int
	bands   uint8 // bit i stands for the i-th band
	person  int
	expires time.Time // to the second
	nonce   [32]byte  // makes every ticket another, and so spendable
}

const ticketPrefix = "ZQAAA"

// ticket returns t sealed: 112 characters beginning with ZQAAA, as Band's tokens do.
func (k keyring) ticket(t ticket) string {
	plain := []byte{byte(t.kind), byte(t.app), t.bands, 0}
	plain = binary.BigEndian.AppendUint32(plain, uint32(t.person))
	plain = binary.BigEndian.AppendUint64(plain, uint64(t.expires.Unix()))
	plain = append(plain, t.nonce[:]...)
	return ticketPrefix + base64.RawURLEncoding.EncodeToString(append(plain, k.sign(plain)...))
}

// openTicket reverses ticket; ok is false for anything that is not a ticket of this kind, or expired at now.
func (k keyring) openTicket(of kind, sealed string, now time.Time) (t ticket, ok bool) {
	encoded, hasPrefix := strings.CutPrefix(sealed, ticketPrefix)
	raw, err := base64.RawURLEncoding.Strict().DecodeString(encoded)
	if !hasPrefix || err != nil || len(raw) != 16+len(t.nonce)+sha256.Size {
		return ticket{}, false
	}
	plain, signature := raw[:16+len(t.nonce)], raw[16+len(t.nonce):]
	if !hmac.Equal(k.sign(plain), signature) || kind(plain[0]) != of {
		return ticket{}, false
	}
	t = ticket{
		kind: of, app: int(plain[1]), bands: plain[2], person: int(binary.BigEndian.Uint32(plain[4:])),
		expires: time.Unix(int64(binary.BigEndian.Uint64(plain[8:])), 0), nonce: [32]byte(plain[16:]),
	}
	return t, now.Before(t.expires)
}

func (k keyring) sign(plain []byte) []byte {
	mac := hmac.New(sha256.New, k.secret[:])
	mac.Write(plain)
	return mac.Sum(nil)
}

// spentSet remembers the last tickets that were used and may not be used again.
type spentSet struct {
	nonces map[[32]byte]struct{}
	order  [][32]byte
}

const maxSpent = 4096

// spend reports whether nonce was not spent yet, and spends it.
func (s *spentSet) spend(nonce [32]byte) bool {
	if _, used := s.nonces[nonce]; used {
		return false
	}
	if s.nonces == nil {
		s.nonces = make(map[[32]byte]struct{})
	}
	if len(s.order) == maxSpent {
		delete(s.nonces, s.order[0])
		s.order = append(s.order[:0], s.order[1:]...)
	}
	s.nonces[nonce] = struct{}{}
	s.order = append(s.order, nonce)
	return true
}
