package ids_test

import (
	"testing"

	"github.com/google/uuid"

	"github.com/dongbaejul/dongbaejul/internal/ids"
)

func TestFromDependsOnEveryPartAndItsBounds(t *testing.T) {
	seen := map[string][]string{}
	for _, parts := range [][]string{{}, {""}, {"", ""}, {"ab"}, {"a", "b"}, {"", "ab"}, {"ab", ""}, {"b", "a"}} {
		id := ids.From(parts...)
		if other, ok := seen[id]; ok {
			t.Errorf("%q and %q have the same id", parts, other)
		}
		seen[id] = parts
		if again := ids.From(parts...); again != id {
			t.Errorf("%q has two ids", parts)
		}
		if u, err := uuid.Parse(id); err != nil || u.Version() != 8 || u.Variant() != uuid.RFC4122 {
			t.Errorf("%q: %v is not a UUIDv8: %v", parts, id, err)
		}
	}
}

func TestNewSortsByTime(t *testing.T) {
	last := ids.New()
	for range 1000 {
		next := ids.New()
		if next <= last {
			t.Fatalf("%s after %s", next, last)
		}
		last = next
	}
}
