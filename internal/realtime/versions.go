package realtime

import (
	"context"
	"fmt"
	"maps"
	"time"
)

// Catalog reads from the store the things of a topic that have versions.
type Catalog interface {
	// Changed returns the things that a reader is to have and has not, or has at another version: each whole, as it is now, in
	// a hint with its Key, Version and Event. has is the version of each thing that the reader has, and 0 for one it has
	// heard of; it is not to be changed or kept. What it goes by must have been read at asOf or later, so that readers who
	// ask at once can share one reading.
	Changed(ctx context.Context, has map[string]int64, asOf time.Time) ([]Hint, error)
	// Concerns reports whether h, about a thing that the reader does not have, may be about one it is to have. It is asked
	// for each such hint, and should not read the store.
	Concerns(h Hint) bool
}

// recheckAge is how old the reading may be that a recheck goes by: what it finds was lost, and may be found one recheck later.
const recheckAge = 5 * time.Second

// Version makes the reader take the things of a topic it follows by their versions. It returns those that its client does not
// have in the version they have now, to be sent first; has are the versions that the client says it has. Of each thing the
// reader then takes the next version; where one is missing, it takes the thing as the store has it.
func (r *Reader) Version(ctx context.Context, t Topic, c Catalog, has map[string]int64) ([]*Event, error) {
	f := r.find(t)
	if f == nil {
		return nil, nil
	}
	f.catalog, f.has = c, make(map[string]int64, len(has))
	maps.Copy(f.has, has)
	changed, err := f.changed(ctx, time.Now())
	if err != nil {
		return nil, err
	}
	var b Batch
	for _, h := range changed {
		// Also where the client names a later version, which is of other data.
		f.has[h.Key] = h.Version
		b.add(h)
	}
	return b.Events, nil
}

// Recheck makes the reader compare the versions of a topic's things with the store, for what the bus did not bring.
func (r *Reader) Recheck(t Topic) {
	if f := r.find(t); f != nil && f.catalog != nil {
		f.stale = !f.behind || f.stale
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
	f.behind, f.stale = true, false
	return false
}

// compare adds what is to be made up for from the store.
func (f *follow) compare(ctx context.Context, b *Batch) error {
	asOf := time.Now()
	if f.stale {
		asOf = asOf.Add(-recheckAge)
	}
	changed, err := f.changed(ctx, asOf)
	if err != nil {
		return err
	}
	for _, h := range changed {
		if h.Version > f.has[h.Key] {
			f.has[h.Key] = h.Version
			b.add(h)
		}
	}
	// What was heard of and not given is not the reader's to have.
	maps.DeleteFunc(f.has, func(_ string, version int64) bool { return version == 0 })
	f.behind, f.stale = false, false
	return nil
}

func (f *follow) changed(ctx context.Context, asOf time.Time) ([]Hint, error) {
	changed, err := f.catalog.Changed(ctx, f.has, asOf)
	if err != nil {
		return nil, fmt.Errorf("read what has changed of %s: %w", f.topic.name, err)
	}
	return changed, nil
}
