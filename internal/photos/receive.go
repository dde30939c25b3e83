package photos

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/fault"
)

// UploadPath is the pattern of the URLs that files are sent to, where the bucket has none of its own.
const UploadPath = uploadPrefix + "{file_id}/{signature}"

const uploadPrefix = "/uploads/"

const (
	// receiveTimeout is for one file to arrive: 10 MiB over a poor mobile network.
	receiveTimeout = 5 * time.Minute
	// signatureSize is that of a signature, in bytes: half an HMAC of SHA-256.
	signatureSize = 16
)

var (
	errUploadURL = fault.New(fault.Denied, "UPLOAD_URL_INVALID",
		"파일을 올릴 수 없는 주소예요. 다시 시도해 주세요.", "Nothing can be uploaded to this address. Try again.")
	errExpired = fault.New(fault.Precondition, "UPLOAD_EXPIRED",
		"파일을 올릴 시간이 지났어요. 다시 시도해 주세요.", "The time to upload this file is over. Try again.")
	errRepeated = fault.New(fault.Exists, "UPLOAD_REPEATED",
		"이미 받은 파일이에요.", "The file was sent before.")
)

func (s *Uploads) uploadURL(id string) string {
	return s.cfg.PublicURL + uploadPrefix + url.PathEscape(id) + "/" + signature(s.uploadKeys[0], id)
}

func signature(key []byte, id string) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(id))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:signatureSize])
}

func (s *Uploads) signed(id, given string) bool {
	for _, key := range s.uploadKeys {
		if hmac.Equal([]byte(signature(key, id)), []byte(given)) {
			return true
		}
	}
	return false
}

// Receive serves PUT of UploadPath: it stores one file, whole or not at all.
func (s *Uploads) Receive(w http.ResponseWriter, r *http.Request) {
	if err := s.receive(w, r); err != nil {
		s.cfg.Refuse(w, r, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (s *Uploads) receive(w http.ResponseWriter, r *http.Request) error {
	id, given, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, uploadPrefix), "/")
	if !s.signed(id, given) {
		return errUploadURL
	}
	found, err := s.cfg.Store.Uploads(r.Context(), []string{id})
	if err != nil {
		return fmt.Errorf("look up upload %s: %w", id, err)
	}
	if len(found) == 0 {
		return errUploadNotFound
	}
	u := found[0]
	switch {
	case u.State == UploadDeleting:
		return errUploadNotFound
	case u.State != UploadPending:
		return errRepeated
	case !s.now().Before(u.expiresAt()):
		return errExpired
	case r.Header.Get("Content-Type") != u.ContentType || r.Header.Get("Content-Encoding") != "":
		return errTypeMismatch
	case r.ContentLength != u.Size:
		return errSizeMismatch
	}
	// Longer than for other requests. A connection that has no deadlines keeps that of the others.
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(receiveTimeout))
	body := &wholeBody{r: r.Body, left: u.Size}
	err = s.cfg.Files.PutNew(r.Context(), sentPrefix+id, u.ContentType, body, u.Size)
	switch {
	case errors.Is(err, fault.Exists):
		return errRepeated
	case errors.Is(err, io.ErrUnexpectedEOF):
		return errSizeMismatch.WithCause(err)
	}
	return err
}

// wholeBody reads a body, which must have as many bytes as left.
type wholeBody struct {
	r    io.Reader
	left int64
}

func (b *wholeBody) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	b.left -= int64(n)
	switch {
	case b.left < 0, errors.Is(err, io.EOF) && b.left > 0:
		return n, io.ErrUnexpectedEOF
	}
	return n, err
}
