package dongbaejul

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/anypb"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
)

const (
	// putTimeout is for one try to send a file: as long as the server waits for it.
	putTimeout = 5 * time.Minute
	// maxAnswer is how much is read of what answers a file, in bytes.
	maxAnswer = 64 << 10
)

// File is a picture to upload.
type File struct {
	Purpose v1.UploadPurpose
	// Name is what the file is called, such as "단체사진.jpg"; it may be empty.
	Name string
	// ContentType is image/jpeg, image/png, image/webp or image/gif: what http.DetectContentType finds in the first 512 bytes.
	ContentType string
	// Size is in bytes, 10 MiB at most.
	Size int64
	// Open returns the file from its beginning. It is called for each try, and what it returns is closed.
	Open func() (io.ReadCloser, error)
	// Progress, if it is not nil, is called from time to time with how many bytes were sent; a new try begins at 0.
	Progress func(sent int64)
}

// Upload sends a picture and returns it as the server has checked it: its FileId is what messages and posts attach, and its Url what
// UpdateProfile takes as an avatar. What fails in passing is tried again as by Retry, and the picture is stored once. Errors of the
// server have the reasons that the contract names at CreateUpload and CompleteUpload.
func (c *Client) Upload(ctx context.Context, f File) (*v1.Attachment, error) {
	key := rand.Text()
	req := &v1.CreateUploadRequest{Purpose: f.Purpose, ContentType: f.ContentType, Size: f.Size, RequestId: &key}
	if f.Name != "" {
		req.Name = &f.Name
	}
	var to *v1.CreateUploadResponse
	err := c.Retry(ctx, func(ctx context.Context) (err error) {
		to, err = c.Photos.CreateUpload(ctx, req)
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := c.retry(ctx, putTimeout, func(ctx context.Context) error { return c.put(ctx, to, f) }); err != nil {
		return nil, err
	}
	var done *v1.CompleteUploadResponse
	err = c.Retry(ctx, func(ctx context.Context) (err error) {
		done, err = c.Photos.CompleteUpload(ctx, &v1.CompleteUploadRequest{FileId: to.GetFileId()})
		return err
	})
	return done.GetFile(), err
}

// put sends a file to where the server wants it.
func (c *Client) put(ctx context.Context, to *v1.CreateUploadResponse, f File) error {
	content, err := f.Open()
	if err != nil {
		return err
	}
	defer content.Close()
	req, err := http.NewRequestWithContext(ctx, to.GetMethod(), to.GetUploadUrl(), &counted{ReadCloser: content, progress: f.Progress})
	if err != nil {
		return fmt.Errorf("the server's address for the file: %w", err)
	}
	req.ContentLength = f.Size
	for name, value := range to.GetHeaders() {
		if name != "Content-Length" {
			req.Header.Set(name, value)
		}
	}
	// Nothing of the user goes to where the file does, such as their token.
	res, err := c.files.Do(req)
	if err != nil {
		return connect.NewError(connect.CodeUnavailable, err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	switch {
	case res.StatusCode/100 == 2,
		// An earlier try has stored it: the server says so, and a bucket of S3 does.
		res.StatusCode == http.StatusConflict, res.StatusCode == http.StatusPreconditionFailed:
		return nil
	case res.StatusCode >= http.StatusInternalServerError, res.StatusCode == http.StatusTooManyRequests, res.StatusCode == http.StatusRequestTimeout, err != nil:
		return connect.NewError(connect.CodeUnavailable, fmt.Errorf("the file is answered with HTTP status %s", res.Status))
	}
	return answeredError(res.Status, answer)
}

// answeredError returns what the server said of a file that it does not take.
func answeredError(status string, answer []byte) error {
	// A google.rpc.Status.
	var said struct {
		Code    uint32            `json:"code"`
		Message string            `json:"message"`
		Details []json.RawMessage `json:"details"`
	}
	if err := json.Unmarshal(answer, &said); err != nil || said.Message == "" {
		// Such as the XML of a bucket.
		return connect.NewError(connect.CodeFailedPrecondition, fmt.Errorf("the file is refused with HTTP status %s: %s", status, bytes.ToValidUTF8(answer[:min(len(answer), 500)], nil)))
	}
	err := connect.NewError(connect.Code(said.Code), errors.New(said.Message))
	for _, raw := range said.Details {
		var detail anypb.Any
		if protojson.Unmarshal(raw, &detail) != nil {
			// Of a newer contract than ours.
			continue
		}
		if d, e := connect.NewErrorDetail(&detail); e == nil {
			err.AddDetail(d)
		}
	}
	return err
}

// counted reports how much of a file was read.
type counted struct {
	io.ReadCloser
	progress func(int64)
	sent     int64
}

func (r *counted) Read(p []byte) (int, error) {
	n, err := r.ReadCloser.Read(p)
	r.sent += int64(n)
	if r.progress != nil {
		r.progress(r.sent)
	}
	return n, err
}
