package photos

import (
	"context"
	"time"
)

// UploadStore keeps uploads. Every method is atomic and may be called concurrently.
type UploadStore interface {
	// CreateUpload stores a new upload. If the ID is taken, it stores nothing and returns the upload that has it, with created false.
	CreateUpload(ctx context.Context, u Upload) (kept Upload, created bool, err error)
	// Uploads returns those of ids that exist, in no order. At most 100 ids.
	Uploads(ctx context.Context, ids []string) ([]Upload, error)
	// UpdateUpload changes one upload by f and returns the result. f changes ContentType, Size, State, Problem, Found, Width, Height,
	// Blurhash and Used; the rest stays. It may run more than once, and its error ends the update with nothing changed.
	// fault.NotFound if there is no such upload.
	UpdateUpload(ctx context.Context, id string, f func(*Upload) error) (Upload, error)
	// UnusedUploads returns the uploads that were created before a time and are not Used, the oldest first, at most limit.
	UnusedUploads(ctx context.Context, before time.Time, limit int) ([]Upload, error)
	// UploadsToErase returns a user's uploads that are not Used or are avatars, by ID, at most limit.
	UploadsToErase(ctx context.Context, userID string, limit int) ([]Upload, error)
	// DeleteUpload deletes an upload; missing is not an error.
	DeleteUpload(ctx context.Context, id string) error
}
