package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"math"
	"slices"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/photos"
)

// photoState is what became of a photo.
type photoState int

const (
	photoShown photoState = iota
	photoHidden
	// photoGone is a hidden photo that was deleted: it is hidden if it comes back.
	photoGone
)

const (
	shownOfAlbum = `FROM photos p WHERE p.album = a.id AND p.state = 0`
	selectAlbum  = `SELECT a.id, a.name, a.owner, a.owner_name, a.created_at, a.pass, (SELECT count(*) ` + shownOfAlbum + `),
		(SELECT p.id ` + shownOfAlbum + ` ORDER BY p.created_at DESC, p.id DESC LIMIT 1) FROM albums a `
	albumByID   query = selectAlbum + `WHERE a.id = ?`
	albumsAfter query = selectAlbum + `WHERE (a.created_at, a.id) < (?, ?) ORDER BY a.created_at DESC, a.id DESC LIMIT ?`
	albumPut    query = `SELECT id, name, owner, owner_name, created_at, pass, 0, NULL FROM albums WHERE id = ?`
	insertAlbum query = `INSERT INTO albums (id, name, owner, owner_name, created_at, pass) VALUES (?, ?, ?, ?, ?, ?)`
	updateAlbum query = `UPDATE albums SET (name, owner, owner_name, created_at, pass) = (?2, ?3, ?4, ?5, ?6) WHERE id = ?1`
	dropAlbums  query = `DELETE FROM albums WHERE id IN (SELECT id FROM albums WHERE pass < ? LIMIT ?)`

	selectPhoto = `SELECT id, album, author, author_name, url, width, height, comments, emotions, video, created_at, hidden_by, hidden_at,
		pass, state FROM photos `
	photoByID   query = selectPhoto + `WHERE id = ?`
	photosByID  query = selectPhoto + `WHERE id IN (SELECT value FROM json_each(?))`
	photosAfter query = `SELECT id FROM photos WHERE album = ? AND state = ? AND (created_at, id) < (?, ?)
		ORDER BY created_at DESC, id DESC LIMIT ? OFFSET ?`
	countPhotos query = `SELECT count(*) FROM photos WHERE album = ? AND state = ?`
	insertPhoto query = `INSERT INTO photos (id, album, author, author_name, url, width, height, comments, emotions, video, created_at,
		hidden_by, hidden_at, pass, state) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	updatePhoto query = `UPDATE photos SET (album, author, author_name, url, width, height, comments, emotions, video, created_at,
		hidden_by, hidden_at, pass, state) = (?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15) WHERE id = ?1`
	dropPhotos query = `DELETE FROM photos WHERE id IN (SELECT id FROM photos WHERE state = 0 AND pass < ? LIMIT ?)`
	losePhotos query = `UPDATE photos SET state = 2 WHERE id IN (SELECT id FROM photos WHERE state = 1 AND pass < ? LIMIT ?)`
)

// deletedAtOnce is how many albums or photos are deleted by one write, so that others are not kept waiting.
const deletedAtOnce = 500

type albumRow struct {
	photos.Album
	pass int64
}

func scanAlbum(rows *sql.Rows) (a albumRow, err error) {
	err = rows.Scan(&a.ID, &a.Name, &a.OwnerID, &a.OwnerName, (*instant)(&a.CreatedAt), &a.pass, &a.Photos, (*text)(&a.Cover))
	return a, err
}

type photoRow struct {
	photos.Photo
	pass  int64
	state photoState
}

func scanPhoto(rows *sql.Rows) (p photoRow, err error) {
	err = rows.Scan(&p.ID, &p.AlbumID, &p.AuthorID, &p.AuthorName, &p.URL, &p.Width, &p.Height, &p.Comments, &p.Emotions, &p.VideoThumbnail,
		(*instant)(&p.CreatedAt), &p.HiddenBy, (*instant)(&p.HiddenAt), &p.pass, &p.state)
	return p, err
}

// values are the columns of insertPhoto and updatePhoto.
func (p photoRow) values() []any {
	return []any{
		p.ID, p.AlbumID, p.AuthorID, p.AuthorName, p.URL, p.Width, p.Height, p.Comments, p.Emotions, p.VideoThumbnail, toMicros(p.CreatedAt),
		p.HiddenBy, toMicros(p.HiddenAt), p.pass, p.state,
	}
}

// PutAlbums implements photos.Store.
func (s *Store) PutAlbums(ctx context.Context, pass int64, albums []photos.Album) (added, changed int, err error) {
	err = s.write(ctx, func(t *tx) error {
		added, changed = 0, 0
		for _, a := range albums {
			before, err := one(t, albumPut, scanAlbum, a.ID)
			created := errors.Is(err, errNotFound)
			if err != nil && !created {
				return err
			}
			if before.pass > pass {
				continue
			}
			before.ID = a.ID
			next, differs := before.TakeOver(a)
			q := updateAlbum
			switch {
			case created:
				q, added = insertAlbum, added+1
			case differs:
				changed++
			}
			if _, err := t.exec(q, a.ID, next.Name, next.OwnerID, next.OwnerName, toMicros(next.CreatedAt), pass); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return 0, 0, err
	}
	return added, changed, nil
}

// PutPhotos implements photos.Store.
func (s *Store) PutPhotos(ctx context.Context, pass int64, all []photos.Photo) (added, changed int, err error) {
	err = s.write(ctx, func(t *tx) error {
		added, changed = 0, 0
		for _, p := range all {
			before, err := one(t, photoByID, scanPhoto, p.ID)
			created := errors.Is(err, errNotFound)
			if err != nil && !created {
				return err
			}
			if before.pass > pass {
				continue
			}
			before.ID = p.ID
			next := photoRow{pass: pass, state: before.state}
			var differs bool
			next.Photo, differs = before.TakeOver(p)
			q := updatePhoto
			switch {
			case created:
				q, added = insertPhoto, added+1
			case before.state == photoGone:
				next.state, added = photoHidden, added+1
			case differs:
				changed++
			}
			if _, err := t.exec(q, next.values()...); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return 0, 0, err
	}
	return added, changed, nil
}

// DeleteAlbumsBefore implements photos.Store.
func (s *Store) DeleteAlbumsBefore(ctx context.Context, pass int64) error {
	return s.dropSome(ctx, dropAlbums, pass)
}

// DeletePhotosBefore implements photos.Store.
func (s *Store) DeletePhotosBefore(ctx context.Context, pass int64) error {
	if err := s.dropSome(ctx, losePhotos, pass); err != nil {
		return err
	}
	return s.dropSome(ctx, dropPhotos, pass)
}

// dropSome executes a statement that affects a part of the rows of earlier passes until none is left.
func (s *Store) dropSome(ctx context.Context, q query, pass int64) error {
	for n := int64(deletedAtOnce); n == deletedAtOnce; {
		err := s.write(ctx, func(t *tx) (err error) {
			n, err = t.exec(q, pass, deletedAtOnce)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// positionKey returns the columns of a position; those of nil are beyond all.
func positionKey(p *photos.Position) (createdAt int64, id string) {
	if p == nil {
		return math.MaxInt64, ""
	}
	return toMicros(p.CreatedAt), p.ID
}

// ListAlbums implements photos.Store.
func (s *Store) ListAlbums(ctx context.Context, after *photos.Position, limit int) (page []photos.Album, err error) {
	at, id := positionKey(after)
	rows, err := list(s.read(ctx), albumsAfter, scanAlbum, at, id, limit)
	for _, row := range rows {
		page = append(page, row.Album)
	}
	return page, err
}

// Album implements photos.Store.
func (s *Store) Album(ctx context.Context, albumID string) (photos.Album, error) {
	row, err := one(s.read(ctx), albumByID, scanAlbum, albumID)
	return row.Album, err
}

// ListPhotos implements photos.Store. What is skipped is skipped in an index; the photos of the page are read then.
func (s *Store) ListPhotos(ctx context.Context, f photos.Filter) (page []photos.Photo, total int, err error) {
	state := photoShown
	if f.Hidden {
		state = photoHidden
	}
	at, id := positionKey(f.After)
	err = s.snapshot(ctx, func(src source) error {
		if total, err = one(src, countPhotos, scalar[int], f.AlbumID, state); err != nil || f.Offset >= total {
			return err
		}
		found, err := list(src, photosAfter, scalar[string], f.AlbumID, state, at, id, f.Limit, f.Offset)
		if err != nil {
			return err
		}
		wanted, err := idList(found)
		if err != nil {
			return err
		}
		rows, err := list(src, photosByID, scanPhoto, wanted)
		for _, row := range rows {
			page = append(page, row.Photo)
		}
		return err
	})
	if err != nil {
		return nil, 0, err
	}
	slices.SortFunc(page, func(a, b photos.Photo) int { return a.Position().Compare(b.Position()) })
	return page, total, nil
}

// Photo implements photos.Store.
func (s *Store) Photo(ctx context.Context, photoID string) (photos.Photo, error) {
	row, err := thePhoto(s.read(ctx), photoID)
	return row.Photo, err
}

func thePhoto(src source, photoID string) (photoRow, error) {
	row, err := one(src, photoByID, scanPhoto, photoID)
	if err == nil && row.state == photoGone {
		return photoRow{}, errNotFound
	}
	return row, err
}

// UpdatePhoto implements photos.Store.
func (s *Store) UpdatePhoto(ctx context.Context, photoID string, f func(*photos.Photo) error) (kept photos.Photo, err error) {
	err = s.write(ctx, func(t *tx) error {
		row, err := thePhoto(t, photoID)
		if err != nil {
			return err
		}
		changed := row.Photo
		if err := f(&changed); err != nil {
			return err
		}
		row.HiddenBy, row.HiddenAt, row.state = changed.HiddenBy, stored(changed.HiddenAt), photoShown
		if row.Hidden() {
			row.state = photoHidden
		} else {
			row.HiddenAt = time.Time{}
		}
		kept = row.Photo
		_, err = t.exec(updatePhoto, row.values()...)
		return err
	})
	if err != nil {
		return photos.Photo{}, err
	}
	return kept, nil
}
