package mongodb

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/dongbaejul/dongbaejul/internal/photos"
	"github.com/dongbaejul/dongbaejul/internal/uploads"
)

var uploadIndexes = []index{
	{collection: "uploads", name: "uploads_unused", keys: bson.D{{Key: "created_at", Value: 1}, {Key: "_id", Value: 1}},
		where: bson.D{{Key: "used", Value: false}}},
	{collection: "uploads", name: "uploads_to_erase", keys: bson.D{{Key: "erase_with", Value: 1}, {Key: "_id", Value: 1}},
		where: bson.D{{Key: "erase_with", Value: bson.D{{Key: "$gt", Value: ""}}}}},
}

// uploadDoc is an upload.
type uploadDoc struct {
	Head        `bson:",inline"`
	UserID      string `bson:"user_id"`
	Purpose     string `bson:"purpose"`
	Name        string `bson:"name,omitempty"`
	ContentType string `bson:"content_type"`
	Size        int64  `bson:"size"`
	State       string `bson:"state"`
	Problem     string `bson:"problem,omitempty"`
	Found       string `bson:"found,omitempty"`
	Width       int    `bson:"width,omitempty"`
	Height      int    `bson:"height,omitempty"`
	Blurhash    string `bson:"blurhash,omitempty"`
	Used        bool   `bson:"used"`
	CreatedAt   int64  `bson:"created_at"`
	RequestHash string `bson:"request_hash"`
	// EraseWith is the user with whose account the upload is deleted; empty if it stays.
	EraseWith string `bson:"erase_with,omitempty"`
}

func uploadDocOf(u photos.Upload) uploadDoc {
	d := uploadDoc{
		Head: Head{ID: u.ID}, UserID: u.UserID, Purpose: string(u.Purpose), Name: u.Name, ContentType: u.ContentType, Size: u.Size,
		State: string(u.State), Problem: u.Problem, Found: u.Found, Width: u.Width, Height: u.Height, Blurhash: u.Blurhash, Used: u.Used,
		CreatedAt: toMicros(u.CreatedAt), RequestHash: u.RequestHash,
	}
	if !u.Used || u.Purpose == uploads.Avatar {
		d.EraseWith = u.UserID
	}
	return d
}

func (d uploadDoc) upload() photos.Upload {
	return photos.Upload{
		ID: d.ID, UserID: d.UserID, Purpose: uploads.Purpose(d.Purpose), Name: d.Name, ContentType: d.ContentType, Size: d.Size,
		State: photos.UploadState(d.State), Problem: d.Problem, Found: d.Found, Width: d.Width, Height: d.Height, Blurhash: d.Blurhash,
		Used: d.Used, CreatedAt: fromMicros(d.CreatedAt), RequestHash: d.RequestHash,
	}
}

// CreateUpload implements photos.UploadStore.
func (s *Store) CreateUpload(ctx context.Context, u photos.Upload) (_ photos.Upload, created bool, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	d := uploadDocOf(u)
	kept, created, err := s.uploads.insertOr(ctx, &d, func(ctx context.Context) (uploadDoc, error) { return s.uploads.get(ctx, u.ID) })
	if err != nil {
		return photos.Upload{}, false, err
	}
	return kept.upload(), created, nil
}

// Uploads implements photos.UploadStore.
func (s *Store) Uploads(ctx context.Context, ids []string) (_ []photos.Upload, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	found, err := s.uploads.some(ctx, ids)
	return convert(found, uploadDoc.upload), err
}

// UpdateUpload implements photos.UploadStore.
func (s *Store) UpdateUpload(ctx context.Context, id string, f func(*photos.Upload) error) (_ photos.Upload, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	d, err := s.uploads.change(ctx, id, func(d *uploadDoc) error {
		before := d.upload()
		u := before
		if err := f(&u); err != nil {
			return err
		}
		u.ID, u.UserID, u.Purpose, u.Name, u.CreatedAt, u.RequestHash = before.ID, before.UserID, before.Purpose, before.Name, before.CreatedAt, before.RequestHash
		*d = uploadDocOf(u)
		return nil
	})
	if err != nil {
		return photos.Upload{}, err
	}
	return d.upload(), nil
}

// UnusedUploads implements photos.UploadStore.
func (s *Store) UnusedUploads(ctx context.Context, before time.Time, limit int) ([]photos.Upload, error) {
	return s.listUploads(ctx, bson.D{
		{Key: "used", Value: false}, {Key: "created_at", Value: bson.D{{Key: "$lt", Value: toMicros(before)}}},
	}, bson.D{{Key: "created_at", Value: 1}, {Key: "_id", Value: 1}}, limit)
}

// UploadsToErase implements photos.UploadStore.
func (s *Store) UploadsToErase(ctx context.Context, userID string, limit int) ([]photos.Upload, error) {
	return s.listUploads(ctx, bson.D{{Key: "erase_with", Value: userID}}, bson.D{{Key: "_id", Value: 1}}, limit)
}

func (s *Store) listUploads(ctx context.Context, filter, order bson.D, limit int) (_ []photos.Upload, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	found, err := list[uploadDoc](ctx, s.uploads.Collection, filter, options.Find().SetSort(order).SetLimit(int64(limit)))
	return convert(found, uploadDoc.upload), err
}

// DeleteUpload implements photos.UploadStore.
func (s *Store) DeleteUpload(ctx context.Context, id string) (err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	_, err = deleteAll(ctx, s.uploads.Collection, byID(id))
	return err
}
