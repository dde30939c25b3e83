package photos

import (
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"golang.org/x/sync/semaphore"
	"golang.org/x/sync/singleflight"

	"github.com/dongbaejul/dongbaejul/internal/blob"
	"github.com/dongbaejul/dongbaejul/internal/picture"
	"github.com/dongbaejul/dongbaejul/internal/ratelimit"
)

// UploadsConfig is what Uploads work with; everything but Limiter is needed.
type UploadsConfig struct {
	Store UploadStore
	// Files holds the pictures that were uploaded.
	Files *blob.Bucket
	Codec *picture.Codec
	// PublicURL is where clients reach the server, without a slash at the end.
	PublicURL string
	// Link returns the URL of the picture with an id, which the service makes with PublicURL.
	Link func(id string) string
	// Secrets sign the URLs that files are sent to: the first one signs, and all are accepted.
	Secrets [][]byte
	// Limiter counts the uploads of a user; nil for no limit.
	Limiter Limiter
	// Refuse answers a request that is no RPC with an error.
	Refuse func(w http.ResponseWriter, r *http.Request, err error)
	Log    *slog.Logger
	Clock  func() time.Time
}

// Limiter counts requests, over all processes of the server. It may be used concurrently.
type Limiter interface {
	// Take counts one request for key against the limit, if that allows it.
	Take(ctx context.Context, key string, lim ratelimit.Limit) (ratelimit.Result, error)
}

// Uploads implements the RPCs of uploads. It may be used concurrently.
type Uploads struct {
	cfg UploadsConfig
	// uploadKeys sign the URLs that files are sent to.
	uploadKeys [][]byte
	// completions are the files that are being completed, by the upload, and turns bounds how many: each is in memory.
	completions singleflight.Group
	turns       *semaphore.Weighted
}

// NewUploads returns Uploads.
func NewUploads(cfg UploadsConfig) (*Uploads, error) {
	if len(cfg.Secrets) == 0 {
		return nil, errors.New("photos: a secret is needed")
	}
	s := &Uploads{cfg: cfg, turns: semaphore.NewWeighted(maxCompletions)}
	for _, secret := range cfg.Secrets {
		key, err := hkdf.Key(sha256.New, secret, nil, "dongbaejul upload URL", sha256.Size)
		if err != nil {
			return nil, fmt.Errorf("derive a key: %w", err)
		}
		s.uploadKeys = append(s.uploadKeys, key)
	}
	return s, nil
}

func (s *Uploads) now() time.Time { return stored(s.cfg.Clock()) }
