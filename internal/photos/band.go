package photos

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/url"
)

// PutAlbums is Store.PutAlbums. Of an owner who is a user no other name is kept.
func (g *Gallery) PutAlbums(ctx context.Context, pass int64, albums []Album) (added, changed int, err error) {
	copies := make([]Album, len(albums))
	for i, a := range albums {
		if copies[i] = a; a.OwnerID != "" {
			copies[i].OwnerName = ""
		}
	}
	return g.cfg.Store.PutAlbums(ctx, pass, copies)
}

// PutPhotos is Store.PutPhotos. Of an author who is a user no other name is kept.
func (g *Gallery) PutPhotos(ctx context.Context, pass int64, photos []Photo) (added, changed int, err error) {
	copies := make([]Photo, len(photos))
	for i, p := range photos {
		if copies[i] = p; p.AuthorID != "" {
			copies[i].AuthorName = ""
		}
	}
	return g.cfg.Store.PutPhotos(ctx, pass, copies)
}

// DeleteAlbumsBefore is Store.DeleteAlbumsBefore.
func (g *Gallery) DeleteAlbumsBefore(ctx context.Context, pass int64) error {
	return g.cfg.Store.DeleteAlbumsBefore(ctx, pass)
}

// DeletePhotosBefore is Store.DeletePhotosBefore.
func (g *Gallery) DeletePhotosBefore(ctx context.Context, pass int64) error {
	return g.cfg.Store.DeletePhotosBefore(ctx, pass)
}

// Source returns the URL that Band has a photo at, and a version that changes when that does; an error of the kind fault.NotFound if
// there is no such photo, or it is hidden.
func (g *Gallery) Source(ctx context.Context, photoID string) (address, version string, err error) {
	p, err := g.cfg.Store.Photo(ctx, photoID)
	if err != nil {
		return "", "", photoFault(err)
	}
	// Uploads are shown by their own ids only, whatever URL Band has.
	if at, err := url.Parse(p.URL); err != nil || IsFile(at) || p.Hidden() {
		return "", "", errPhotoNotFound
	}
	sum := sha256.Sum256([]byte(p.URL))
	return p.URL, hex.EncodeToString(sum[:8]), nil
}
