package photos

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/dongbaejul/dongbaejul/internal/blob"
	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/picture"
)

// fileScheme is that of the URLs of Files, such as "blob://served/0190b5a2", which only this server resolves.
const fileScheme = "blob"

// Source implements imageproxy.Source for uploads.
func (s *Uploads) Source(ctx context.Context, id string) (address, version string, err error) {
	found, err := s.cfg.Store.Uploads(ctx, []string{id})
	if err != nil {
		return "", "", fmt.Errorf("look up upload %s: %w", id, err)
	}
	if len(found) == 0 || found[0].State != UploadReady {
		return "", "", errUploadNotFound
	}
	return (&url.URL{Scheme: fileScheme, Host: strings.TrimSuffix(servedPrefix, "/"), Path: "/" + id}).String(), "", nil
}

// IsFile reports whether a URL is one of Files.
func IsFile(u *url.URL) bool { return u.Scheme == fileScheme }

// FileTransport answers requests for the URLs of a bucket, and leaves all others to another transport.
func FileTransport(files *blob.Bucket, others http.RoundTripper) http.RoundTripper {
	return fileTransport{files, others}
}

type fileTransport struct {
	files  *blob.Bucket
	others http.RoundTripper
}

func (t fileTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	if !IsFile(r.URL) {
		return t.others.RoundTrip(r)
	}
	answer := &http.Response{
		StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: make(http.Header), Body: http.NoBody, Request: r,
	}
	data, err := t.files.Get(r.Context(), r.URL.Host+r.URL.Path, picture.MaxBytes)
	switch {
	case errors.Is(err, fault.NotFound):
		answer.StatusCode = http.StatusNotFound
	case err != nil:
		return nil, err
	default:
		answer.Body, answer.ContentLength = io.NopCloser(bytes.NewReader(data)), int64(len(data))
	}
	return answer, nil
}
