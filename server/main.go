// Command server is the whole of Dongbaejul's backend in one process. Its configuration comes from environment variables,
// and in development from a file .env too; see config.go.
package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/app"
)

// closeTimeout is how long the server may take to close: less than the 30 s after which orchestrators kill.
const closeTimeout = 25 * time.Second

func main() {
	if err := command(os.Args[1:])(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run serves until the process is told to end.
func run() (err error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	cfg, err := loadConfig()
	if err != nil {
		return err
	}
	logs := openLogs(&cfg, os.Stdout)
	defer func() { err = errors.Join(err, logs.Close()) }()
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", fmt.Sprintf(":%d", cfg.Port))
	if err != nil {
		return fmt.Errorf("PORT: %w", err)
	}
	server, err := app.New(ctx, cfg)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	announce(cfg, listener.Addr())
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	select {
	case err = <-served:
	case <-ctx.Done():
		// A second signal ends the process at once.
		stop()
		cfg.Log.Info("closing")
	}
	closing, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	return errors.Join(err, server.Close(closing))
}
