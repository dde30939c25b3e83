package app

import (
	"context"
	"net/http"
	"path/filepath"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/photos/imageproxy"
	"github.com/dongbaejul/dongbaejul/internal/realtime"
)

// pictures returns the handler of pictures.
func (p *parts) pictures(cfg Config, closing *closers) (http.Handler, error) {
	source := cfg.Pictures
	if source == nil {
		source = p.gallery
	}
	proxy, err := imageproxy.New(imageproxy.Config{
		Source: source, Signer: p.pictureURLs, Codec: p.codec, Folder: filepath.Join(cfg.DataDir, "pictures"),
		MaxBytes: int64(cfg.PictureCacheMB) << 20, Transport: p.band.images, Allowed: p.band.allowsImage,
		Refuse: refusePicture, Log: cfg.Log, Clock: time.Now,
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

func refusePicture(w http.ResponseWriter, r *http.Request, err error) {
	status := http.StatusInternalServerError
	switch fault.KindOf(err) {
	case fault.Invalid:
		status = http.StatusBadRequest
	case fault.NotFound:
		status = http.StatusNotFound
	case fault.Unavailable:
		status = http.StatusServiceUnavailable
	}
	refuse(w, r, status, err)
}
