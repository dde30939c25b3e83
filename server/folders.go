package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/dongbaejul/dongbaejul/internal/app"
	"github.com/dongbaejul/dongbaejul/internal/band"
	"github.com/dongbaejul/dongbaejul/internal/notifications/webpush"
)

// prepareFolders makes the folders the server writes to, and in development the secrets that nobody has set.
func prepareFolders(cfg *app.Config) error {
	if err := os.MkdirAll(cfg.DataDir, 0o700); err != nil {
		return fmt.Errorf("DATA_DIR: %w; %s", err, hints["DATA_DIR"])
	}
	if cfg.LogDir != "" {
		if err := os.MkdirAll(cfg.LogDir, 0o700); err != nil {
			return fmt.Errorf("LOG_DIR: %w; %s", err, hints["LOG_DIR"])
		}
	}
	if cfg.Deployed() {
		return nil
	}
	for _, s := range []struct {
		name, file string
		secret     *band.Secret
		create     func() (string, error)
	}{
		// 260 random bits.
		{"JWT_SECRET", "development-jwt-secret", &cfg.JWTSecret, func() (string, error) { return rand.Text() + rand.Text(), nil }},
		{"WEB_PUSH_PRIVATE_KEY", "development-web-push-key", &cfg.WebPushPrivateKey, webpush.NewKey},
	} {
		if !s.secret.IsZero() {
			continue
		}
		secret, err := keptSecret(filepath.Join(cfg.DataDir, s.file), s.create)
		if err != nil {
			return fmt.Errorf("keep a secret for %s: %w", s.name, err)
		}
		*s.secret = band.NewSecret(secret)
	}
	return nil
}

// keptSecret reads a secret from a file, where one that is created is kept the first time. Several processes may ask for it at once:
// one of theirs is kept.
func keptSecret(path string, create func() (string, error)) (string, error) {
	kept, err := os.ReadFile(path)
	if err == nil && strings.TrimSpace(string(kept)) == "" {
		return "", fmt.Errorf("%s is empty: delete it, and another secret is made, with which everybody signs in again", path)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return string(kept), err
	}
	secret, err := create()
	if err != nil {
		return "", err
	}
	made, err := os.CreateTemp(filepath.Dir(path), "secret")
	if err != nil {
		return "", err
	}
	// What is left of it is the link.
	defer func() { _ = os.Remove(made.Name()) }()
	if _, err := made.WriteString(secret); err != nil {
		return "", errors.Join(err, made.Close())
	}
	if err := made.Close(); err != nil {
		return "", err
	}
	if err := os.Link(made.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", err
	}
	kept, err = os.ReadFile(path)
	return string(kept), err
}
