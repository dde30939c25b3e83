package realtime

import (
	"context"
	"fmt"
	"maps"
)

// Catalog reads from the store the things of a topic that have versions.
type Catalog interface {
	// Changed gives the things that a reader is to have and has not, or has at an older version: each whole, as it is now, in
	// a hint with its Key, Version and Event. has is the version of each thing that the reader has, and 0 for one it has
	// heard of; it is not to be changed or kept.
	Changed(ctx context.Context, has map[string]int64) ([]Hint, error)
	// Concerns tells whether h, about a thing that the reader does not have, may be about one it is to have. It is asked
	// for each such hint, and should not read the store.
	Concerns(h Hint) bool
}

// Version makes the reader take the things of a topic it follows by their versions, and gives them as they are now, to be
// sent first. Of each thing it then takes the next version; where one is missing, it takes the thing as the store has it.
func (r *Reader) Version(ctx context.Context, t Topic, c Catalog) ([]*Event, error) {
	f := r.find(t)
	if f == nil {
		return nil, nil
	}
	f.catalog, f.has = c, make(map[string]int64)
	var b Batch
	err := f.compare(ctx, &b)
	return b.Events, err
}

// Recheck makes the reader compare the versions of a topic's things with the store, for what the bus did not bring.
func (r *Reader) Recheck(t Topic) {
	if f := r.find(t); f != nil && f.catalog != nil {
		f.behind = true
		f.wake()
	}
}

// wantsVersion decides on the hint of a thing by its version.
func (f *follow) wantsVersion(h Hint) bool {
	has, known := f.has[h.Key]
	switch {
	case h.Version <= has || !known && !f.catalog.Concerns(h):
		return false
	case h.Version == has+1 && h.Event != nil:
		f.has[h.Key] = h.Version
		return true
	}
	f.has[h.Key] = has
	f.behind = true
	return false
}

// compare adds what is to be made up for from the store.
func (f *follow) compare(ctx context.Context, b *Batch) error {
	changed, err := f.catalog.Changed(ctx, f.has)
	if err != nil {
		return fmt.Errorf("read what has changed of %s: %w", f.topic.name, err)
	}
	for _, h := range changed {
		if h.Version > f.has[h.Key] {
			f.has[h.Key] = h.Version
			b.add(h)
		}
	}
	// What was heard of and not given is not the reader's to have.
	maps.DeleteFunc(f.has, func(_ string, version int64) bool { return version == 0 })
	f.behind = false
	return nil
}
