package main

import (
	"errors"
	"io"
	"log/slog"
	"net"
	"path/filepath"

	"gopkg.in/natefinch/lumberjack.v2"

	"github.com/dongbaejul/dongbaejul/internal/app"
	"github.com/dongbaejul/dongbaejul/internal/rpc"
)

const (
	// logSize is how large a log file becomes, in MB, and logFiles how many there are of it, the one written to included.
	logSize  = 5
	logFiles = 5
)

// logFile are the open files.
type logFile []io.Closer

func (l logFile) Close() error {
	var errs []error
	for _, file := range l {
		errs = append(errs, file.Close())
	}
	return errors.Join(errs...)
}

// openLogs returns the configuration its loggers: to stdout, as text in development and as JSON elsewhere, and as JSON to
// combined.log and error.log where there is a folder for them. Every line names the service and its version.
func openLogs(cfg *app.Config, stdout io.Writer) io.Closer {
	var combined, failures io.Writer
	var open logFile
	if cfg.LogDir != "" {
		for name, writer := range map[string]*io.Writer{"combined.log": &combined, "error.log": &failures} {
			file := &lumberjack.Logger{Filename: filepath.Join(cfg.LogDir, name), MaxSize: logSize, MaxBackups: logFiles - 1}
			*writer, open = file, append(open, file)
		}
	}
	logger := func(level slog.Level) *slog.Logger {
		handlers := []slog.Handler{slog.NewJSONHandler(stdout, &slog.HandlerOptions{Level: level})}
		if !cfg.Deployed() {
			handlers[0] = slog.NewTextHandler(stdout, &slog.HandlerOptions{Level: level})
		}
		if cfg.LogDir != "" {
			handlers = append(handlers,
				slog.NewJSONHandler(combined, &slog.HandlerOptions{Level: level}),
				slog.NewJSONHandler(failures, &slog.HandlerOptions{Level: slog.LevelError}))
		}
		return slog.New(rpc.LogHandler(slog.NewMultiHandler(handlers...))).
			With(slog.String("service", "dongbaejul-api"), slog.String("version", cfg.Version))
	}
	cfg.Log = logger(cfg.LogLevel)
	cfg.AuditLog = logger(min(cfg.LogLevel, slog.LevelInfo))
	return open
}

// announce logs that the server serves, and what in its configuration will surprise whoever uses it.
func announce(cfg app.Config, address net.Addr) {
	cfg.Log.Info("serving", slog.String("address", address.String()), slog.String("environment", string(cfg.Environment)),
		slog.String("url", cfg.PublicURL))
	for _, warning := range cfg.Warnings {
		cfg.Log.Warn(warning)
	}
	if cfg.Deployed() && len(cfg.AuthRedirectURIs) == 0 {
		cfg.Log.Warn("AUTH_REDIRECT_URIS is empty: nobody can sign in; " + hints["AUTH_REDIRECT_URIS"])
	}
}
