package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
)

const (
	tableColumns query = `SELECT t.name, format('%s %s %d %d', c.name, c.type, c."notnull", c.pk) FROM sqlite_schema t, pragma_table_xinfo(t.name) c
		WHERE t.type = 'table'`
	indexScripts query = `SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL`
)

// shape is what a file's tables and indexes are.
type shape struct {
	// columns are those of each table: name, type, whether NULL is refused, and the place in the primary key.
	columns map[string][]string
	// indexes are the statements that make them.
	indexes map[string]string
}

func shapeOf(ctx context.Context, s *session) (shape, error) {
	sh := shape{make(map[string][]string), make(map[string]string)}
	var name, text string
	err := s.each(ctx, tableColumns, func(rows *sql.Rows) error {
		err := rows.Scan(&name, &text)
		sh.columns[name] = append(sh.columns[name], text)
		return err
	}, nil)
	if err != nil {
		return sh, err
	}
	return sh, s.each(ctx, indexScripts, func(rows *sql.Rows) error {
		err := rows.Scan(&name, &text)
		sh.indexes[name] = strings.Join(strings.Fields(text), " ")
		return err
	}, nil)
}

// ownShape is what the migrations make.
var ownShape = sync.OnceValues(func() (sh shape, err error) {
	ctx := context.Background()
	db, err := sql.Open(driverName, ":memory:")
	if err != nil {
		return sh, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	conn, err := db.Conn(ctx)
	if err != nil {
		return sh, err
	}
	s := newSession(conn)
	defer func() { err = errors.Join(err, s.close()) }()
	steps, err := migrations()
	if err != nil {
		return sh, err
	}
	if err := migrate(ctx, conn, 0, steps); err != nil {
		return sh, err
	}
	return shapeOf(ctx, s)
})

// checkShape refuses a file of the newest version whose tables are not those that the migrations make, and makes its indexes
// again where they are not: they follow from the tables. It returns the names of those that were made again.
func checkShape(ctx context.Context, s *session, path string) (remade []string, err error) {
	want, err := ownShape()
	if err != nil {
		return nil, fmt.Errorf("sqlite: %w", err)
	}
	have, err := shapeOf(ctx, s)
	if err != nil {
		return nil, refusal(path, err)
	}
	if difference := want.differs(have); difference != "" {
		return nil, fmt.Errorf("sqlite: %s %s, so it was changed by another program: put a backup in its place", path, difference)
	}
	for name, script := range want.indexes {
		if have.indexes[name] == script {
			continue
		}
		if err := remake(ctx, s.conn, name, script); err != nil {
			return nil, fmt.Errorf("sqlite: %s lacks the index %s, and it cannot be made again: put a backup in its place: %w", path, name, err)
		}
		remade = append(remade, name)
	}
	slices.Sort(remade)
	return remade, nil
}

// differs returns how the tables of another shape differ, the first in their order; empty where they do not. Tables that are
// there besides do not count.
func (sh shape) differs(other shape) string {
	tables := make([]string, 0, len(sh.columns))
	for table := range sh.columns {
		tables = append(tables, table)
	}
	slices.Sort(tables)
	for _, table := range tables {
		want, have := sh.columns[table], other.columns[table]
		if have == nil {
			return "lacks the table " + table
		}
		for _, column := range want {
			if !slices.Contains(have, column) {
				return fmt.Sprintf("lacks the column %q of the table %s", column, table)
			}
		}
		for _, column := range have {
			if !slices.Contains(want, column) {
				return fmt.Sprintf("has a column %q too many in the table %s", column, table)
			}
		}
	}
	return ""
}

// remake makes an index in one transaction, in the place of another of its name.
func remake(ctx context.Context, conn *sql.Conn, name, script string) error {
	_, err := conn.ExecContext(ctx, fmt.Sprintf(`BEGIN IMMEDIATE; DROP INDEX IF EXISTS "%s"; %s; COMMIT`, name, script))
	if err != nil {
		_, e := conn.ExecContext(context.WithoutCancel(ctx), string(rollback))
		err = errors.Join(err, e)
	}
	return err
}
