package app

import (
	"context"
	"fmt"
	"os"

	"github.com/dongbaejul/dongbaejul/internal/notifications"
	"github.com/dongbaejul/dongbaejul/internal/notifications/fcm"
	"github.com/dongbaejul/dongbaejul/internal/notifications/webpush"
)

// pushers push to telephones and to browsers.
type pushers struct{ phones, browsers notifications.Pusher }

func (p pushers) of(d notifications.Device) notifications.Pusher {
	if d.Platform == notifications.Web {
		return p.browsers
	}
	return p.phones
}

// Push implements notifications.Pusher.
func (p pushers) Push(ctx context.Context, d notifications.Device, n notifications.Worded, badge int) error {
	return p.of(d).Push(ctx, d, n, badge)
}

// SetBadge implements notifications.Pusher.
func (p pushers) SetBadge(ctx context.Context, d notifications.Device, badge int) error {
	return p.of(d).SetBadge(ctx, d, badge)
}

// newPusher returns what pushes as configured, and logs what it would push where nothing is, with the public key for browsers.
func newPusher(cfg Config) (_ notifications.Pusher, webPushKey string, err error) {
	log := notifications.NewLogPusher(cfg.Log)
	p := pushers{phones: log, browsers: log}
	if cfg.FCMCredentialsFile != "" {
		if p.phones, err = newPhonePusher(cfg.FCMCredentialsFile); err != nil {
			return nil, "", fmt.Errorf("FCM_CREDENTIALS_FILE: %w", err)
		}
	}
	if !cfg.WebPushPrivateKey.IsZero() {
		browsers, err := webpush.New(webpush.Config{Key: cfg.WebPushPrivateKey.Reveal(), Subject: cfg.WebPushSubject, HTTP: cfg.WebPushClient})
		if err != nil {
			return nil, "", fmt.Errorf("WEB_PUSH_PRIVATE_KEY: %w", err)
		}
		p.browsers, webPushKey = browsers, browsers.PublicKey()
	}
	return p, webPushKey, nil
}

func newPhonePusher(file string) (notifications.Pusher, error) {
	credentials, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	return fcm.New(fcm.Config{Credentials: credentials})
}
