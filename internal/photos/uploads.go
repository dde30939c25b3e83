package photos

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/blob"
	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/idempotency"
	"github.com/dongbaejul/dongbaejul/internal/identity"
	"github.com/dongbaejul/dongbaejul/internal/picture"
	"github.com/dongbaejul/dongbaejul/internal/ratelimit"
	"github.com/dongbaejul/dongbaejul/internal/uploads"
)

const (
	// uploadURLAge is how long the URL works that a file is sent to.
	uploadURLAge = 15 * time.Minute
	// unusedAge is how long an upload is kept that nothing uses. Its file may be a little older.
	unusedAge = 24 * time.Hour
	// completeTimeout is for checking a file and storing the picture, which goes on if the caller hangs up.
	completeTimeout = 30 * time.Second
	// maxCompletions is how many files are completed at once.
	maxCompletions = 4
	// deleteBatch is how many uploads are looked up at once to be deleted, and maxDeleted how many are deleted in a row.
	deleteBatch, maxDeleted = 100, 1000

	// The keys of files as they were sent, and of the pictures that were made of them, begin with these.
	sentPrefix, servedPrefix = "sent/", "served/"
)

// uploadsAnHour is how many uploads a user may create.
var uploadsAnHour = ratelimit.Limit{Requests: 10, Per: time.Hour}

// UploadState is how far an upload is.
type UploadState string

const (
	// UploadPending: the file was not looked at, and may not have arrived.
	UploadPending UploadState = "pending"
	// UploadReady: the picture can be used.
	UploadReady UploadState = "ready"
	// UploadRefused: the file was no picture that can be used, and was deleted.
	UploadRefused UploadState = "refused"
	// UploadDeleting: the upload and its files are being deleted.
	UploadDeleting UploadState = "deleting"
)

// Upload is a picture that a user sends.
type Upload struct {
	ID, UserID string
	Purpose    uploads.Purpose
	// Name is what the user calls the file; it may be empty.
	Name string
	// ContentType and Size, in bytes, are what the user said; of an upload that is ready, those of the picture.
	ContentType string
	Size        int64
	State       UploadState
	// Problem is the reason why the upload was refused, and Found the type that the file was of; both may be empty.
	Problem, Found string
	// Width, Height and Blurhash are those of the picture.
	Width, Height int
	Blurhash      string
	// Used is whether something has the picture attached. Nothing makes it false for a post or a message: the file stays when they are
	// deleted.
	Used      bool
	CreatedAt time.Time
	// RequestHash is what the creating request asked for.
	RequestHash string
}

func (u Upload) expiresAt() time.Time { return u.CreatedAt.Add(uploadURLAge) }

func (u Upload) file() uploads.File {
	return uploads.File{
		ID: u.ID, Name: u.Name, ContentType: u.ContentType, Size: u.Size, Width: u.Width, Height: u.Height, Blurhash: u.Blurhash,
	}
}

var (
	errTooManyUploads = fault.New(fault.Exhausted, "TOO_MANY_UPLOADS",
		"사진은 한 시간에 10장까지 올릴 수 있어요. 잠시 후 다시 시도해 주세요.", "Ten pictures can be uploaded an hour. Try again later.")
	errUploadNotFound = fault.New(fault.NotFound, "UPLOAD_NOT_FOUND",
		"올린 파일을 찾을 수 없어요. 다시 올려 주세요.", "The upload was not found. Upload the file again.")
	errNotReceived = fault.New(fault.Precondition, "UPLOAD_NOT_RECEIVED",
		"파일이 아직 도착하지 않았어요. 먼저 파일을 보내 주세요.", "The file has not arrived. Send it first.")
	errTypeMismatch = fault.New(fault.Invalid, "UPLOAD_TYPE_MISMATCH",
		"파일 형식이 알린 것과 달라요. 다시 올려 주세요.", "The file is not of the type that was announced. Upload it again.")
	errSizeMismatch = fault.New(fault.Invalid, "UPLOAD_SIZE_MISMATCH",
		"파일 크기가 알린 것과 달라요. 다시 올려 주세요.", "The file is not of the size that was announced. Upload it again.")
	errUnsupported = fault.New(fault.Invalid, "PICTURE_UNSUPPORTED",
		"JPEG, PNG, WebP, GIF 사진만 올릴 수 있어요.", "Only JPEG, PNG, WebP and GIF pictures can be uploaded.")
	errTooLarge = fault.New(fault.Invalid, "PICTURE_TOO_LARGE",
		"사진은 10MiB까지 올릴 수 있어요.", "A picture can have 10 MiB at most.")
	errTooManyPixels = fault.New(fault.Invalid, "PICTURE_TOO_MANY_PIXELS",
		"사진이 너무 커요. 4천만 화소까지 올릴 수 있어요.", "The picture is too large: it can have 40 million pixels at most.")
	errTooManyFrames = fault.New(fault.Invalid, "PICTURE_TOO_MANY_FRAMES",
		"움직이는 사진이 너무 길어요. 짧게 줄여 주세요.", "The animation is too long. Make it shorter.")
	errDamaged = fault.New(fault.Invalid, "PICTURE_DAMAGED",
		"사진 파일이 손상되었어요. 다른 사진을 골라 주세요.", "The picture is damaged. Choose another one.")

	// errSettled ends a change of an upload that another call has changed first.
	errSettled = errors.New("the upload is not pending")
)

// problems are the reasons to refuse a file, by the picture's problem.
var problems = map[picture.Problem]*fault.Error{
	picture.Unsupported: errUnsupported, picture.TooLarge: errTooLarge, picture.TooManyPixels: errTooManyPixels,
	picture.TooManyFrames: errTooManyFrames, picture.Damaged: errDamaged,
}

// refusal is the error that a refused upload is answered with.
func (u Upload) refusal() error {
	switch u.Problem {
	case errUnsupported.Reason:
		if u.Found != "" {
			return errUnsupported.WithMeta("found", u.Found)
		}
		return errUnsupported
	case errTypeMismatch.Reason:
		return errTypeMismatch.WithMeta("found", u.Found)
	}
	for _, err := range []*fault.Error{errSizeMismatch, errTooLarge, errTooManyPixels, errTooManyFrames, errDamaged} {
		if err.Reason == u.Problem {
			return err
		}
	}
	return errUploadNotFound
}

var purposes = map[v1.UploadPurpose]uploads.Purpose{
	v1.UploadPurpose_UPLOAD_PURPOSE_AVATAR: uploads.Avatar,
	v1.UploadPurpose_UPLOAD_PURPOSE_POST:   uploads.Post,
	v1.UploadPurpose_UPLOAD_PURPOSE_CHAT:   uploads.Chat,
}

// CreateUpload implements the RPC.
func (s *Uploads) CreateUpload(ctx context.Context, req *v1.CreateUploadRequest) (*v1.CreateUploadResponse, error) {
	caller, err := identity.From(ctx)
	if err != nil {
		return nil, err
	}
	u := Upload{
		ID: idempotency.NewID("photos.upload", caller.UserID, req.RequestId), UserID: caller.UserID, Purpose: purposes[req.GetPurpose()],
		Name: req.GetName(), ContentType: req.GetContentType(), Size: req.GetSize(), State: UploadPending, CreatedAt: s.now(),
	}
	u.RequestHash = idempotency.Hash(string(u.Purpose), u.Name, u.ContentType, strconv.FormatInt(u.Size, 10))
	kept, err := s.create(ctx, u, req.RequestId != nil)
	if err != nil {
		return nil, err
	}
	if kept.RequestHash != u.RequestHash {
		return nil, idempotency.ErrReused
	}
	return s.created(ctx, kept)
}

// create stores an upload, and counts it. One that is repeated is not counted again.
func (s *Uploads) create(ctx context.Context, u Upload, repeatable bool) (Upload, error) {
	if repeatable {
		kept, err := s.upload(ctx, u.UserID, u.ID)
		if !errors.Is(err, fault.NotFound) {
			return kept, err
		}
	}
	if s.cfg.Limiter != nil {
		// While counting fails, nobody is refused.
		result, err := s.cfg.Limiter.Take(ctx, "photos.uploads/"+u.UserID, uploadsAnHour)
		if err == nil && !result.Allowed {
			return Upload{}, errTooManyUploads.WithRetryAfter(result.RetryAfter)
		}
	}
	kept, _, err := s.cfg.Store.CreateUpload(ctx, u)
	return kept, err
}

// created says where the file of an upload is to be sent.
func (s *Uploads) created(ctx context.Context, u Upload) (*v1.CreateUploadResponse, error) {
	out := &v1.CreateUploadResponse{
		UploadUrl: s.uploadURL(u.ID), Method: http.MethodPut, Headers: map[string]string{"Content-Type": u.ContentType}, FileId: u.ID,
		Url: s.cfg.Link(u.ID), ExpiresAt: timestamppb.New(u.expiresAt()),
	}
	signed, ok, err := s.cfg.Files.SignPut(ctx, sentPrefix+u.ID, u.ContentType, u.Size, max(u.expiresAt().Sub(s.now()), time.Second))
	if err != nil {
		return nil, err
	}
	if ok {
		out.UploadUrl, out.Headers = signed.URL, signed.Headers
	}
	return out, nil
}

// upload returns an upload of a user.
func (s *Uploads) upload(ctx context.Context, userID, id string) (Upload, error) {
	found, err := s.cfg.Store.Uploads(ctx, []string{id})
	if err != nil {
		return Upload{}, fmt.Errorf("look up upload %s: %w", id, err)
	}
	if len(found) == 0 || found[0].UserID != userID || found[0].State == UploadDeleting {
		return Upload{}, errUploadNotFound
	}
	return found[0], nil
}

// CompleteUpload implements the RPC.
func (s *Uploads) CompleteUpload(ctx context.Context, req *v1.CompleteUploadRequest) (*v1.CompleteUploadResponse, error) {
	caller, err := identity.From(ctx)
	if err != nil {
		return nil, err
	}
	u, err := s.upload(ctx, caller.UserID, req.GetFileId())
	if err != nil {
		return nil, err
	}
	u, err = s.complete(ctx, u)
	if err != nil {
		return nil, err
	}
	return &v1.CompleteUploadResponse{File: uploads.ToProto(s, u.file())}, nil
}

// complete returns the upload ready, or why it is refused. Several calls may complete one upload at once: those of one process share
// the work, and all make the same of it.
func (s *Uploads) complete(ctx context.Context, u Upload) (Upload, error) {
	switch u.State {
	case UploadReady:
		return u, nil
	case UploadRefused:
		return u, u.refusal()
	case UploadDeleting:
		return u, errUploadNotFound
	}
	shared, err, _ := s.completions.Do(u.ID, func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), completeTimeout)
		defer cancel()
		if err := s.turns.Acquire(ctx, 1); err != nil {
			return u, fmt.Errorf("wait to complete upload %s: %w", u.ID, err)
		}
		defer s.turns.Release(1)
		return s.completePending(ctx, u)
	})
	completed, _ := shared.(Upload)
	return completed, err
}

func (s *Uploads) completePending(ctx context.Context, u Upload) (Upload, error) {
	data, err := s.cfg.Files.Get(ctx, sentPrefix+u.ID, picture.MaxBytes)
	if errors.Is(err, fault.NotFound) {
		// Another call may have completed it, and deleted the file.
		if u, err = s.upload(ctx, u.UserID, u.ID); err == nil && u.State == UploadPending {
			return u, errNotReceived
		}
		if err != nil {
			return u, err
		}
		return s.complete(ctx, u)
	}
	if errors.Is(err, blob.ErrTooLarge) {
		u.State, u.Problem = UploadRefused, errTooLarge.Reason
		return s.settle(ctx, u, picture.Picture{})
	}
	if err != nil {
		return u, fmt.Errorf("read upload %s: %w", u.ID, err)
	}
	made, err := s.verify(ctx, &u, data)
	if err != nil {
		return u, err
	}
	return s.settle(ctx, u, made)
}

// verify makes the picture, and sets what is known of it or why it is refused.
func (s *Uploads) verify(ctx context.Context, u *Upload, data []byte) (picture.Picture, error) {
	if int64(len(data)) != u.Size {
		u.State, u.Problem = UploadRefused, errSizeMismatch.Reason
		return picture.Picture{}, nil
	}
	info, err := picture.Look(data)
	if err == nil && string(info.Type) != u.ContentType {
		u.State, u.Problem, u.Found = UploadRefused, errTypeMismatch.Reason, string(info.Type)
		return picture.Picture{}, nil
	}
	var made picture.Picture
	if err == nil {
		made, err = s.cfg.Codec.Clean(ctx, data)
	}
	var refused *picture.Error
	switch {
	case errors.As(err, &refused):
		s.cfg.Log.InfoContext(ctx, "upload refused", slog.String("upload_id", u.ID), slog.String("user_id", u.UserID), slog.String("error", err.Error()))
		u.State, u.Problem, u.Found = UploadRefused, problems[refused.Problem].Reason, refused.Found
		return picture.Picture{}, nil
	case err != nil:
		return picture.Picture{}, fmt.Errorf("make a picture of upload %s: %w", u.ID, err)
	}
	u.State, u.ContentType, u.Size = UploadReady, string(made.Type), int64(len(made.Data))
	u.Width, u.Height, u.Blurhash = made.Width, made.Height, made.Blurhash
	return made, nil
}

// settle stores the picture and then what was found of the upload, unless another call did first, and deletes the file.
func (s *Uploads) settle(ctx context.Context, found Upload, made picture.Picture) (Upload, error) {
	if found.State == UploadReady {
		// A picture that is there was made of the first file that was sent, and stays: the bucket may have taken another one since.
		err := s.cfg.Files.PutNew(ctx, servedPrefix+found.ID, found.ContentType, bytes.NewReader(made.Data), found.Size)
		if err != nil && !errors.Is(err, fault.Exists) {
			return found, fmt.Errorf("store the picture of upload %s: %w", found.ID, err)
		}
	}
	u, err := s.cfg.Store.UpdateUpload(ctx, found.ID, func(u *Upload) error {
		if u.State != UploadPending {
			return errSettled
		}
		used := u.Used
		*u = found
		u.Used = used
		return nil
	})
	if errors.Is(err, errSettled) {
		u, err = s.upload(ctx, found.UserID, found.ID)
	}
	if errors.Is(err, fault.NotFound) {
		// It was deleted meanwhile, perhaps before the picture was stored.
		return found, errors.Join(errUploadNotFound, s.cfg.Files.Delete(ctx, servedPrefix+found.ID), s.cfg.Files.Delete(ctx, sentPrefix+found.ID))
	}
	if err != nil {
		return found, fmt.Errorf("store what is known of upload %s: %w", found.ID, err)
	}
	if err := s.cfg.Files.Delete(ctx, sentPrefix+u.ID); err != nil {
		// It is deleted with what is old.
		s.cfg.Log.WarnContext(ctx, "cannot delete the file of an upload", slog.String("upload_id", u.ID), slog.Any("error", err))
	}
	if u.State == UploadRefused {
		return u, u.refusal()
	}
	return u, nil
}

// Uploaded implements uploads.Finder.
func (s *Uploads) Uploaded(ctx context.Context, userID string, purpose uploads.Purpose, fileIDs []string) (map[string]uploads.File, error) {
	found, err := s.cfg.Store.Uploads(ctx, fileIDs)
	if err != nil {
		return nil, fmt.Errorf("look up uploads: %w", err)
	}
	files := make(map[string]uploads.File, len(found))
	for _, u := range found {
		if u.UserID != userID || u.Purpose != purpose {
			continue
		}
		u, err := s.use(ctx, u)
		if errors.Is(err, fault.NotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		files[u.ID] = u.file()
	}
	return files, nil
}

// use completes an upload, and keeps it from then on: before what has it attached is stored, so that it cannot be deleted between.
func (s *Uploads) use(ctx context.Context, u Upload) (Upload, error) {
	u, err := s.complete(ctx, u)
	if err != nil || u.Used {
		return u, err
	}
	return s.cfg.Store.UpdateUpload(ctx, u.ID, func(u *Upload) error {
		if u.State != UploadReady {
			return errUploadNotFound
		}
		u.Used = true
		return nil
	})
}

// URL implements uploads.Finder.
func (s *Uploads) URL(fileID string) string { return s.cfg.Link(fileID) }

// DeleteUnused deletes the uploads that nothing has used for a day, and the files that were sent and are not needed any more.
func (s *Uploads) DeleteUnused(ctx context.Context) error {
	before := s.now().Add(-unusedAge)
	for range maxDeleted / deleteBatch {
		unused, err := s.cfg.Store.UnusedUploads(ctx, before, deleteBatch)
		if err != nil {
			return fmt.Errorf("look up unused uploads: %w", err)
		}
		if err := s.deleteAll(ctx, unused, func(u Upload) bool { return !u.Used }); err != nil {
			return err
		}
		if len(unused) < deleteBatch {
			break
		}
	}
	// Files that were sent again after the upload was completed, and what processes that were killed have left.
	before = before.Add(-uploadURLAge)
	_, err := s.cfg.Files.DeleteOld(ctx, sentPrefix, before)
	_, unfinished := s.cfg.Files.DeleteUnfinished(before)
	return errors.Join(err, unfinished)
}

// EraseUploads deletes what a deleted account has uploaded and nothing but its profile has used.
func (s *Uploads) EraseUploads(ctx context.Context, userID string) error {
	for {
		found, err := s.cfg.Store.UploadsToErase(ctx, userID, deleteBatch)
		if err != nil || len(found) == 0 {
			return err
		}
		if err := s.deleteAll(ctx, found, func(u Upload) bool { return !u.Used || u.Purpose == uploads.Avatar }); err != nil {
			return err
		}
	}
}

// deleteAll deletes those of the uploads that unneeded still says are, and their files.
func (s *Uploads) deleteAll(ctx context.Context, found []Upload, unneeded func(Upload) bool) error {
	for _, u := range found {
		_, err := s.cfg.Store.UpdateUpload(ctx, u.ID, func(u *Upload) error {
			if !unneeded(*u) {
				return errSettled
			}
			// From here on nothing can use it. It is looked up again if this process ends before it is deleted.
			u.State, u.Used = UploadDeleting, false
			return nil
		})
		if errors.Is(err, errSettled) || errors.Is(err, fault.NotFound) {
			continue
		}
		if err == nil {
			err = errors.Join(s.cfg.Files.Delete(ctx, sentPrefix+u.ID), s.cfg.Files.Delete(ctx, servedPrefix+u.ID))
		}
		if err == nil {
			err = s.cfg.Store.DeleteUpload(ctx, u.ID)
		}
		if err != nil {
			return fmt.Errorf("delete upload %s: %w", u.ID, err)
		}
	}
	return nil
}
