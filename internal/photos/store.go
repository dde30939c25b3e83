package photos

import "context"

// Filter says which photos of an album are listed.
type Filter struct {
	AlbumID string
	// Hidden is whether those are listed that are hidden, and no others.
	Hidden bool
	// After is the position that the part begins after; nil to begin with the newest. Offset is how many are left out then.
	After         *Position
	Offset, Limit int
}

// Store keeps albums and photos. Every method is atomic where it does not say otherwise, and may be called concurrently. Whether
// the caller may do it is not asked here.
type Store interface {
	// PutAlbums creates the albums, or makes those that exist what is put, in the name of a pass of the sync. It returns how many are
	// new and how many have become others; putting the same again changes nothing. What a later pass has put stays. At most
	// MaxPut, each once; where it fails, some of them may have been put.
	PutAlbums(ctx context.Context, pass int64, albums []Album) (added, changed int, err error)
	// PutPhotos is PutAlbums for photos. A photo that was hidden stays so, even if it was deleted since.
	PutPhotos(ctx context.Context, pass int64, photos []Photo) (added, changed int, err error)
	// DeleteAlbumsBefore deletes the albums that no pass since the given one has put. Their photos stay. It can be repeated where it
	// fails, having deleted some of them.
	DeleteAlbumsBefore(ctx context.Context, pass int64) error
	// DeletePhotosBefore is DeleteAlbumsBefore for photos. Of a hidden one, it is kept that it is hidden.
	DeletePhotosBefore(ctx context.Context, pass int64) error

	// ListAlbums returns the albums after a position, nil for none, from the newest by CreatedAt, then ID; at most limit.
	ListAlbums(ctx context.Context, after *Position, limit int) ([]Album, error)
	// Album returns one album; fault.NotFound if there is none.
	Album(ctx context.Context, albumID string) (Album, error)
	// ListPhotos returns a part of the photos that filter lets through, in the order of ListAlbums, and how many those are: all of them,
	// whatever the part begins after. A photo that is let through all the time is in exactly one of the parts that follow each other
	// by After, whatever comes and goes between the calls.
	ListPhotos(ctx context.Context, filter Filter) (page []Photo, total int, err error)
	// Photo returns one photo, hidden or not; fault.NotFound if there is none.
	Photo(ctx context.Context, photoID string) (Photo, error)
	// UpdatePhoto changes HiddenBy and HiddenAt of a photo by f and returns the result; the rest stays. f may run more than once, and its error
	// ends the update with nothing changed. fault.NotFound if there is no such photo.
	UpdatePhoto(ctx context.Context, photoID string, f func(*Photo) error) (Photo, error)
}
