package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/games"
)

const (
	gameVersions query = `SELECT id, version, status FROM games
		WHERE status = 'ongoing' OR status = 'scheduled' AND game_date >= ? OR id IN (SELECT value FROM json_each(?))`

	// The parameters of lists: the sort key that all are after, the one that all are before, a status, a court, a user, how many,
	// and how many to skip. What is skipped is skipped in an index; the games of a page are read then.
	datedGames   = `FROM games WHERE (game_date, id) > (?1, ?2) AND (game_date, id) < (?3, ?4) `
	gamesInState = datedGames + `AND status = ?5 `
	gamesOnCourt = datedGames + `AND court_id = ?6 AND court_id <> '' AND (?5 = '' OR status = ?5) `
	gamesOfUser  = `FROM game_people p JOIN games g ON g.id = p.game_id WHERE p.user_id = ?7
		AND (p.game_date, p.game_id) > (?1, ?2) AND (p.game_date, p.game_id) < (?3, ?4)
		AND (?5 = '' OR g.status = ?5) AND (?6 = '' OR g.court_id = ?6) `
	upwards     = `ORDER BY game_date, id LIMIT ?8 OFFSET ?9`
	downwards   = `ORDER BY game_date DESC, id DESC LIMIT ?8 OFFSET ?9`
	upwardsOf   = `ORDER BY p.game_date, p.game_id LIMIT ?8 OFFSET ?9`
	downwardsOf = `ORDER BY p.game_date DESC, p.game_id DESC LIMIT ?8 OFFSET ?9`

	gamesComing        query = `SELECT id ` + datedGames + upwards
	gamesPast          query = `SELECT id ` + datedGames + downwards
	countGamesDated    query = `SELECT count(*) ` + datedGames
	gamesComingInState query = `SELECT id ` + gamesInState + upwards
	gamesPastInState   query = `SELECT id ` + gamesInState + downwards
	countGamesInState  query = `SELECT count(*) ` + gamesInState
	gamesComingOnCourt query = `SELECT id ` + gamesOnCourt + upwards
	gamesPastOnCourt   query = `SELECT id ` + gamesOnCourt + downwards
	countGamesOnCourt  query = `SELECT count(*) ` + gamesOnCourt
	gamesComingOfUser  query = `SELECT p.game_id ` + gamesOfUser + upwardsOf
	gamesPastOfUser    query = `SELECT p.game_id ` + gamesOfUser + downwardsOf
	countGamesOfUser   query = `SELECT count(*) ` + gamesOfUser

	gamesPlayed query = `SELECT id, document ->> 'started_at', document ->> 'completed_at', document ->> 'team1', document ->> 'team2'
		FROM games WHERE id IN (SELECT r.game_id FROM json_each(?) CROSS JOIN game_results r
			WHERE r.completed_at BETWEEN json_each.value ->> 0 AND json_each.value ->> 1) LIMIT ?`

	countGames query = `SELECT count(*) FILTER (WHERE status = 'scheduled'), count(*) FILTER (WHERE status = 'ongoing'),
		count(*) FILTER (WHERE status = 'completed'),
		coalesce(sum(waiting) FILTER (WHERE status IN ('scheduled', 'ongoing')), 0)
		FROM games WHERE game_date >= ? AND game_date < ?`

	selectCourt       = `SELECT id, name, maintenance, version, created_at, deleted_at, request_hash FROM courts `
	allCourts   query = selectCourt + `ORDER BY created_at, id`
	courtByID   query = selectCourt + `WHERE id = ?`
	countCourts query = `SELECT count(*) FROM courts WHERE deleted_at = 0`
	upsertCourt query = `INSERT OR REPLACE INTO courts (id, name, maintenance, version, created_at, deleted_at, request_hash)
		VALUES (?, ?, ?, ?, ?, ?, ?)`
)

// GameVersions implements games.Store.
func (s *Store) GameVersions(ctx context.Context, since time.Time, gameIDs []string) ([]games.Version, error) {
	wanted, err := idList(gameIDs)
	if err != nil {
		return nil, err
	}
	return list(s.read(ctx), gameVersions, func(rows *sql.Rows) (v games.Version, err error) {
		err = rows.Scan(&v.GameID, (*integer)(&v.Version), (*text)(&v.Status))
		return v, err
	}, toMicros(since), wanted)
}

// GamesPlayed implements games.Store. The results of completed games are in the order of time.
func (s *Store) GamesPlayed(ctx context.Context, spans []games.Span, limit int) ([]games.Played, error) {
	wanted := make([][2]int64, len(spans))
	for i, span := range spans {
		wanted[i] = [2]int64{toMicros(span.From), toMicros(span.To)}
	}
	within, err := toJSON(wanted)
	if err != nil {
		return nil, err
	}
	return list(s.read(ctx), gamesPlayed, scanPlayed, within, limit)
}

func scanPlayed(rows *sql.Rows) (p games.Played, err error) {
	var team1, team2 []string
	if err := rows.Scan(&p.GameID, (*clockTime)(&p.StartedAt), (*clockTime)(&p.CompletedAt), document{&team1}, document{&team2}); err != nil {
		return p, err
	}
	p.Players = slices.Concat(team1, team2)
	return p, nil
}

// clockTime is a time in a document of JSON.
type clockTime time.Time

// Scan implements sql.Scanner.
func (t *clockTime) Scan(src any) error {
	var text string
	if err := scanTo(&text, src); err != nil || text == "" {
		return err
	}
	at, err := time.Parse(time.RFC3339Nano, text)
	*t = clockTime(at)
	return err
}

// listing lists games up and down, and counts them.
type listing struct {
	up, down, count query
	// parameters is how many count has.
	parameters int
}

func listingOf(f games.Filter) listing {
	switch {
	case f.UserID != "":
		return listing{gamesComingOfUser, gamesPastOfUser, countGamesOfUser, 7}
	case f.CourtID != "":
		return listing{gamesComingOnCourt, gamesPastOnCourt, countGamesOnCourt, 6}
	case f.Status != "":
		return listing{gamesComingInState, gamesPastInState, countGamesInState, 5}
	}
	return listing{gamesComing, gamesPast, countGamesDated, 4}
}

// sortKey is a place in a list: a date and an id. A date without an id is before all games of that date.
type sortKey struct {
	date int64
	id   string
}

func (k sortKey) less(other sortKey) bool {
	return cmp.Or(cmp.Compare(k.date, other.date), cmp.Compare(k.id, other.id)) < 0
}

// part is one of the two parts of a list, which have an order each. All of it is after one sort key and before another.
type part struct {
	after, before sortKey
	down          bool
}

// partsOf returns the parts of a list in their order, from f.After on.
func partsOf(f games.Filter) []part {
	from, to, today := bound(f.From, earliest), bound(f.To, latest), bound(f.Today, earliest)
	coming := part{after: sortKey{date: max(from, today)}, before: sortKey{date: to}}
	past := part{after: sortKey{date: from}, before: sortKey{date: min(to, today)}, down: true}
	if f.After == nil {
		return []part{coming, past}
	}
	at := sortKey{toMicros(f.After.Date), f.After.ID}
	if at.date >= today {
		if coming.after.less(at) {
			coming.after = at
		}
		return []part{coming, past}
	}
	if at.less(past.before) {
		past.before = at
	}
	return []part{past}
}

// ListGames implements games.Store.
func (s *Store) ListGames(ctx context.Context, f games.Filter) (page []games.Game, total int, err error) {
	offset := f.Offset
	err = s.snapshot(ctx, func(src source) error {
		for _, p := range partsOf(f) {
			n, found, err := p.list(src, f, offset, f.Limit-len(page))
			if err != nil {
				return err
			}
			page = append(page, found...)
			total += n
			offset = max(0, offset-n)
		}
		return nil
	})
	if err != nil {
		return nil, 0, err
	}
	return page, total, nil
}

// list counts the part, and returns some of it, found from the end that is nearer. With f.After nothing is counted.
func (p part) list(src source, f games.Filter, offset, limit int) (total int, found []games.Game, err error) {
	l := listingOf(f)
	args := []any{p.after.date, p.after.id, p.before.date, p.before.id, f.Status, f.CourtID, f.UserID}
	backwards := false
	if f.After != nil {
		offset = 0
	} else {
		if total, err = one(src, l.count, scalar[int], args[:l.parameters]...); err != nil || offset >= total {
			return total, nil, err
		}
		limit = min(limit, total-offset)
		fromEnd := total - offset - limit
		if backwards = fromEnd < offset; backwards {
			offset = fromEnd
		}
	}
	if limit <= 0 {
		return total, nil, nil
	}
	q := l.up
	if p.down != backwards {
		q = l.down
	}
	ids, err := list(src, q, scalar[string], append(args, limit, offset)...)
	if err != nil {
		return 0, nil, err
	}
	if backwards {
		slices.Reverse(ids)
	}
	found, err = gamesInOrder(src, ids)
	return total, found, err
}

// gamesInOrder reads games in the order of their ids.
func gamesInOrder(src source, ids []string) ([]games.Game, error) {
	wanted, err := idList(ids)
	if err != nil {
		return nil, err
	}
	found, err := list(src, gamesByID, scanGame, wanted)
	if err != nil {
		return nil, err
	}
	at := make(map[string]int, len(ids))
	for i, id := range ids {
		at[id] = i
	}
	slices.SortFunc(found, func(a, b games.Game) int { return at[a.ID] - at[b.ID] })
	return found, nil
}

// CountGames implements games.Store.
func (s *Store) CountGames(ctx context.Context, from, to time.Time) (games.Counts, error) {
	return one(s.read(ctx), countGames, func(rows *sql.Rows) (c games.Counts, err error) {
		err = rows.Scan(&c.Scheduled, &c.Ongoing, &c.Completed, &c.Waiting)
		return c, err
	}, toMicros(from), toMicros(to))
}

func scanCourt(rows *sql.Rows) (c games.Court, err error) {
	err = rows.Scan(&c.ID, &c.Name, &c.Maintenance, (*integer)(&c.Version), (*instant)(&c.CreatedAt), (*instant)(&c.DeletedAt),
		&c.RequestHash)
	return c, err
}

// Courts implements games.Store.
func (s *Store) Courts(ctx context.Context) ([]games.Court, error) {
	return list(s.read(ctx), allCourts, scanCourt)
}

// CreateCourt implements games.Store.
func (s *Store) CreateCourt(ctx context.Context, c games.Court, limit int) (kept games.Court, created bool, err error) {
	err = s.write(ctx, func(t *tx) error {
		found, err := list(t, courtByID, scanCourt, c.ID)
		if err != nil {
			return err
		}
		if created = len(found) == 0; !created {
			kept = found[0]
			return nil
		}
		n, err := one(t, countCourts, scalar[int])
		if err != nil {
			return err
		}
		if n >= limit {
			return games.ErrTooManyCourts
		}
		c.Version = 1
		kept, err = t.keepCourt(c)
		return err
	})
	if err != nil {
		return games.Court{}, false, err
	}
	return kept, created, nil
}

// UpdateCourt implements games.Store.
func (s *Store) UpdateCourt(ctx context.Context, courtID string, f func(*games.Court) error) (kept games.Court, err error) {
	err = s.write(ctx, func(t *tx) error {
		c, err := one(t, courtByID, scanCourt, courtID)
		if err != nil {
			return err
		}
		version, deleted := c.Version, c.DeletedAt
		if err := f(&c); err != nil {
			return err
		}
		c.ID, c.Version = courtID, version+1
		if !deleted.IsZero() {
			c.DeletedAt = deleted
		}
		kept, err = t.keepCourt(c)
		return err
	})
	if err != nil {
		return games.Court{}, err
	}
	return kept, nil
}

// keepCourt writes a court in the place of what has its ID, and returns it as it comes back from the store.
func (t *tx) keepCourt(c games.Court) (games.Court, error) {
	c.CreatedAt, c.DeletedAt = stored(c.CreatedAt), stored(c.DeletedAt)
	_, err := t.exec(upsertCourt, c.ID, c.Name, c.Maintenance, c.Version, toMicros(c.CreatedAt), toMicros(c.DeletedAt), c.RequestHash)
	return c, err
}
