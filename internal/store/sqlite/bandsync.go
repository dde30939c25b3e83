package sqlite

import (
	"context"
	"database/sql"
	"errors"

	"github.com/dongbaejul/dongbaejul/internal/bandsync"
)

const (
	bandSync     query = `SELECT state FROM band_sync WHERE id = 1`
	keepBandSync query = `INSERT INTO band_sync (id, state) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET state = excluded.state`

	bandMarks   query = `SELECT id, mark FROM band_marks WHERE id IN (SELECT value FROM json_each(?))`
	setBandMark query = `INSERT INTO band_marks (id, mark, pass) VALUES (?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET (mark, pass) = (iif(pass > excluded.pass, '', excluded.mark), max(pass, excluded.pass))`
	dropBandMarks query = `DELETE FROM band_marks WHERE pass < ?`
)

func scanBandSync(rows *sql.Rows) (st bandsync.State, err error) {
	err = rows.Scan(document{&st})
	return st, err
}

// BandSync implements bandsync.Store.
func (s *Store) BandSync(ctx context.Context) (bandsync.State, error) {
	return bandSyncOf(s.read(ctx))
}

func bandSyncOf(src source) (bandsync.State, error) {
	st, err := one(src, bandSync, scanBandSync)
	if errors.Is(err, errNotFound) {
		return bandsync.State{}, nil
	}
	return st, err
}

// UpdateBandSync implements bandsync.Store.
func (s *Store) UpdateBandSync(ctx context.Context, f func(*bandsync.State) error) (kept bandsync.State, err error) {
	err = s.write(ctx, func(t *tx) error {
		st, err := bandSyncOf(t)
		if err != nil {
			return err
		}
		version := st.Version
		if err := f(&st); err != nil {
			return err
		}
		st.Version = version + 1
		state, err := toJSON(st)
		if err != nil {
			return err
		}
		if _, err := t.exec(keepBandSync, state); err != nil {
			return err
		}
		kept, err = bandSyncOf(t)
		return err
	})
	if err != nil {
		return bandsync.State{}, err
	}
	return kept, nil
}

// BandMarks implements bandsync.Store.
func (s *Store) BandMarks(ctx context.Context, ids []string) (map[string]string, error) {
	wanted, err := idList(ids)
	if err != nil {
		return nil, err
	}
	marks := make(map[string]string, len(ids))
	err = s.read(ctx).each(bandMarks, func(rows *sql.Rows) error {
		var id, mark string
		err := rows.Scan(&id, &mark)
		marks[id] = mark
		return err
	}, wanted)
	return marks, err
}

// SetBandMarks implements bandsync.Store.
func (s *Store) SetBandMarks(ctx context.Context, pass int64, marks map[string]string) error {
	return s.write(ctx, func(t *tx) error {
		for id, mark := range marks {
			if _, err := t.exec(setBandMark, id, mark, pass); err != nil {
				return err
			}
		}
		return nil
	})
}

// DeleteBandMarksBefore implements bandsync.Store.
func (s *Store) DeleteBandMarksBefore(ctx context.Context, pass int64) error {
	return s.write(ctx, func(t *tx) error {
		_, err := t.exec(dropBandMarks, pass)
		return err
	})
}
