// Package lograte keeps log lines that are alike from flooding a log. Everything here leans on one rule: what somebody
// else can cause as often as they like is logged once an interval with a count, and remembered in bounded memory.
package lograte

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// maxKinds bounds the kinds of lines that are counted at once. Lines of further kinds are counted together.
const maxKinds = 256

// Logger writes the first line of a kind at once. It counts those that follow, and writes the last of them with their
// count at the end of each interval. It may be used concurrently.
type Logger struct {
	log      *slog.Logger
	interval time.Duration

	mu     sync.Mutex
	kinds  map[string]*kind
	closed bool
}

// kind is lines that are alike.
type kind struct {
	timer *time.Timer
	// count is how many lines there were since the last one was written.
	count   int
	level   slog.Level
	message string
	attrs   []slog.Attr
}

// New returns a Logger that writes to log.
func New(log *slog.Logger, interval time.Duration) *Logger {
	return &Logger{log: log, interval: interval, kinds: make(map[string]*kind)}
}

// Log writes or counts a line. Lines of the same key are alike: their message is the same, and one of them shows what the
// others are about.
func (l *Logger) Log(ctx context.Context, level slog.Level, key, message string, attrs ...slog.Attr) {
	if l.log.Enabled(ctx, level) && l.first(key, kind{level: level, message: message, attrs: attrs}) {
		l.log.LogAttrs(ctx, level, message, attrs...)
	}
}

// first reports whether a line is the first of its kind, and counts it otherwise.
func (l *Logger) first(key string, line kind) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return true
	}
	k, known := l.kinds[key]
	if !known && len(l.kinds) >= maxKinds {
		key = ""
		k, known = l.kinds[key]
	}
	if known {
		k.count++
		k.level, k.message, k.attrs = line.level, line.message, line.attrs
		return false
	}
	k = &kind{}
	l.kinds[key] = k
	k.timer = time.AfterFunc(l.interval, func() { l.end(key, k) })
	return true
}

// end ends an interval of a kind, which is forgotten if nothing was counted in it.
func (l *Logger) end(key string, k *kind) {
	l.mu.Lock()
	line := *k
	if l.closed || line.count == 0 {
		delete(l.kinds, key)
		l.mu.Unlock()
		return
	}
	k.count = 0
	k.timer.Reset(l.interval)
	l.mu.Unlock()
	l.write(line)
}

func (l *Logger) write(line kind) {
	l.log.LogAttrs(context.Background(), line.level, line.message,
		append(line.attrs[:len(line.attrs):len(line.attrs)], slog.Int("repeated", line.count))...)
}

// Close writes what was counted. Lines are no longer counted after it.
func (l *Logger) Close() {
	l.mu.Lock()
	var counted []kind
	for _, k := range l.kinds {
		k.timer.Stop()
		if k.count > 0 {
			counted = append(counted, *k)
		}
	}
	l.closed, l.kinds = true, nil
	l.mu.Unlock()
	for _, line := range counted {
		l.write(line)
	}
}
