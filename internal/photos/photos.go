// Package photos implements PhotoService: the albums and photos copied from the club's Naver Band, the hiding of photos, and uploads.
package photos

import (
	"cmp"
	"time"
)

// MaxPut is how many albums or photos can be put at once.
const MaxPut = 100

// Album is a copy of an album of Band. Its ID follows from Band's key.
type Album struct {
	ID, Name string
	// OwnerID is the user who made it; empty if that is no user, who is called OwnerName then.
	OwnerID, OwnerName string
	CreatedAt          time.Time
	// Photos counts the photos of the album that are not hidden, and Cover is the id of the newest of them; empty if there is none. Both
	// follow from the photos whenever an album is read, and what is put has none.
	Photos int
	Cover  string
}

// Photo is a copy of a photo of Band, of an album or of a post. Its ID follows from Band's key.
type Photo struct {
	ID string
	// AlbumID is empty for a photo of no album. What is put without one stays in the album that it is in: a post does not say which
	// album a photo of it is in.
	AlbumID string
	// AuthorID and AuthorName are as OwnerID and OwnerName of Album.
	AuthorID, AuthorName string
	// URL is Band's, which no client gets.
	URL                string
	Width, Height      int
	Comments, Emotions int
	VideoThumbnail     bool
	CreatedAt          time.Time
	// HiddenBy is the user who has hidden the photo, at HiddenAt; empty if nobody has. What is put has neither: a photo stays hidden
	// whatever Band says of it.
	HiddenBy string
	HiddenAt time.Time
}

// Hidden reports whether the photo is hidden.
func (p Photo) Hidden() bool { return p.HiddenBy != "" }

// Position is that of an album or photo in a list, which begins with the newest.
type Position struct {
	CreatedAt time.Time
	ID        string
}

// Position returns that of the album in the list of albums.
func (a Album) Position() Position { return Position{a.CreatedAt, a.ID} }

// Position returns that of the photo in the lists that have it.
func (p Photo) Position() Position { return Position{p.CreatedAt, p.ID} }

// Compare returns a negative number if p comes before other in a list, and a positive one if it comes after it.
func (p Position) Compare(other Position) int {
	return cmp.Or(other.CreatedAt.Compare(p.CreatedAt), cmp.Compare(other.ID, p.ID))
}

// TakeOver returns the album that a put of next makes of a, and reports whether that is another one.
func (a Album) TakeOver(next Album) (Album, bool) {
	next.CreatedAt = stored(next.CreatedAt)
	next.ID, next.Photos, next.Cover = a.ID, a.Photos, a.Cover
	return next, next != a
}

// TakeOver returns the photo that a put of next makes of p, and reports whether that is another one.
func (p Photo) TakeOver(next Photo) (Photo, bool) {
	next.CreatedAt = stored(next.CreatedAt)
	next.ID, next.HiddenBy, next.HiddenAt = p.ID, p.HiddenBy, p.HiddenAt
	next.AlbumID = cmp.Or(next.AlbumID, p.AlbumID)
	return next, next != p
}

// stored is t in the precision of stores.
func stored(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.UTC().Truncate(time.Microsecond)
}
