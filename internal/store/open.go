package store

import (
	"context"
	"strings"

	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/store/sqlite"
)

var _ Store = (*sqlite.Store)(nil)

var (
	errNoMongo = fault.New(fault.Unimplemented, "STORE_NOT_BUILT_IN",
		"이 빌드에는 MongoDB 드라이버가 없습니다.", "This build has no MongoDB driver yet: use sqlite:PATH.")
	errUnknownScheme = fault.New(fault.Invalid, "STORE_URL_UNKNOWN",
		"저장소 주소를 알 수 없습니다.", "The store's address is not understood: use sqlite:PATH.")
)

// Open opens the store at url: "sqlite:PATH" or a plain PATH for a file, created where there is none. It fails with
// fault.Unimplemented for mongodb:// and mongodb+srv://, and with fault.Invalid for another scheme. No error shows url
// itself, which may hold a password.
func Open(ctx context.Context, url string) (Store, error) {
	scheme, _, found := strings.Cut(url, "://")
	path, isFile := strings.CutPrefix(url, "sqlite:")
	switch {
	case isFile || !found:
		s, err := sqlite.Open(ctx, path, sqlite.Options{})
		if err != nil {
			return nil, err // not s, which would be an interface that is not nil
		}
		return s, nil
	case scheme == "mongodb" || scheme == "mongodb+srv":
		return nil, errNoMongo
	}
	return nil, errUnknownScheme.WithMeta("scheme", scheme)
}
