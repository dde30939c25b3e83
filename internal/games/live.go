package games

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/realtime"
)

const (
	// liveFor is how long after its date a game that has not started is still shown: nobody may ever cancel it.
	liveFor = 24 * time.Hour
	// A snapshot that is asked for by many streams is made once. It is not used long, since names in it may change.
	snapshotAge    = 2 * time.Second
	snapshotCopies = 256
)

// Live is the games that one stream shows, as it reads them by their versions: those being played and those to come, and
// every other that changes. A game that a stream has shown it follows to its last change. It may be used concurrently.
type Live struct {
	service *Service
	// ids are the games to show; nil for all.
	ids map[string]bool
	// status is the state to show games in; empty for any.
	status Status
}

var _ realtime.Catalog = Live{}

// Live returns all games.
func (s *Service) Live() Live { return Live{service: s} }

// snapshot is a game encoded whole.
type snapshot struct {
	version int64
	event   *realtime.Event
}

// Changed implements realtime.Catalog.
func (l Live) Changed(ctx context.Context, has map[string]int64, asOf time.Time) ([]realtime.Hint, error) {
	asked := slices.AppendSeq(slices.Collect(maps.Keys(has)), maps.Keys(l.ids))
	versions, err := l.service.versions.read(ctx, asked, asOf)
	if err != nil {
		return nil, fmt.Errorf("read the versions of games: %w", err)
	}
	var keys []string
	for _, v := range versions {
		// A version that is later than the store's was named by a client that has other data.
		if known := has[v.GameID]; known != v.Version && (known > 0 || l.shows(v)) {
			keys = append(keys, fmt.Sprintf("%s@%d", v.GameID, v.Version))
		}
	}
	found, err := l.service.snapshots.GetAll(ctx, keys, l.service.readSnapshots)
	if err != nil {
		return nil, err
	}
	hints := make([]realtime.Hint, 0, len(found))
	for _, key := range keys {
		if snap, ok := found[key]; ok {
			id, _, _ := strings.Cut(key, "@")
			hints = append(hints, realtime.Hint{Topic: realtime.Games, Key: id, Version: snap.version, Event: snap.event})
		}
	}
	return hints, nil
}

// shows reports whether the stream begins to show a game as it is.
func (l Live) shows(v Version) bool {
	return (l.ids == nil || l.ids[v.GameID]) && (l.status == "" || l.status == v.Status)
}

// Concerns implements realtime.Catalog. Only a new game, and a change of its state, can bring a game into one.
func (l Live) Concerns(h realtime.Hint) bool {
	if l.ids != nil && !l.ids[h.Key] {
		return false
	}
	if l.status == "" || h.Event == nil {
		return true
	}
	switch h.Event.Payload() {
	case gameCreated:
		return l.status == Scheduled
	case statusChanged:
		return true
	}
	return false
}

// The numbers of the payloads that tell of a game's state.
var (
	gameCreated   = (&v1.Event{}).ProtoReflect().Descriptor().Fields().ByName("game_created").Number()
	statusChanged = (&v1.Event{}).ProtoReflect().Descriptor().Fields().ByName("status_changed").Number()
)

// readSnapshots reads games named by an id and a version; a game may have gone on since.
func (s *Service) readSnapshots(ctx context.Context, keys []string) (map[string]snapshot, error) {
	keyOf := make(map[string]string, len(keys))
	for _, key := range keys {
		id, _, _ := strings.Cut(key, "@")
		keyOf[id] = key
	}
	out := make(map[string]snapshot, len(keys))
	for ids := range slices.Chunk(slices.Collect(maps.Keys(keyOf)), maxIDs) {
		found, err := s.Store.GamesByID(ctx, ids)
		if err != nil {
			return nil, fmt.Errorf("read %d games: %w", len(ids), err)
		}
		games, err := s.toProtos(ctx, found)
		if err != nil {
			return nil, err
		}
		for _, g := range games {
			out[keyOf[g.GetId()]] = snapshot{int64(g.GetVersion()), realtime.NewEvent(&v1.Event{
				Payload: &v1.Event_GameSnapshot{GameSnapshot: &v1.GameSnapshot{Game: g}},
			})}
		}
	}
	return out, nil
}
