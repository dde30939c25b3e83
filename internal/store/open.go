package store

import (
	"context"
	"log/slog"
	"strings"

	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/store/mongodb"
	"github.com/dongbaejul/dongbaejul/internal/store/sqlite"
)

var (
	_ Store = (*sqlite.Store)(nil)
	_ Store = (*mongodb.Store)(nil)
)

var errUnknownScheme = fault.New(fault.Invalid, "STORE_URL_UNKNOWN", "저장소 주소를 알 수 없습니다.",
	"The store's address is not understood: use sqlite:PATH or mongodb://HOST/DATABASE.")

// Open opens the store at url: "sqlite:PATH" or a plain PATH for a file, created where there is none; mongodb:// and
// mongodb+srv:// for a database. It fails with fault.Invalid for another scheme. No error shows url itself, which may hold a
// password. What it mends, and what becomes of its connection, goes to log.
func Open(ctx context.Context, url string, log *slog.Logger) (Store, error) {
	scheme, _, found := strings.Cut(url, "://")
	path, isFile := strings.CutPrefix(url, "sqlite:")
	switch {
	case isFile || !found:
		return opened(sqlite.Open(ctx, path, sqlite.Options{Log: log}))
	case scheme == "mongodb" || scheme == "mongodb+srv":
		return opened(mongodb.Open(ctx, url, log))
	}
	return nil, errUnknownScheme.WithMeta("scheme", scheme)
}

// opened returns no store with an error: a driver's would be an interface that is not nil.
func opened[S Store](s S, err error) (Store, error) {
	if err != nil {
		return nil, err
	}
	return s, nil
}
