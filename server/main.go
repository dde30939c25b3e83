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

// untilSignal returns a context that ends with the first signal. At the second, it calls atOnce: who sends one more does not
// want to wait.
func untilSignal(signals <-chan os.Signal, atOnce func()) context.Context {
	ctx, end := context.WithCancel(context.Background())
	go func() {
		<-signals
		end()
		<-signals
		atOnce()
	}()
	return ctx
}

// run serves until the process is told to end: by SIGINT, SIGTERM, or SIGHUP.
func run() (err error) {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	ctx := untilSignal(signals, func() { os.Exit(1) })
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
		cfg.Log.Info("closing")
	}
	closing, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	return errors.Join(err, server.Close(closing))
}
