package app

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"path/filepath"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/blob"
	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/photos"
	"github.com/dongbaejul/dongbaejul/internal/photos/imageproxy"
	"github.com/dongbaejul/dongbaejul/internal/realtime"
	"github.com/dongbaejul/dongbaejul/internal/rest"
)

// openFiles opens where the pictures are that members upload.
func openFiles(ctx context.Context, cfg Config) (*blob.Bucket, error) {
	if cfg.BlobURL == "" {
		return blob.OpenFolder(filepath.Join(cfg.DataDir, "uploads"))
	}
	return blob.Open(ctx, cfg.BlobURL)
}

// newUploads makes what takes the pictures that members upload.
func (p *parts) newUploads(cfg Config, closing *closers) (*photos.Uploads, error) {
	made, err := photos.NewUploads(photos.UploadsConfig{
		Store: p.store, Files: p.files, Codec: p.codec, PublicURL: cfg.PublicURL, Link: p.pictureURLs.URL, Secrets: cfg.secrets(),
		Limiter: p.limiter, Refuse: refusePicture, Log: cfg.Log, Clock: time.Now,
	})
	if err != nil {
		return nil, err
	}
	closing.add(every(sweepEvery, cfg.Log, "delete unused uploads", made.DeleteUnused))
	return made, nil
}

// sources ask one Source after the other.
type sources []imageproxy.Source

func (s sources) Source(ctx context.Context, id string) (address, version string, err error) {
	for _, source := range s {
		address, version, err = source.Source(ctx, id)
		if !errors.Is(err, fault.NotFound) {
			break
		}
	}
	return address, version, err
}

// pictures returns the handler of pictures.
func (p *parts) pictures(cfg Config, closing *closers) (http.Handler, error) {
	shown := sources{p.uploads, p.gallery}
	if cfg.Pictures != nil {
		shown[1] = cfg.Pictures
	}
	proxy, err := imageproxy.New(imageproxy.Config{
		Source: shown, Signer: p.pictureURLs, Codec: p.codec, Folder: filepath.Join(cfg.DataDir, "pictures"),
		MaxBytes: int64(cfg.PictureCacheMB) << 20, Transport: photos.FileTransport(p.files, p.band.images),
		Allowed: func(u *url.URL) bool { return photos.IsFile(u) || p.band.allowsImage(u) },
		Refuse:  refusePicture, Log: cfg.Log, Clock: time.Now,
	})
	if err != nil {
		return nil, err
	}
	closing.after(proxy.Close)
	// What is lost is looked up again soon.
	p.bus.Tap(realtime.Pictures, func(h realtime.Hint) { proxy.Forget(h.Key) }, func() {})
	return readOnly(proxy), nil
}

// pictureChanged makes every process look up a picture again; this one has when it returns.
func (p *parts) pictureChanged(ctx context.Context, id string) {
	p.bus.Publish(ctx, realtime.Hint{Topic: realtime.Pictures, Key: id})
}

// refusePicture answers a request for a picture, or one that sends a picture, with an error.
func refusePicture(w http.ResponseWriter, r *http.Request, err error) {
	status := http.StatusInternalServerError
	switch fault.KindOf(err) {
	case fault.Invalid, fault.Precondition:
		status = http.StatusBadRequest
	case fault.Denied:
		status = http.StatusForbidden
	case fault.Exists:
		status = http.StatusConflict
	case fault.NotFound:
		status = http.StatusNotFound
	case fault.Unavailable:
		status = http.StatusServiceUnavailable
	}
	rest.Refuse(w, r, status, err)
}

// putOnly refuses what stores nothing.
func putOnly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPut {
			rest.RefuseMethod(w, r, []string{http.MethodPut})
			return
		}
		next.ServeHTTP(w, r)
	})
}
