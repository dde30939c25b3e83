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
)

// prepareFolders makes the folders the server writes to, and in development the secret that nobody has set.
func prepareFolders(cfg *app.Config) error {
	if err := os.MkdirAll(cfg.DataDir, 0o700); err != nil {
		return fmt.Errorf("DATA_DIR: %w; %s", err, hints["DATA_DIR"])
	}
	if cfg.LogDir != "" {
		if err := os.MkdirAll(cfg.LogDir, 0o700); err != nil {
			return fmt.Errorf("LOG_DIR: %w; %s", err, hints["LOG_DIR"])
		}
	}
	if !cfg.JWTSecret.IsZero() {
		return nil
	}
	secret, err := keptSecret(filepath.Join(cfg.DataDir, "development-jwt-secret"))
	if err != nil {
		return fmt.Errorf("keep a secret for JWT_SECRET: %w", err)
	}
	cfg.JWTSecret = band.NewSecret(secret)
	return nil
}

// keptSecret reads a secret from a file, where one that is made of 130 random bits is kept the first time. Several processes
// may ask for it at once: one of theirs is kept.
func keptSecret(path string) (string, error) {
	kept, err := os.ReadFile(path)
	if err == nil && strings.TrimSpace(string(kept)) == "" {
		return "", fmt.Errorf("%s is empty: delete it, and another secret is made, with which everybody signs in again", path)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return string(kept), err
	}
	made, err := os.CreateTemp(filepath.Dir(path), "secret")
	if err != nil {
		return "", err
	}
	// What is left of it is the link.
	defer func() { _ = os.Remove(made.Name()) }()
	if _, err := made.WriteString(rand.Text() + rand.Text()); err != nil {
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
