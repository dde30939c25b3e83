package dongbaejul

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"sync/atomic"
	"time"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/anypb"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
)

const (
	// putTimeout is for one try to send a file: as long as the server waits for it.
	putTimeout = 5 * time.Minute
	// uploadWait is how long the server may ask to wait before the next try; Upload returns what asks for longer.
	uploadWait = time.Minute
	// maxAnswer is how much is read of what answers a file, in bytes.
	maxAnswer = 64 << 10
)

// ErrFileChanged is the error of an upload whose file changed, or was not as long as its Size, while it was sent.
var ErrFileChanged = errors.New("the file changed while it was sent")

// File is a picture to upload.
type File struct {
	Purpose v1.UploadPurpose
	// Name is what the file is called, such as "단체사진.jpg"; it may be empty.
	Name string
	// ContentType is image/jpeg, image/png, image/webp or image/gif: what http.DetectContentType finds in the first 512 bytes.
	ContentType string
	// Size is in bytes, 10 MiB at most.
	Size int64
	// Open returns the file from its beginning. It is called for each try, and what it returns is closed. Of an *os.File, or whatever
	// else has its Stat, Upload checks that it has not been written to meanwhile.
	Open func() (io.ReadCloser, error)
	// Progress, if it is not nil, is called from time to time with how many bytes were sent; a new try begins at 0.
	Progress func(sent int64)
}

// Upload sends a picture and returns it as the server has checked it: its FileId is what messages and posts attach, and its Url what
// UpdateProfile takes as an avatar. What fails in passing is tried again as by Retry, and the picture is stored once. Errors of the
// server have the reasons that the contract names at CreateUpload and CompleteUpload.
//
// Upload does not wait for long: where the server asks for more than a minute, such as at the limit of ten uploads an hour
// (TOO_MANY_UPLOADS), it returns that error, whose Problem says in RetryAfter when to try again. A file that changes while it is sent,
// or is not as long as its Size, is not stored, and the error is ErrFileChanged.
func (c *Client) Upload(ctx context.Context, f File) (*v1.Attachment, error) {
	key := rand.Text()
	req := &v1.CreateUploadRequest{Purpose: f.Purpose, ContentType: f.ContentType, Size: f.Size, RequestId: &key}
	if f.Name != "" {
		req.Name = &f.Name
	}
	var to *v1.CreateUploadResponse
	err := c.retry(ctx, callTimeout, uploadWait, func(ctx context.Context) (err error) {
		to, err = c.Photos.CreateUpload(ctx, req)
		return err
	})
	if err != nil {
		return nil, err
	}
	var first fs.FileInfo
	if err := c.retry(ctx, putTimeout, uploadWait, func(ctx context.Context) error { return c.put(ctx, to, f, &first) }); err != nil {
		return nil, err
	}
	var done *v1.CompleteUploadResponse
	err = c.retry(ctx, callTimeout, uploadWait, func(ctx context.Context) (err error) {
		done, err = c.Photos.CompleteUpload(ctx, &v1.CompleteUploadRequest{FileId: to.GetFileId()})
		return err
	})
	return done.GetFile(), err
}

// put sends a file to where the server wants it. first is what the file was at the first try.
func (c *Client) put(ctx context.Context, to *v1.CreateUploadResponse, f File, first *fs.FileInfo) error {
	content, err := f.Open()
	if err != nil {
		return err
	}
	defer content.Close()
	body := &counted{ReadCloser: content, size: f.Size, progress: f.Progress}
	if info, err := body.stat(); err != nil {
		return err
	} else if *first == nil {
		*first = info
	}
	body.first = *first
	req, err := http.NewRequestWithContext(ctx, to.GetMethod(), to.GetUploadUrl(), body)
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
	if changed := body.changed.Load(); changed != nil {
		if err == nil {
			res.Body.Close()
		}
		return *changed
	}
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

// counted reports how much of a file was read. It fails before the last of the file is read if that is not what was announced, so that
// the server gets no more than a part of it.
type counted struct {
	io.ReadCloser
	size     int64
	first    fs.FileInfo
	progress func(int64)
	sent     int64
	// changed is why it failed. It is read while a transport may still send.
	changed atomic.Pointer[error]
}

func (r *counted) Read(p []byte) (int, error) {
	n, err := r.ReadCloser.Read(p)
	r.sent += int64(n)
	if r.sent >= r.size || errors.Is(err, io.EOF) {
		if changed := r.check(err); changed != nil {
			r.changed.Store(&changed)
			return 0, changed
		}
	}
	if r.progress != nil {
		r.progress(r.sent)
	}
	return n, err
}

// check reports whether the file ends where it has to, and is what it was.
func (r *counted) check(err error) error {
	length := r.sent
	if length == r.size && err == nil {
		// Only reading on shows whether it ends here.
		n, _ := io.ReadFull(r.ReadCloser, make([]byte, 1))
		length += int64(n)
	}
	switch {
	case length < r.size:
		return fmt.Errorf("%w: it has %d bytes instead of %d", ErrFileChanged, length, r.size)
	case length > r.size:
		return fmt.Errorf("%w: it has more than %d bytes", ErrFileChanged, r.size)
	}
	info, err := r.stat()
	if err != nil {
		return err
	}
	if info != nil && (info.Size() != r.size || !info.ModTime().Equal(r.first.ModTime())) {
		return ErrFileChanged
	}
	return nil
}

// stat returns what is known of the file; nil if it is none.
func (r *counted) stat() (fs.FileInfo, error) {
	if file, ok := r.ReadCloser.(interface{ Stat() (fs.FileInfo, error) }); ok {
		return file.Stat()
	}
	return nil, nil
}
