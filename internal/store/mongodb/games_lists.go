package mongodb

import (
	"context"
	"math"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/dongbaejul/dongbaejul/internal/games"
)

// GameVersions implements games.Store. Games go from scheduled to ongoing, and are looked for in that order, so that none slips
// through.
func (s *Store) GameVersions(ctx context.Context, since time.Time, gameIDs []string) (_ []games.Version, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	filters := []bson.D{{{Key: "$or", Value: bson.A{
		bson.D{{Key: "status", Value: string(games.Scheduled)}, {Key: "date", Value: bson.D{{Key: "$gte", Value: toMicros(since)}}}},
		bson.D{{Key: "status", Value: string(games.Ongoing)}},
	}}}}
	if len(gameIDs) > 0 {
		filters = append(filters, anyID(gameIDs))
	}
	needed := options.Find().SetProjection(bson.D{{Key: "version", Value: 1}, {Key: "status", Value: 1}})
	var versions []games.Version
	at := make(map[string]int)
	for _, filter := range filters {
		found, err := list[gameDoc](ctx, s.games.Collection, filter, needed)
		if err != nil {
			return nil, err
		}
		for _, d := range found {
			v := games.Version{GameID: d.ID, Version: d.Version, Status: games.Status(d.Status)}
			if i, again := at[d.ID]; again {
				versions[i] = v
				continue
			}
			at[d.ID] = len(versions)
			versions = append(versions, v)
		}
	}
	return versions, nil
}

// playedDoc is a game that was played.
type playedDoc struct {
	ID          string   `bson:"_id"`
	Team1       []string `bson:"team1"`
	Team2       []string `bson:"team2"`
	StartedAt   int64    `bson:"started_at"`
	CompletedAt int64    `bson:"completed_at"`
}

// GamesPlayed implements games.Store.
func (s *Store) GamesPlayed(ctx context.Context, spans []games.Span, limit int) (_ []games.Played, err error) {
	if len(spans) == 0 {
		return nil, nil
	}
	ctx, end := s.begin(ctx, &err)
	defer end()
	var within bson.A
	for _, span := range spans {
		within = append(within, bson.D{{Key: "result.at", Value: bson.D{
			{Key: "$exists", Value: true}, {Key: "$gte", Value: toMicros(span.From)}, {Key: "$lte", Value: toMicros(span.To)},
		}}})
	}
	found, err := list[playedDoc](ctx, s.games.Collection, bson.D{{Key: "$or", Value: within}}, options.Find().SetLimit(int64(limit)).
		SetProjection(bson.D{{Key: "team1", Value: 1}, {Key: "team2", Value: 1}, {Key: "started_at", Value: 1}, {Key: "completed_at", Value: 1}}))
	return convert(found, func(d playedDoc) games.Played {
		return games.Played{GameID: d.ID, StartedAt: fromMicros(d.StartedAt), CompletedAt: fromMicros(d.CompletedAt), Players: slices.Concat(d.Team1, d.Team2)}
	}), err
}

// bound is a time that a list is limited by, or the value given where it is not.
func bound(t time.Time, none int64) int64 {
	if t.IsZero() {
		return none
	}
	return toMicros(t)
}

const (
	earliest = math.MinInt64
	latest   = math.MaxInt64
)

// dated is the filter of the games from a time on and before another.
func dated(from, to int64) bson.D {
	return bson.D{{Key: "date", Value: bson.D{{Key: "$gte", Value: from}, {Key: "$lt", Value: to}}}}
}

// part is a part of a list, in which dates and ids go up or down.
type part struct {
	dates     bson.D
	direction int
}

// partsOf returns the parts of a list in their order, from f.After on.
func partsOf(f games.Filter) []part {
	from, to, today := bound(f.From, earliest), bound(f.To, latest), bound(f.Today, earliest)
	coming := part{dates: dated(max(from, today), to), direction: 1}
	past := part{dates: dated(from, min(to, today)), direction: -1}
	if f.After == nil {
		return []part{coming, past}
	}
	at := toMicros(f.After.Date)
	if at >= today {
		if at >= from {
			coming.dates = beyond("date", at, f.After.ID, coming.direction, bson.E{Key: "$lt", Value: to})
		}
		return []part{coming, past}
	}
	if at < to {
		past.dates = beyond("date", at, f.After.ID, past.direction, bson.E{Key: "$gte", Value: from})
	}
	return []part{past}
}

// filter returns the query for the games of a list that are in a part of it.
func (p part) filter(f games.Filter) bson.D {
	var filter bson.D
	for _, e := range []bson.E{
		{Key: "people", Value: f.UserID}, {Key: "court_id", Value: f.CourtID}, {Key: "status", Value: string(f.Status)},
	} {
		if e.Value != "" {
			filter = append(filter, e)
		}
	}
	return append(filter, p.dates...)
}

// ListGames implements games.Store. What is counted and the page may differ by what is written between.
func (s *Store) ListGames(ctx context.Context, f games.Filter) (_ []games.Game, total int, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	var page []gameDoc
	offset := f.Offset
	for _, p := range partsOf(f) {
		if f.After != nil {
			found, err := s.listPart(ctx, p, f, 0, f.Limit-len(page))
			if err != nil {
				return nil, 0, err
			}
			page = append(page, found...)
			continue
		}
		n, found, err := s.countPart(ctx, p, f, offset, f.Limit-len(page))
		if err != nil {
			return nil, 0, err
		}
		page = append(page, found...)
		total += n
		offset = max(0, offset-n)
	}
	return convert(page, gameDoc.game), total, nil
}

// countPart counts the part, and returns some of it, found from the end that is nearer.
func (s *Store) countPart(ctx context.Context, p part, f games.Filter, offset, limit int) (total int, found []gameDoc, err error) {
	if total, err = count(ctx, s.games.Collection, p.filter(f)); err != nil || offset >= total {
		return total, nil, err
	}
	limit = min(limit, total-offset)
	fromEnd := total - offset - limit
	backwards := fromEnd < offset
	if backwards {
		p.direction, offset = -p.direction, fromEnd
	}
	found, err = s.listPart(ctx, p, f, offset, limit)
	if backwards {
		slices.Reverse(found)
	}
	return total, found, err
}

// listPart returns at most limit games of a part.
func (s *Store) listPart(ctx context.Context, p part, f games.Filter, offset, limit int) ([]gameDoc, error) {
	if limit <= 0 {
		return nil, nil
	}
	return list[gameDoc](ctx, s.games.Collection, p.filter(f), options.Find().
		SetSort(bson.D{{Key: "date", Value: p.direction}, {Key: "_id", Value: p.direction}}).
		SetSkip(int64(offset)).SetLimit(int64(limit)))
}

// stateCount is how many games are in a state, and how many wait for them.
type stateCount struct {
	Status  string `bson:"_id"`
	Games   int    `bson:"games"`
	Waiting int    `bson:"waiting"`
}

// CountGames implements games.Store.
func (s *Store) CountGames(ctx context.Context, from, to time.Time) (_ games.Counts, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	states, err := aggregate[stateCount](ctx, s.games.Collection, mongo.Pipeline{
		{{Key: "$match", Value: dated(toMicros(from), toMicros(to))}},
		{{Key: "$group", Value: bson.D{
			{Key: "_id", Value: "$status"}, {Key: "games", Value: bson.D{{Key: "$sum", Value: 1}}},
			{Key: "waiting", Value: bson.D{{Key: "$sum", Value: "$waiting_count"}}},
		}}},
	})
	if err != nil {
		return games.Counts{}, err
	}
	var c games.Counts
	for _, state := range states {
		switch games.Status(state.Status) {
		case games.Scheduled:
			c.Scheduled = state.Games
			c.Waiting += state.Waiting
		case games.Ongoing:
			c.Ongoing = state.Games
			c.Waiting += state.Waiting
		case games.Completed:
			c.Completed = state.Games
		}
	}
	return c, nil
}
