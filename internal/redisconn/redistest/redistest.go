// Package redistest provides tests with Redis servers: the one that all tests share, and servers of their own that can be killed, stopped
// and cut off.
package redistest

import (
	"crypto/rand"
	"log/slog"
	"os"
	"testing"

	"github.com/dongbaejul/dongbaejul/internal/redisconn"
)

// URL is where the Redis is that all tests share. Each uses names of its own in it: see Prefix.
func URL(t testing.TB) string {
	t.Helper()
	url := os.Getenv("TEST_REDIS_URL")
	if url == "" {
		t.Fatal("TEST_REDIS_URL is not set: `make servers` starts a Redis for tests, and says what to set")
	}
	return url
}

// Prefix is one that nobody else has.
func Prefix() string { return "test-" + rand.Text() }

// Open makes a link to url, or to the Redis that tests share where that is empty, until the test ends.
func Open(t testing.TB, url, prefix string) *redisconn.Link {
	t.Helper()
	if url == "" {
		url = URL(t)
	}
	link, err := redisconn.Open(redisconn.Config{URL: url, Prefix: prefix, Log: slog.New(slog.NewTextHandler(t.Output(), nil))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := link.Close(); err != nil {
			t.Error("close the link:", err)
		}
	})
	return link
}
