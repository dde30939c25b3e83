package imageproxy

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// signatureSize is that of a signature, in bytes: half an HMAC of SHA-256.
const signatureSize = 16

// Path is what the paths of pictures begin with.
const Path = "/photos/"

// Signer makes the URLs of pictures, which show them to all who have one: readers load a picture without a sign-in, and caches
// may keep it.
type Signer struct {
	base string
	keys [][]byte
}

// NewSigner returns a Signer of URLs under a public one. The first of the secrets signs, and all are accepted.
func NewSigner(publicURL string, secrets ...[]byte) (*Signer, error) {
	if len(secrets) == 0 {
		return nil, errors.New("imageproxy: a Signer needs a secret")
	}
	s := &Signer{base: publicURL + Path}
	for _, secret := range secrets {
		key, err := hkdf.Key(sha256.New, secret, nil, "dongbaejul picture URL", sha256.Size)
		if err != nil {
			return nil, fmt.Errorf("derive a key: %w", err)
		}
		s.keys = append(s.keys, key)
	}
	return s, nil
}

// URL returns where the picture with this id is served.
func (s *Signer) URL(id string) string {
	return s.base + url.PathEscape(id) + "/" + sign(s.keys[0], id)
}

// signed returns the id in the path of a URL, and reports whether the path is signed.
func (s *Signer) signed(path string) (id string, ok bool) {
	rest, ok := strings.CutPrefix(path, Path)
	if !ok {
		return "", false
	}
	escaped, signature, ok := strings.Cut(rest, "/")
	if !ok {
		return "", false
	}
	id, err := url.PathUnescape(escaped)
	return id, err == nil && s.valid(id, signature)
}

func (s *Signer) valid(id, signature string) bool {
	for _, key := range s.keys {
		if hmac.Equal([]byte(sign(key, id)), []byte(signature)) {
			return true
		}
	}
	return false
}

func sign(key []byte, id string) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(id))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:signatureSize])
}
