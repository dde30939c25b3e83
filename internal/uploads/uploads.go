// Package uploads finds the files behind the attachments of posts and messages. A client names a file by its id only; what is
// kept and shown of it, its name included, comes from the upload.
package uploads

import (
	"context"
	"fmt"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/fault"
)

// ErrNotFound is the failure of a request with an attachment that its caller has not uploaded.
var ErrNotFound = fault.New(fault.Invalid, "ATTACHMENT_NOT_FOUND",
	"첨부 파일을 찾을 수 없어요. 파일을 다시 올려 주세요.", "The attached file was not found. Upload it again.")

// File is an uploaded file.
type File struct {
	ID, URL string
	// Name is what its uploader calls it, such as "단체사진.jpg"; it may be empty.
	Name string
	// ContentType is the MIME type read from the file's bytes.
	ContentType string
	// Size is in bytes.
	Size int64
	// Width and Height are in pixels; 0 if they are not known.
	Width, Height int
	// Blurhash is shown until a picture is loaded; it may be empty.
	Blurhash string
}

// Purpose is what a file is uploaded for. It is used for nothing else.
type Purpose string

const (
	Avatar Purpose = "avatar"
	Post   Purpose = "post"
	Chat   Purpose = "chat"
)

// Finder finds uploaded files. It may be used concurrently.
type Finder interface {
	// Uploaded returns those of the files that the user has uploaded for the purpose, by ID; the others are left out. What it returns is
	// kept from then on. An upload that cannot be used is an error that says why.
	Uploaded(ctx context.Context, userID string, purpose Purpose, fileIDs []string) (map[string]File, error)
	// URL returns where readers find a file whose File has no URL.
	URL(fileID string) string
}

// None is the Finder of a server that takes no uploads.
type None struct{}

// Uploaded implements Finder.
func (None) Uploaded(context.Context, string, Purpose, []string) (map[string]File, error) {
	return nil, nil
}

// URL implements Finder.
func (None) URL(string) string { return "" }

// NotFound returns ErrNotFound for the attachment at an index of a request.
func NotFound(index int) error { return ErrNotFound.WithField(fmt.Sprintf("attachments[%d]", index)) }

// Find returns the files with these ids, in their order. It fails with ErrNotFound, naming the first attachment in question, unless
// the user has uploaded them all for the purpose.
func Find(ctx context.Context, finder Finder, userID string, purpose Purpose, fileIDs []string) ([]File, error) {
	if len(fileIDs) == 0 {
		return nil, nil
	}
	uploaded, err := finder.Uploaded(ctx, userID, purpose, fileIDs)
	if err != nil {
		return nil, fmt.Errorf("look up uploads: %w", err)
	}
	files := make([]File, len(fileIDs))
	for i, id := range fileIDs {
		file, ok := uploaded[id]
		if !ok {
			return nil, NotFound(i)
		}
		files[i] = file
	}
	return files, nil
}

// ToProto returns the file as an attachment.
func ToProto(finder Finder, f File) *v1.Attachment {
	if f.URL == "" {
		// Not stored with what has the attachment: the server's address and its keys change.
		f.URL = finder.URL(f.ID)
	}
	return &v1.Attachment{
		FileId: f.ID, Url: f.URL, Name: f.Name, ContentType: f.ContentType, Size: f.Size, Width: int32(f.Width), Height: int32(f.Height),
		Blurhash: f.Blurhash,
	}
}
