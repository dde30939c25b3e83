package app

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/audit"
	"github.com/dongbaejul/dongbaejul/internal/blob"
	"github.com/dongbaejul/dongbaejul/internal/photos"
	"github.com/dongbaejul/dongbaejul/internal/photos/imageproxy"
	"github.com/dongbaejul/dongbaejul/internal/picture"
	"github.com/dongbaejul/dongbaejul/internal/realtime"
	"github.com/dongbaejul/dongbaejul/internal/store"
)

const (
	// offlineAfter is how long a user whose last stream has closed still counts as online.
	offlineAfter = 10 * time.Second
	// presenceWindow is how long comings and goings are gathered before they are told.
	presenceWindow = 500 * time.Millisecond
	// streamWriteTimeout is how long the client of a stream may take nothing of what is sent.
	streamWriteTimeout = 30 * time.Second
)

// parts are what the services work with.
type parts struct {
	processes
	store   store.Store
	band    bandPart
	streams *realtime.Streams
	rights  *changes
	audit   *audit.Log
	codec   *picture.Codec
	files   *blob.Bucket
	// pictureURLs makes the URLs of the pictures that are served.
	pictureURLs *imageproxy.Signer
	// gallery and uploads are made with the services.
	gallery *photos.Gallery
	uploads *photos.Uploads
}

func newParts(ctx context.Context, cfg Config, closing *closers) (*parts, error) {
	kept, err := store.Open(ctx, storeURL(cfg), cfg.Log)
	if err != nil {
		return nil, fmt.Errorf("open the store: %w", err)
	}
	closing.add(kept.Close)
	club, err := newBandPart(cfg)
	if err != nil {
		return nil, err
	}
	common, err := newProcesses(cfg, kept, closing)
	if err != nil {
		return nil, err
	}
	streams := realtime.NewStreams(realtime.Config{Bus: common.bus, Heartbeat: cfg.StreamHeartbeat, WriteTimeout: streamWriteTimeout})
	codec := picture.NewCodec()
	files, err := openFiles(ctx, cfg)
	if err != nil {
		return nil, err
	}
	closing.add(files.Close)
	signer, err := imageproxy.NewSigner(cfg.PublicURL, cfg.secrets()...)
	if err != nil {
		return nil, err
	}
	return &parts{
		codec: codec, files: files, pictureURLs: signer,
		processes: common, store: kept, band: club, streams: streams, audit: audit.New(cfg.AuditLog),
		rights: &changes{bus: common.bus, recheck: streams.Recheck},
	}, nil
}

// storeURL is where everything is kept.
func storeURL(cfg Config) string {
	if !cfg.MongoURI.IsZero() {
		return cfg.MongoURI.Reveal()
	}
	return "sqlite:" + filepath.Join(cfg.DataDir, "dongbaejul.db")
}

// storeName is what health calls the store.
func storeName(cfg Config) string {
	if !cfg.MongoURI.IsZero() {
		return "mongodb"
	}
	return "sqlite"
}
