package app

import (
	"context"
	"fmt"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/auth"
	"github.com/dongbaejul/dongbaejul/internal/chat"
	"github.com/dongbaejul/dongbaejul/internal/events"
	"github.com/dongbaejul/dongbaejul/internal/games"
	"github.com/dongbaejul/dongbaejul/internal/notifications"
	"github.com/dongbaejul/dongbaejul/internal/photos"
	"github.com/dongbaejul/dongbaejul/internal/posts"
	"github.com/dongbaejul/dongbaejul/internal/uploads"
	"github.com/dongbaejul/dongbaejul/internal/users"
)

const (
	// refreshTTL is how long somebody who does not open the app stays signed in.
	refreshTTL = 30 * 24 * time.Hour
	// sweepEvery is how often what has expired is deleted.
	sweepEvery = 10 * time.Minute
	// pruneEvery is how often notifications that are kept no longer are deleted.
	pruneEvery = 6 * time.Hour
	// sendEvery is how late an announcement is that its own call could not send.
	sendEvery = 30 * time.Second
	// firstCourts is how many courts a new club begins with.
	firstCourts = 4
)

// services makes the services, the lower before those that lean on them, and the gate that lets callers in.
func (p *parts) services(ctx context.Context, cfg Config, closing *closers) (Services, *auth.Gate, error) {
	people := users.New(users.Config{
		Store: p.store, Sessions: p.store, Eraser: p.store, Changes: p.rights, Online: onlineOf{p.presence}, Audit: p.audit, Log: cfg.Log, Clock: time.Now,
		AdminKeys: append(cfg.AdminBandUserKeys, p.band.admins...), ManagerKeys: append(cfg.ManagerBandUserKeys, p.band.managers...),
		InSync: p.bus.InSync,
	})
	signIn, err := p.signIn(cfg, people)
	if err != nil {
		return Services{}, nil, err
	}
	if p.uploads, err = p.newUploads(cfg, closing); err != nil {
		return Services{}, nil, err
	}
	people.SetUploads(p.uploads)
	var finder uploads.Finder = p.uploads
	if cfg.Uploads != nil {
		finder = cfg.Uploads
	}
	gate := signIn.Gate()
	p.rights.forget, p.rights.forgetAll = []func(string){people.Forget, gate.Forget}, []func(){people.ForgetAll, gate.ForgetAll}
	p.rights.follow()
	p.shown.open(people, p.bus)
	closing.after(p.shown.close)
	closing.add(background(p.rights.watch))
	closing.add(every(sweepEvery, cfg.Log, "delete what has expired", signIn.DeleteDead))

	pusher, webPushKey, err := newPusher(cfg)
	if err != nil {
		return Services{}, nil, err
	}
	told := notifications.New(notifications.Config{
		Store: p.store, Users: people, Bus: p.bus, Pusher: pusher, WebPushKey: webPushKey, Access: gate, Log: cfg.Log,
		Writers: []notifications.Writer{
			posts.Writer{Store: p.store, Users: people}, games.Writer{Store: p.store}, chat.Writer{Store: p.store, Users: people},
		},
	})
	closing.after(told.Close)
	closing.add(every(pruneEvery, cfg.Log, "delete old notifications", told.DeleteOld))
	closing.add(every(sendEvery, cfg.Log, "send what was announced", told.SendUnsent))

	board := posts.New(posts.Config{
		Store: p.store, Users: people, Notifier: told, Bus: p.bus, Uploads: finder, Audit: p.audit, Log: cfg.Log, Clock: time.Now,
	})
	closing.add(background(board.Run))
	rooms := chat.New(chat.Config{
		Store: p.store, Users: people, Bus: p.bus, Streams: p.streams, Access: gate, Notifications: told, Presence: p.presence,
		Uploads: finder, Limiter: p.limiter, Logger: cfg.Log,
	})
	closing.after(rooms.Close)
	matches := p.games(cfg, people, told, gate, closing)
	people.OnLeave(matches.RemoveMember)
	people.OnLeave(rooms.EndMembership)
	closing.add(background(people.Run))
	if err := matches.CreateCourts(ctx, firstCourts); err != nil {
		return Services{}, nil, fmt.Errorf("make the first courts: %w", err)
	}

	p.gallery = photos.NewGallery(photos.GalleryConfig{
		Store: p.store, Users: people, Games: playedIn{matches}, Link: p.pictureURLs.URL, Limiter: p.limiter, Audit: p.audit, Clock: time.Now,
		Changed: p.pictureChanged,
	})
	sync := p.bandSync(cfg, people, board, signIn, gate)
	people.SyncBy(sync.SyncBandMembers)
	p.gallery.SyncBy(sync)
	closing.after(sync.Close)
	closing.add(background(sync.Run))

	return Services{
		Photos: photoService{Gallery: p.gallery, Uploads: p.uploads, sync: sync},
		Auth:   signIn, Users: people, Posts: board, Games: matches, Chat: rooms, Notifications: told,
		Events: events.New(events.Config{
			Bus: p.bus, Streams: p.streams, Access: gate, Presence: p.shown, Notifications: told, Chat: rooms,
			Games: matches,
		}),
	}, gate, nil
}

func (p *parts) signIn(cfg Config, people *users.Service) (*auth.Service, error) {
	tokenKeys, err := cfg.TokenKeys()
	if err != nil {
		return nil, err
	}
	return auth.New(auth.Config{
		Store: p.store, Users: people, Changes: p.rights, Devices: p.store, Band: p.band.client, BandKey: p.band.key, Secrets: cfg.secrets(), TokenKeys: tokenKeys,
		AccessTTL: cfg.JWTExpiresIn, RefreshTTL: refreshTTL, RedirectURIs: cfg.AuthRedirectURIs, Development: !cfg.Deployed(),
		Audit: p.audit, Log: cfg.Log, Clock: time.Now,
	})
}

// games makes the games and the schedule of their reminders.
func (p *parts) games(cfg Config, people *users.Service, told *notifications.Service, gate *auth.Gate, closing *closers) *games.Service {
	reminders := notifications.NewSchedule(p.store, cfg.Log)
	matches := games.New(games.Config{
		Store: p.store, Users: people, Bus: p.bus, Streams: p.streams, Access: gate, Notifier: told, Reminders: reminders,
		Scoring: cfg.Scoring, Audit: p.audit, Log: cfg.Log, Clock: time.Now,
	})
	matches.Start()
	closing.after(matches.Close)
	reminders.Start(func(ctx context.Context, r notifications.Reminder) error {
		if r.Kind == games.ReminderStarting {
			return matches.Remind(ctx, r)
		}
		return fmt.Errorf("a reminder of the unknown kind %q", r.Kind)
	})
	closing.after(reminders.Close)
	return matches
}
