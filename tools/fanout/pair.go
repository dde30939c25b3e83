package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/url"
	"strings"
)

// starting is what a starter starts.
type starting func(ctx context.Context, env ...string) (*server, error)

// embedded runs one process on SQLite.
func embedded(binary string) starting {
	return func(ctx context.Context, env ...string) (*server, error) { return startServer(ctx, binary, env...) }
}

// pair runs two processes on one MongoDB, in a database of their own, and one Redis. What is sent goes to the first; of the
// streams, each has half.
func pair(binary, mongoURI, redisURL string) starting {
	return func(ctx context.Context, env ...string) (*server, error) {
		uri, err := url.Parse(mongoURI)
		if err != nil {
			return nil, fmt.Errorf("-mongodb: %w", err)
		}
		uri.Path = "/fanout_" + strings.ToLower(rand.Text())
		env = append(env, "MONGODB_URI="+uri.String(), "REDIS_URL="+redisURL, "JWT_SECRET="+rand.Text()+rand.Text())
		first, err := startServer(ctx, binary, env...)
		if err != nil {
			return nil, err
		}
		second, err := start(ctx, env, binary)
		if err != nil {
			first.stop()
			return nil, err
		}
		first.peers = append(first.peers, second)
		return first, nil
	}
}
