package photos

import (
	"context"
	"time"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/audit"
	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/ratelimit"
	"github.com/dongbaejul/dongbaejul/internal/users"
)

var (
	errAlbumNotFound = fault.New(fault.NotFound, "ALBUM_NOT_FOUND", "앨범을 찾을 수 없어요.", "There is no such album.")
	errPhotoNotFound = fault.New(fault.NotFound, "PHOTO_NOT_FOUND", "사진을 찾을 수 없어요.", "There is no such photo.")
)

// GalleryConfig is what a Gallery works with; everything is needed where it does not say otherwise.
type GalleryConfig struct {
	Store Store
	Users *users.Service
	// Games finds the games that photos were taken in.
	Games Games
	// Link returns the URL of the picture with an id.
	Link func(id string) string
	// Limiter counts what members hide; nil for no limit.
	Limiter interface {
		// Take counts one request for key against the limit, if that allows it.
		Take(ctx context.Context, key string, lim ratelimit.Limit) (ratelimit.Result, error)
	}
	// Changed is told of a photo that is hidden or shown again, once that is stored.
	Changed func(ctx context.Context, photoID string)
	Audit   *audit.Log
	// Clock tells the time.
	Clock func() time.Time
}

// Sync knows how the sync with Band stands.
type Sync interface {
	// Status returns that for the caller.
	Status(ctx context.Context) (*v1.SyncStatus, error)
}

// Gallery implements the RPCs of albums and photos, which bandsync puts there. It may be used concurrently.
type Gallery struct {
	cfg GalleryConfig
	// sync is nil if there is none.
	sync Sync
}

// NewGallery returns a Gallery.
func NewGallery(c GalleryConfig) *Gallery { return &Gallery{cfg: c} }

// SyncBy makes s say how the sync with Band stands. It must be called before the Gallery is used.
func (g *Gallery) SyncBy(s Sync) { g.sync = s }

func (g *Gallery) now() time.Time { return stored(g.cfg.Clock()) }
