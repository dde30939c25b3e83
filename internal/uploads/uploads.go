// Package uploads finds the files behind the attachments of posts and messages. Everything here leans on one rule: a client
// names a file by its id only, and what is kept and shown of it comes from the upload of that member.
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

// Find returns the files of a request's attachments, in their order. It fails with ErrNotFound, naming the first field in
// question, unless the user has uploaded them all.
func Find(ctx context.Context, finder Finder, userID string, attachments []*v1.AttachmentInput) ([]File, error) {
	if len(attachments) == 0 {
		return nil, nil
	}
	ids := make([]string, len(attachments))
	for i, a := range attachments {
		ids[i] = a.GetFileId()
	}
	uploaded, err := finder.Uploaded(ctx, userID, ids)
	if err != nil {
		return nil, fmt.Errorf("look up uploads: %w", err)
	}
	files := make([]File, len(ids))
	for i, id := range ids {
		file, ok := uploaded[id]
		if !ok {
			return nil, ErrNotFound.WithField(fmt.Sprintf("attachments[%d].file_id", i))
		}
		files[i] = file
	}
	return files, nil
}
