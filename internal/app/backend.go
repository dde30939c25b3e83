package app

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"connectrpc.com/connect"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/audit"
	"github.com/dongbaejul/dongbaejul/internal/auth"
	"github.com/dongbaejul/dongbaejul/internal/chat"
	"github.com/dongbaejul/dongbaejul/internal/events"
	"github.com/dongbaejul/dongbaejul/internal/notifications"
	"github.com/dongbaejul/dongbaejul/internal/realtime"
	"github.com/dongbaejul/dongbaejul/internal/rpc"
	"github.com/dongbaejul/dongbaejul/internal/shared"
	"github.com/dongbaejul/dongbaejul/internal/store"
	"github.com/dongbaejul/dongbaejul/internal/users"
)

const (
	// refreshTTL is how long somebody who does not open the app stays signed in.
	refreshTTL = 30 * 24 * time.Hour
	// offlineAfter is how long a user whose last stream has closed still counts as online.
	offlineAfter = 10 * time.Second
	// presenceWindow is how long comings and goings are gathered before they are told.
	presenceWindow = 500 * time.Millisecond
	// streamWriteTimeout is how long the client of a stream may take nothing.
	streamWriteTimeout = 45 * time.Second
	// limitKeys bounds the users and addresses whose requests are counted at once.
	limitKeys = 100_000
	// sweepEvery is how often what has expired is deleted.
	sweepEvery = 10 * time.Minute
	// pruneEvery is how often notifications that are kept no longer are deleted.
	pruneEvery = 6 * time.Hour
)

// newBackend makes the services and what they work with.
func newBackend(ctx context.Context, cfg Config) (_ Backend, err error) {
	var closing closers
	defer func() {
		if err != nil {
			err = errors.Join(err, closing.close())
		}
	}()

	kept, err := store.Open(ctx, "sqlite:"+filepath.Join(cfg.DataDir, "dongbaejul.db"))
	if err != nil {
		return Backend{}, fmt.Errorf("open the store: %w", err)
	}
	closing.add(kept.Close)
	club, err := newBandPart(cfg)
	if err != nil {
		return Backend{}, err
	}
	tokenKey, err := cfg.TokenKey()
	if err != nil {
		return Backend{}, err
	}

	bus := realtime.NewHub()
	streams := realtime.NewStreams(realtime.Config{Bus: bus, Heartbeat: cfg.StreamHeartbeat, WriteTimeout: streamWriteTimeout})
	presence := shared.NewPresence(offlineAfter, presenceWindow, func(online, offline []string) {
		bus.Publish(context.Background(), realtime.Hint{Topic: realtime.Presence, Event: realtime.NewEvent(&v1.Event{
			Payload: &v1.Event_Presence{Presence: &v1.Presence{Online: online, Offline: offline}},
		})})
	})
	closing.add(func() error { presence.Close(); return nil })
	rights := &changes{bus: bus}
	records := audit.New(cfg.AuditLog)

	people := users.New(users.Config{
		Store: kept, SignIns: kept, Changes: rights, Online: onlineOf{presence}, Audit: records, Log: cfg.Log, Clock: time.Now,
		AdminKeys: append(cfg.AdminBandUserKeys, club.admins...), ManagerKeys: append(cfg.ManagerBandUserKeys, club.managers...),
	})
	signIn, err := auth.New(auth.Config{
		Store: kept, Users: people, Changes: rights, Band: club.client, BandKey: club.key, Secrets: secrets(cfg), TokenKey: tokenKey,
		AccessTTL: cfg.JWTExpiresIn, RefreshTTL: refreshTTL, RedirectURIs: cfg.AuthRedirectURIs, Development: !cfg.Deployed(),
		Audit: records, Log: cfg.Log, Clock: time.Now,
	})
	if err != nil {
		return Backend{}, err
	}
	rights.forget = []func(string){people.Forget, signIn.Gate().Forget}
	closing.add(rights.follow())

	told := notifications.New(notifications.Config{Store: kept, Users: people, Bus: bus, Access: signIn.Gate(), Log: cfg.Log})
	closing.add(func() error { told.Close(); return nil })
	closing.add(every(pruneEvery, cfg.Log, "delete old notifications", told.DeleteOld))

	rooms := chat.New(chat.Config{
		Store: kept, Users: people, Bus: bus, Streams: streams, Access: signIn.Gate(), Notifications: told, Presence: presence,
	})
	closing.add(func() error { rooms.Close(); return nil })
	closing.add(every(sweepEvery, cfg.Log, "delete what has expired", signIn.DeleteDead))

	chain, err := rpc.New(rpc.Config{Log: cfg.Log, Authenticator: signIn.Gate(), Limits: limits(cfg)})
	if err != nil {
		return Backend{}, err
	}
	return Backend{
		Services: Services{
			Auth:          signIn,
			Users:         people,
			Chat:          rooms,
			Notifications: told,
			Events: events.New(events.Config{
				Bus: bus, Streams: streams, Access: signIn.Gate(), Presence: presence, Users: people, Notifications: told, Chat: rooms,
			}),
		},
		Chain:    chain,
		Options:  []connect.HandlerOption{realtime.Codecs()},
		Checks:   []Check{{Name: "sqlite", Probe: kept.Ping, Required: true}, {Name: "band_api", Probe: club.probe}},
		Handlers: club.handlers,
		Leave:    streams.Leave,
		Close:    closing.close,
	}, nil
}

func secrets(cfg Config) [][]byte {
	all := [][]byte{[]byte(cfg.JWTSecret.Reveal())}
	if !cfg.JWTSecretPrevious.IsZero() {
		all = append(all, []byte(cfg.JWTSecretPrevious.Reveal()))
	}
	return all
}

func limits(cfg Config) *rpc.Limits {
	if !cfg.RateLimit {
		return nil
	}
	return rpc.NewLimits(shared.NewLimits(limitKeys))
}

// closers are closed in the reverse of their order.
type closers []func() error

func (c *closers) add(f func() error) { *c = append(*c, f) }

func (c *closers) close() error {
	var errs []error
	for i := len(*c) - 1; i >= 0; i-- {
		errs = append(errs, (*c)[i]())
	}
	return errors.Join(errs...)
}
