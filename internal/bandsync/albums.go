package bandsync

import (
	"log/slog"
	"strconv"

	"github.com/dongbaejul/dongbaejul/internal/band"
	"github.com/dongbaejul/dongbaejul/internal/photos"
)

// readAlbums copies the albums, all of them: Band lists the oldest first, and they are few. It notes those whose photos are to be read.
func (p *pass) readAlbums() error {
	p.albums, p.unread, p.result.Albums = nil, false, 0
	p.lastAlbum, p.seenLastAlbum, p.albumsCut = "", false, false
	if p.cfg.Gallery == nil {
		return nil
	}
	if err := p.progress(Albums, 0, 0); err != nil {
		return err
	}
	var page []band.Album
	for a, err := range p.band.Albums(p.ctx, p.token, p.cfg.BandKey) {
		if err != nil {
			return err
		}
		if a.Key == "" {
			continue
		}
		if p.seenLastAlbum = p.seenLastAlbum || a.Key == p.lastAlbumBefore; a.Photos > 0 {
			p.lastAlbum = a.Key
		}
		if page = append(page, a); len(page) < batch {
			continue
		}
		if err := p.putAlbums(page); err != nil {
			return err
		}
		page = page[:0]
	}
	if err := p.putAlbums(page); err != nil {
		return err
	}
	return p.checkAlbumsEnd()
}

// checkAlbumsEnd finds out whether the list of albums has ended early in a full pass, as checkEnd does for posts. Band has no call for one
// album, but lists the photos only of an album that it has.
func (p *pass) checkAlbumsEnd() error {
	if !p.full || p.lastAlbumBefore == "" || p.seenLastAlbum {
		return nil
	}
	for photo, err := range p.band.Photos(p.ctx, p.token, p.cfg.BandKey, p.lastAlbumBefore) {
		if p.albumsCut = err == nil && (photo.AlbumKey == "" || photo.AlbumKey == p.lastAlbumBefore); p.albumsCut {
			p.cfg.Log.WarnContext(p.ctx, "Naver Band's list of albums ended early; deleting nothing", slog.Int("albums", p.result.Albums))
		}
		return p.checkFailed(err)
	}
	return nil
}

func (p *pass) putAlbums(page []band.Album) error {
	if len(page) == 0 {
		return nil
	}
	p.accepted()
	who, names := people{}, make([]string, len(page))
	for i, a := range page {
		who.add(a.Owner, false)
		names[i] = albumID(a.Key)
	}
	if err := p.meet(who); err != nil {
		return err
	}
	copies := make([]photos.Album, len(page))
	for i, a := range page {
		copies[i] = photos.Album{ID: names[i], Name: lineOf(a.Name), CreatedAt: a.CreatedAt}
		copies[i].OwnerID, copies[i].OwnerName = p.author(a.Owner)
	}
	if _, _, err := p.cfg.Gallery.PutAlbums(p.ctx, p.number, copies); err != nil {
		return err
	}
	marks, err := p.cfg.Store.BandMarks(p.ctx, names)
	if err != nil {
		return err
	}
	for i, a := range page {
		mark := strconv.Itoa(a.Photos)
		if old, ok := marks[names[i]]; p.full || !ok || old != mark {
			p.albums = append(p.albums, dueAlbum{key: a.Key, id: names[i], photos: a.Photos, mark: mark, stored: ok && old != "0"})
		}
	}
	p.result.Albums += len(page)
	return p.progress(Albums, p.result.Albums, 0)
}

// readPhotos copies the photos of the albums that have others than before.
func (p *pass) readPhotos() error {
	if p.cfg.Gallery == nil {
		return nil
	}
	total, done := 0, 0
	for _, a := range p.albums {
		total += a.photos
	}
	if err := p.progress(Photos, 0, total); err != nil {
		return err
	}
	for len(p.albums) > 0 {
		switch err := p.readAlbum(p.albums[0], &done, total); {
		case err == nil, saysGone(err):
		case refusesThing(err):
			p.unread = p.unread || p.albums[0].stored
			p.cfg.Log.WarnContext(p.ctx, "Naver Band does not show the photos of an album", slog.String("album_id", p.albums[0].id), slog.Any("error", err))
		default:
			return err
		}
		p.accepted()
		// With another token the step begins at the next one.
		p.albums = p.albums[1:]
	}
	return nil
}

func (p *pass) readAlbum(a dueAlbum, done *int, total int) error {
	var page []band.Photo
	before := *done
	put := func() error {
		if err := p.putPhotos(page, a.id); err != nil {
			return err
		}
		*done += len(page)
		page = page[:0]
		return p.progress(Photos, *done, max(total, *done))
	}
	for photo, err := range p.band.Photos(p.ctx, p.token, p.cfg.BandKey, a.key) {
		if err != nil {
			return err
		}
		if photo.Key == "" {
			continue
		}
		if page = append(page, photo); len(page) < batch {
			continue
		}
		if err := put(); err != nil {
			return err
		}
	}
	if err := put(); err != nil {
		return err
	}
	if a.photos > 0 && *done == before {
		// Rather an answer that lacks them.
		p.unread = p.unread || a.stored
		return nil
	}
	return p.cfg.Store.SetBandMarks(p.ctx, p.number, map[string]string{a.id: a.mark})
}

// putPhotosOfPosts stores the photos of a page of posts, which are in no album or in one that is read later.
func (p *pass) putPhotosOfPosts(page []band.Post) error {
	if p.cfg.Gallery == nil {
		return nil
	}
	var all []band.Photo
	for _, post := range page {
		for _, photo := range post.Photos {
			if photo.Key != "" {
				all = append(all, photo)
			}
		}
	}
	for len(all) > 0 {
		part := all[:min(len(all), batch)]
		all = all[len(part):]
		if err := p.putPhotos(part, ""); err != nil {
			return err
		}
	}
	return nil
}

// putPhotos stores photos, of an album unless in is empty.
func (p *pass) putPhotos(page []band.Photo, in string) error {
	if len(page) == 0 {
		return nil
	}
	who := people{}
	for _, photo := range page {
		who.add(photo.Author, false)
	}
	if err := p.meet(who); err != nil {
		return err
	}
	seen := make(map[string]bool, len(page))
	var copies []photos.Photo
	for _, photo := range page {
		id := photoID(photo.Key)
		if seen[id] {
			continue
		}
		seen[id] = true
		c := photos.Photo{
			ID: id, AlbumID: in, URL: photo.URL, Width: photo.Width, Height: photo.Height,
			Comments: photo.Comments, Emotions: photo.Emotions, VideoThumbnail: photo.VideoThumbnail, CreatedAt: photo.CreatedAt,
		}
		if in == "" && photo.AlbumKey != "" {
			c.AlbumID = albumID(photo.AlbumKey)
		}
		c.AuthorID, c.AuthorName = p.author(photo.Author)
		copies = append(copies, c)
	}
	added, changed, err := p.cfg.Gallery.PutPhotos(p.ctx, p.number, copies)
	p.result.Photos += added + changed
	return err
}
