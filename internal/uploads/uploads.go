// Package uploads finds the files behind the attachments of posts and messages. A client names a file by its id only; what is
// kept and shown of it, its name included, comes from the upload.
package uploads

import (
	"context"
	"fmt"

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
}

// Finder finds uploaded files. It may be used concurrently.
type Finder interface {
	// Uploaded returns those of the files that the user has uploaded, by ID; the others are left out.
	Uploaded(ctx context.Context, userID string, fileIDs []string) (map[string]File, error)
}

// None is the Finder of a server that takes no uploads.
type None struct{}

// Uploaded implements Finder.
func (None) Uploaded(context.Context, string, []string) (map[string]File, error) { return nil, nil }

// NotFound returns ErrNotFound for the attachment at an index of a request.
func NotFound(index int) error { return ErrNotFound.WithField(fmt.Sprintf("attachments[%d]", index)) }

// Find returns the files with these ids, in their order. It fails with ErrNotFound, naming the first attachment in question, unless
// the user has uploaded them all.
func Find(ctx context.Context, finder Finder, userID string, fileIDs []string) ([]File, error) {
	if len(fileIDs) == 0 {
		return nil, nil
	}
	uploaded, err := finder.Uploaded(ctx, userID, fileIDs)
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
