package app

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/audit"
	"github.com/dongbaejul/dongbaejul/internal/realtime"
	"github.com/dongbaejul/dongbaejul/internal/shared"
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
	store    store.Store
	band     bandPart
	bus      realtime.Bus
	streams  *realtime.Streams
	presence *shared.Presence
	rights   *changes
	audit    *audit.Log
}

func newParts(ctx context.Context, cfg Config, closing *closers) (*parts, error) {
	kept, err := store.Open(ctx, storeURL(cfg))
	if err != nil {
		return nil, fmt.Errorf("open the store: %w", err)
	}
	closing.add(kept.Close)
	club, err := newBandPart(cfg)
	if err != nil {
		return nil, err
	}
	bus := realtime.NewHub()
	p := &parts{
		store: kept, band: club, bus: bus, rights: &changes{bus: bus}, audit: audit.New(cfg.AuditLog),
		streams:  realtime.NewStreams(realtime.Config{Bus: bus, Heartbeat: cfg.StreamHeartbeat, WriteTimeout: streamWriteTimeout}),
		presence: shared.NewPresence(offlineAfter, presenceWindow, tellPresence(bus)),
	}
	closing.after(p.presence.Close)
	return p, nil
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

// tellPresence tells streams who came and went.
func tellPresence(bus realtime.Bus) func(online, offline []string) {
	return func(online, offline []string) {
		bus.Publish(context.Background(), realtime.Hint{Topic: realtime.Presence, Event: realtime.NewEvent(&v1.Event{
			Payload: &v1.Event_Presence{Presence: &v1.Presence{Online: online, Offline: offline}},
		})})
	}
}
