package bandsync

import (
	"context"

	"github.com/dongbaejul/dongbaejul/internal/auth"
	"github.com/dongbaejul/dongbaejul/internal/identity"
	"github.com/dongbaejul/dongbaejul/internal/photos"
	"github.com/dongbaejul/dongbaejul/internal/posts"
	"github.com/dongbaejul/dongbaejul/internal/users"
)

// Store keeps how the sync stands. Every method is atomic and may be called concurrently.
type Store interface {
	// BandSync returns the state; the zero State if there was no sync yet.
	BandSync(ctx context.Context) (State, error)
	// UpdateBandSync changes the state by f and returns the result, whose Version is one more. f may run more than once, and its error ends
	// the update with nothing changed.
	UpdateBandSync(ctx context.Context, f func(*State) error) (State, error)
	// BandMarks returns the marks of those of ids that have one. At most 1000 ids.
	BandMarks(ctx context.Context, ids []string) (map[string]string, error)
	// SetBandMarks sets marks by id, in the name of a pass. Over a mark of a later pass it sets an empty one, since which of the two is
	// true of what is stored is not known. At most 1000.
	SetBandMarks(ctx context.Context, pass int64, marks map[string]string) error
	// DeleteBandMarksBefore deletes the marks that no pass since the given one has set.
	DeleteBandMarksBefore(ctx context.Context, pass int64) error
}

// Users keeps the members. The users service is one.
type Users interface {
	// Learn is users.Service.Learn.
	Learn(ctx context.Context, people []users.BandMember) (ids map[string]string, learned users.Learned, err error)
	// UsersOfBand is users.Service.UsersOfBand.
	UsersOfBand(ctx context.Context, userKeys []string) (map[string]string, error)
	// WithdrawUnlisted is users.Service.WithdrawUnlisted.
	WithdrawUnlisted(ctx context.Context, listed map[string]bool) (int, error)
	// Admins is users.Service.Admins.
	Admins(ctx context.Context) ([]string, error)
}

// Board keeps copies of posts. The posts service is one.
type Board interface {
	// PutBandPosts is posts.Service.PutBandPosts.
	PutBandPosts(ctx context.Context, pass int64, copies []posts.Post) ([]posts.BandPut, error)
	// PutBandComments is posts.Service.PutBandComments.
	PutBandComments(ctx context.Context, pass int64, postID string, comments []posts.Comment) (int, error)
	// DeleteBandPostsBefore is posts.Service.DeleteBandPostsBefore.
	DeleteBandPostsBefore(ctx context.Context, pass int64) (int, error)
}

// Gallery keeps copies of albums and photos, as photos.Store does.
type Gallery interface {
	PutAlbums(ctx context.Context, pass int64, albums []photos.Album) (added, changed int, err error)
	PutPhotos(ctx context.Context, pass int64, photos []photos.Photo) (added, changed int, err error)
	// DeleteAlbumsBefore and DeletePhotosBefore delete what no pass since the given one has put.
	DeleteAlbumsBefore(ctx context.Context, pass int64) error
	DeletePhotosBefore(ctx context.Context, pass int64) error
}

// Tokens keeps the Band tokens of those who have signed in. The auth service is one.
type Tokens interface {
	// BandToken is auth.Service.BandToken.
	BandToken(ctx context.Context, userID string) (auth.BandToken, error)
	// RefreshBandToken is auth.Service.RefreshBandToken.
	RefreshBandToken(ctx context.Context, userID string, old auth.BandToken) (auth.BandToken, error)
}

// Lease is the right to sync, which one process has at a time.
type Lease struct {
	// Fence is greater than that of every holder before.
	Fence int64
	// Context ends when the lease is lost.
	Context context.Context
	Release func()
}

// Access looks at a caller's rights as they are now.
type Access interface {
	// Check fails with a fault when the caller may no longer be here.
	Check(ctx context.Context, c identity.Caller) error
}
