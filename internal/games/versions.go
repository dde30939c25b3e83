package games

import (
	"context"
	"time"
)

const (
	// askedFor is how long a game that a stream has asked for is read with the others: streams ask at each heartbeat.
	askedFor = 2 * time.Minute
	// maxAsked bounds how many such games there are.
	maxAsked = 4096
)

// versions reads the versions of games for all streams of a process, which look at the same games: callers that ask while a
// reading is under way share the next one, and a caller that can do with an older one gets that. It may be used concurrently.
type versions struct {
	store Store
	clock func() time.Time
	// turn is taken by the caller that reads.
	turn chan struct{}

	// What follows belongs to the caller that has the turn.

	last reading
	// asked is when each game was asked for last that streams have asked for by its id.
	asked map[string]time.Time
}

// reading is what one reading has found, or why it failed.
type reading struct {
	began, ended time.Time
	// live are the games that are on or to come, and named those asked for by their ids.
	live  []Version
	named map[string]Version
	// asked are the ids of named, and of games that there are not.
	asked map[string]bool
	err   error
}

func newVersions(store Store, clock func() time.Time) *versions {
	return &versions{store: store, clock: clock, turn: make(chan struct{}, 1), asked: make(map[string]time.Time)}
}

// read returns the versions of the games that are live, and of those of ids that exist, each once, as they were at asOf or
// later.
func (v *versions) read(ctx context.Context, ids []string, asOf time.Time) ([]Version, error) {
	came := time.Now()
	select {
	case v.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-v.turn }()
	if len(v.asked)+len(ids) > maxAsked {
		clear(v.asked)
	}
	for _, id := range ids {
		v.asked[id] = came
	}
	// A store that has failed while this caller waited fails them too, so that all wait for it once.
	failed := v.last.err != nil && v.last.ended.After(came)
	if !failed && !v.last.serves(ids, asOf) {
		next := v.next(ctx)
		if next.err != nil && ctx.Err() != nil {
			// It says nothing about the store.
			return nil, next.err
		}
		v.last = next
	}
	return v.last.of(ids)
}

// serves reports whether the reading is recent enough, and has the games of ids.
func (r reading) serves(ids []string, asOf time.Time) bool {
	if r.began.Before(asOf) {
		return false
	}
	for _, id := range ids {
		if !r.asked[id] {
			return false
		}
	}
	return true
}

// of returns what the reading has for a caller that asks for ids.
func (r reading) of(ids []string) ([]Version, error) {
	if r.err != nil {
		return nil, r.err
	}
	out := make([]Version, 0, len(r.live)+len(ids))
	seen := make(map[string]bool, len(ids))
	for _, id := range ids {
		if found, ok := r.named[id]; ok && !seen[id] {
			seen[id] = true
			out = append(out, found)
		}
	}
	for _, found := range r.live {
		if !seen[found.GameID] {
			out = append(out, found)
		}
	}
	return out, nil
}

// next reads the live games, and those that streams have asked for of late.
func (v *versions) next(ctx context.Context) (r reading) {
	defer func() { r.ended = time.Now() }()
	r = reading{began: time.Now(), named: make(map[string]Version), asked: make(map[string]bool, len(v.asked))}
	all := make([]string, 0, len(v.asked))
	for id, at := range v.asked {
		if r.began.Sub(at) > askedFor {
			delete(v.asked, id)
			continue
		}
		all = append(all, id)
		r.asked[id] = true
	}
	since := v.clock().Add(-liveFor)
	if r.live, r.err = v.store.GameVersions(ctx, since, nil); r.err != nil || len(all) == 0 {
		return r
	}
	// After the live games, so that one that ends meanwhile is found as it is then.
	found, err := v.store.GameVersions(ctx, v.clock().AddDate(100, 0, 0), all)
	if err != nil {
		r.err = err
		return r
	}
	for _, f := range found {
		if r.asked[f.GameID] {
			r.named[f.GameID] = f
		}
	}
	return r
}
