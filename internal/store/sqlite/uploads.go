package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/photos"
)

const (
	selectUpload = `SELECT id, user_id, purpose, name, content_type, size, state, problem, found, width, height, blurhash, used,
		created_at, request_hash FROM uploads `

	uploadByID  query = selectUpload + `WHERE id = ?`
	uploadsByID query = selectUpload + `WHERE id IN (SELECT value FROM json_each(?))`
	// unusedUploads and uploadsToErase repeat the conditions of their indexes.
	unusedUploads  query = selectUpload + `WHERE used = 0 AND created_at < ? ORDER BY created_at, id LIMIT ?`
	uploadsToErase query = selectUpload + `WHERE user_id = ? AND (used = 0 OR purpose = 'avatar') ORDER BY id LIMIT ?`
	insertUpload   query = `INSERT INTO uploads (id, user_id, purpose, name, content_type, size, state, problem, found, width, height,
		blurhash, used, created_at, request_hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	updateUpload query = `UPDATE uploads SET (content_type, size, state, problem, found, width, height, blurhash, used) =
		(?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) WHERE id = ?1`
	deleteUpload query = `DELETE FROM uploads WHERE id = ?`
)

func scanUpload(rows *sql.Rows) (u photos.Upload, err error) {
	err = rows.Scan(&u.ID, &u.UserID, (*text)(&u.Purpose), &u.Name, &u.ContentType, &u.Size, (*text)(&u.State), &u.Problem, &u.Found, &u.Width, &u.Height,
		&u.Blurhash, &u.Used, (*instant)(&u.CreatedAt), &u.RequestHash)
	return u, err
}

// CreateUpload implements photos.UploadStore.
func (s *Store) CreateUpload(ctx context.Context, u photos.Upload) (kept photos.Upload, created bool, err error) {
	err = s.write(ctx, func(t *tx) error {
		kept, err = one(t, uploadByID, scanUpload, u.ID)
		if created = errors.Is(err, errNotFound); !created {
			return err
		}
		if _, err := t.exec(insertUpload, u.ID, u.UserID, u.Purpose, u.Name, u.ContentType, u.Size, u.State, u.Problem, u.Found, u.Width, u.Height,
			u.Blurhash, u.Used, toMicros(u.CreatedAt), u.RequestHash); err != nil {
			return err
		}
		kept, err = one(t, uploadByID, scanUpload, u.ID)
		return err
	})
	if err != nil {
		return photos.Upload{}, false, err
	}
	return kept, created, nil
}

// Uploads implements photos.UploadStore.
func (s *Store) Uploads(ctx context.Context, ids []string) ([]photos.Upload, error) {
	wanted, err := idList(ids)
	if err != nil {
		return nil, err
	}
	return list(s.read(ctx), uploadsByID, scanUpload, wanted)
}

// UpdateUpload implements photos.UploadStore.
func (s *Store) UpdateUpload(ctx context.Context, id string, f func(*photos.Upload) error) (kept photos.Upload, err error) {
	err = s.write(ctx, func(t *tx) error {
		u, err := one(t, uploadByID, scanUpload, id)
		if err != nil {
			return err
		}
		if err := f(&u); err != nil {
			return err
		}
		if _, err := t.exec(updateUpload, id, u.ContentType, u.Size, u.State, u.Problem, u.Found, u.Width, u.Height, u.Blurhash, u.Used); err != nil {
			return err
		}
		kept, err = one(t, uploadByID, scanUpload, id)
		return err
	})
	if err != nil {
		return photos.Upload{}, err
	}
	return kept, nil
}

// UnusedUploads implements photos.UploadStore.
func (s *Store) UnusedUploads(ctx context.Context, before time.Time, limit int) ([]photos.Upload, error) {
	return list(s.read(ctx), unusedUploads, scanUpload, toMicros(before), limit)
}

// UploadsToErase implements photos.UploadStore.
func (s *Store) UploadsToErase(ctx context.Context, userID string, limit int) ([]photos.Upload, error) {
	return list(s.read(ctx), uploadsToErase, scanUpload, userID, limit)
}

// DeleteUpload implements photos.UploadStore.
func (s *Store) DeleteUpload(ctx context.Context, id string) error {
	return s.write(ctx, func(t *tx) error {
		_, err := t.exec(deleteUpload, id)
		return err
	})
}
