package sqlite

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/games"
)

const (
	gameVersions query = `SELECT id, version, status FROM games
		WHERE status = 'ongoing' OR status = 'scheduled' AND game_date >= ? OR id IN (SELECT value FROM json_each(?))`

	// What is skipped of a list is skipped in an index that holds all that is asked for. The games of a page are read then.
	gamesComing query = `SELECT id FROM games WHERE game_date >= ? AND game_date < ?
		ORDER BY game_date, id LIMIT ? OFFSET ?`
	gamesPast query = `SELECT id FROM games WHERE game_date >= ? AND game_date < ?
		ORDER BY game_date DESC, id DESC LIMIT ? OFFSET ?`
	gamesComingByStatus query = `SELECT id FROM games WHERE status = ?5 AND game_date >= ?1 AND game_date < ?2
		ORDER BY game_date, id LIMIT ?3 OFFSET ?4`
	gamesPastByStatus query = `SELECT id FROM games WHERE status = ?5 AND game_date >= ?1 AND game_date < ?2
		ORDER BY game_date DESC, id DESC LIMIT ?3 OFFSET ?4`
	countGamesDated   query = `SELECT count(*) FROM games WHERE game_date >= ? AND game_date < ?`
	countGamesInState query = `SELECT count(*) FROM games WHERE status = ?3 AND game_date >= ?1 AND game_date < ?2`

	countGames query = `SELECT count(*) FILTER (WHERE status = 'scheduled'), count(*) FILTER (WHERE status = 'ongoing'),
		count(*) FILTER (WHERE status = 'completed'),
		coalesce(sum(waiting) FILTER (WHERE status IN ('scheduled', 'ongoing')), 0)
		FROM games WHERE game_date >= ? AND game_date < ?`

	selectCourt       = `SELECT id, name, maintenance, version, created_at, deleted_at, request_hash FROM courts `
	allCourts   query = selectCourt + `ORDER BY created_at, id`
	courtByID   query = selectCourt + `WHERE id = ?`
	upsertCourt query = `INSERT OR REPLACE INTO courts (id, name, maintenance, version, created_at, deleted_at, request_hash)
		VALUES (?, ?, ?, ?, ?, ?, ?)`
)

// GameVersions is of games.Store.
func (s *Store) GameVersions(ctx context.Context, since time.Time, gameIDs []string) ([]games.Version, error) {
	wanted, err := idList(gameIDs)
	if err != nil {
		return nil, err
	}
	return list(s.read(ctx), gameVersions, func(rows *sql.Rows) (v games.Version, err error) {
		err = rows.Scan(&v.GameID, (*integer)(&v.Version), (*text)(&v.Status))
		return v, err
	}, micros(since), wanted)
}

// part is one of the two parts of a list, which have an order each: backwards is the other one's.
type part struct {
	order, backwards listing
	from, to         int64
}

// listing lists games in one order: all, or those in a state.
type listing struct{ all, byStatus query }

var (
	coming = listing{gamesComing, gamesComingByStatus}
	past   = listing{gamesPast, gamesPastByStatus}
)

// ListGames is of games.Store.
func (s *Store) ListGames(ctx context.Context, f games.Filter) (page []games.Game, total int, err error) {
	from, to, today := bound(f.From, earliest), bound(f.To, latest), bound(f.Today, earliest)
	offset := f.Offset
	err = s.snapshot(ctx, func(src source) error {
		for _, p := range []part{
			{coming, past, max(from, today), to},
			{past, coming, from, min(to, today)},
		} {
			n, found, err := p.list(src, f.Status, offset, f.Limit-len(page))
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

// list counts the part, and returns some of it, found from the end that is nearer. The count goes through the index of the part.
func (p part) list(src source, status games.Status, offset, limit int) (total int, found []games.Game, err error) {
	count, args := countGamesDated, []any{p.from, p.to}
	if status != "" {
		count, args = countGamesInState, append(args, status)
	}
	if total, err = one(src, count, scalar[int], args...); err != nil || offset >= total || limit <= 0 {
		return total, nil, err
	}
	limit = min(limit, total-offset)
	order, fromEnd := p.order, total-offset-limit
	backwards := fromEnd < offset
	if backwards {
		order, offset = p.backwards, fromEnd
	}
	q := order.all
	if status != "" {
		q = order.byStatus
	}
	ids, err := list(src, q, scalar[string], append([]any{p.from, p.to, limit, offset}, args[2:]...)...)
	if err != nil {
		return 0, nil, err
	}
	if backwards {
		slices.Reverse(ids)
	}
	wanted, err := idList(ids)
	if err != nil {
		return 0, nil, err
	}
	if found, err = list(src, gamesByID, scanGame, wanted); err != nil {
		return 0, nil, err
	}
	at := make(map[string]int, len(ids))
	for i, id := range ids {
		at[id] = i
	}
	slices.SortFunc(found, func(a, b games.Game) int { return at[a.ID] - at[b.ID] })
	return total, found, nil
}

// CountGames is of games.Store.
func (s *Store) CountGames(ctx context.Context, from, to time.Time) (games.Counts, error) {
	return one(s.read(ctx), countGames, func(rows *sql.Rows) (c games.Counts, err error) {
		err = rows.Scan(&c.Scheduled, &c.Ongoing, &c.Completed, &c.Waiting)
		return c, err
	}, micros(from), micros(to))
}

func scanCourt(rows *sql.Rows) (c games.Court, err error) {
	err = rows.Scan(&c.ID, &c.Name, &c.Maintenance, (*integer)(&c.Version), (*instant)(&c.CreatedAt), (*instant)(&c.DeletedAt),
		&c.RequestHash)
	return c, err
}

// Courts is of games.Store.
func (s *Store) Courts(ctx context.Context) ([]games.Court, error) {
	return list(s.read(ctx), allCourts, scanCourt)
}

// UpdateCourt is of games.Store.
func (s *Store) UpdateCourt(ctx context.Context, courtID string, f func(*games.Court) error) (kept games.Court, err error) {
	err = s.write(ctx, func(t *tx) error {
		found, err := list(t, courtByID, scanCourt, courtID)
		if err != nil {
			return err
		}
		c := games.Court{ID: courtID}
		if len(found) == 1 {
			c = found[0]
		}
		version := c.Version
		if err := f(&c); err != nil {
			return err
		}
		c.ID, c.Version, c.CreatedAt, c.DeletedAt = courtID, version+1, stored(c.CreatedAt), stored(c.DeletedAt)
		kept = c
		_, err = t.exec(upsertCourt, c.ID, c.Name, c.Maintenance, c.Version, micros(c.CreatedAt), micros(c.DeletedAt), c.RequestHash)
		return err
	})
	if err != nil {
		return games.Court{}, err
	}
	return kept, nil
}
