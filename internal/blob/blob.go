// Package blob keeps files in a folder or in a bucket of an object store that speaks the protocol of S3.
package blob

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"gocloud.dev/blob"
	"gocloud.dev/blob/fileblob"
	"gocloud.dev/blob/s3blob"
	"gocloud.dev/gcerrors"

	"github.com/dongbaejul/dongbaejul/internal/fault"
)

// ErrTooLarge is a file with more bytes than its reader takes.
var ErrTooLarge = errors.New("the file has too many bytes")

// folderMode lets only the server read what is kept.
const folderMode = 0o700

// Bucket holds files under keys, such as "served/0190b5a2". It may be used concurrently.
type Bucket struct {
	files *blob.Bucket
	// folder is where the bucket is a folder; empty for an object store.
	folder string
	// signs is whether clients can be given URLs of the bucket.
	signs bool
}

// OpenFolder returns the bucket that is a folder, which it creates.
func OpenFolder(folder string) (*Bucket, error) {
	if err := os.MkdirAll(folder, folderMode); err != nil {
		return nil, fmt.Errorf("create the folder of uploads: %w", err)
	}
	// Temporary files lie beside those that they become: a rename between file systems fails.
	files, err := fileblob.OpenBucket(folder, &fileblob.Options{NoTempDir: true, Metadata: fileblob.MetadataDontWrite, DirFileMode: folderMode})
	if err != nil {
		return nil, fmt.Errorf("open the folder of uploads: %w", err)
	}
	return &Bucket{files: files, folder: folder}, nil
}

// ParseURL checks the URL of a bucket, such as "s3://club-pictures?region=ap-northeast-2". What it does not say is as most servers
// other than Amazon's need it.
func ParseURL(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	switch {
	case err != nil:
		return nil, errors.New("this is not a URL")
	case u.Scheme != s3blob.Scheme:
		return nil, fmt.Errorf("the scheme is %q; it must be %q", u.Scheme, s3blob.Scheme)
	case u.Host == "" || u.Path != "" && u.Path != "/" || u.User != nil || u.Fragment != "":
		return nil, errors.New("it must be s3://BUCKET?region=REGION; keys are read from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or from the machine's role")
	case u.Query().Get("region") == "":
		return nil, errors.New("region is missing: s3://BUCKET?region=REGION")
	}
	q := u.Query()
	if endpoint := q.Get("endpoint"); endpoint != "" {
		at, err := url.Parse(endpoint)
		if err != nil || at.Scheme != "http" && at.Scheme != "https" || at.Host == "" {
			return nil, fmt.Errorf("endpoint is %q; it must be an address such as https://minio.example.com", endpoint)
		}
		setDefault(q, "use_path_style", "true")
	}
	setDefault(q, "request_checksum_calculation", "when_required")
	setDefault(q, "response_checksum_validation", "when_required")
	u.RawQuery = q.Encode()
	return u, nil
}

func setDefault(q url.Values, name, value string) {
	if !q.Has(name) {
		q.Set(name, value)
	}
}

// Open returns the bucket at a URL that ParseURL accepts. It does not wait for the object store.
func Open(ctx context.Context, raw string) (*Bucket, error) {
	u, err := ParseURL(raw)
	if err != nil {
		return nil, err
	}
	files, err := new(s3blob.URLOpener).OpenBucketURL(ctx, u)
	if err != nil {
		return nil, fmt.Errorf("open the bucket of uploads: %w", err)
	}
	return &Bucket{files: files, signs: true}, nil
}

// Signs reports whether clients send files to the bucket itself, by requests of SignPut.
func (b *Bucket) Signs() bool { return b.signs }

// Close must be called after the last use.
func (b *Bucket) Close() error { return b.files.Close() }

// Put stores a file in the place of any that has its key.
func (b *Bucket) Put(ctx context.Context, key, contentType string, data []byte) error {
	return b.write(ctx, key, bytes.NewReader(data), &blob.WriterOptions{ContentType: contentType, BufferSize: len(data)})
}

// PutNew stores a file of size bytes that r has, or nothing on error; fault.Exists where a file has its key.
func (b *Bucket) PutNew(ctx context.Context, key, contentType string, r io.Reader, size int64) error {
	return b.write(ctx, key, r, &blob.WriterOptions{ContentType: contentType, IfNotExist: true, BufferSize: int(size)})
}

func (b *Bucket) write(ctx context.Context, key string, r io.Reader, options *blob.WriterOptions) error {
	// Ending its context is how a writer is made to keep nothing.
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	w, err := b.files.NewWriter(ctx, key, options)
	if err != nil {
		return failure("write", key, err)
	}
	if _, err := io.Copy(w, r); err != nil {
		cancel()
		_ = w.Close()
		return fmt.Errorf("write %s: %w", key, err)
	}
	return failure("write", key, w.Close())
}

// Get returns a file; fault.NotFound where there is none, and ErrTooLarge where it has more than most bytes.
func (b *Bucket) Get(ctx context.Context, key string, most int64) (data []byte, err error) {
	r, err := b.files.NewReader(ctx, key, nil)
	if err != nil {
		return nil, failure("read", key, err)
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	if r.Size() > most {
		return nil, fmt.Errorf("read %s: %w: %d", key, ErrTooLarge, r.Size())
	}
	data, err = io.ReadAll(io.LimitReader(r, most))
	return data, failure("read", key, err)
}

// Delete deletes a file; missing is not an error.
func (b *Bucket) Delete(ctx context.Context, key string) error {
	err := failure("delete", key, b.files.Delete(ctx, key))
	if errors.Is(err, fault.NotFound) {
		return nil
	}
	return err
}

// unfinished is how the names of files end that are being written to a folder.
const unfinished = ".tmp"

// DeleteUnfinished deletes what was half-written before a time, by a process that was killed, and returns how much there was. An object
// store keeps nothing of a file that did not arrive.
func (b *Bucket) DeleteUnfinished(before time.Time) (n int, err error) {
	if b.folder == "" {
		return 0, nil
	}
	err = filepath.WalkDir(b.folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, unfinished) {
			return err
		}
		switch info, err := entry.Info(); {
		case errors.Is(err, fs.ErrNotExist):
			// It was finished meanwhile.
			return nil
		case err != nil:
			return err
		case !info.ModTime().Before(before):
			return nil
		}
		n++
		return os.Remove(path)
	})
	if err != nil {
		return n, fmt.Errorf("delete what is half-written: %w", err)
	}
	return n, nil
}

// DeleteOld deletes the files whose keys begin with prefix and that were written before a time, among them what a process that was
// killed has left half-written, and returns how many there were.
func (b *Bucket) DeleteOld(ctx context.Context, prefix string, before time.Time) (n int, err error) {
	files := b.files.List(&blob.ListOptions{Prefix: prefix})
	for {
		file, err := files.Next(ctx)
		if errors.Is(err, io.EOF) {
			return n, nil
		}
		if err != nil {
			return n, failure("list", prefix, err)
		}
		if !file.ModTime.Before(before) {
			continue
		}
		if err := b.Delete(ctx, file.Key); err != nil {
			return n, err
		}
		n++
	}
}

// Signed is a request that the bucket itself serves, without a sign-in.
type Signed struct {
	URL string
	// Headers must be sent as they are.
	Headers map[string]string
}

// SignPut returns the request that stores a new file of this type and size; ok is false where the bucket has no URLs.
func (b *Bucket) SignPut(ctx context.Context, key, contentType string, size int64, expires time.Duration) (signed Signed, ok bool, err error) {
	if !b.signs {
		return Signed{}, false, nil
	}
	signed.Headers = map[string]string{"Content-Type": contentType, "Content-Length": strconv.FormatInt(size, 10), "If-None-Match": "*"}
	signed.URL, err = b.files.SignedURL(ctx, key, &blob.SignedURLOptions{Method: http.MethodPut, Expiry: expires, BeforeSign: func(as func(any) bool) error {
		var put *s3.PutObjectInput
		if !as(&put) {
			return errors.New("the bucket does not sign as S3 does")
		}
		put.ContentType, put.ContentLength, put.IfNoneMatch = aws.String(contentType), aws.Int64(size), aws.String("*")
		return nil
	}})
	return signed, true, failure("sign", key, err)
}

// failure returns an error of the bucket its kind.
func failure(what, key string, err error) error {
	if err == nil {
		return nil
	}
	kind := fault.Unavailable
	switch code := gcerrors.Code(err); {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("%s %s: %w", what, key, err)
	case code == gcerrors.NotFound:
		kind = fault.NotFound
	case code == gcerrors.FailedPrecondition || code == gcerrors.AlreadyExists || strings.Contains(err.Error(), "PreconditionFailed"):
		kind = fault.Exists
	}
	return fmt.Errorf("%s %s: %w: %w", what, key, kind, err)
}
